"""What a force may say: from its link, and as an officer who is signed in."""

import uuid
from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.forces import ListedForceField
from cases.models import ForcePhone, PoliceForce


def _name_of(label: Any, needed: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=120,
        error_messages={"required": needed},
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )


def _number_of(label: Any, needed: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=30,
        error_messages={"required": needed},
        widget=_plain("govuk-input--width-10"),
    )


def _plain(width: str) -> forms.TextInput:
    """What a browser neither fills in nor corrects."""
    return forms.TextInput(attrs={"class": width, "autocomplete": "off", "spellcheck": "false"})


def _which_force() -> ListedForceField:
    return ListedForceField(
        label=_("Which force?"),
        empty_label=_("Choose"),
        error_messages={"required": _("Select the force")},
    )


class ForceAcknowledgement(forms.Form):
    """“I have this alert”, by whoever holds the link; the lengths are those of the record."""

    name = _name_of(_("Your name"), _("Enter your name"))
    collar_number = _number_of(_("Collar number"), _("Enter your collar number"))
    incident_reference = forms.CharField(
        label=_("Force incident reference"),
        max_length=60,
        required=False,
        widget=_plain("govuk-input--width-20"),
    )


class TellForm(forms.Form):
    """What an officer tells the council about a child whom the force is looking for."""

    text = fields.NoteField(
        label=_("What do you want to tell the council?"),
        name=_("Your message"),
        help_text=_(
            "It goes to the duty desk and the social worker as you write it. It stops no call and ends nothing."
        ),
        limit=4000,
        rows=6,
        error_messages={"required": _("Enter what you want to tell")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())


class AnotherForce(forms.Form):
    """The force that is to be alerted as well; those that are alerted already are not offered."""

    force = _which_force()

    def __init__(self, *args: Any, alerted: Collection[PoliceForce], **options: Any) -> None:
        super().__init__(*args, **options)
        offered = self.fields["force"]
        offered.queryset = offered.queryset.exclude(pk__in=[force.pk for force in alerted])  # type: ignore[attr-defined]


class AwayReferenceForm(forms.Form):
    """What a force gave of a child who is away: whose it is, and who gave it."""

    force = _which_force()
    reference = forms.CharField(
        label=_("Police reference"),
        max_length=60,
        error_messages={"required": _("Enter the police reference")},
        widget=_plain("govuk-input--width-20"),
    )
    officer = forms.CharField(
        label=_("Officer’s name"), max_length=120, required=False, widget=_plain("govuk-input--width-20")
    )


class WrongForce(AnotherForce):
    """From a police link: the right force, and who says so."""

    prefix = "wrong"

    name = _name_of(_("Officer who says so"), _("Enter the name of the officer who says so"))
    collar_number = _number_of(_("That officer’s number"), _("Enter that officer’s number"))


class CodeForm(forms.Form):
    """The code that duty read out, typed on the link's page."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_("Eight letters and digits, for example HK4M-7TQP. Ask the duty line for it."),
        max_length=20,
        error_messages={"required": _("Enter the code")},
        widget=forms.TextInput(
            attrs={
                "class": "govuk-input--width-10",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


class GiveCode(forms.Form):
    """To whom duty reads a code out, after ringing back."""

    force = forms.ModelChoiceField(
        queryset=PoliceForce.objects.none(),
        label=_("Force"),
        empty_label=None,
        error_messages={"required": _("Choose the force"), "invalid_choice": _("Choose the force")},
    )
    officer = forms.CharField(
        label=_("Officer’s name"),
        max_length=120,
        error_messages={"required": _("Enter the officer’s name")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    collar_number = forms.CharField(
        label=_("Collar number"),
        max_length=30,
        error_messages={"required": _("Enter the collar number")},
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    rang_back = forms.BooleanField(
        label=_("I rang the force back on 101, and spoke to this officer"),
        error_messages={"required": _("Ring the force back first, on 101")},
    )

    def __init__(
        self,
        *args: Any,
        forces: Collection[PoliceForce],
        numbers: Collection[ForcePhone] = (),
        **options: Any,
    ) -> None:
        """`numbers` are those of the forces that stand above the form."""
        super().__init__(*args, **options)
        choice = cast(forms.ModelChoiceField, self.fields["force"])
        choice.queryset = PoliceForce.objects.filter(pk__in=[force.pk for force in forces])
        if len(forces) == 1:
            choice.initial = next(iter(forces)).pk
        if numbers:
            rang = self.fields["rang_back"]
            rang.label = _("I rang the force back on 101 or a number above, and spoke to this officer")
            rang.error_messages["required"] = _("Ring the force back first, on 101 or a number above")


class Compact(forms.Form):
    """Under which number a force has the child in its missing-person system already."""

    force = forms.ChoiceField(
        label=_("Which force?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the force")},
    )
    number = forms.CharField(
        label=_("COMPACT number"),
        max_length=40,
        error_messages={"required": _("Enter the number")},
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-20", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, forces: Collection[PoliceForce], **options: Any) -> None:
        super().__init__(*args, **options)
        self.forces = {str(force.pk): force for force in forces}
        choices = [(key, force.name) for key, force in self.forces.items()]
        cast(forms.ChoiceField, self.fields["force"]).choices = choices
        if len(choices) == 1:
            self.initial["force"] = choices[0][0]

    def given(self) -> dict[str, Any]:
        """As `episodes.record_compact` takes it."""
        return {
            "force": self.forces[self.cleaned_data["force"]],
            "number": self.cleaned_data["number"],
        }
