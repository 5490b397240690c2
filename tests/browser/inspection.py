"""What holds for every page in every state, looked at in one visit: the one checker of the gallery of screens."""

from collections.abc import Sequence

from playwright.sync_api import Page, expect

from tests import kinds
from tests.browser.markup import Form, named
from tests.browsers import AXE_OPTIONS, AXE_SCRIPT, COMPARES_WORDS, WAITS, ask_axe, bring_axe, widen
from tests.counts import FULL

DESK, PHONE, NARROW = 1280, 360, 320
_SHAPE = """({phone}) => {
    const faults = [];
    const shown = (part) => part.checkVisibility({visibilityProperty: true}) && !part.closest("[aria-hidden=true]");
    const words = (part) => (part.getAttribute("aria-label") ?? part.textContent).replace(/\\s+/g, " ").trim();
    const name = (part) => `<${part.tagName.toLowerCase()}> “${words(part).slice(0, 60)}”`;
    const tops = [...document.querySelectorAll("h1")].filter(shown);
    if (tops.length !== 1) faults.push(`${tops.length} headings of the first level`);
    // A notice above the page's own heading may have one of the second level.
    let last = 1;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
        const level = Number(heading.tagName[1]);
        if (level > last + 1) faults.push(`${name(heading)} comes after a heading of level ${last}`);
        last = level;
    }
    for (const table of document.querySelectorAll("table")) {
        if (!table.caption || !words(table.caption)) faults.push(`a table without a caption: ${words(table).slice(0, 60)}`);
        for (const cell of table.querySelectorAll("th")) {
            if (!cell.scope) faults.push(`${name(cell)} has no scope`);
        }
    }
    const leads = new Map();
    for (const link of document.querySelectorAll("main a[href]")) {
        if (!shown(link)) continue;
        const said = words(link) || link.querySelector("img")?.alt || "";
        const known = leads.get(said);
        const two = known !== undefined && known !== link.href;
        if (two) faults.push(`two links say “${said}” and lead to ${known} and ${link.href}`);
        leads.set(said, link.href);
    }
    const fetches = document.querySelector("[hx-get], [hx-post], [data-poll]") !== null;
    if (fetches && !window.htmx) faults.push("it fetches parts, and has no htmx");
    const presses = new Map();
    for (const button of document.querySelectorAll("main button")) {
        if (!shown(button)) continue;
        const said = words(button);
        const does = `${button.form?.action} ${button.name}=${button.value}`;
        if (presses.has(said) && presses.get(said) !== does) faults.push(`two buttons say “${said}”`);
        presses.set(said, does);
    }
    for (const part of document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")) {
        if (!shown(part)) continue;
        const style = getComputedStyle(part);
        // A link in a line of text is as high as the line, which WCAG 2.5.8 allows; a box with a label has the label's room.
        if (style.display === "inline" || style.clip !== "auto" || style.clipPath !== "none") continue;
        const box = part.getBoundingClientRect();
        if (box.width < 24 || box.height < 24) {
            faults.push(`${name(part)} is ${Math.round(box.width)} by ${Math.round(box.height)} px`);
        }
        if (phone && part.matches(".govuk-button") && box.height < 44) {
            faults.push(`the button ${name(part)} is ${Math.round(box.height)} px high on a phone`);
        }
    }
    for (const cell of document.querySelectorAll("main td, main th, main dt, main dd, main li")) {
        if (shown(cell) && cell.clientWidth > 1 && cell.scrollWidth > cell.clientWidth + 1) {
            faults.push(`the words of ${name(cell)} run into what stands beside them`);
        }
    }
    for (const box of document.querySelectorAll(".autocomplete__input")) {
        const size = getComputedStyle(box).fontSize;
        if (shown(box) && size !== "19px") faults.push(`${size} is the size of what is typed in ${box.id}`);
    }
    return faults;
}"""
# Not by the frames that are drawn: where nobody looks none is.
READY = """() => document.body.classList.contains("govuk-frontend-supported")
    && (!document.getElementById("autocomplete") || [...document.querySelectorAll("select[data-autocomplete]")].every(
        (select) => select.parentElement.querySelector(".autocomplete__wrapper")))"""
# Its title once its scripts are done, whether axe is there, and whether what is wrong has the focus.
_OPENED = f"""async () => {{
    if (matchMedia("(scripting: none)").matches) return [null, false, false];
    for (let waits = 0; !({READY})(); waits += 20) {{
        if (waits > {WAITS}) throw new Error(`the scripts of ${{location}} are not done`);
        await new Promise((passed) => setTimeout(passed, 20));
    }}
    document.querySelectorAll("main details").forEach((part) => {{ part.open = true; }});
    const focused = document.activeElement?.matches(".govuk-error-summary") ?? false;
    return [document.title, typeof axe !== "undefined", focused];
}}"""
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_EMPTY = """() => {
    const forms = [...document.querySelectorAll("main form[method=post]")].filter((form) =>
        form.querySelector("input:not([type=hidden]), textarea, select"));
    const form = forms[0];
    for (const field of form.elements) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = false;
        else if (field.tagName === "SELECT") field.selectedIndex = [...field.options].findIndex((one) => !one.value);
        else if (field.type !== "hidden" && !["BUTTON", "FIELDSET"].includes(field.tagName)) field.value = "";
    }
    const press = [...form.elements].find((one) =>
        one.tagName === "BUTTON" && one.type === "submit" && one.name !== "save_draft");
    form.requestSubmit(press);
}"""

# Past what a page does before its own forms are sent.
_SEND = """([action, enctype, empty]) => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action, enctype});
    for (const [name, value] of empty) {
        form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
}"""


def look(
    page: Page,
    *,
    error: str = "",
    sent: bool = False,
    asked: Sequence[int] = (DESK, PHONE),
    longer: str = "",
    widths: Sequence[int] = (DESK, PHONE, NARROW),
) -> list[str]:
    """Every fault of the page as it stands, on a desk, on a phone and at the width of 400% zoom, in this order of `widths`.

    Its title begins with the word for an `error`, or with none; what is wrong with one that was `sent` has the focus. Axe
    is asked for what hangs together in it at some of the widths, in pixels, and looks at each kind of element at both; at
    full counts at all there is. Of a page that speaks `longer` words their script is asked at each width. Raises ValueError
    for one without JavaScript.
    """
    title, has_axe, is_focused = page.evaluate(_OPENED)
    if title is None or (FULL and not has_axe):
        bring_axe(page)
    faults = named(title, error)
    if sent and not is_focused:
        faults.append("what is wrong has not the focus")
    more = longer or "() => []"
    for width in widths:
        widen(page, width)
        if width == NARROW:
            wide, found = page.evaluate(f"() => [({_WIDE})(), ({more})()]")
            found += [f"scrolls sideways by {wide} px"] if wide > 0 else []
        else:
            seen = (
                f"() => [({kinds.SHOWN})(), [...({_SHAPE})({{phone: {int(width == PHONE)}}}), ...({more})()]]"
            )
            shown, found = page.evaluate(seen)
            but = [COMPARES_WORDS] if longer else []
            of_axe = _of_axe(page, whole=width in asked, but=but, shown=shown)
            found += [f"axe {fault}" for fault in of_axe]
        faults += [f"{width} px: {fault}" for fault in found]
    return faults


def _of_axe(page: Page, *, whole: bool, but: Sequence[str], shown: tuple[int, list[int]]) -> list[str]:
    if FULL:
        return ask_axe(page, but=but)[1] if whole else []
    width, all_kinds = shown
    if not whole and not kinds.seen.of(all_kinds, width=width)[0]:
        return []
    # Half a megabyte, and most pages of a run need none of it.
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return kinds.ask(page, options=AXE_OPTIONS if whole else None, but=but, shown=shown)


def send(page: Page, form: Form, url: str) -> None:
    """Send a form with nothing in it from wherever the page is on the site at this address, as its own page would.

    A page that tells nobody where it is may send nothing to another: then it goes from the one for signing in.
    """
    for start in (page.url, f"{url}/sign-in/"):
        if not start.startswith(url):
            continue
        if start != page.url:
            page.goto(start)
        with page.expect_navigation() as went:
            page.evaluate(_SEND, [f"{url}{form.action}", form.enctype, form.empty])
        if went.value is not None and went.value.status != 403:
            return


def send_empty(page: Page) -> None:
    """Send the page's form with nothing in it, and wait for what is wrong to have the focus."""
    page.evaluate(_EMPTY)
    summary = page.locator(".govuk-error-summary")
    # What is not shown cannot have it.
    expect(summary).to_be_focused()
