"""Answers about leave: out, or away with permission, until when; and the return."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import Absence


class AbsenceForm(forms.Form):
    """Where the child goes, with whom, on which phone, and back by when."""

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
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    phone = fields.PhoneField(label=_("A phone that is answered there"), required=False)
    place = forms.CharField(label=_("Where"), max_length=200, required=False)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)


class ReturnForm(forms.Form):
    """When the child came back."""

    back_at = fields.MomentField(label=_("When was it?"), name=_("The time of the return"), initial="now")

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)
