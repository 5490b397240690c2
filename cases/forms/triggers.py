"""Answers about what may make a child go, and about what was done."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import sign_keys, triggers
from cases.forms import fields
from cases.forms.documents import AGAIN, WRONG, ScanField
from cases.models import Trigger


class TriggerForm(forms.Form):
    """What it was, when, and whom it concerns."""

    kind = forms.ChoiceField(
        label=_("What was it?"),
        choices=[(kind.value, kind.label) for kind in Trigger.Kind if kind not in Trigger.NEVER_TYPED],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what it was")},
    )
    note = fields.NoteField(
        label=_("Who, and what did they do or say?"),
        limit=1000,
        name=_("Your answer"),
        error_messages={"required": _("Enter what happened, or what is to happen")},
    )
    how = forms.ChoiceField(
        label=_("How did they come near the child?"),
        choices=[("", _("Not known, or nobody came")), *Trigger.How.choices],
        required=False,
    )
    person = forms.CharField(
        label=_("What did they look like, and what did they call themselves?"), max_length=200, required=False
    )
    phone = fields.PhoneField(label=_("The number that they rang from, or gave"), required=False)
    plate = forms.CharField(
        label=_("Number plate"),
        help_text=_("As far as it was seen."),
        max_length=20,
        required=False,
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    vehicle = forms.CharField(
        label=_("Vehicle"),
        help_text=_("Kind, colour and make."),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    place = forms.CharField(label=_("Where was it?"), max_length=120, required=False)
    photo = ScanField(
        label=_("A photo of who came, of the car, or of what they wrote"),
        help_text=_("If you have one: JPG, PNG or PDF, smaller than 10MB. Take no risk for it."),
        required=False,
    )
    # A day to come is watched from 72 hours before it.
    happens_at = fields.MomentField(label=_("When?"), name=_("The time"), past=False, initial="now")
    whole_house = forms.BooleanField(label=_("It concerns every child in this house"), required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, dropped: bool = False, **options: Any) -> None:
        """`dropped`: more was sent than any form may hold, and the file in it was left on the way."""
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        self.dropped = dropped
        fields.set_now(self, now)

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if self.dropped:
            self.errors.pop("photo", None)
            self.add_error("photo", WRONG)
        self.say_again()

    def say_again(self) -> None:
        """Ask for the file anew where anything is wrong: no browser keeps one."""
        if self.errors and (self.dropped or self.files.get("photo")):
            self["photo"].help_text = str(AGAIN)

    def clean(self) -> dict[str, Any]:
        """Take who came where somebody came, and refuse it of what has nobody."""
        given = super().clean() or {}
        kind = given.get("kind")
        if kind and kind not in triggers.OF_SOMEBODY:
            for name in ("how", "person", "phone", "plate", "place"):
                if given.get(name):
                    self.add_error(name, _("Say it in your answer above, or select that somebody came"))
        elif kind and kind != Trigger.Kind.APPROACH and given.get("how"):
            self.add_error("how", _("Say it in your answer above, or select that somebody came"))
        if given.get("plate") and not sign_keys.plate(given["plate"]):
            self.add_error("plate", _("Enter letters and digits of the number plate"))
        return given

    @property
    def stranger(self) -> triggers.Stranger:
        """Who came, as far as it is said."""
        names = ("how", "person", "phone", "vehicle", "plate", "place")
        return triggers.Stranger(**{name: self.cleaned_data[name] for name in names})


class AnswerForm(forms.Form):
    """What was done about a concern."""

    answer = forms.CharField(
        label=_("What was done?"),
        help_text=_("Who was rung, what the child says, what the police were told."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Enter what was done")},
    )


class CameForm(AnswerForm):
    """What was done about somebody who came: the police are rung, and their reference is the answer."""

    police = forms.ChoiceField(
        label=_("Were the police rung?"),
        choices=[("yes", _("Yes")), ("no", _("No, and what was done says why"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Select whether the police were rung")},
    )
    police_reference = forms.CharField(
        label=_("Police reference"),
        help_text=_("Ask for it before you put the phone down."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )
    field_order = ("police", "police_reference", "answer")

    def clean(self) -> dict[str, Any]:
        """Ask for the reference where they were rung."""
        given = super().clean() or {}
        if given.get("police") == "yes" and not given.get("police_reference", "").strip():
            self.add_error("police_reference", _("Enter the police reference"))
        return given


# Nobody who rang them leaves it out.
CameForm.base_fields["police_reference"].asked_of_some = True  # type: ignore[attr-defined]
