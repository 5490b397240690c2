"""Answers about what a guardian holds against the council, and how it is closed."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.deadlines import london_day
from cases.forms import fields

LONGEST = 4000


class ConcernForm(forms.Form):
    """What it is about, what was promised by whom and by when, and whether the council reads the words."""

    words = fields.NoteField(
        label=gettext_lazy("What does the council do, or not do?"),
        name=gettext_lazy("Your concern"),
        limit=LONGEST,
        rows=8,
        error_messages={"required": gettext_lazy("Enter your concern")},
    )
    promised_by = forms.CharField(
        label=gettext_lazy("Who of the council has promised something?"),
        help_text=gettext_lazy(
            "Name and post. The council’s people read this and the day, and so does whoever watches over the child"
            " after you."
        ),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    by_date = fields.DateField(
        label=gettext_lazy("By when?"),
        name=gettext_lazy("The day"),
        help_text=gettext_lazy("For example 27 3 2027."),
        required=False,
    )
    shared = forms.BooleanField(label=gettext_lazy("The council may read my words"), required=False)
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = london_day(now)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        day = given.get("by_date")
        if day is not None and day < self.today:
            self.add_error("by_date", _("The day must be today or later"))
        if day is not None and not given.get("promised_by"):
            self.add_error("promised_by", _("Enter who promised it"))
        if given.get("promised_by") and day is None and "by_date" not in self.errors:
            self.add_error("by_date", _("Enter by when it was promised"))
        return given


class ConcernEndForm(forms.Form):
    """What became of it."""

    words = fields.NoteField(
        label=gettext_lazy("What became of it?"),
        name=gettext_lazy("What became of it"),
        limit=LONGEST,
        error_messages={"required": gettext_lazy("Enter what became of it")},
    )
