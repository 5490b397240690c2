// The end of the session: told before it comes; then the page goes, and what was typed is kept on the server.
const {state, style} = document.getElementById("session").dataset;
let known = {};
let until = Infinity;
let timer = 0;
let locked = false;

function made(name, kind, ...within) {
  const part = document.createElement(name);
  part.className = kind;
  part.append(...within);
  return part;
}
const sheet = made("link", "");
sheet.rel = "stylesheet";
sheet.href = style;
document.head.append(sheet);

// A live region is heard only where it stood before its words did.
const live = made("div", "govuk-visually-hidden");
live.role = "alert";
const words = made("p", "");
const button = made("button", "govuk-button govuk-button--secondary");
button.type = "button";
const box = made("section", "rc-session", made("div", "govuk-width-container", words, button));
box.hidden = true;
document.querySelector(".govuk-skip-link").after(box, live);

async function told(address, options) {
  const answer = await fetch(address, {redirect: "error", ...options});
  return answer.ok ? answer.json() : {isOpen: false};
}
async function look() {
  if (locked) return;
  try { show(await told(state)); } catch {
    // A bad signal is no end: what the page was told last still holds.
    if (Date.now() < until) wait(5);
    else cover();
  }
}
function wait(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(1, seconds) * 1000);
}
function show(answer) {
  known = {...known, ...answer};
  if (!known.isOpen) return cover();
  const {secondsLeft: left, warnSeconds: warn} = known;
  until = Date.now() + left * 1000;
  wait(left > warn ? left - warn : left);
  const isNew = box.hidden;
  box.hidden = left > warn;
  box.ariaLabel = known.heading;
  words.textContent = known.words;
  button.textContent = known.stay;
  if (box.hidden) live.textContent = "";
  else if (isNew) {
    live.textContent = `${known.words} ${known.stay}`;
    // Whoever types goes on typing.
    if (document.activeElement === document.body) button.focus();
  }
}
button.addEventListener("click", async () => {
  const {value} = document.querySelector("[name=csrfmiddlewaretoken]");
  try { show(await told(`${state}extend/`, {method: "POST", headers: {"X-CSRFToken": value}})); } catch { return; }
  if (!box.hidden || locked) return;
  live.textContent = document.getElementById("session-until").textContent = words.textContent;
  // The button is gone.
  document.querySelector(".govuk-skip-link").focus();
});
// A machine that slept has had no timers.
document.addEventListener("visibilitychange", () => document.hidden || look());
document.addEventListener("session-locked", look);
document.addEventListener("htmx:afterSwap", () => document.querySelector("[data-locked]") && look());
look();

function isTyped(field) {
  if (!field.name || field.type === "hidden") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (!field.options) return "defaultValue" in field && field.value !== field.defaultValue;
  const options = [...field.options];
  return (options.find((option) => option.defaultSelected) ?? options[0]) !== options[field.selectedIndex];
}
let unsent = [];

function cover() {
  if (locked) return;
  // Somebody has signed out meanwhile, and this page was told nothing.
  if (!known.locked) return location.reload();
  locked = true;
  clearTimeout(timer);
  unsent = [...document.forms].filter((form) => form.method === "post" && [...form.elements].some(isTyped));
  unsent.forEach((form) => { form.hidden = true; });
  const help = document.querySelector(".rc-footer__help");
  const title = made("h1", "govuk-heading-l", known.locked);
  const press = made("button", "govuk-button", known.again);
  press.type = "button";
  press.addEventListener("click", leave);
  const said = made("p", "govuk-body", known.lost);
  const main = made("main", "govuk-width-container govuk-main-wrapper", title, said, press, help ?? "");
  main.tabIndex = -1;
  document.title = title.textContent;
  document.body.replaceChildren(live, main, ...unsent);
  main.focus();
  leave();
}
async function leave() {
  const page = location.pathname + location.search;
  try {
    while (unsent.length) {
      const [form] = unsent;
      const sent = [...new FormData(form)].filter(([, value]) => typeof value === "string");
      const {pathname, search} = new URL(form.getAttribute("action") || location.href, location.href);
      const body = new URLSearchParams([...sent, ["kept_page", page], ["kept_action", pathname + search]]);
      const answer = await fetch(`${state}keep/`, {method: "POST", body, redirect: "error"});
      // Of whoever has signed out meanwhile nothing is kept.
      if (!answer.ok && answer.status !== 401) return;
      unsent.shift();
    }
    await fetch(state);
    location.replace(`${known.unlock}?next=${encodeURIComponent(page)}`);
  } catch { /* The button on the cover tries again. */ }
}
