"""Answers about a visit by the social worker, and about the word to the authority of the area."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import fields
from cases.forms.as_read import OfPlacementForm
from cases.models import VisitRequest
from cases.visits import Visited

TEXT = {"autocomplete": "off"}
YES, ALONE, NO = "yes", "alone", "no"


class VisitForm(forms.Form):
    """Whether the child was seen, alone or not; where and when; and whether the placement is meant to last."""

    seen = forms.ChoiceField(
        label=gettext_lazy("Was the child seen?"),
        choices=(
            (ALONE, gettext_lazy("Yes, alone")),
            (YES, gettext_lazy("Yes, with somebody else there")),
            (NO, gettext_lazy("No")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select if the child was seen")},
    )
    visited_at = fields.MomentField(
        label=gettext_lazy("When was the visit?"),
        name=gettext_lazy("The time of the visit"),
        error_messages={"required": gettext_lazy("Enter when the visit was")},
    )
    place = forms.CharField(
        label=gettext_lazy("Where?"),
        max_length=200,
        widget=forms.TextInput(attrs=TEXT),
        error_messages={"required": gettext_lazy("Enter where the visit was")},
    )
    lasting = forms.BooleanField(
        label=gettext_lazy("The placement is meant to last until the child is 18"),
        help_text=gettext_lazy("After its first year it is then visited every three months."),
        required=False,
    )
    agreed_less = forms.BooleanField(
        label=gettext_lazy("The child agrees to be visited less often in this long-term foster placement"),
        help_text=gettext_lazy("After its first year it is then visited every six months."),
        required=False,
    )
    note = fields.NoteField(
        label=gettext_lazy("Note"),
        name=gettext_lazy("Your note"),
        limit=4000,
        help_text=gettext_lazy(
            "What the child said, and what is to be done. If the child was not seen: why."
        ),
        required=False,
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, fostered: bool, now: datetime, **options: Any) -> None:
        """`fostered` says whether the child lives in a long-term foster placement."""
        super().__init__(*args, **options)
        if not fostered:
            del self.fields["agreed_less"]
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("visited_at", "now")
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("seen") == NO and not given.get("note") and "note" not in self.errors:
            self.add_error("note", _("Enter why the child was not seen"))
        if given.get("agreed_less") and not given.get("lasting"):
            self.add_error("agreed_less", _("Tick also that the placement is meant to last, or clear this"))
        if given.get("agreed_less") and given.get("seen") == NO:
            self.add_error("agreed_less", _("Clear this: the child was not seen"))
        return given

    def visited(self) -> Visited:
        """What was answered."""
        given = self.cleaned_data
        return Visited(
            seen=given["seen"] != NO,
            seen_alone=given["seen"] == ALONE,
            place=given["place"],
            note=given["note"],
            lasting=given["lasting"],
            agreed_less=given.get("agreed_less", False),
            visited_at=given["visited_at"],
            key=given["once"],
        )


class VisitAskedForm(forms.Form):
    """That the child asked to be visited, or complained: when, and what it said."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What was it?"),
        choices=VisitRequest.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select what it was")},
    )
    asked_at = fields.MomentField(label=gettext_lazy("When?"), name=gettext_lazy("The time"), past=True)
    words = fields.NoteField(
        label=gettext_lazy("What did the child say, and to whom?"),
        name=gettext_lazy("Your answer"),
        limit=2000,
        error_messages={"required": gettext_lazy("Enter what the child said")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("once", uuid.uuid4())
        fields.set_now(self, now)


class HostNoticeForm(OfPlacementForm):
    """Whom the authority of the area has been told through, and when."""

    told_whom = forms.CharField(
        label=gettext_lazy("Who was told?"),
        help_text=gettext_lazy("Name or post, and how: by phone, by letter."),
        max_length=200,
        widget=forms.TextInput(attrs=TEXT),
        error_messages={"required": gettext_lazy("Enter who was told")},
    )
    told_at = fields.MomentField(
        label=gettext_lazy("When?"),
        name=gettext_lazy("The time"),
        error_messages={"required": gettext_lazy("Enter when they were told")},
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.setdefault("told_at", "now")
        fields.set_now(self, now)
