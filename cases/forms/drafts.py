"""How what was typed into a form becomes a draft, and a draft a form again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from cases.forms import typed
from cases.forms.dates import LatelyField
from cases.models import Draft, Steps

# What belongs to the page and not to the answers.
PREFILLED = "draft_prefilled"
OF_THE_PAGE = frozenset({"csrfmiddlewaretoken", "draft_version", "save_draft", "next", PREFILLED})
# The boxes of a time whose day need not be typed.
LATELY = ("police_told_at", *(f"{step}_at" for step in Steps))
AGO = {"now": timedelta(), "quarter": timedelta(minutes=15)}


def read_typed(data: QueryDict, *, at: datetime) -> dict[str, Sequence[str]]:
    """The answers as they were typed; “now” becomes the time it was, and a time has its day, for a draft is read later.

    What the page had filled in by itself and nobody changed is no answer: it is filled in anew as it stands by then.
    """
    by_itself = _by_itself(data)
    found: dict[str, Sequence[str]] = {
        name: data.getlist(name)
        for name in data
        if name not in OF_THE_PAGE and by_itself.get(name) != _words("".join(data.getlist(name)))
    }
    for name in [name for name in found if name.endswith("_when")]:
        when = found[name][-1]
        if when in AGO:
            found |= _boxes(name.removesuffix("_when"), at - AGO[when])
    for name in found.keys() & set(LATELY):
        found[name] = [_with_day(text, at) for text in found[name]]
    return found


def prefilled(initial: Mapping[str, object]) -> str:
    """What the page fills in by itself, to be sent back with the answers; of nothing on record, that it left the box empty."""
    return json.dumps({name: "" if value is None else str(value) for name, value in initial.items()})


def _by_itself(data: QueryDict) -> dict[str, str]:
    """The same as it came back; nothing where it is none of ours."""
    try:
        found = json.loads(data.get(PREFILLED, "{}"))
    except (ValueError, RecursionError):
        return {}
    return {str(name): _words(str(text)) for name, text in found.items()} if isinstance(found, dict) else {}


def _words(text: str) -> str:
    """A box of one line has no line breaks of what it was given."""
    return "".join(text.split())


def _with_day(text: str, at: datetime) -> str:
    """A time of the last hours with the day that it has at `at`; what cannot be read stays as it was typed."""
    field = LatelyField()
    field.now = at
    try:
        moment = field.clean(text)
    except ValidationError:
        return text
    # Without a present instant it is written with its day always.
    return str(LatelyField().prepare_value(moment) or text)


def version_of(data: QueryDict) -> int:
    """The version of the draft that the page was opened with; 0 where there was none."""
    text = data.get("draft_version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def put_in(form: forms.Form, draft: Draft | None) -> None:
    """Show the draft's answers in a form that was not sent yet."""
    if draft is None or form.is_bound:
        return
    data: MultiValueDict[str, str] = MultiValueDict(draft.data)
    for name, field in form.fields.items():
        if not field.widget.value_omitted_from_data(data, MultiValueDict(), form.add_prefix(name)):
            value = field.widget.value_from_datadict(data, MultiValueDict(), form.add_prefix(name))
            # A row that is not offered any more is chosen anew: in a field that nobody sees nobody could mend it.
            if type(field) is not forms.ModelChoiceField or _is_offered(field, value):
                form.initial[name] = value


def _is_offered(field: forms.ModelChoiceField, value: Any) -> bool:
    try:
        return value in field.empty_values or field.clean(value) is not None
    except ValidationError:
        return False


def lines(form: forms.Form, draft: Draft) -> Iterator[tuple[str, str]]:
    """Each answer of a draft whose form is not offered, with its question; of several boxes one after the other."""
    names = [field.html_name for field in form.visible_fields()]
    for field in form.visible_fields():
        # How a time was chosen says nothing beside the time.
        boxes = [key for key in draft.data if not key.endswith(("_when", "_fold"))]
        sent = [draft.data[key] for key in boxes if _owner(key, names) == field.html_name]
        chosen = {str(value): str(words) for value, words in _choices(field.field)}
        texts = [chosen.get(text, text).strip() for several in sent for text in several]
        if any(texts):
            yield str(field.label), " ".join(filter(None, texts))


def _owner(key: str, names: Sequence[str]) -> str:
    """The question that a box belongs to: its own name, or the longest that it begins with."""
    found = (name for name in names if key == name or key.startswith(f"{name}_"))
    return max(found, key=len, default="")


def _choices(field: forms.Field) -> Iterator[tuple[object, object]]:
    for value, words in getattr(field, "choices", ()):
        if isinstance(words, list | tuple):
            yield from words
        else:
            yield value, words


def _boxes(name: str, moment: datetime) -> dict[str, Sequence[str]]:
    local = typed.london(moment)
    boxes = {**typed.boxes_of(local.date()), "when": "earlier", "time": f"{local:%H:%M}"}
    if len(typed.instants(local.date(), local.time())) > 1:
        boxes["fold"] = "after" if local.fold else "before"
    return {f"{name}_{part}": [text] for part, text in boxes.items()}
