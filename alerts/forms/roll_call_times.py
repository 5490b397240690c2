"""Answers about a home's own roll-call times: which roll-call, by how much, and from which day on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.roll_call_times import Times, words_of
from alerts.windows import FURTHEST_SHIFT
from cases.forms import fields
from cases.templatetags.govuk import hours

STEP = 15


class MoveRollCall(forms.Form):
    """Move one roll-call."""

    window = forms.ChoiceField(
        label=_("Roll-call"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the roll-call")},
    )
    minutes = forms.TypedChoiceField(
        label=_("Moved by"),
        help_text=_("2 hours at most. No roll-call is left out."),
        coerce=int,
        initial=0,
        error_messages={"required": _("Select by how much")},
    )
    from_date = fields.DateField(
        label=_("From which day on?"),
        help_text=_("Tomorrow at the earliest"),
        name=_("The day"),
        error_messages={"required": _("Enter the day from which it is moved")},
    )

    def __init__(self, *args: Any, times: Sequence[Times], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["window"].choices = [  # type: ignore[attr-defined]
            (one.window.name, f"{one.label}, {hours(one.window.opens, one.window.closes)}") for one in times
        ]
        moves = range(-FURTHEST_SHIFT, FURTHEST_SHIFT + 1, STEP)
        self.fields["minutes"].choices = [(minutes, words_of(minutes)) for minutes in moves]  # type: ignore[attr-defined]
        fields.set_now(self, now)
