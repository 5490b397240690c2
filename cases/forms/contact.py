"""Answers about a contact: one press of a button, a whole check-in, and why one is withdrawn."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases import contacts, witnesses
from cases.forms import fields, whereabouts
from cases.models import Child, Contact, Means, Mood, Outcome, User, WitnessRole

# In the closer watch the word of whoever is not taken to by their part counts by it alone.
KNOWN_BY_PART = _(
    "Tick this for anybody who is not home staff, a foster carer, the social worker or the guardian, a duty worker or"
    " manager too. Without it their word does not count while the child is watched closely."
)


class Press(TextChoices):
    """What the contact buttons say; “Not here” is a page of its own."""

    SAW = "saw", _("Saw face to face")
    SPOKE = "spoke", _("Spoke by phone")


MEANS = {Press.SAW: Means.FACE_TO_FACE, Press.SPOKE: Means.PHONE}


class PressForm(forms.Form):
    """One button pressed; `once` is the key that makes a repeat the same contact."""

    outcome = forms.ChoiceField(choices=Press)
    once = forms.UUIDField()

    def sighting(self, child: Child, *, by: User, at: datetime) -> contacts.Sighting:
        """What the button says, signed by the person who pressed it."""
        means = MEANS[Press(self.cleaned_data["outcome"])]
        word: Mapping[str, Any] = witnesses.word_of(by, child, at=at)
        return contacts.Sighting(means=means, happened_at=at, key=self._key(), **word)

    def _key(self) -> uuid.UUID:
        """Each button has a key of its own: on a page that stood open “Spoke” after “Saw” is a second contact."""
        once, press = self.cleaned_data["once"], self.cleaned_data["outcome"]
        return once if press == Press.SAW else uuid.uuid5(once, press)


class CheckInForm(forms.Form):
    """A contact in full: also for what somebody else saw and told."""

    class Who(TextChoices):
        ME = "me", _("I did")
        OTHER = "other", _("Somebody else")
        UNKNOWN = "unknown", _("Not known")

    outcome = forms.ChoiceField(
        label=_("What happened?"),
        choices=[
            (choice.value, choice.label)
            for choice in (Outcome.SEEN, Outcome.DID_NOT_WANT_TO_TALK, Outcome.NO_ANSWER)
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what happened")},
    )
    happened_at = fields.MomentField(label=_("When was it?"), name=_("The time"), initial="now")
    who = forms.ChoiceField(
        label=_("Who saw, spoke to or heard from the child, or tried to?"),
        choices=Who,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who saw, spoke to or heard from the child, or tried to")},
    )
    witness = forms.CharField(
        label=_("Name of the person"),
        help_text=_("If it was somebody else. The person who was with the child, not the one who told you."),
        max_length=150,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _("Enter the name of the person who saw the child, or select Not known")},
    )
    witness_role = forms.ChoiceField(
        label=_("Who they are to the child"),
        help_text=_("If it was somebody else."),
        choices=[("", _("Choose")), *WitnessRole.choices],
        error_messages={"required": _("Select who they are to the child")},
    )
    where = whereabouts.field()
    means = forms.ChoiceField(
        label=_("How?"),
        choices=[(choice.value, choice.label) for choice in Means if choice != Means.HEARSAY],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select how the child was seen or spoken to, or how somebody tried")},
    )
    other_in_room = forms.BooleanField(
        label=_("On video: somebody else may have been in the room"), required=False
    )
    knows_child = forms.BooleanField(
        label=_("Whoever saw the child knows the face, or holds the photo"),
        help_text=KNOWN_BY_PART,
        required=False,
    )
    told_by = forms.CharField(
        label=_("Who told you"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    mood = forms.ChoiceField(
        label=_("Mood or concern"),
        help_text=_(
            "Of a serious concern duty and the social worker are told at once: write below what it is."
        ),
        choices=Mood.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    someone_new = forms.ChoiceField(
        label=_("Is there someone new around the child?"),
        help_text=_("A visitor, a caller, a new friend, a new phone. If there is, the next page asks who."),
        choices=fields.YES_NO,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
        required=False,
    )
    note = fields.NoteField(label=_("Note"), name=_("Your note"), required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, left_at: datetime | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.left_at = left_at
        if left_at is None:
            del self.fields["where"]
        if self.is_bound:
            somebody_else = self["who"].value() == self.Who.OTHER
            self.fields["witness"].required = self.fields["witness_role"].required = somebody_else
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("mood") == Mood.SERIOUS and "note" in answers and not answers["note"].strip():
            self.add_error("note", _("Enter what worries you: duty and the social worker are told at once"))
        if answers.get("who") == self.Who.OTHER:
            whereabouts.require(self, answers, seen_at="happened_at", left_at=self.left_at)
        if answers.get("who") == self.Who.UNKNOWN and answers.get("knows_child"):
            self.add_error("knows_child", _("Say above who knows the child’s face, or take this tick away"))
        return answers

    def sighting(self, child: Child, *, by: User, at: datetime) -> contacts.Sighting:
        """What was answered; without a named witness it is hearsay, whatever else was said."""
        given = self.cleaned_data
        word: Mapping[str, Any] = {"witness_role": given["witness_role"], "organisation": "other:unknown"}
        if given["who"] == self.Who.ME:
            word = witnesses.word_of(by, child, at=at)
        elif given["who"] == self.Who.OTHER:
            named, at_home = (given["witness"], given["witness_role"]), whereabouts.is_home(given)
            seen_at = given["happened_at"]
            word = witnesses.word_of_other(*named, child, at_home=at_home, seen_at=seen_at, at=at)
        plain = {
            name: given[name]
            for name in ("outcome", "means", "other_in_room", "told_by", "mood", "note", "happened_at")
        }
        plain["someone_new"] = {"yes": True, "no": False}.get(given["someone_new"])
        return contacts.Sighting(key=given["once"], said_to_know=given["knows_child"], **plain, **word)


class MessageForm(CheckInForm):
    """A message that came: nobody met the child, so nothing is asked of a face, a room or a place."""

    GIVEN = MappingProxyType(
        {"outcome": Outcome.SEEN, "means": Means.MESSAGE, "other_in_room": False, "knows_child": False}
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in self.GIVEN:
            del self.fields[name]
        self.fields["happened_at"].label = _("When did it come?")
        who, witness = self.fields["who"], self.fields["witness"]
        who.label, who.error_messages["required"] = _("Who received it?"), _("Select who received it")
        witness.help_text = _(
            "If it was somebody else. The person who received it, not the one who told you."
        )
        witness.error_messages["required"] = _(
            "Enter the name of the person who received it, or select Not known"
        )
        note = self.fields["note"]
        note.label, note.required = _("What does it say?"), True
        note.help_text = _("Word for word, and from which number or account it came.")
        note.error_messages["required"] = _("Enter what it says")
        self.order_fields(["note"])

    def clean(self) -> dict[str, Any]:
        """The answers, with those that a message gives by itself."""
        self.cleaned_data = super().clean() | self.GIVEN
        return self.cleaned_data


class WithdrawForm(forms.Form):
    """Why a contact does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("It stays on the record, struck through, with your reason."),
        max_length=Contact._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this contact is withdrawn")},
    )
