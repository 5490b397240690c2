"""Answers that correct one topic of a child's own facts; “not known” is always an answer."""

from copy import deepcopy
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.details import LABELS, Topic
from cases.forms import arrival_times, fields, typed
from cases.forms.listed_names import LanguagesField, ListedNameField, parts, spellings
from cases.forms.marks import SECOND, SecondPersonForm, drop_unasked
from cases.forms.registration import NAME, SCRIPTS, YesNo
from cases.listed_names import Kind
from cases.models import (
    Child,
    Literacy,
    Needs,
    Sex,
    Trafficking,
)


def _text(name: str, length: int, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=LABELS[name], max_length=length, required=False, widget=widget)


def _radios(name: str, choices: Any, **options: Any) -> forms.ChoiceField:
    widget = forms.RadioSelect(attrs={"class": "govuk-radios--small"})
    return forms.ChoiceField(label=LABELS[name], choices=choices, widget=widget, **options)


def _listed(name: str, length: int) -> forms.CharField:
    field = _text(name, length, spellcheck="false")
    field.help_text = _("Separate them with commas.")
    return field


ANSWERS: dict[str, forms.Field] = {
    "given_name": forms.CharField(
        label=LABELS["given_name"], max_length=120, widget=forms.TextInput(attrs=NAME)
    ),
    "family_name": _text("family_name", 120, spellcheck="false"),
    "script_name": _text("script_name", 200, spellcheck="false", dir="auto"),
    "script_language": forms.ChoiceField(label=LABELS["script_language"], choices=SCRIPTS, required=False),
    "known_as": _text("known_as", 120, spellcheck="false"),
    "spellings": _listed("spellings", 600),
    "said_as": _text("said_as", 120, spellcheck="false"),
    "name_order": _text("name_order", 120, spellcheck="false"),
    "age_given": forms.IntegerField(
        label=LABELS["age_given"],
        min_value=0,
        max_value=25,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2", "inputmode": "numeric"}),
    ),
    "sex": _radios("sex", Sex),
    "nationality": ListedNameField(Kind.NATIONALITY, label=LABELS["nationality"], required=False),
    "languages": LanguagesField(label=LABELS["languages"], required=False),
    "interpreter_needed": _radios("interpreter_needed", YesNo),
    "literacy": _radios("literacy", Literacy, required=False),
    "phone": fields.PhoneField(label=LABELS["phone"], required=False),
    "has_no_phone": forms.BooleanField(label=LABELS["has_no_phone"], required=False),
    "phone_seen_by": _text("phone_seen_by", 200),
    "safe_phone": fields.PhoneField(label=LABELS["safe_phone"], required=False),
    "description": fields.NoteField(
        label=LABELS["description"],
        name=LABELS["description"],
        help_text=_(
            "Height and build, hair, eyes, skin, scars, marks and tattoos, glasses, clothes often worn."
        ),
        limit=500,
        required=False,
    ),
    "arrived_date": fields.DateField(
        label=_("Arrival date"),
        name=_("Arrival date"),
        past=True,
        error_messages={"required": _("Enter the arrival date")},
    ),
    "arrived_time": forms.CharField(
        label=_("Arrival time"),
        help_text=_("If it is known, like 9:10pm or 21:10."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
    ),
    "arrival_place": _text("arrival_place", 120),
    "arrival_route": _text("arrival_route", 200),
    "found_by": _text("found_by", 120),
    **{
        name: _text(name, 40, spellcheck="false")
        for name in (
            "home_office_reference",
            "port_reference",
            "nrm_reference",
            "uucr_reference",
            "authority_reference",
            "police_reference",
        )
    },
    "nhs_number": fields.NhsNumberField(label=LABELS["nhs_number"], required=False),
    "needs": forms.MultipleChoiceField(
        label=LABELS["needs"], choices=Needs, required=False, widget=forms.CheckboxSelectMultiple
    ),
    "needs_note": fields.NoteField(label=LABELS["needs_note"], limit=500, required=False),
    "trafficking": _radios("trafficking", Trafficking),
    "trafficking_note": fields.NoteField(label=LABELS["trafficking_note"], limit=500, required=False),
    "reason": fields.NoteField(
        label=_("Why are there no signs any more?"), name=_("Your reason"), limit=500, required=False
    ),
    **SecondPersonForm.base_fields,
}
# Facts that are asked for in other words than they are kept in.
_ASKED_AS: dict[str, tuple[str, ...]] = {
    # A birth date is claimed, and an age decided, on a page of its own (cases/views/ages.py).
    "birth_date": (),
    "birth_date_precision": (),
    "birth_date_basis": (),
    "age_status": (),
    "arrived_at": ("arrived_date", "arrived_time", *SECOND),
}


class DetailsForm(forms.Form):
    """The questions of one topic, with what is known filled in, and which version of it the writer read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, topic: Topic, child: Child, version: int, now: datetime) -> None:
        super().__init__(data, initial={**_known(child), "version": version})
        self.topic, self.child, self.now = topic, child, now
        for name in topic.fields:
            for asked in _ASKED_AS.get(name, (name,)):
                self.fields[asked] = deepcopy(ANSWERS[asked])
        if topic.key == "trafficking" and child.trafficking == Trafficking.YES:
            for asked in ("reason", *SECOND):
                self.fields[asked] = deepcopy(ANSWERS[asked])
        drop_unasked(self)
        if "arrived_at" in topic.fields:
            self.order_fields(["arrived_date", "arrived_time", *topic.fields, *SECOND])
        fields.set_now(self, now)

    def clean_spellings(self) -> list[str]:
        return spellings(self.cleaned_data["spellings"])

    def clean_needs(self) -> list[str]:
        needs: list[str] = self.cleaned_data["needs"]
        if Needs.NONE in needs and len(needs) > 1:
            raise forms.ValidationError(_("Select what is needed, or that nothing is known"))
        return needs

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("arrived_date"):
            self._read_arrival(answers)
        is_taken_back = answers.get("trafficking", Trafficking.YES) != Trafficking.YES
        if "reason" in self.fields and is_taken_back and not answers.get("reason", "").strip():
            self.add_error("reason", _("Enter why there are no signs any more"))
        if answers.get("has_no_phone") and answers.get("phone"):
            self.add_error("has_no_phone", _("Take the number out, or say that the child has a phone"))
        return answers

    def _read_arrival(self, answers: dict[str, Any]) -> None:
        """The child was here when it was registered; what nobody retyped stays, whatever it says."""
        registered_at = self.child.registered_at
        if _arrived(self.child) == (answers["arrived_date"], answers.get("arrived_time")):
            arrival_times.read(self, answers, now=self.now)
        elif answers["arrived_date"] > typed.london(registered_at).date():
            self.add_error("arrived_date", arrival_times.after_registration(registered_at))
        else:
            arrival_times.read(self, answers, now=self.now, registered_at=registered_at)

    def values(self, child: Child) -> dict[str, Any]:
        """The facts as the child's own fields hold them."""
        given = self.cleaned_data
        found = {name: given[name] for name in self.topic.fields if name in given}
        if "interpreter_needed" in found:
            found["interpreter_needed"] = _YES.get(given["interpreter_needed"])
        if "arrived_at" in found and _arrived(child) == (given["arrived_date"], given["arrived_time"]):
            # Neither box was touched: the seconds that no box shows stay as they are.
            del found["arrived_at"]
        # What nobody retyped stays as it was written, also where the list has another name for it now.
        if "nationality" in found and str(self["nationality"].value()).strip() == child.nationality:
            found["nationality"] = child.nationality
        if "languages" in found and parts(str(self["languages"].value())) == child.languages:
            found["languages"] = list(child.languages)
        return found


_YES: dict[str, bool] = {YesNo.YES: True, YesNo.NO: False}


def _known(child: Child) -> dict[str, Any]:
    """What the boxes hold before anybody types."""
    day, moment = _arrived(child)
    interpreter = YesNo.UNKNOWN
    if child.interpreter_needed is not None:
        interpreter = YesNo.YES if child.interpreter_needed else YesNo.NO
    return {
        **{name: getattr(child, name) for name in LABELS},
        "spellings": ", ".join(child.spellings),
        "languages": ", ".join(child.languages),
        "interpreter_needed": interpreter,
        "arrived_date": day,
        "arrived_time": moment,
    }


def _arrived(child: Child) -> tuple[Any, str]:
    """The day and the time of arrival as the boxes show them; a day's end stands for a time that is not known."""
    local = typed.london(child.arrived_at)
    return local.date(), "" if local.time() == arrival_times.DAYS_END else f"{local:%H:%M}"
