"""What is answered when a child is not there: who looked, where they are, and the report to the police."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.forms.missing_report import (
    CHANGED,
    ask_for_what_is_known,
    empty_what_is_not_known,
    not_known_field,
    with_officer,
)
from alerts.forms.reporters import reporter_name_field, reporter_phone_field
from alerts.forms.together import ask_who_went_along
from cases.episodes import Report
from cases.forms import fields
from cases.forms.as_read import ReadByVerbForm
from cases.models import Child, MissingEpisode, Risk

TEXT = {"autocomplete": "off"}
NAME = {"spellcheck": "false", "autocomplete": "off"}


def _length(name: str) -> int | None:
    return MissingEpisode._meta.get_field(name).max_length  # type: ignore[union-attr]


class NotHere(forms.Form):
    """Somebody looked and the child is not there; duty writes who looked, everybody else has looked themselves."""

    witness = forms.CharField(
        label=_("Who looked?"),
        help_text=_("If somebody at the home told you on the phone"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, by_phone: bool, mates: Sequence[Child] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        ask_who_went_along(self, mates)
        self.initial.setdefault("once", uuid.uuid4())
        if not by_phone:
            del self.fields["witness"]


class Away(forms.Form):
    """Known where, but not where the child should be."""

    whereabouts = forms.CharField(
        label=_("Where is the child?"),
        help_text=_("The place, and who is with the child"),
        max_length=_length("whereabouts"),
        error_messages={"required": _("Enter where the child is")},
        widget=forms.TextInput(attrs=TEXT),
    )
    reason = fields.NoteField(
        label=_("How do you know, and why is the child there?"),
        name=_("Your answer"),
        rows=3,
        error_messages={"required": _("Enter how you know")},
    )
    # A page that stood open since before there were keys reports all the same.
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())

    def given(self) -> dict[str, Any]:
        """As `episodes.report_away` takes it."""
        said = dict(self.cleaned_data)
        return said | {"key": said.pop("once")}


class QuickReport(ReadByVerbForm):
    """The report on one screen; only what the police ask first must be answered."""

    overtaken = CHANGED
    police_rung = forms.ChoiceField(
        label=_("Have you phoned the police?"),
        choices=[("yes", _("Yes")), ("no", _("No, I ring now"))],
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        error_messages={"required": _("Select if you have phoned the police")},
    )
    incident_reference = forms.CharField(
        label=_("Police reference"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    officer = forms.CharField(
        label=_("Officer’s name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    reporter_name = reporter_name_field()
    reporter_phone = reporter_phone_field()
    last_seen_at = fields.MomentField(
        label=_("When was the child last seen?"),
        name=_("The time last seen"),
        error_messages={
            "required": _("Enter when the child was last seen"),
        },
    )
    last_seen_place = forms.CharField(
        label=_("Where was the child last seen?"),
        max_length=_length("last_seen_place"),
        error_messages={"required": _("Enter where the child was last seen")},
        widget=forms.TextInput(attrs=TEXT),
    )
    last_seen_by = forms.CharField(
        label=_("Who saw the child last?"),
        max_length=_length("last_seen_by"),
        error_messages={"required": _("Enter the name of the person who saw the child, or select Not known")},
        widget=forms.TextInput(attrs=NAME),
    )
    not_known = not_known_field()
    why_worried = fields.NoteField(
        label=_("Why are you worried?"),
        name=_("Your answer"),
        help_text=_("What makes this child unsafe today, in your own words"),
        error_messages={"required": _("Enter why you are worried")},
    )
    wearing = forms.CharField(
        label=_("What is the child wearing?"),
        max_length=_length("wearing"),
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    vehicle = forms.CharField(
        label=_("Was a car seen?"),
        help_text=_("Colour, make and number plate"),
        max_length=_length("vehicle"),
        required=False,
        widget=forms.TextInput(attrs=TEXT),
    )
    our_grade = forms.ChoiceField(
        label=_("Our view of the risk"),
        choices=Risk.choices,
        widget=forms.RadioSelect,
        required=False,
    )

    # A page that stood open since before there were keys reports all the same: no report is lost to what nobody types.
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, mates: Sequence[Child] = (), now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_who_went_along(self, mates)
        self.initial.setdefault("once", uuid.uuid4())
        ask_for_what_is_known(self)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        return empty_what_is_not_known(self, super().clean() or {})

    def report(self) -> Report:
        """The report as it is recorded; an officer named without a reference stays in the words."""
        given = self.cleaned_data
        worried = with_officer(given["why_worried"], given)
        return Report(
            key=given["once"] or uuid.uuid4(),
            last_seen_at=given["last_seen_at"],
            last_seen_place=given["last_seen_place"],
            last_seen_by=given["last_seen_by"],
            wearing=given["wearing"],
            vehicle=given["vehicle"],
            why_worried=worried,
            reporter_name=given["reporter_name"],
            reporter_phone=given["reporter_phone"],
            police_rung=given["police_rung"] == "yes" or bool(given["incident_reference"]),
            our_grade=given["our_grade"] or Risk.UNKNOWN,
        )
