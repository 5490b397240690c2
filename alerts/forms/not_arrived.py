"""Where a child is who is recorded as arrived, as one of the two authorities says it."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields


class LeftForm(forms.Form):
    """Who of the sender saw the child leave."""

    text = fields.NoteField(
        label=_("Who saw the child leave, and when?"),
        name=_("What you wrote"),
        rows=3,
        error_messages={"required": _("Enter who saw the child leave, and when")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
