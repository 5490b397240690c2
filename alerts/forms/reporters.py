"""Who reports a child missing: their name and their phone, offered and never asked for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.models import MissingReport


def _length(name: str) -> int | None:
    return MissingReport._meta.get_field(name).max_length  # type: ignore[union-attr]


def reporter_name_field() -> forms.CharField:
    """Who says so, for whoever has to ask them more."""
    return forms.CharField(
        label=_("Name of whoever reports the child missing"),
        help_text=_("You, or who has rung you"),
        max_length=_length("reporter_name"),
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )


def reporter_phone_field() -> fields.PhoneField:
    """The number to ring them back on."""
    return fields.PhoneField(
        label=_("Phone number of whoever reports the child missing"),
        help_text=_("For duty and the police to ring back. It stands in no mail."),
        max_length=_length("reporter_phone"),
        required=False,
    )
