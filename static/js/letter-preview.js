// Shows a letter again when its writer stops typing. Without this the button does it.
const panel = document.querySelector("[data-letter-preview]");
const form = panel && panel.closest("form");
const button = panel && panel.querySelector("button[formtarget]");
let waiting;

function show(wait) {
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(button), wait);
}

if (form && button && form.requestSubmit) {
  form.addEventListener("input", (event) => {
    if (event.target.name !== "width") show(event.target.type === "radio" ? 0 : 600);
  });
  show(0);
}
