"""Putting what was typed into a form's own page again, without a script, and whatever form it is."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

Typed = Mapping[str, Sequence[str]]
Attributes = dict[str, str | None]

# A hidden answer says what a form is about; in these two forms may differ and be the same.
OF_THE_MOMENT = frozenset({"csrfmiddlewaretoken", "once", "draft_version", "version", "replaces", "read"})
# These belong to the page as it is opened now.
OF_THE_PAGE = frozenset({"csrfmiddlewaretoken", "draft_version"})
TICKED = frozenset({"checkbox", "radio"})
# What nobody types, and what nobody is to find typed.
LEFT_ALONE = frozenset({"password", "file", "submit", "button", "image", "reset"})


@dataclass
class Edit:
    """A piece of the page, from one place to another, and what is to stand there."""

    start: int
    end: int
    text: str


@dataclass
class Form:
    """A form of the page: where it sends to, what it is about, and what would have to be changed in it."""

    actions: set[str]
    hidden: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    edits: list[Edit] = field(default_factory=list)


def fill(page: str, *, at: str, action: str, typed: Typed) -> str | None:
    """Return the page `at` with `typed` in its form that sends to `action`; None where it has no such form.

    Of several the one with most of the fields is taken, and never one that is about something else.
    """
    reader = _Reader(page, at=at, typed=typed)
    reader.feed(page)
    reader.close()
    fitting = [one for one in reader.forms if action in one.actions and _is_about(one, typed)]
    if not fitting:
        return None
    best = max(fitting, key=lambda one: len(one.names & typed.keys()))
    for edit in sorted(best.edits, key=lambda one: one.start, reverse=True):
        page = page[: edit.start] + edit.text + page[edit.end :]
    return page


def _is_about(form: Form, typed: Typed) -> bool:
    return all(
        list(typed.get(name, values)) == values
        for name, values in form.hidden.items()
        if name not in OF_THE_MOMENT
    )


class _Reader(HTMLParser):
    """Finds the forms of a page and what would change in each of them."""

    def __init__(self, page: str, *, at: str, typed: Typed) -> None:
        super().__init__(convert_charrefs=False)
        self.at, self.typed = at, typed
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select: Attributes | None = None
        self.chosen: set[str] = set()
        self.text_from: int | None = None
        self.lines = [0, *_line_starts(page)]

    def _here(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _change(self, text: str) -> None:
        if self.form is not None:
            here = self._here()
            self.form.edits.append(Edit(here, here + len(self.get_starttag_text() or ""), text))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            posts = (given.get("method") or "").lower() == "post"
            self.form = Form({urljoin(self.at, given.get("action") or self.at)}) if posts else None
            if self.form is not None:
                self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "button" and given.get("formaction"):
            self.form.actions.add(urljoin(self.at, given["formaction"] or ""))
        elif tag == "input":
            self._input(given)
        elif tag == "textarea" and self._is_typed(given):
            self.text_from = self._here() + len(self.get_starttag_text() or "")
            self.chosen = {given.get("name") or ""}
        elif tag == "select" and self._is_typed(given):
            self.select, self.chosen = given, set()
        elif tag == "option" and self.select is not None:
            self._option(given)

    def handle_endtag(self, tag: str) -> None:
        if self.form is None:
            return
        if tag == "form":
            self.form = None
        elif tag == "textarea" and self.text_from is not None:
            (name,) = self.chosen
            written = "\n" + html.escape("\n".join(self.typed[name][-1:]))
            self.form.edits.append(Edit(self.text_from, self._here(), written))
            self.text_from = None
        elif tag == "select" and self.select is not None:
            self._end_of_list(self.select)
            self.select = None

    def _is_typed(self, given: Attributes) -> bool:
        name = given.get("name") or ""
        if self.form is not None and name in self.typed:
            self.form.names.add(name)
            return True
        return False

    def _input(self, given: Attributes) -> None:
        name, kind = given.get("name") or "", (given.get("type") or "text").lower()
        if self.form is None or not name or kind in LEFT_ALONE:
            return
        if kind == "hidden":
            self.form.hidden.setdefault(name, []).append(given.get("value") or "")
        if kind in TICKED:
            # What was not ticked is not sent, so that its name alone does not say whether it was on the page.
            self._is_typed(given)
            ticked = (given.get("value") or "on") in self.typed.get(name, ())
            rest = {key: value for key, value in given.items() if key != "checked"}
            self._change(_tag("input", rest | ({"checked": None} if ticked else {})))
        elif self._is_typed(given) and name not in OF_THE_PAGE and len(self.typed[name]) == 1:
            self._change(_tag("input", given | {"value": self.typed[name][0]}))

    def _option(self, given: Attributes) -> None:
        wanted = self.typed[(self.select or {}).get("name") or ""]
        value = given.get("value") or ""
        rest = {key: other for key, other in given.items() if key != "selected"}
        if value in wanted:
            self.chosen.add(value)
            rest["selected"] = None
        self._change(_tag("option", rest))

    def _end_of_list(self, select: Attributes) -> None:
        """What was typed and is not on the list is a choice of its own, where the list takes one."""
        mark = select.get("data-autocomplete")
        here = self._here()
        for value in self.typed[select.get("name") or ""]:
            if self.form is not None and mark and value.startswith(mark) and value not in self.chosen:
                option = _tag("option", {"value": value, "selected": None})
                written = f"{option}{html.escape(value.removeprefix(mark))}</option>"
                self.form.edits.append(Edit(here, here, written))


def _line_starts(page: str) -> Iterator[int]:
    found = page.find("\n")
    while found >= 0:
        yield found + 1
        found = page.find("\n", found + 1)


def _tag(name: str, given: Attributes) -> str:
    written = [key if value is None else f'{key}="{html.escape(value)}"' for key, value in given.items()]
    return f"<{' '.join([name, *written])}>"
