"""How what was typed into a form becomes a draft, and a draft a form again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from cases.forms import typed
from cases.models import Draft

# What belongs to the page and not to the answers.
OF_THE_PAGE = frozenset({"csrfmiddlewaretoken", "draft_version", "save_draft", "next"})
AGO = {"now": timedelta(), "quarter": timedelta(minutes=15)}


def read_typed(data: QueryDict, *, at: datetime) -> dict[str, Sequence[str]]:
    """The answers as they were typed; “now” becomes the time it was, for a draft is read later."""
    found: dict[str, Sequence[str]] = {name: data.getlist(name) for name in data if name not in OF_THE_PAGE}
    for name in [name for name in found if name.endswith("_when")]:
        when = found[name][-1]
        if when in AGO:
            found |= _boxes(name.removesuffix("_when"), at - AGO[when])
    return found


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
            form.initial[name] = field.widget.value_from_datadict(
                data, MultiValueDict(), form.add_prefix(name)
            )


def _boxes(name: str, moment: datetime) -> dict[str, Sequence[str]]:
    local = typed.london(moment)
    boxes = {**typed.boxes_of(local.date()), "when": "earlier", "time": f"{local:%H:%M}"}
    if len(typed.instants(local.date(), local.time())) > 1:
        boxes["fold"] = "after" if local.fold else "before"
    return {f"{name}_{part}": [text] for part, text in boxes.items()}
