"""What of a page needs no browser: its names, headings, labels and links, read from the HTML in one go.

A browser asks more of each address (tests/browser/inspection.py); this is asked of every page in every state.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin
from zlib import crc32

from tests.browser.names import VOID, Names

TITLE = re.compile(r"^(\(\d+\) )?(?P<words>\S.*) – Rollcall$")
ERROR = "Error:"
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
ANSWERS = {"input", "select", "textarea"}
# What says itself what it is for.
NEEDS_NO_LABEL = {"hidden", "submit", "button", "image"}
FREE = {"text", "tel", "email", "search", "number", "url"}
# By what of it an element is one of its kind to whoever looks at it.
SHAPED = ("class", "style", "type")
# Of what is said about another part by its id.
POINTS = ("aria-labelledby", "aria-describedby")
# What alone may stand in a list.
PARTS = {
    "ul": {"li", "script", "template"},
    "ol": {"li", "script", "template"},
    "dl": {"dt", "dd", "div", "script", "template"},
}
SPOKEN = {"a", "button", "summary", "caption", "label", "title", *HEADINGS}


@dataclass
class Form:
    """One form: where it sends to and how, and what goes with it when nothing is filled in."""

    action: str
    enctype: str
    empty: list[tuple[str, str]] = field(default_factory=list)
    # The names of what is typed freely.
    typed: list[str] = field(default_factory=list)
    # Whether there is anything to fill in, and whether the button that sends it is known.
    asks: bool = False
    pressed: bool = False


@dataclass
class _Spoken:
    """An element whose words count, while it is read."""

    tag: str
    has: Mapping[str, str]
    words: list[str] = field(default_factory=list)
    is_hidden: bool = False

    @property
    def said(self) -> str:
        return " ".join((self.has.get("aria-label") or "".join(self.words)).split())


class Markup(Names):
    """Read a page at an address; `faults` says what is wrong with it, `forms` which forms it sends by POST.

    `shape` is of what parts it is: a number for each kind of element, by its name, its classes, its style and what it takes.
    """

    def __init__(self, text: str, *, at: str = "") -> None:
        super().__init__()
        self.at = at
        self.title = ""
        self.forms: list[Form] = []
        self._faults: list[str] = []
        self._ids: Counter[str] = Counter()
        self._points: list[tuple[str, str]] = []
        self._fields: list[tuple[str, Mapping[str, str], bool]] = []
        self._labelled: set[str] = set()
        self._leads: dict[str, str] = {}
        self._spoken: list[_Spoken] = []
        self._hidden: list[bool] = []
        self._levels: list[int] = []
        self._captions = self._tables = 0
        self._form: Form | None = None
        self._select: tuple[str, bool] | None = None
        self.shape: set[int] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        has = {key: value or "" for key, value in attrs}
        hidden = (
            (bool(self._hidden) and self._hidden[-1]) or "hidden" in has or has.get("aria-hidden") == "true"
        )
        self.shape.add(crc32("|".join([tag, *(has.get(one, "") for one in SHAPED)]).encode()))
        if tag not in VOID:
            self._hidden.append(hidden)
        if identity := has.get("id"):
            self._ids[identity] += 1
        self._points += [(one, other) for one in POINTS for other in has.get(one, "").split()]
        if tag in SPOKEN:
            self._spoken.append(_Spoken(tag, has, is_hidden=hidden))
        if tag in ANSWERS or tag == "button":
            self._answer(tag, has, hidden=hidden)
        else:
            self._read(tag, has)

    def _read(self, tag: str, has: Mapping[str, str]) -> None:
        around = self.inside[-2] if len(self.inside) > 1 else ""
        if (of := PARTS.get(around)) and tag not in of and tag not in VOID:
            self._faults.append(f"<{tag}> stands in <{around}>")
        if tag == "html" and not has.get("lang"):
            self._faults.append("the page says no language")
        elif tag == "img":
            if "alt" not in has:
                self._faults.append(f"an image without words: {has.get('src')}")
            for one in self._spoken:
                one.words.append(has.get("alt", ""))
        elif tag == "table":
            self._tables += 1
        elif tag == "th" and not has.get("scope"):
            self._faults.append("a heading of a table without a scope")
        elif tag == "label" and has.get("for"):
            self._labelled.add(has["for"])
        elif tag == "form":
            self._form = None
            if has.get("method", "").lower() == "post" and "main" in self.inside:
                action = urljoin(self.at, has.get("action") or self.at)
                self._form = Form(action, has.get("enctype", ""))
                self.forms.append(self._form)
        elif tag == "option" and self._select and self._form and not has.get("value"):
            name, chosen = self._select
            if not chosen:
                self._form.empty.append((name, ""))
                self._select = name, True

    def _answer(self, tag: str, has: Mapping[str, str], *, hidden: bool) -> None:
        kind = has.get("type", "text" if tag == "input" else "").lower()
        name = has.get("name", "")
        if tag != "button" and kind not in NEEDS_NO_LABEL:
            if not hidden:
                self._fields.append((tag, has, "label" in self.inside))
            if self._form:
                self._form.asks = True
        if self._form is None:
            return
        if tag == "button":
            if kind in ("", "submit") and name != "save_draft" and not self._form.pressed:
                self._form.empty += [(name, has.get("value", ""))] if name else []
                self._form.pressed = True
        elif not name:
            return
        elif tag == "select":
            self._select = name, False
        elif kind == "hidden":
            self._form.empty.append((name, has.get("value", "")))
        elif kind not in ("radio", "checkbox", "file", *NEEDS_NO_LABEL):
            self._form.empty.append((name, ""))
            if tag == "textarea" or kind in FREE:
                self._form.typed.append(name)

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        del self._hidden[len(self.inside) :]
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        while self._spoken and tag in SPOKEN:
            one = self._spoken.pop()
            self._heard(one)
            if one.tag == tag:
                break

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        for one in self._spoken:
            one.words.append(data)

    def _heard(self, one: _Spoken) -> None:
        said = one.said
        if one.tag == "title":
            # That of a picture stands in it.
            self.title = self.title or said
        elif one.tag == "caption":
            self._captions += bool(said)
        elif one.is_hidden:
            return
        elif not said:
            self._faults.append(f"<{one.tag}> says nothing: {dict(one.has)}")
        elif one.tag in HEADINGS:
            self._levels.append(int(one.tag[1]))
        elif one.tag == "a" and "main" in self.inside and (leads := one.has.get("href")):
            leads = urljoin(self.at, leads)
            if self._leads.setdefault(said, leads) != leads:
                self._faults.append(f"two links say “{said}” and lead to {self._leads[said]} and {leads}")

    def faults(self, *, error: str = "") -> list[str]:
        """Every fault, one line each; the title begins with the word for an `error`, or with none."""
        faults = [*named(self.title, error), *self._faults]
        faults += [f"a name runs into what is round it: {words}" for words in self.loose]
        faults += [f"{count} elements have the id {one}" for one, count in self._ids.items() if count > 1]
        faults += [
            f"{what} points to {other}, which is not there"
            for what, other in self._points
            if other not in self._ids
        ]
        for tag, has, wrapped in self._fields:
            labelled = (
                wrapped
                or has.get("id") in self._labelled
                or has.get("aria-label")
                or has.get("aria-labelledby")
            )
            if not labelled:
                faults.append(f"<{tag} name={has.get('name')}> has no label")
        if self._captions != self._tables:
            faults.append(f"{self._tables} tables have {self._captions} captions")
        if self._levels.count(1) != 1:
            faults.append(f"{self._levels.count(1)} headings of the first level")
        # A notice above the page's own heading may have one of the second level.
        last = 1
        for level in self._levels:
            if level > last + 1:
                faults.append(f"a heading of level {level} comes after one of level {last}")
            last = level
        return faults


def named(title: str, error: str) -> list[str]:
    """What is wrong with a page's title, which says whether there is an `error`, and by which word."""
    match = TITLE.match(title)
    if match is None:
        return [f"the title “{title}” does not end in the service's name"]
    if match["words"].startswith(f"{error or ERROR} ") != bool(error):
        return [f"the title “{title}” {'does not say' if error else 'says'} that there is an error"]
    return []
