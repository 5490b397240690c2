"""Through which day the bed of a missing child is kept, by the word of whom."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields


class BedKept(forms.Form):
    """The day, and who at the placement said it."""

    last_date = fields.DateField(
        label=_("Which is the last day on which the bed is kept?"),
        name=_("The last day"),
        help_text=_("Duty and the social worker are asked three days before. Nothing ends by itself."),
        error_messages={"required": _("Enter the last day")},
    )
    said_by = forms.CharField(
        label=_("Who at the placement said so?"),
        max_length=150,
        error_messages={"required": _("Enter who at the placement said so")},
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
