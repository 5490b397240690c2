"""Who leads a search: the officer in the case, the lead offered to another force, and the answer to it."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import as_read, fields
from cases.forms.forces import ListedForceField
from cases.models import ForceOffer, PoliceForce

NAME = {"spellcheck": "false", "autocomplete": "off"}


def _name(label: Any, wrong: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=120,
        error_messages={"required": wrong},
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )


class Officer(as_read.ReadByVerbForm):
    """The officer in the case, or that the one there was has gone and nobody is named yet."""

    overtaken = _(
        "Another officer has been named since you opened this page. Look at who it is now, then press again."
    )

    force = forms.ChoiceField(
        label=_("Which force?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the force")},
    )
    gone = forms.BooleanField(
        label=_("The officer has left the case, and nobody has taken it over yet"), required=False
    )
    name = forms.CharField(
        label=_("Officer’s name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    collar_number = forms.CharField(
        label=_("Collar number"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-10"}),
    )
    phone = fields.PhoneField(label=_("Phone"), required=False)

    def __init__(self, *args: Any, forces: Collection[PoliceForce], **options: Any) -> None:
        super().__init__(*args, **options)
        self.forces = {str(force.pk): force for force in forces}
        choices = [(key, force.name) for key, force in self.forces.items()]
        cast(forms.ChoiceField, self.fields["force"]).choices = choices
        if choices:
            self.initial.setdefault("force", choices[0][0])

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        said = any(answers.get(name) for name in ("name", "collar_number", "phone"))
        if answers.get("gone") and said:
            self.add_error("gone", _("Name the officer who has it now, or say that nobody has, not both"))
        if not answers.get("gone") and "name" in answers and not answers["name"]:
            self.add_error("name", _("Enter the officer’s name"))
        return answers

    @property
    def force_named(self) -> PoliceForce:
        return self.forces[self.cleaned_data["force"]]

    def given(self) -> dict[str, Any]:
        """As `episodes.name_officer` takes it."""
        return {name: self.cleaned_data[name] or "" for name in ("name", "collar_number", "phone")}


class Offer(forms.Form):
    """To which force the lead is offered, by whose word, and why."""

    to = ListedForceField(
        label=_("To which force?"),
        empty_label=_("Choose"),
        error_messages={"required": _("Select the force")},
    )
    said_by = _name(_("Officer who says so"), _("Enter the officer who says so"))
    reason = fields.NoteField(
        label=_("Why is the search to be led there?"),
        name=_("The reason"),
        limit=500,
        rows=3,
        error_messages={"required": _("Enter why the search is to be led elsewhere")},
    )

    def __init__(self, *args: Any, force: PoliceForce, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = self.fields["to"]
        offered.queryset = offered.queryset.exclude(pk=force.pk)  # type: ignore[attr-defined]


class Answer(as_read.AsReadForm):
    """What was answered, by which officer: with a reference where it was accepted, with a reason where it was not."""

    overtaken = _("This is another offer than the one you opened. Look at it, then press again.")

    answer = forms.ChoiceField(
        label=_("What was answered?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what was answered")},
    )
    officer = _name(_("Officer’s name"), _("Enter the officer’s name"))
    reference = forms.CharField(
        label=_("Reference of the force that takes it over"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
    reason = fields.NoteField(
        label=_("Why not, if it is not taken over"), name=_("The reason"), limit=500, rows=3, required=False
    )

    def __init__(self, *args: Any, answers: Collection[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(one.value, one.label) for one in ForceOffer.Answer if one in answers]
        cast(forms.ChoiceField, self.fields["answer"]).choices = choices

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        accepted = given.get("answer") == ForceOffer.Answer.ACCEPTED
        if accepted and not given.get("reference"):
            self.add_error("reference", _("Enter the police reference"))
        if accepted and given.get("reason"):
            self.add_error("reason", _("Leave this empty where the search is taken over"))
        if given.get("answer") and not accepted:
            if given.get("reference"):
                self.add_error("reference", _("Leave this empty where the search is not taken over"))
            if "reason" in given and not given["reason"]:
                self.add_error("reason", _("Enter the reason"))
        return given
