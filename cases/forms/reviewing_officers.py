"""Answers about an independent reviewing officer: who it is, and why somebody is it no more."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import User
from cases.reviewing_officers import Officer

_TEXT = {"autocomplete": "off"}


class OfficerForm(forms.Form):
    """Who reviews the care: somebody with an account, or a name and how it is reached; and since when."""

    user = forms.TypedChoiceField(
        label=_("Who is the independent reviewing officer?"),
        help_text=_(
            "Those who sign in here in that role. They read the record of a child for whom they are named."
        ),
        coerce=int,
        required=False,
        empty_value=None,
    )
    name = forms.CharField(
        label=_("Or the name of somebody who has no account here"),
        help_text=_(
            "They read nothing here, and no mail goes to them: invite them by phone or by your own mail."
        ),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=_TEXT),
    )
    phone = fields.PhoneField(label=_("Their phone"), required=False)
    email = fields.MailAddressField(
        label=_("Their email address"), required=False, widget=forms.EmailInput(attrs=_TEXT)
    )
    starts_at = fields.MomentField(
        label=_("Since when?"),
        name=_("The time"),
        error_messages={"required": _("Enter since when")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Sequence[User], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {one.pk: one for one in people}
        choices = [("", _("Select")), *((one.pk, one.name) for one in people)]
        self.fields["user"].choices = choices  # type: ignore[attr-defined]
        # One of the two is asked for, and a way to reach whoever has no account: none of them is optional.
        for name in ("user", "name", "phone", "email"):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        chosen, typed = given.get("user"), [given.get(key) for key in ("name", "phone", "email")]
        broken = {"user", "name", "phone", "email"} & self.errors.keys()
        if broken:
            return given
        if chosen and any(typed):
            self.add_error("name", _("Select a person, or enter a name, not both"))
        elif not chosen and not given.get("name"):
            self.add_error("user", _("Select who it is, or enter a name"))
        elif not chosen and not any(typed[1:]):
            self.add_error("phone", _("Enter a phone, or an email address"))
        return given

    @property
    def asked(self) -> str:
        """The field that said who it is."""
        return "user" if self.cleaned_data.get("user") else "name"

    def officer(self) -> Officer:
        """What was answered."""
        given = dict(self.cleaned_data)
        user = self.people.get(given.pop("user"))
        return Officer(key=given.pop("once"), user=user, **given)


LEFT, MISTAKE = "left", "mistake"


class OfficerEndForm(forms.Form):
    """Whether somebody is it no more, with nobody in the place yet, or was it never; and why."""

    answer = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            (LEFT, _("They are no longer the reviewing officer, and nobody has replaced them yet")),
            (MISTAKE, _("They were recorded by mistake")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it is")},
    )
    why = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Enter why")},
    )
