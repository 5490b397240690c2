"""What is answered about an open episode: police, seen, and both parts of its ending."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from alerts.held_phones import Held
from cases import contacts, witnesses
from cases.forms import fields, whereabouts
from cases.forms.contact import KNOWN_BY_PART
from cases.forms.forces import ListedForceField
from cases.models import (
    Child,
    Means,
    PoliceForce,
    PoliceGrade,
    User,
    WitnessRole,
)

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
    other_force = ListedForceField(
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
    where = whereabouts.field()
    means = forms.ChoiceField(
        label=_("How?"),
        choices=[(means.value, means.label) for means in (Means.FACE_TO_FACE, Means.LIVE_VIDEO, Means.PHONE)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how the child was seen or spoken to")},
    )
    knows_child = forms.BooleanField(
        label=_("Whoever saw the child knows the face, or holds the photo"),
        help_text=KNOWN_BY_PART,
        required=False,
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

    def __init__(self, *args: Any, now: datetime, left_at: datetime | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.left_at = left_at
        if left_at is None:
            del self.fields["where"]
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("who") == self.Who.OTHER:
            whereabouts.require(self, answers, seen_at="seen_at", left_at=self.left_at)
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
            named, at_home = (given["witness"], given["witness_role"]), whereabouts.is_home(given)
            seen_at = given["seen_at"]
            word = witnesses.word_of_other(*named, child, at_home=at_home, seen_at=seen_at, at=at)
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
            said_to_know=given["knows_child"],
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
        help_text=_(
            "Only numbers we held before the search. A number the caller gave confirms nothing. One that somebody entered"
            " during the search stands last, with the name of who entered it: ask where it is from before you ring."
        ),
    )
    adult = forms.CharField(
        label=_("The adult there, if you rang back"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=NAME),
    )

    def __init__(self, *args: Any, phones: Sequence[Held], user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        # Whoever enters a number rings their own word.
        self.own = {one.phone for one in phones if one.is_new and one.entered_by == user}
        choices = [(one.phone, one.words) for one in phones]
        self.fields["phone"].choices = [("", _("Choose")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("how") == self.How.SPOKE:
            if answers.get("phone") in self.own:
                self.add_error(
                    "phone", _("You entered this number during the search: somebody else must ring it")
                )
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


class BecomeMissing(forms.Form):
    """Why a child who was away, whereabouts known, is missing now."""

    reason = fields.NoteField(
        label=_("What has changed?"),
        name=_("Your answer"),
        rows=3,
        error_messages={"required": _("Enter what has changed")},
    )
