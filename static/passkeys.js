// Passkeys: the browser is asked for one, and what it answers goes with the form.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const read = (one) => ({...one, id: bytes(one.id)});

// What needs this script, and what stands in its place without.
function uncover(box) {
  for (const part of box.querySelectorAll("[data-with-script]")) part.hidden = false;
  for (const part of box.querySelectorAll("[data-without-script]")) part.hidden = true;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  uncover(form);
  form.addEventListener("submit", async (event) => {
    // Without a name nothing is made: a passkey that nobody keeps would stay on the device.
    if (form.elements.name?.value.trim() === "") return;
    event.preventDefault();
    const said = form.querySelector("[data-said]");
    said.textContent = "";
    try {
      const answer = await ask(form.dataset.passkey, JSON.parse(form.dataset.options).publicKey);
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch (error) {
      said.textContent = {NotAllowedError: said.dataset.stopped, InvalidStateError: said.dataset.known}[error.name]
        ?? said.dataset.unable;
    }
  });
}

// A second person's, within a form of other questions: it is read at once, and sent with the rest.
for (const part of document.querySelectorAll("[data-passkey-part]")) {
  uncover(part);
  part.querySelector("button").addEventListener("click", async () => {
    const said = part.querySelector("[data-said]");
    said.textContent = "";
    try {
      const answer = await ask("get", JSON.parse(part.dataset.options).publicKey);
      part.querySelector("input").value = JSON.stringify(answer);
      said.textContent = said.dataset.taken;
    } catch (error) {
      said.textContent = error.name === "NotAllowedError" ? said.dataset.stopped : said.dataset.unable;
    }
  });
}

async function ask(what, options) {
  const publicKey = {...options, challenge: bytes(options.challenge)};
  if (options.user) publicKey.user = read(options.user);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) publicKey[list] = options[list].map(read);
  }
  const made = await navigator.credentials[what]({publicKey});
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, response: parts(made.response),
    clientExtensionResults: made.getClientExtensionResults(),
  };
}

function parts(response) {
  const told = {clientDataJSON: text(response.clientDataJSON)};
  if (response.attestationObject) {
    return {...told, attestationObject: text(response.attestationObject), transports: response.getTransports?.() ?? []};
  }
  const {authenticatorData, signature, userHandle} = response;
  return {...told, authenticatorData: text(authenticatorData), signature: text(signature), userHandle: text(userHandle)};
}
