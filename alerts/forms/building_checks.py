"""Answers about a check of the building: made by whom and when, what a home said of it on the phone, and why one is withdrawn."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases import building_checks
from cases.forms import fields
from cases.models import BuildingCheck, User

_NAME = forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"})


class BuildingChecked(forms.Form):
    """Who of the waking staff went round the building, and when."""

    checked_by = forms.CharField(
        label=_("Who checked the building?"),
        help_text=_("The person who was awake and went round"),
        max_length=150,
        error_messages={"required": _("Enter the name of the person who checked the building")},
        widget=_NAME,
    )
    happened_at = fields.MomentField(label=_("When was it?"), name=_("The time"), initial="now")
    note = fields.NoteField(label=_("Note"), name=_("Your note"), required=False, rows=3)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def round(self, *, by: User) -> building_checks.Round:
        """What was answered; signed by the person who wrote it where that is the one who checked."""
        given = self.cleaned_data
        name = given["checked_by"].strip()
        return building_checks.Round(
            checked_by=name,
            checked_by_user=by if name == by.name else None,
            note=given["note"],
            happened_at=given["happened_at"],
            key=given["once"],
        )


class Said(TextChoices):
    """What ringing a home about its check can bring."""

    CHECKED = "checked", _("Somebody checked the building")
    NOT_CHECKED = "not_checked", _("Nobody checked it")
    NOT_REACHED = "not_reached", _("Could not reach the home")


class CheckTold(forms.Form):
    """What the home said when duty rang about a check that is not recorded."""

    said = forms.ChoiceField(
        label=_("What did the home say?"),
        choices=Said,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what the home said")},
    )
    checked_by = forms.CharField(
        label=_("Who checked the building?"),
        help_text=_("If somebody did: the person who was awake and went round"),
        max_length=150,
        required=False,
        widget=_NAME,
    )
    happened_at = fields.MomentField(label=_("When was it?"), name=_("The time"), required=False)
    note = fields.NoteField(label=_("Note"), name=_("Your note"), limit=250, required=False, rows=3)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("said") == Said.CHECKED:
            if not given.get("checked_by"):
                self.add_error("checked_by", _("Enter the name of the person who checked the building"))
            if not given.get("happened_at") and "happened_at" not in self.errors:
                self.add_error("happened_at", _("Select when the building was checked"))
        return given

    def round(self) -> building_checks.Round:
        """The check as the home told it."""
        given = self.cleaned_data
        return building_checks.Round(
            checked_by=given["checked_by"],
            told_by=given["checked_by"],
            note=given["note"],
            happened_at=given["happened_at"],
            key=given["once"],
        )


class WithdrawCheck(forms.Form):
    """Why a check does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=BuildingCheck._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this check is withdrawn")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
