// The end of the session: told before it comes and put off by one press. When it has come the page is covered, what was
// typed is kept on the server, and the next thing seen is the page that asks for the password.
const box = document.getElementById("session");
const live = document.getElementById("session-live");
const covered = document.getElementById("session-covered");
const {state, keep, unlock} = box.dataset;
const warn = Number(box.dataset.warn);
let timer = 0;
let locked = false;

// Not the machine's own time of day: that of the server, and what has gone by since.
const after = (seconds, act) => { clearTimeout(timer); timer = setTimeout(act, Math.max(1, seconds) * 1000); };
const plan = (left) => (left > warn ? after(left - warn, look) : after(left, look));
plan(Number(box.dataset.left));

async function told(address, options) {
  const answer = await fetch(address, {redirect: "error", ...options});
  return answer.ok ? answer.json() : {isOpen: false};
}
async function look() {
  let now;
  try { now = await told(state); } catch { return cover(); }
  if (!now.isOpen) return cover();
  plan(now.secondsLeft);
  if (now.secondsLeft <= warn) tell(now.words);
  else rest();
}
function tell(words) {
  const isNew = box.hidden;
  box.querySelector("[data-words]").textContent = words;
  box.hidden = false;
  if (isNew) live.textContent = `${words} ${box.dataset.how}`;
  // Whoever types goes on typing; to everybody else the button is one press away.
  if (isNew && document.activeElement === document.body) box.querySelector("button").focus();
}
function rest() {
  const was = box.contains(document.activeElement);
  box.hidden = true;
  live.textContent = "";
  if (was) document.getElementById("main-content").focus();
}
box.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  let now;
  try { now = await told(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))}); } catch { return; }
  if (!now.isOpen) return cover();
  plan(now.secondsLeft);
  const until = document.getElementById("session-until");
  if (until) until.textContent = now.words;
  if (now.secondsLeft > warn) {
    rest();
    live.textContent = box.dataset.extended;
  } else tell(now.words);
});
// A machine that slept has no timers meanwhile.
document.addEventListener("visibilitychange", () => document.hidden || locked || look());
document.addEventListener("session-locked", () => locked || look());
document.addEventListener("htmx:afterSwap", () => document.querySelector("[data-locked]") && !locked && look());
document.addEventListener("htmx:beforeRequest", (event) => locked && event.preventDefault());

// --- What was typed and not sent, of every form that was typed in
const typed = new Set();
document.addEventListener("input", ({target}) => target.form?.method === "post" && typed.add(target.form));
document.addEventListener("submit", ({target}) => typed.delete(target));
function answersOf(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.append("kept_page", location.pathname + location.search);
  const action = new URL(form.getAttribute("action") || location.href, location.href);
  body.append("kept_action", action.pathname + action.search);
  return body;
}
async function leave() {
  try {
    for (const form of typed) {
      const answer = await fetch(keep, {method: "POST", body: answersOf(form), redirect: "error"});
      // Whoever has signed out meanwhile has nothing kept; any other failure is tried again by hand.
      if (!answer.ok && answer.status !== 401) return;
      typed.delete(form);
    }
    await fetch(state);
    location.replace(`${unlock}?next=${encodeURIComponent(location.pathname + location.search)}`);
  } catch { /* Nothing reaches the service: the button on the cover tries again. */ }
}
function cover() {
  if (locked) return;
  locked = true;
  clearTimeout(timer);
  box.hidden = true;
  // The forms that hold something are taken out of sight; everything else goes.
  const forms = [...typed];
  document.body.replaceChildren(live, covered.content.cloneNode(true), ...forms);
  forms.forEach((form) => { form.hidden = true; });
  const main = document.querySelector("main");
  document.title = main.querySelector("h1").textContent;
  main.querySelector("button").addEventListener("click", leave);
  main.focus();
  leave();
}
