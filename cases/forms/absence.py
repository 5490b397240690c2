"""Answers about leave: out, or away with permission, until when; and the return."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import absences, contacts, witnesses
from cases.absences import Stay
from cases.forms import fields
from cases.forms.as_read import AsReadForm
from cases.forms.marks import SECOND, SecondPersonForm, label_factor
from cases.models import Absence, Child, User


class AbsenceForm(SecondPersonForm):
    """Where the child goes, with whom, on which phone, and back by when; away needs all of it, and who agreed."""

    kind = forms.ChoiceField(
        label=_("Is the child"),
        choices=[
            (Absence.Kind.OUT, _("Out, back within 24 hours")),
            (Absence.Kind.AWAY, _("Away with permission, longer")),
        ],
        initial=Absence.Kind.OUT,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select if the child is out or away")},
    )
    until = fields.MomentField(
        label=_("Back by"),
        name=_("The time to be back"),
        quick=False,
        past=False,
        error_messages={"required": _("Enter when the child must be back")},
    )
    with_whom = forms.CharField(
        label=_("With whom"),
        help_text=_("Away: the adult there who confirms each day, by 10:30pm, that the child is there."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    phone = fields.PhoneField(label=_("A phone that is answered there"), required=False)
    place = forms.CharField(
        label=_("Where"), help_text=_("Away: the address."), max_length=200, required=False
    )
    # Asked where nobody is on record as having seen the child since an outing before.
    seen_now = forms.BooleanField(
        label=_("I see them face to face now, before they go"),
        help_text=_("Leave it empty if you do not. Who else has seen them is recorded on the roll-call."),
        required=False,
    )
    # A page that stood open since before there were keys records all the same.
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)
    field_order = ("seen_now", "kind", "until", "with_whom", "phone", "place", *SECOND)

    def __init__(
        self, *args: Any, now: datetime, unseen_since: datetime | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        # What somebody ticked on a page that stood open is true still.
        if unseen_since is None and "seen_now" not in self.data:
            del self.fields["seen_now"]
        self.fields["second_email"].label = _("Away: email address of the worker or manager who agrees")
        self.fields["second_password"].label = _("Away: their password")
        label_factor(self, _("Away: their code"), _("Away: or their passkey"))
        fields.set_now(self, now)
        fields.ask(self, "until", lambda until: absences.require_ahead(until, now))

    @property
    def is_away(self) -> bool:
        return bool(self.cleaned_data["kind"] == Absence.Kind.AWAY)

    def sighting(self, child: Child, *, by: User, at: datetime) -> contacts.Sighting | None:
        """That whoever presses sees the child go."""
        return _sight_of(self, child, by=by, at=at)

    def names(self, person: User | None) -> bool:
        """Whether this is the second person of the form."""
        return person is not None and person.email.lower() == self.cleaned_data["second_email"].lower()

    def stay(self) -> Stay:
        given = self.cleaned_data
        return Stay(
            until=given["until"], place=given["place"], with_whom=given["with_whom"], phone=given["phone"]
        )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("kind") != Absence.Kind.AWAY:
            return answers
        for name, words in (
            ("place", _("Enter the address where the child stays")),
            ("with_whom", _("Enter the adult there who confirms each day that the child is there")),
            ("phone", _("Enter the phone on which that adult is reached")),
            ("second_email", _("Enter the email address of the worker or manager who agrees")),
            ("second_password", _("Have the worker or manager who agrees enter their password")),
        ):
            if not answers.get(name) and name not in self.errors:
                self.add_error(name, words)
        return answers


def _sight_of(form: forms.Form, child: Child, *, by: User, at: datetime) -> contacts.Sighting | None:
    """That whoever presses sees the child now, signed by them; the same form again is the same sight."""
    if not form.cleaned_data.get("seen_now"):
        return None
    word: Mapping[str, Any] = witnesses.word_of(by, child, at=at)
    once = form.cleaned_data["once"] or uuid.uuid4()
    return contacts.Sighting(happened_at=at, key=uuid.uuid5(once, "seen"), **word)


class ReturnForm(AsReadForm):
    """When the child came back, from the outing that was on the page."""

    overtaken = _("The child has gone out again since you opened this page. Look at it, then press again.")

    # First: pressed while the child stands in the door, it is what ends the asking.
    seen_now = forms.BooleanField(
        label=_("I see the child face to face now"),
        help_text=_("Leave it empty if you do not: a return alone is nobody’s sight of the child."),
        required=False,
    )
    back_at = fields.MomentField(label=_("When was it?"), name=_("The time of the return"), initial="now")
    # A page that stood open since before there were keys records all the same.
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def sighting(self, child: Child, *, by: User, at: datetime) -> contacts.Sighting | None:
        """That whoever presses has the child before them."""
        return _sight_of(self, child, by=by, at=at)
