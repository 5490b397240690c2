// Drafts, kept on the server alone.
document.querySelectorAll("form[data-draft]").forEach((form) => {
  const version = form.querySelector("[name=draft_version]");
  const line = form.querySelector("[data-draft-status]");
  let typed = false;
  let stale = false;
  let saving = null;
  form.addEventListener("input", () => { typed = true; });
  // A save on its way is waited for.
  form.addEventListener("submit", (event) => {
    typed = false;
    if (!saving) return;
    event.preventDefault();
    saving.finally(() => form.requestSubmit(event.submitter));
  });
  const send = async () => {
    try {
      const answer = await fetch(form.dataset.draft, {method: "POST", body: new FormData(form), keepalive: true});
      const told = await answer.json();
      line.textContent = told.words;
      stale = answer.status === 409;
      if (answer.status === 401) document.dispatchEvent(new Event("session-locked"));
      if (answer.ok) version.value = told.version;
    } catch {
      typed = true;
      line.textContent = form.dataset.draftFailed;
    }
    saving = null;
  };
  const save = () => {
    if (!typed || saving || stale) return;
    typed = false;
    saving = send();
  };
  setInterval(save, 10000);
  document.addEventListener("visibilitychange", () => document.hidden && save());
});
