// A form marked data-once is sent once: a second click while the first is on its way
// does nothing. The server is safe without this; it only saves a second wait.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  // Back from the payment page, out of the browser's page cache: the form works again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      sent = false;
      for (const button of form.querySelectorAll("button")) {
        button.removeAttribute("aria-disabled");
      }
    }
  });
}
