"""Answers about the second factor: a code, a passkey with its name, a password once more."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields

_CODE = {
    "autocomplete": "one-time-code",
    "spellcheck": "false",
    "autocapitalize": "none",
    "class": "govuk-input--width-10",
}


class AppCodeForm(forms.Form):
    """The six digits that an app shows."""

    code = forms.CharField(
        label=_("Code from your authenticator app"),
        help_text=_("Six digits. The app shows a new code every 30 seconds."),
        error_messages={"required": _("Enter the code that your app shows")},
        widget=forms.TextInput(attrs=_CODE | {"inputmode": "numeric"}),
    )


class RecoveryCodeForm(forms.Form):
    """One of the codes on paper."""

    code = forms.CharField(
        label=_("Recovery code"),
        help_text=_("One of the ten codes that you kept, like abcde-fghjk. Each works once."),
        error_messages={"required": _("Enter a recovery code")},
        widget=forms.TextInput(attrs=_CODE),
    )


class PasskeyForm(forms.Form):
    """What the browser answered, in a field that nobody sees."""

    credential = forms.JSONField(widget=forms.HiddenInput, required=False)

    def clean_credential(self) -> Any:
        # Whoever sent the form without a script has read on the page that it needs one.
        return self.cleaned_data["credential"] or {}


class NameForm(forms.Form):
    """What somebody calls a passkey."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        help_text=_("So that you know later which one it is. For example: work phone."),
        max_length=60,
        error_messages={"required": _("Enter a name for the passkey")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class NewPasskeyForm(NameForm, PasskeyForm):
    """A passkey with its name."""

    field_order = ("name", "credential")


class DeviceForm(forms.Form):
    """What a device of a home is called."""

    name = forms.CharField(
        label=_("Name of the device"),
        help_text=_("Where it stands. For example: tablet in the office."),
        max_length=60,
        error_messages={"required": _("Enter a name for the device")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PasswordAgainForm(forms.Form):
    """The password once more, before how one signs in is changed."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        error_messages={"required": _("Enter your password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ResetForm(forms.Form):
    """Why somebody's second step is reset."""

    reason = fields.NoteField(
        label=_("Why is it reset?"),
        help_text=_("For example: phone lost, rang back on the number on record."),
        limit=500,
        name=_("Your reason"),
        error_messages={"required": _("Enter why it is reset")},
    )
