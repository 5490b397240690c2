"""What a force may say from its link."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ForceAcknowledgement(forms.Form):
    """“I have this alert”, by whoever holds the link; the lengths are those of the record."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        error_messages={"required": _("Enter your name")},
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    collar_number = forms.CharField(
        label=_("Collar number"),
        max_length=30,
        error_messages={"required": _("Enter your collar number")},
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    incident_reference = forms.CharField(
        label=_("Force incident reference"),
        max_length=60,
        required=False,
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-20", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
