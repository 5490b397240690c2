"""A language that nobody speaks, in which every word of the product is two fifths longer; it exists in tests alone."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polib
from django.conf import settings
from django.test.utils import override_settings

from cases.management import catalog
from tests.database import ROOT

# Django has formats for it, so dates and plurals are written; no reader of Rollcall is offered it.
CODE = "eo"
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|<[^>]*>|\{\}|&\w+;)")
FILLER = "laŭvorte malrapide ĉirkaŭ preskaŭ antaŭe "


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
    """Settings in which the language is offered, its catalogue made anew from the code in `folder`."""
    file = polib.POFile()
    file.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    plurals = {words.key: words.plural for words in catalog.found(ROOT) if words.plural}
    for key in {words.key: None for words in catalog.found(ROOT)}:
        context, text = key
        entry = polib.POEntry(msgid=text, msgctxt=context or None)
        if key in plurals:
            entry.msgid_plural = plurals[key]
            entry.msgstr_plural = {0: longer(text), 1: longer(plurals[key])}
        else:
            entry.msgstr = longer(text)
        file.append(entry)
    home = folder / CODE / "LC_MESSAGES"
    home.mkdir(parents=True)
    file.save_as_mofile(str(home / "django.mo"))
    with override_settings(
        LANGUAGES=[*settings.LANGUAGES, (CODE, "Long")], LOCALE_PATHS=[folder, *settings.LOCALE_PATHS]
    ):
        yield
