"""Answers about a child's legal status: what began, how it ended, and that it was recorded by mistake."""

import uuid
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.legal import Over, Status
from cases.models import LegalStatus, PoliceForce

Code = LegalStatus.Code
_TEXT = {"autocomplete": "off"}
# Asked of police protection, and of nothing else.
OF_POLICE = ("force", "officer", "reference", "designated_officer", "designated_phone", "occasion")
_REQUIRED = {
    "force": _("Select the police force"),
    "officer": _("Enter who took the child into police protection"),
    "designated_officer": _("Enter the designated officer"),
}
# What follows police protection as a rule.
_AFTER_POLICE = (Code.AGREED, Code.EMERGENCY, Code.INTERIM, Code.FULL)
RETURNED, OVER = LegalStatus.Ending.RETURNED.value, LegalStatus.Ending.OTHER.value


class StatusForm(forms.Form):
    """What began and when; of police protection who has the child in it."""

    code = forms.ChoiceField(
        label=_("Which legal status has begun?"),
        choices=Code,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select the legal status")},
    )
    starts_at = fields.MomentField(
        label=_("When did it begin?"),
        name=_("The time"),
        help_text=_("Of police protection the 72 hours count from then."),
        error_messages={"required": _("Enter when it began")},
    )
    note = fields.NoteField(
        label=_("Note"),
        name=_("Your note"),
        help_text=_("Who agreed, or which court ordered it until when."),
        limit=2000,
        rows=2,
        required=False,
    )
    force = fields.ListedRowField(
        label=_("Police force"),
        queryset=PoliceForce.objects.none(),
        empty_label=_("Select"),
        required=False,
    )
    officer = forms.CharField(
        label=_("Officer who took the child into protection"),
        help_text=_("Name, rank and number."),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=_TEXT),
    )
    reference = forms.CharField(
        label=_("Police reference"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    designated_officer = forms.CharField(
        label=_("Designated officer"),
        help_text=_("Who inquires into the case for the force, and may be asked to end it sooner."),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs=_TEXT),
    )
    designated_phone = fields.PhoneField(label=_("Phone of the designated officer"), required=False)
    occasion = fields.NoteField(
        label=_("Another occasion"),
        name=_("Your answer"),
        help_text=_("Only where police protection ended within the last week: what happened anew."),
        limit=1000,
        rows=2,
        required=False,
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ModelChoiceField, self.fields["force"]).queryset = PoliceForce.objects.all()
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    @property
    def is_police(self) -> bool:
        """Whether police protection was answered."""
        return bool(self.cleaned_data.get("code") == Code.POLICE)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name, words in _REQUIRED.items():
            if self.is_police and not given.get(name) and name not in self.errors:
                self.add_error(name, words)
        return given

    def status(self) -> Status:
        """What was answered; of anything but police protection without what is asked of that alone."""
        given = {
            name: value
            for name, value in self.cleaned_data.items()
            if self.is_police or name not in OF_POLICE
        }
        return Status(key=given.pop("once"), **given)


class EndForm(forms.Form):
    """What follows, when, and with whom it was agreed or by which court."""

    follows = forms.ChoiceField(
        label=_("What follows?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what follows")},
    )
    ended_at = fields.MomentField(
        label=_("When did it end?"),
        name=_("The time"),
        error_messages={"required": _("Enter when it ended")},
    )
    how = fields.NoteField(
        label=_("With whom was it agreed, which court ordered it, or with whom is the child?"),
        name=_("Your answer"),
        limit=2000,
        error_messages={"required": _("Enter with whom, which court, or where")},
    )

    def __init__(self, *args: Any, code: str, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        following = _AFTER_POLICE if code == Code.POLICE else [one for one in Code if one != Code.POLICE]
        choices = [(one.value, one.label) for one in following if one != code]
        endings = [(one.value, one.label) for one in LegalStatus.Ending if one.value in (RETURNED, OVER)]
        self.fields["follows"].choices = [*choices, *endings]  # type: ignore[attr-defined]
        fields.set_now(self, now)

    def over(self) -> Over:
        """What was answered."""
        given = self.cleaned_data
        follows = given["follows"]
        code = "" if follows in (RETURNED, OVER) else follows
        return Over(ended_at=given["ended_at"], how=given["how"], follows=code, returned=follows == RETURNED)


class WithdrawForm(forms.Form):
    """Why it was never so."""

    reason = fields.NoteField(
        label=_("Why was it recorded by mistake?"),
        name=_("Your answer"),
        limit=1000,
        error_messages={"required": _("Enter why it was recorded by mistake")},
    )
