"""Answers about what may make a child go, and about what was done."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import Trigger


class TriggerForm(forms.Form):
    """What it was, when, and whom it concerns."""

    kind = forms.ChoiceField(
        label=_("What was it?"),
        choices=[(kind.value, kind.label) for kind in Trigger.Kind if kind != Trigger.Kind.CONCERN],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it was")},
    )
    note = fields.NoteField(
        label=_("Who, and what did they do or say?"),
        limit=1000,
        name=_("Your answer"),
        error_messages={"required": _("Enter what happened, or what is to happen")},
    )
    vehicle = forms.CharField(
        label=_("Vehicle and number plate"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    # A day to come is watched from 72 hours before it.
    happens_at = fields.MomentField(label=_("When?"), name=_("The time"), past=False, initial="now")
    whole_house = forms.BooleanField(label=_("It concerns every child in this house"), required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)


class AnswerForm(forms.Form):
    """What was done about somebody who came."""

    answer = forms.CharField(
        label=_("What was done?"),
        help_text=_("Who was rung, what the child says, what the police were told."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter what was done")},
    )
