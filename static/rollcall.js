// Comfort: pages work without it.
const status = document.getElementById("status");
const title = document.title;
const polls = () => document.querySelectorAll("[data-poll]");

document.body.classList.add("js-enabled", "govuk-frontend-supported");
import(document.getElementById("govuk-frontend").href).then(({initAll}) => initAll());

document.querySelector("[autofocus]")?.focus();

// --- Lists
const kit = document.getElementById("autocomplete");
const selects = kit ? document.querySelectorAll("select[data-autocomplete]") : [];
// Once the page is there, which works without; nothing is taken from under whoever is in it.
const fetched = () => selects.forEach((select) => (
  select === document.activeElement ? select.addEventListener("blur", () => help(select), {once: true}) : help(select)
));
if (selects.length) {
  const script = document.createElement("script");
  script.src = kit.dataset.later;
  script.onload = fetched;
  const fetchKit = () => document.head.append(script);
  if (document.readyState === "complete") fetchKit(); else addEventListener("load", fetchKit, {once: true});
}
function help(select) {
  const mark = select.dataset.autocomplete;
  const options = [...select.options];
  // Its own choice.
  const typed = options.find(({value}) => value.startsWith(mark)) ?? select.appendChild(new Option());
  const listed = options.filter((option) => option.value && option !== typed);
  window.accessibleAutocomplete.enhanceSelectElement({
    selectElement: select, defaultValue: select.value ? undefined : "", confirmOnBlur: false, autoselect: false,
    minLength: 1, source: listed.map(({text}) => text),
  });
  const box = select.previousSibling.querySelector("input");
  box.ariaInvalid = select.ariaInvalid;
  const plain = (text) => text.replace(/[\u2066-\u2069]/g, "").trim().toLowerCase();
  box.addEventListener("input", () => {
    const named = listed.filter(({text}) => plain(text) === plain(box.value));
    typed.text = box.value.trim();
    typed.value = typed.text && mark + typed.text;
    (named.length === 1 ? named[0] : typed).selected = true;
  });
}

// A browser that keeps nothing for pages refuses to be asked, too.
const kept = (() => { try { return sessionStorage; } catch { return null; } })();

// --- Count
const icon = document.querySelector("link[rel=icon][data-counted]");
const calm = icon?.href;
// Kept through the presses that load the page again.
let known = kept?.getItem("known")?.split(" ");
function count() {
  const counted = [...document.querySelectorAll("[data-count]")];
  if (!counted.length) return;
  const total = counted.reduce((sum, part) => sum + Number(part.dataset.count), 0);
  document.title = total ? `(${total}) ${title}` : title;
  if (icon) icon.href = total ? icon.dataset.counted : calm;
  const marked = document.querySelector("[data-marks]");
  if (!marked) return;
  const marks = marked.dataset.marks.split(" ");
  if (known && marks.some((mark) => mark && !known.includes(mark))) chime();
  known = marks;
  kept?.setItem("known", marked.dataset.marks);
}

// --- Sound: wished for until this tab is closed; a browser lets it begin with a press only
const sounder = document.querySelector("[data-sound]");
const silent = document.querySelector("[data-silent]");
let sound = null;
const wished = () => kept?.getItem("sound") === "on";
const show = () => {
  const on = sound?.state === "running";
  sounder.setAttribute("aria-pressed", String(on));
  silent.hidden = on || !wished();
};
function begin() {
  sound ??= Object.assign(new AudioContext(), {onstatechange: show});
  return sound.resume();
}
async function chime() {
  if (!sounder || !wished()) return;
  await begin();
  for (const [start, pitch] of [[0, 660], [0.25, 880]]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, sound.currentTime + start);
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + start + 0.4);
    tone.connect(volume).connect(sound.destination);
    tone.start(sound.currentTime + start);
    tone.stop(sound.currentTime + start + 0.45);
  }
}
if (sounder) {
  sounder.hidden = false;
  sounder.addEventListener("click", async (event) => {
    event.stopPropagation();
    if (sound?.state === "running") {
      kept?.removeItem("sound");
      await sound.suspend();
    } else {
      kept?.setItem("sound", "on");
      await chime();
    }
    show();
  });
  if (wished()) {
    begin();
    ["click", "keydown"].forEach((press) => document.addEventListener(press, () => wished() && begin()));
  }
  show();
}
count();

// --- Print
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// --- Copy
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const box = document.getElementById(button.dataset.copy);
    box.select();
    let done = true;
    try { await navigator.clipboard.writeText(box.value); } catch { done = document.execCommand("copy"); }
    status.textContent = done ? button.dataset.copied : button.dataset.notCopied;
  });
});

// --- Several forms of one page: what is typed in one goes along with another, whichever is sent
document.addEventListener("formdata", ({target, formData}) => {
  const typed = document.getElementById(target.dataset.takes);
  if (typed) formData.set(typed.name, typed.value);
});

// --- Polls
const isPoll = (event) => event.detail.elt.matches("[data-poll]");
const isBusy = (part) => part.querySelector("input:focus, textarea:focus, select:focus, [data-typed]");
document.addEventListener("input", ({target}) => target.closest("[data-poll]") && (target.dataset.typed = ""));
document.addEventListener("htmx:beforeRequest", (event) => {
  // What is to sound is asked for behind another tab too.
  const rests = document.hidden && !event.detail.elt.matches("[data-marks]");
  if (isPoll(event) && (rests || isBusy(event.detail.elt))) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) polls().forEach((part) => window.htmx?.trigger(part, "refresh"));
});

// --- Open
let open = [];
document.addEventListener("htmx:beforeSwap", ({detail}) => {
  open = [...detail.target.querySelectorAll("details[open][id]")].map((part) => part.id);
});
document.addEventListener("htmx:afterSettle", () => {
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  open = [];
  count();
});

// --- Loading
let waiting = 0;
document.addEventListener("htmx:beforeSend", (event) => {
  if (isPoll(event)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => { status.textContent = status.dataset.loading; }, 400);
});
document.addEventListener("htmx:afterRequest", () => {
  clearTimeout(waiting);
  status.textContent = "";
});

// --- Failed
function failed({detail}) {
  const part = detail.target ?? detail.elt;
  if (detail.xhr?.status === 404) part.replaceChildren();
  if (part.querySelector(".rc-fragment-error")) return;
  const wrote = detail.requestConfig?.verb === "post";
  const words = (wrote && document.getElementById("not-sent")) || document.getElementById("fragment-error");
  const notice = words.content.cloneNode(true);
  const again = notice.querySelector("a[href='']");
  if (again) again.href = window.location.href;
  part.prepend(notice);
}
["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, failed));

// --- Session
const session = document.getElementById("session");
const watch = () => import(session.dataset.later);
if (session) {
  setTimeout(watch, 20000);
  ["visibilitychange", "session-locked", "htmx:afterSwap"].forEach((name) => document.addEventListener(name, watch));
}
