"""What was done to find a child, and when each of it was: one box for a time beside each check."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from cases.forms import fields
from cases.models import Steps

# "Nothing yet" is an answer; it is no step.
NOTHING_YET = "nothing_yet"


@dataclass(frozen=True)
class Check:
    """One check with its box for a time; "nothing yet" has none."""

    done: forms.boundfield.BoundWidget
    at: forms.BoundField | None


def steps_field() -> forms.MultipleChoiceField:
    """The question of what was done, with "nothing yet" as an answer."""
    return forms.MultipleChoiceField(
        label=gettext_lazy("What has been done to find the child?"),
        help_text=gettext_lazy(
            "Do not wait with the report until all of it is done. Beside each the time, like 9:10pm, where it is known."
        ),
        choices=[*Steps.choices, (NOTHING_YET, gettext_lazy("Nothing yet"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Select what has been done, or Nothing yet")},
    )


def ask_when(form: forms.Form) -> None:
    """Add the box for the time of each check."""
    for step in Steps:
        form.fields[_box(step)] = fields.LatelyField(label=step.label)


def checks(form: forms.Form) -> Iterator[Check]:
    """Every check with its box, in the order in which they are asked."""
    for one in form["steps"].subwidgets:
        value = one.data["value"]
        yield Check(one, form[_box(value)] if value in Steps else None)


def of(given: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Which checks were done, and the instant of each that has one; a time beside a check says that it was done."""
    at = {step.value: given.get(_box(step)) for step in Steps}
    done = [step.value for step in Steps if step in given.get("steps", ()) or at[step.value]]
    return done, {name: _iso(moment) for name, moment in at.items() if moment}


def _box(step: str) -> str:
    return f"{step}_at"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
