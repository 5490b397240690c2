"""What is answered when somebody writes a note or corrects one."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import fields

LONGEST = 10_000
REASON = forms.TextInput(attrs={"autocomplete": "off"})


def _text() -> fields.NoteField:
    widget = forms.Textarea(attrs={"rows": 10, "data-limit": LONGEST, "autofocus": True})
    return fields.NoteField(
        label=_("Note"),
        name=_("Your note"),
        limit=LONGEST,
        widget=widget,
        error_messages={"required": _("Enter your note")},
    )


class NoteForm(forms.Form):
    """One box, and when it was; the cursor is in the box on arrival."""

    text = _text()
    happened_at = fields.MomentField(
        label=_("When was it?"),
        name=_("The time of the note"),
        error_messages={"required": _("Enter when it was")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("happened_at", "now")
        fields.set_now(self, now)


class CorrectForm(forms.Form):
    """The note as it should read, and why; an empty box strikes it through and puts nothing in its place."""

    text = fields.NoteField(
        label=_("How the note should read"),
        name=_("Your note"),
        limit=LONGEST,
        rows=10,
        required=False,
        help_text=_("Leave the box empty if the note should not stand at all"),
    )
    reason = forms.CharField(
        label=_("Why is it corrected?"),
        max_length=300,
        widget=REASON,
        error_messages={"required": _("Enter why the note is corrected")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
