"""What is answered about an open episode: police, seen, both parts of its ending, and how it ended."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import contacts, episodes, witnesses
from cases.forms import fields
from cases.models import (
    Child,
    Condition,
    EpisodeForce,
    Means,
    MissingEpisode,
    PoliceForce,
    PoliceGrade,
    User,
    WitnessRole,
)
from cases.states import EpisodeOutcome
from cases.templatetags.govuk import gov_time

NAME = {"spellcheck": "false", "autocomplete": "off"}
ANOTHER = "another"


def _officer() -> forms.CharField:
    return forms.CharField(
        label=_("Officer’s name"),
        max_length=120,
        error_messages={"required": _("Enter the officer’s name")},
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )


class Verify(forms.Form):
    """The officer by name and the force's reference: what makes an acknowledgement verified."""

    force = forms.ChoiceField(
        label=_("Which force?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the force you spoke to")},
    )
    other_force = fields.ListedRowField(
        PoliceForce.objects.exclude(code__startswith="drill-"),
        label=_("Another force"),
        help_text=_("It is added. The force before stays alerted."),
        required=False,
        empty_label=_("Choose"),
        error_messages={"required": _("Select the other force")},
    )
    officer = _officer()
    collar_number = forms.CharField(
        label=_("Collar number"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-10"}),
    )
    incident_reference = forms.CharField(
        label=_("Police reference"),
        max_length=60,
        error_messages={"required": _("Enter the police reference")},
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    grade = forms.ChoiceField(
        label=_("The grade the police gave"),
        help_text=_("Theirs, in their words. It does not change ours."),
        choices=PoliceGrade.choices,
        required=False,
    )

    def __init__(self, *args: Any, forces: Sequence[PoliceForce], signed_in: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.forces = {force.code: force for force in forces}
        if signed_in:
            del self.fields["other_force"]
            self.fields["officer"].label = _("Your name")
            self.fields["incident_reference"].label = _("Your force’s reference")
            self.fields["grade"].label, self.fields["grade"].help_text = _("Your force’s grade"), ""
        choices = [(code, force.name) for code, force in self.forces.items()]
        if len(choices) == 1:
            self.initial["force"] = choices[0][0]
        if signed_in and len(choices) == 1:
            self.fields["force"].widget = forms.HiddenInput()
        self.fields["force"].choices = [*choices, *([] if signed_in else [(ANOTHER, _("Another force"))])]  # type: ignore[attr-defined]
        if self.is_bound and not signed_in:
            self.fields["other_force"].required = self["force"].value() == ANOTHER

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("other_force") and answers.get("force", ANOTHER) != ANOTHER:
            self.add_error("other_force", _("Select “Another force” above for this one, or leave it empty"))
        return answers

    def given(self) -> dict[str, Any]:
        """The arguments of `escalations.verify`."""
        given = dict(self.cleaned_data)
        other = given.pop("other_force", None)
        given["force"] = other if given["force"] == ANOTHER else self.forces[given["force"]]
        return given


class Seen(forms.Form):
    """Somebody saw the child or spoke to them; it ends nothing that the police know of."""

    class Who(TextChoices):
        ME = "me", _("I did")
        OTHER = "other", _("Somebody else, who told me")

    who = forms.ChoiceField(
        label=_("Who saw or spoke to the child?"),
        choices=Who,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who saw or spoke to the child")},
    )
    witness = forms.CharField(
        label=_("Name, if it was somebody else"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )
    witness_role = forms.ChoiceField(
        label=_("Who they are to the child"),
        choices=[("", _("Choose")), *WitnessRole.choices],
        required=False,
    )
    means = forms.ChoiceField(
        label=_("How?"),
        choices=[(means.value, means.label) for means in (Means.FACE_TO_FACE, Means.LIVE_VIDEO, Means.PHONE)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how the child was seen or spoken to")},
    )
    seen_at = fields.MomentField(
        label=_("When was it?"),
        name=_("The time"),
        error_messages={"required": _("Select when the child was seen")},
    )
    note = fields.NoteField(
        label=_("Where was it, and how is the child?"), name=_("Your note"), required=False, rows=3
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("who") == self.Who.OTHER:
            if not answers.get("witness"):
                self.add_error("witness", _("Enter the name of the person who saw the child"))
            if not answers.get("witness_role"):
                self.add_error("witness_role", _("Select who they are to the child"))
        return answers

    def sighting(
        self, child: Child, *, force: PoliceForce | None, by: User, at: datetime
    ) -> contacts.Sighting:
        """What was answered, in the name of who saw it; an officer speaks for their `force`."""
        given = self.cleaned_data
        word: Mapping[str, Any]
        if given["who"] == self.Who.OTHER:
            word = witnesses.word_of_other(given["witness"], given["witness_role"], child, at=at)
            word = {**word, "told_by": given["witness"]}
        elif force is not None:
            word = {
                "witness": by.name,
                "witness_user": by,
                "witness_role": WitnessRole.POLICE,
                "organisation": f"force:{force.code}",
            }
        else:
            word = witnesses.word_of(by, child, at=at)
        return contacts.Sighting(
            means=given["means"],
            happened_at=given["seen_at"],
            note=given["note"],
            key=given["once"],
            **word,
        )


class Return(forms.Form):
    """The first part of an ending: duty has seen the child, or rung back on a number held."""

    class How(TextChoices):
        SAW = "saw", _("I saw the child face to face")
        SPOKE = "spoke", _("I rang back on a number we hold, and spoke to the child and an adult there")

    how = forms.ChoiceField(
        label=_("How did you confirm it?"),
        choices=How,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how you confirmed it with the child")},
    )
    phone = forms.ChoiceField(
        label=_("The number you rang, if you rang back"),
        required=False,
        help_text=_("Only numbers we held before. A number the caller gave confirms nothing."),
    )
    adult = forms.CharField(
        label=_("The adult there, if you rang back"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )

    def __init__(self, *args: Any, phones: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["phone"].choices = [("", _("Choose")), *phones]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("how") == self.How.SPOKE:
            if not answers.get("phone") and "phone" not in self.errors:
                self.add_error("phone", _("Select the number you rang"))
            if not answers.get("adult"):
                self.add_error("adult", _("Enter the name of the adult you spoke to"))
        return answers

    def given(self) -> dict[str, str]:
        """The arguments of `episodes.confirm_with_child`; what belongs to a call is left out where there was none."""
        if self.cleaned_data["how"] == self.How.SAW:
            return {"how": self.How.SAW}
        return dict(self.cleaned_data)


class PoliceClosing(forms.Form):
    """The second part of an ending: the police have closed their report."""

    force = forms.ChoiceField(
        label=_("Which force?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the force that closed its report")},
    )
    officer = _officer()
    closed_at = fields.MomentField(
        label=_("When did they close it?"),
        name=_("The time of the police closing"),
        error_messages={"required": _("Select when the police closed it")},
    )

    def __init__(self, *args: Any, forces: Sequence[PoliceForce], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.forces = {force.code: force for force in forces}
        self.fields["force"].choices = [(code, force.name) for code, force in self.forces.items()]  # type: ignore[attr-defined]
        if len(self.forces) < 2:
            del self.fields["force"]
        fields.set_now(self, now)

    def given(self) -> dict[str, Any]:
        """The arguments of `episodes.record_police_closing`."""
        given = dict(self.cleaned_data)
        only = next(iter(self.forces.values()), None)
        return given | {"force": self.forces[given["force"]] if "force" in given else only}


def _name(label: Any, **options: Any) -> forms.CharField:
    """Somebody by name, asked of some outcomes alone."""
    return forms.CharField(
        label=label, max_length=150, required=False, widget=forms.TextInput(attrs=NAME), **options
    )


class End(forms.Form):
    """How the episode ended, where the child is, and who checked it; none of it stands in a mail."""

    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        error_messages={"required": _("Select how the episode ended")},
    )
    found_at = fields.MomentField(
        label=_("When was the child found or back?"),
        name=_("The time"),
        error_messages={"required": _("Select when the child was found or back")},
    )
    found_by = _name(
        _("Who found the child, or to whom did the child come back?"),
        help_text=_("If nothing but the record was late: who had seen the child all the time"),
    )
    found_place = forms.CharField(
        label=_("Where was the child found?"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    where_now = forms.CharField(
        label=_("Where is the child now?"),
        help_text=_("Hospital and ward, police station, address or country. It stands in no mail."),
        max_length=200,
        error_messages={"required": _("Enter where the child is now")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    condition = forms.ChoiceField(
        label=_("How is the child?"),
        choices=Condition.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how the child is")},
    )
    with_child = _name(_("In hospital: who is with the child?"), help_text=_("Write “nobody yet” if so"))
    checked_by = _name(_("With family: who checked the family and their home?"))
    decided_by = _name(_("Detained or housed as an adult: who decided it?"))
    interview = forms.ChoiceField(
        label=_("Has a return interview been offered?"),
        choices=[("yes", _("Yes")), ("not_yet", _("Not yet"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether a return interview has been offered")},
    )
    note = fields.NoteField(label=_("Note"), name=_("Your note"), required=False, rows=3)

    def __init__(self, *args: Any, late_record: bool, since: datetime, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.since = since
        offered = [o for o in EpisodeOutcome if late_record or o != EpisodeOutcome.RECORDING_LATE]
        self.fields["outcome"].choices = [("", _("Choose")), *((o.value, o.label) for o in offered)]  # type: ignore[attr-defined]
        for name in ("with_child", "checked_by", "decided_by"):
            self.fields[name].asked_of_some = True  # type: ignore[attr-defined]
        for name in _NOT_ASKED.get(self.data.get("outcome", ""), ()):
            self.fields[name].required = False
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        name, words = _NAMED.get(answers.get("outcome", ""), ("", ""))
        if name and not answers.get(name) and name not in self.errors:
            self.add_error(name, words)
        found_at = answers.get("found_at")
        if found_at is not None and found_at < self.since:
            early = gettext("The time must be after %(when)s, when the episode began")
            self.add_error("found_at", early % {"when": gov_time(self.since)})
        return answers

    def given(self) -> dict[str, Any]:
        """The arguments of `episodes.end`."""
        given = self.cleaned_data
        named = (
            "found_by",
            "found_place",
            "where_now",
            "condition",
            "with_child",
            "checked_by",
            "decided_by",
        )
        ending = episodes.Ending(
            **{name: given[name] for name in named}, interview_offered=given["interview"] == "yes"
        )
        return {
            "outcome": given["outcome"],
            "found_at": given["found_at"],
            "note": given["note"],
            "ending": ending,
        }


# Of a death nobody asks where and how; of a late record nobody asks for an interview.
_NOT_ASKED: Mapping[str, tuple[str, ...]] = {
    EpisodeOutcome.DIED: ("where_now", "condition", "interview"),
    EpisodeOutcome.RECORDING_LATE: ("condition", "interview"),
}
# What each outcome cannot go without, and how the form asks for it.
_NAMED: Mapping[str, tuple[str, Any]] = {
    EpisodeOutcome.RECORDING_LATE: ("found_by", _("Enter who had seen the child all the time")),
    EpisodeOutcome.HOSPITAL: ("with_child", _("Enter who is with the child in hospital")),
    EpisodeOutcome.WITH_FAMILY: ("checked_by", _("Enter who checked the family and their home")),
    EpisodeOutcome.TREATED_AS_ADULT: (
        "decided_by",
        _("Enter who decided that the child is treated as an adult"),
    ),
}


class BecomeMissing(forms.Form):
    """Why a child who was away, whereabouts known, is missing now."""

    reason = fields.NoteField(
        label=_("What has changed?"),
        name=_("Your answer"),
        rows=3,
        error_messages={"required": _("Enter what has changed")},
    )


def forces_of(episode: MissingEpisode) -> list[PoliceForce]:
    """The forces alerted for an episode, first alerted first."""
    rows = EpisodeForce.objects.filter(episode=episode).select_related("force")
    return [row.force for row in rows]
