"""What the police gave on the phone to whoever reported a child."""

from django import forms
from django.utils.translation import gettext_lazy

NAME = {"spellcheck": "false", "autocomplete": "off"}


class PoliceCall(forms.Form):
    """What the police gave on the phone after the report: their reference, and who spoke."""

    incident_reference = forms.CharField(
        label=gettext_lazy("Police reference"),
        max_length=60,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
        error_messages={"required": gettext_lazy("Enter the police reference")},
    )
    officer = forms.CharField(
        label=gettext_lazy("Officer’s name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={**NAME, "class": "govuk-input--width-20"}),
    )
