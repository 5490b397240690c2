"""Answers about a meeting: when, who was there, the guardian, and what was decided."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.meetings import Held
from cases.models import Meeting


class MeetingForm(forms.Form):
    """What is written down of a meeting."""

    kind = forms.ChoiceField(
        label=_("What was it?"),
        choices=Meeting.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it was")},
    )
    held_at = fields.MomentField(label=_("When?"), name=_("The time"), past=True)
    led_by = forms.CharField(
        label=_("Who led it?"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who led it")},
    )
    attendees = fields.NoteField(
        label=_("Who was there?"),
        help_text=_("One a line: name, post and organisation."),
        name=_("Your answer"),
        limit=2000,
        error_messages={"required": _("Enter who was there")},
    )
    guardian = forms.ChoiceField(
        label=_("The child’s guardian"),
        help_text=_("A guardian is invited to every meeting about the child."),
        choices=Meeting.Guardian,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the guardian was there")},
    )
    why_not = forms.CharField(
        label=_("If the guardian was not invited: why?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    decisions = fields.NoteField(
        label=_("What was decided?"),
        help_text=_("What somebody is to do goes on the plan as well, as an action with a name and a day."),
        name=_("Your answer"),
        limit=4000,
        error_messages={"required": _("Enter what was decided")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        """Ask why, where the guardian was not invited."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("guardian") == Meeting.Guardian.NOT_INVITED and not given.get("why_not"):
            self.add_error("why_not", _("Enter why the guardian was not invited"))
        return given

    def held(self) -> Held:
        """What was answered."""
        given = dict(self.cleaned_data)
        return Held(key=given.pop("once"), **given)
