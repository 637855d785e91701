// Passkeys: a form marked data-passkey shows where the browser can do them, asks the
// device, and sends what it answered in its field "credential".
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const opened = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(form) {
  let { options } = form.dataset;
  if (options) {
    options = JSON.parse(options).publicKey;
  } else {
    const answer = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    options = (await answer.json()).request_options.publicKey;
  }
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (form.dataset.passkey !== "add") {
    publicKey.allowCredentials = opened(options.allowCredentials);
    return navigator.credentials.get({ publicKey });
  }
  publicKey.user = { ...options.user, id: bytes(options.user.id) };
  publicKey.excludeCredentials = opened(options.excludeCredentials);
  if (form.elements.passwordless.checked) {
    publicKey.authenticatorSelection = {
      ...options.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
  }
  return navigator.credentials.create({ publicKey });
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

for (const form of document.querySelectorAll(window.PublicKeyCredential ? "[data-passkey]" : "none")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[role=alert]");
    failed.hidden = true;
    try {
      form.elements.credential.value = written(await ask(form));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
