"""Answers about a room of one's own where an age is disputed, and about what comes after a placement."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import fields
from cases.forms.as_read import OfPlacementForm


class RoomForm(OfPlacementForm):
    """Whether the child has a room of their own, why not, and by when somebody looks again."""

    own_room = forms.ChoiceField(
        label=gettext_lazy("Does the child have a room of their own?"),
        choices=fields.YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select if the child has a room of their own")},
    )
    note = fields.NoteField(
        label=gettext_lazy("If not: why, and what keeps everybody there safe"),
        name=gettext_lazy("Your note"),
        limit=500,
        required=False,
    )
    review_by = fields.DateField(
        label=gettext_lazy("By when does somebody look again?"),
        name=gettext_lazy("The day"),
        help_text=gettext_lazy("Within 28 days."),
        error_messages={"required": gettext_lazy("Enter by when somebody looks again")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("own_room") == "no" and not given.get("note") and "note" not in self.errors:
            self.add_error(
                "note", _("Enter why the child shares a room, and what keeps everybody there safe")
            )
        return given

    def said(self) -> dict[str, Any]:
        """What the verb asks for."""
        given = self.cleaned_data
        return {
            "own_room": given["own_room"] == "yes",
            "note": given["note"],
            "review_by": given["review_by"],
        }


class NextForm(OfPlacementForm):
    """Until when the placement is meant to last, and what comes after it."""

    last_date = fields.DateField(
        label=gettext_lazy("Which is the last day of this placement?"),
        name=gettext_lazy("The last day"),
        help_text=gettext_lazy("The day that is planned. If it lasts longer, the new day."),
        error_messages={"required": gettext_lazy("Enter the last day")},
    )
    comes_next = fields.NoteField(
        label=gettext_lazy("What comes next?"),
        name=gettext_lazy("Your words"),
        help_text=gettext_lazy("For example: a foster family from that day on, or the same home for longer."),
        limit=300,
        error_messages={"required": gettext_lazy("Enter what comes next")},
    )
