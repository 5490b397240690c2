"""Answers about what was held for a child on a day: when, who led it, and what was decided."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import HeldPaper

# Of a plan that is made, and not held: what its day is.
MADE: dict[str, Any] = {
    HeldPaper.Kind.PLACEMENT_PLAN: _(
        "If it was made before the child came to live there: the day on which it came."
    ),
    HeldPaper.Kind.CARE_PLAN: "",
}
# Of a check of health: what is written of it.
CHECKED: dict[str, Any] = {
    HeldPaper.Kind.DENTAL: _("What was found, and what comes next?"),
    HeldPaper.Kind.IMMUNISATION: _("Which are given, which are missing, and when do they follow?"),
    HeldPaper.Kind.EYES: _("What was found, and what comes next?"),
}


class HeldForm(forms.Form):
    """The day, who led it, and a note."""

    held_date = fields.DateField(
        label=_("When was it held?"),
        name=_("The day"),
        past=True,
        error_messages={"required": _("Enter the day")},
    )
    led_by = forms.CharField(
        label=_("Who led it?"),
        help_text=_("The reviewing officer, doctor, nurse, teacher or adviser: name or post."),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who led it")},
    )
    note = fields.NoteField(label=_("What was decided?"), name=_("Your note"), limit=4000, required=False)
    handed_to = forms.CharField(
        label=_("Who takes over at 18?"),
        help_text=_(
            "The adult service with a name and a phone, or the personal adviser alone; or why no adult service does."
        ),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who takes over at 18, or why nobody does")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        if kind != HeldPaper.Kind.TURNING_18:
            del self.fields["handed_to"]
        if kind == HeldPaper.Kind.TURNING_18:
            self.fields["held_date"].help_text = _(
                "A plan of before the age of seventeen and a half is kept, and another is asked for."
            )
        if kind == HeldPaper.Kind.ADVISER_CONTACT:
            self.fields["held_date"].label = _("When was it?")
            self.fields["led_by"].label = _("Which adviser, and how?")
            self.fields["led_by"].help_text = _("For example: Ida Moss, saw him at the college.")
            self.fields["note"].label = _("What was said?")
        if kind in CHECKED:
            self.fields["held_date"].label = _("When was it?")
            self.fields["led_by"].label = _("Who did it?")
            self.fields["led_by"].help_text = _("The dentist, optician, nurse or doctor: name or practice.")
            self.fields["note"].label = CHECKED[kind]
        if kind in MADE:
            self.fields["held_date"].label = _("When was it made?")
            self.fields["held_date"].help_text = MADE[kind]
            self.fields["led_by"].label = _("Who made it, and with whom?")
            self.fields["led_by"].help_text = _(
                "Names or posts: the carer or home too, where they were there."
            )
            self.fields["note"].label = _("What was agreed?")
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)
