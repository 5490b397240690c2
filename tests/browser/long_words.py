"""A language that nobody speaks, in which every word of the product is two fifths longer; it exists in tests alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polib
from django.conf import settings
from django.test.utils import override_settings
from playwright.sync_api import Page

from cases.management import catalog
from tests import shared
from tests.browser.screens import Screen
from tests.browsers import ask_axe, widen
from tests.database import ROOT

# Django has formats for it, so dates and plurals are written; no reader of Rollcall is offered it.
CODE = "eo"
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|<[^>]*>|\{\}|&\w+;)")
FILLER = "laŭvorte malrapide ĉirkaŭ preskaŭ antaŭe "
WIDTHS = (320, 360, 1280)
# One of each kind of page; what axe asks does not hang on the words.
ASKED = {
    "today",
    "duty_desk",
    "roll_call",
    "guardian_home",
    "child",
    "episode",
    "contact_new",
    "police_alert",
    "rota",
}
SHAPE = """() => {
    const faults = [];
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) {
        const wide = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility()
            && one.getBoundingClientRect().right > page.clientWidth + 1).slice(-1)[0];
        faults.push(`scrolls sideways by ${page.scrollWidth - page.clientWidth} px: ${wide?.outerHTML.slice(0, 160)}`);
    }
    for (const one of document.querySelectorAll("button, [role=button], .govuk-tag, .govuk-service-navigation__link")) {
        const style = getComputedStyle(one);
        if (!one.checkVisibility() || style.clipPath !== "none" || one.closest("[aria-hidden=true]")) continue;
        const box = one.getBoundingClientRect();
        const cut = style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
        if (cut || box.left < 0 || box.right > page.clientWidth + 1) faults.push(`cut: ${one.outerHTML.slice(0, 160)}`);
    }
    return faults;
}"""


def longer(text: str) -> str:
    """Return words two fifths longer: a single word grows, a sentence gets more words."""
    letters = len(KEPT.sub("", text))
    wanted = max(2, round(letters * 0.4))
    if not letters:
        return text
    more = (FILLER * (wanted // len(FILLER) + 1))[:wanted].strip()
    end = re.search(r"[.:?!…]?\s*$", text)
    stop = end.start() if end else len(text)
    gap = " " if " " in text.strip() else ""
    return f"{text[:stop]}{gap}{more}{text[stop:]}"


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """Settings in which the language is offered, its catalogue made from the code in `folder`, once in a run."""
    words = folder / "longer words"
    shared.once(folder, words.name, lambda: _write(words / CODE / "LC_MESSAGES"))
    with override_settings(
        LANGUAGES=[*settings.LANGUAGES, (CODE, "Long")], LOCALE_PATHS=[words, *settings.LOCALE_PATHS]
    ):
        yield


def _write(home: Path) -> None:
    file = polib.POFile()
    file.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    found = catalog.found(ROOT)
    plurals = {words.key: words.plural for words in found if words.plural}
    for key in {words.key: None for words in found}:
        context, text = key
        entry = polib.POEntry(msgid=text, msgctxt=context or None)
        if key in plurals:
            entry.msgid_plural = plurals[key]
            entry.msgstr_plural = {0: longer(text), 1: longer(plurals[key])}
        else:
            entry.msgstr = longer(text)
        file.append(entry)
    home.mkdir(parents=True, exist_ok=True)
    file.save_as_mofile(str(home / "django.mo"))


def speak(page: Page, url: str) -> None:
    """Let this site speak longer words to the page from its next answer on."""
    language = {"name": settings.LANGUAGE_COOKIE_NAME, "value": CODE, "url": url}
    page.context.add_cookies([language])


def look(page: Page, screen: Screen) -> list[str]:
    """Every fault of a page in this language: what scrolls sideways at three widths, and what is cut."""
    page.evaluate("document.querySelectorAll('main details').forEach((part) => { part.open = true; })")
    faults: list[str] = []
    for width in WIDTHS:
        widen(page, width)
        faults += [f"{width} px: {fault}" for fault in page.evaluate(SHAPE)]
    if screen.name in ASKED and screen.state == "full":
        faults += [f"axe {fault}" for fault in ask_axe(page)[1]]
    return faults
