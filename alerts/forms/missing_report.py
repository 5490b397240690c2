"""The missing report on its screens: what happened, and what the police ask."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.forms import checks_done
from alerts.forms.reporters import reporter_name_field, reporter_phone_field
from alerts.forms.together import ask_who_went_along
from cases.episodes import Report
from cases.forms import fields
from cases.forms.as_read import ReadByVerbForm
from cases.models import (
    Child,
    MissingReport,
    PhoneState,
    PoliceChannel,
    PoliceRung,
    Questions,
    Risk,
    Said,
    Taken,
    WitnessRole,
)

TEXT = {"autocomplete": "off"}
NAME = {"spellcheck": "false", "autocomplete": "off"}
INLINE = {"class": "govuk-radios--inline"}
WHEN, WHERE, BY_WHOM = "when", "where", "by_whom"
LAST_SEEN = {WHEN: "last_seen_at", WHERE: "last_seen_place", BY_WHOM: "last_seen_by"}
CHANGED = gettext_lazy(
    "The report was changed since you opened it. Look at what stands now, and take over what is to stay. Press again to"
    " record what you typed in its place."
)
NOT_RUNG = gettext_lazy(
    "You selected that the police are not phoned yet. Select Yes there if they were, or how else they were told"
)
SIGNS = gettext_lazy("Yes stands on the child’s record: a referral to the NRM and a guardian are asked for.")


def _length(name: str) -> int | None:
    return MissingReport._meta.get_field(name).max_length  # type: ignore[union-attr]


def _text(label: Any, name: str, *, hint: Any = "", attrs: Mapping[str, str] = TEXT, **options: Any) -> Any:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=_length(name),
        required=False,
        widget=forms.TextInput(attrs=dict(attrs)),
        **options,
    )


def not_known_field() -> forms.MultipleChoiceField:
    """Of the last sighting nothing must be made up: each part can be said not to be known."""
    return forms.MultipleChoiceField(
        label=gettext_lazy("What of this is not known?"),
        choices=[
            (WHEN, gettext_lazy("When the child was last seen")),
            (WHERE, gettext_lazy("Where the child was last seen")),
            (BY_WHOM, gettext_lazy("Who saw the child last")),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def ask_for_what_is_known(form: forms.Form) -> None:
    """Ask for each part of the last sighting that is not said to be unknown."""
    unknown = form.data.getlist("not_known") if isinstance(form.data, QueryDict) else ()
    for part, name in LAST_SEEN.items():
        form.fields[name].required = part not in unknown


def empty_what_is_not_known(form: forms.Form, given: dict[str, Any]) -> dict[str, Any]:
    """What is not known is empty, whatever still stands in its box."""
    for unknown, name in LAST_SEEN.items():
        if unknown in given.get("not_known", ()):
            given[name] = None if name == "last_seen_at" else ""
            form.errors.pop(name, None)
    return given


# Who reports, and of the second part of the find-me profile what is asked of the hours of the search alone.
MORE = (
    "reporter_name",
    "reporter_phone",
    "child_phone",
    "phone_state",
    "phone_used",
    "state_of_mind",
    "weather",
    "court_orders",
    "collected_by",
)


class MissingFacts(ReadByVerbForm):
    """Screen a: the call, the last sighting, what the child looks like now, and what was done."""

    police_rung = forms.ChoiceField(
        label=gettext_lazy("Have you phoned the police?"),
        choices=PoliceRung.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select if you have phoned the police")},
    )
    incident_reference = forms.CharField(
        label=gettext_lazy("Police reference"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    officer = forms.CharField(
        label=gettext_lazy("Officer’s name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    police_told_by = forms.ChoiceField(
        label=gettext_lazy("How were the police told?"),
        choices=[("", gettext_lazy("Not known, or not yet")), *PoliceChannel.choices],
        widget=forms.RadioSelect,
        required=False,
        error_messages={"required": gettext_lazy("Select how the police were told, or leave out the time")},
    )
    police_told_at = fields.LatelyField(
        label=gettext_lazy("When were the police told?"),
        help_text=gettext_lazy(
            "Like 9:10pm; of an earlier day with it: 9:10pm yesterday, or 9:10pm 27 3 2026"
        ),
    )
    reporter_role = forms.ChoiceField(
        label=gettext_lazy("Who reports the child missing?"),
        help_text=gettext_lazy("The part of whoever says so: you, or who has rung you"),
        choices=[("", gettext_lazy("Not known")), *WitnessRole.choices],
        widget=forms.RadioSelect,
        required=False,
    )
    reporter_name = reporter_name_field()
    reporter_phone = reporter_phone_field()
    last_seen_at = fields.MomentField(
        label=gettext_lazy("When was the child last seen?"),
        name=gettext_lazy("The time last seen"),
        error_messages={
            "required": gettext_lazy("Enter when the child was last seen"),
        },
    )
    last_seen_place = _text(
        gettext_lazy("Where was the child last seen?"),
        "last_seen_place",
        error_messages={"required": gettext_lazy("Enter where the child was last seen")},
    )
    last_seen_by = _text(
        gettext_lazy("Who saw the child last?"),
        "last_seen_by",
        attrs=NAME,
        error_messages={
            "required": gettext_lazy("Enter the name of the person who saw the child, or select Not known")
        },
    )
    not_known = not_known_field()
    expected_at = _text(gettext_lazy("Where was the child expected?"), "expected_at")
    with_whom = _text(gettext_lazy("Who is the child with?"), "with_whom", attrs=NAME)
    travelling = _text(
        gettext_lazy("How is the child travelling?"),
        "travelling",
        hint=gettext_lazy("On foot, by bus or train, in a car; where to, if it is known"),
    )
    wearing = _text(gettext_lazy("What is the child wearing?"), "wearing")
    vehicle = _text(
        gettext_lazy("Was a car seen?"), "vehicle", hint=gettext_lazy("Colour, make and number plate")
    )
    taken = forms.MultipleChoiceField(
        label=gettext_lazy("What has the child taken along?"),
        choices=Taken.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    child_phone = fields.PhoneField(
        label=gettext_lazy("The child’s phone number"),
        help_text=gettext_lazy("Of the phone that the child has with it now. It stands in no mail."),
        max_length=_length("child_phone"),
        required=False,
    )
    phone_state = forms.ChoiceField(
        label=gettext_lazy("Is the phone on?"),
        choices=[("", gettext_lazy("Not known")), *PhoneState.choices],
        widget=forms.RadioSelect,
        required=False,
    )
    phone_used = _text(
        gettext_lazy("When was the phone last used?"),
        "phone_used",
        hint=gettext_lazy("The last call, message or time online, and with whom"),
    )
    state_of_mind = _text(
        gettext_lazy("In what state of mind was the child?"),
        "state_of_mind",
        hint=gettext_lazy("Frightened, angry, calm; what had happened before"),
    )
    weather = _text(
        gettext_lazy("What is the weather, and is the child dressed for it?"),
        "weather",
    )
    court_orders = _text(
        gettext_lazy("Court orders about the child"),
        "court_orders",
        hint=gettext_lazy("An order, or police protection, and until when"),
    )
    collected_by = _text(
        gettext_lazy("Who collects the child when it is found, and where?"),
        "collected_by",
        hint=gettext_lazy("Name and phone; a place where the police can bring the child at any hour"),
    )
    steps = checks_done.steps_field()
    steps_note = _text(gettext_lazy("What else was done, or found?"), "steps_note")
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, mates: Sequence[Child] = (), now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_who_went_along(self, mates)
        self.initial.setdefault("once", uuid.uuid4())
        checks_done.ask_when(self)
        ask_for_what_is_known(self)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = empty_what_is_not_known(self, super().clean() or {})
        if given.get("police_told_at") and not given.get("police_told_by"):
            self.add_error("police_told_by", self.fields["police_told_by"].error_messages["required"])
        rung = given.get("police_told_by") in (PoliceChannel.EMERGENCY, PoliceChannel.NON_EMERGENCY)
        if rung and given.get("police_rung") in (PoliceRung.ABOUT_TO, PoliceRung.NO):
            self.add_error("police_told_by", NOT_RUNG)
        given["steps"], given["steps_at"] = checks_done.of(given)
        if given["steps"]:
            self.errors.pop("steps", None)
        return given

    def checks(self) -> Iterator[checks_done.Check]:
        """What may have been done, each with the box for its time."""
        return checks_done.checks(self)


@dataclass(frozen=True)
class Asked:
    """One question with its two fields."""

    said: forms.BoundField
    note: forms.BoundField


class MissingRisk(ReadByVerbForm):
    """Screen b: the call handlers' questions; all but the first stand at what is held, else at not known."""

    why_worried = fields.NoteField(
        label=gettext_lazy("Why are you worried?"),
        name=gettext_lazy("Your answer"),
        help_text=gettext_lazy("What makes this child unsafe today, in your own words"),
        error_messages={"required": gettext_lazy("Enter why you are worried")},
    )
    our_grade = forms.ChoiceField(
        label=gettext_lazy("Our view of the risk"),
        choices=Risk.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select our view of the risk, or Not yet assessed")},
    )
    grade_reason = _text(
        gettext_lazy("Reason for this view"),
        "grade_reason",
        hint=gettext_lazy("Leave it empty where the risk is not yet assessed"),
        error_messages={"required": gettext_lazy("Enter the reason for our view of the risk")},
    )
    tell_also = fields.NoteField(
        label=gettext_lazy("Who else is to be told?"),
        name=gettext_lazy("Your answer"),
        help_text=gettext_lazy("Name and phone. Duty rings them: Rollcall sends them nothing."),
        rows=2,
        required=False,
    )
    shares_profile = forms.ChoiceField(
        label=gettext_lazy("Share the find-me profile and the photo with the police?"),
        help_text=gettext_lazy(
            "They see them with a code from duty or their own account, and in no mail. No keeps both from them."
        ),
        choices=fields.YES_NO,
        initial="yes",
        widget=forms.RadioSelect(attrs=INLINE),
        error_messages={"required": gettext_lazy("Select whether the profile and the photo are shared")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # What is not assessed has no reason.
        self.fields["grade_reason"].required = self["our_grade"].value() != Risk.UNKNOWN
        for question in Questions:
            self.fields[question.value] = forms.ChoiceField(
                label=question.label,
                help_text=SIGNS if question == Questions.EXPLOITATION else "",
                choices=Said.choices,
                widget=forms.RadioSelect(attrs=INLINE),
                initial=Said.NOT_KNOWN,
                error_messages={
                    "required": _("Select an answer to “%(question)s”, or Not known")
                    % {"question": question.label}
                },
            )
            self.fields[f"{question.value}_note"] = forms.CharField(
                label=_("In a few words"),
                max_length=300,
                required=False,
                widget=forms.TextInput(attrs=TEXT),
            )

    def asked(self) -> Iterator[Asked]:
        """The questions in the order in which they are asked."""
        for question in Questions:
            yield Asked(self[question.value], self[f"{question.value}_note"])

    def answers(self) -> dict[str, dict[str, str]]:
        """What is known, by question; what is not known and has no words is left out."""
        given = self.cleaned_data
        found = {
            question.value: {
                "said": given[question.value] or Said.NOT_KNOWN.value,
                "note": given[f"{question.value}_note"],
            }
            for question in Questions
        }
        return {name: one for name, one in found.items() if one["said"] != Said.NOT_KNOWN or one["note"]}


def report_of(
    facts: MissingFacts, risk: MissingRisk, *, held: Mapping[str, Any], kept: Mapping[str, str]
) -> Report:
    """The report of both screens; `held` are answers that stand and that the reader was not shown.

    `kept` are the answers that are kept as they are there: more than this reader may have typed.
    """
    given, more = facts.cleaned_data, risk.cleaned_data
    return Report(
        key=given["once"],
        complete=True,
        last_seen_at=given["last_seen_at"],
        last_seen_place=given["last_seen_place"],
        expected_at=given["expected_at"],
        with_whom=given["with_whom"],
        travelling=given["travelling"],
        wearing=given["wearing"],
        vehicle=given["vehicle"],
        taken=given["taken"],
        steps=given["steps"],
        steps_at=given["steps_at"],
        steps_note=given["steps_note"],
        police_rung=_is_rung(given),
        police_told_by=given["police_told_by"],
        police_told_at=given["police_told_at"],
        reporter_role=given["reporter_role"],
        about_to_ring=given["police_rung"] == PoliceRung.ABOUT_TO,
        why_worried=with_officer(more["why_worried"], given),
        answers={**held, **risk.answers()},
        our_grade=more["our_grade"] or Risk.UNKNOWN,
        grade_reason=more["grade_reason"],
        shares_profile=more["shares_profile"] == "yes",
        **{name: given[name] for name in MORE if name not in kept},
        **kept,
    )


def _is_rung(given: Mapping[str, Any]) -> bool:
    """Whether the police were phoned: a reference of theirs says so too, whatever was selected."""
    return given["police_rung"] == PoliceRung.YES or bool(given["incident_reference"])


def with_officer(worried: str, given: Mapping[str, Any]) -> str:
    """An officer named without a reference stays in the words of the report."""
    if not given["officer"] or given["incident_reference"]:
        return worried
    spoke_to = _("Spoke to %(officer)s of the police, no reference yet.") % {"officer": given["officer"]}
    return worried if spoke_to in worried else f"{worried}\n{spoke_to}"
