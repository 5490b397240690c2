"""What is answered before a wrong passage is destroyed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields
from cases.forms.marks import SECOND, SecondPersonForm, ask_second, label_factor


class WordsForm(forms.Form):
    """Words that stand in the passage; asked by GET, so that what was found has an address."""

    words = forms.CharField(
        label=_("Words that stand in it"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_words(self) -> str:
        # PostgreSQL holds no NUL, so nothing on record has one.
        return " ".join(self.cleaned_data["words"].replace("\0", " ").split())


class DestroyForm(SecondPersonForm):
    """Why it is destroyed, and the data protection officer who says so too."""

    reason = fields.NoteField(
        label=_("Why is it destroyed?"),
        name=_("Your reason"),
        help_text=_("It stays on record for good: do not repeat what the passage says."),
        limit=1000,
        rows=3,
        error_messages={"required": _("Enter why the passage is destroyed")},
    )
    field_order = ("reason", *SECOND)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ask_second(self)
        self.fields["second_email"].label = _("Email address of the data protection officer")
        self.fields["second_password"].label = _("Password of the data protection officer")
        label_factor(
            self, _("Code of the data protection officer"), _("Or the passkey of the data protection officer")
        )
