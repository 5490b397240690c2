"""Answers about a personal adviser: who it is, and why somebody is it no more."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.advisers import Adviser
from cases.forms import fields

_TEXT = {"autocomplete": "off"}


class AdviserForm(forms.Form):
    """Who is the adviser, of which team or organisation, how they are reached, and since when."""

    name = forms.CharField(
        label=_("Who is the personal adviser?"),
        max_length=150,
        widget=forms.TextInput(attrs=_TEXT),
        error_messages={"required": _("Enter who the adviser is")},
    )
    organisation = forms.CharField(
        label=_("Team or organisation"),
        help_text=_("For example the leaving care team, or the charity that does it for the council."),
        max_length=200,
        widget=forms.TextInput(attrs=_TEXT),
        error_messages={"required": _("Enter the team or organisation")},
    )
    phone = fields.PhoneField(label=_("Phone"), required=False)
    email = fields.MailAddressField(
        label=_("Email address"), required=False, widget=forms.EmailInput(attrs=_TEXT)
    )
    starts_at = fields.MomentField(
        label=_("Since when?"),
        name=_("The time"),
        error_messages={"required": _("Enter since when")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        broken = "phone" in self.errors or "email" in self.errors
        if not broken and not given.get("phone") and not given.get("email"):
            self.add_error("phone", _("Enter a phone, or an email address"))
        return given

    def adviser(self) -> Adviser:
        """What was answered."""
        given = dict(self.cleaned_data)
        return Adviser(key=given.pop("once"), **given)


LEFT, MISTAKE, STAYS = "left", "mistake", "stays"


class AdviserEndForm(forms.Form):
    """Whether somebody is the adviser no more, with nobody in the place yet, was it never, or goes on; and why."""

    answer = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            (LEFT, _("They are the adviser no more, and nobody is in their place yet")),
            (MISTAKE, _("They were recorded by mistake")),
            (STAYS, _("They go on, though another council is responsible now")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it is")},
    )
    why = forms.CharField(
        label=_("Why?"),
        help_text=_("Not needed where they go on."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("answer") in (LEFT, MISTAKE) and not given.get("why") and "why" not in self.errors:
            said = {
                LEFT: _("Enter why they are the adviser no more"),
                MISTAKE: _("Enter why it was recorded by mistake"),
            }
            self.add_error("why", said[given["answer"]])
        return given
