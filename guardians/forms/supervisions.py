"""Answers about a guardian's supervision: when, what was said of each child, and why one is withdrawn."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.forms import fields
from cases.models import Child
from guardians.sittings import Wait
from guardians.supervisions import Held

LIMIT = 4000


class GuardianSupervisionForm(forms.Form):
    """What is written down of a supervision, with a box for each child of the guardian, who waits longest first."""

    held_at = fields.MomentField(label=_("When was it?"), name=_("The time"))
    next_date = fields.DateField(
        label=_("When is the next?"),
        name=_("The date"),
        error_messages={"required": _("Enter when the next is")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, waits: Sequence[Wait], now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.children: dict[str, Child] = {wait.child.reference: wait.child for wait in waits}
        self.waits = waits
        for reference in self.children:
            self.fields[f"said_{reference}"] = fields.NoteField(
                label=_("What was discussed?"),
                name=_("Your answer"),
                limit=LIMIT,
                rows=3,
                required=False,
            )
        self.initial.setdefault("once", uuid.uuid4())
        again = timedelta(days=settings.GUARDIAN_SUPERVISION_DAYS)
        self.initial.setdefault("next_date", london_day(now) + again)
        fields.set_now(self, now)

    def clean(self) -> dict[str, Any]:
        """Ask for something of one child at the least."""
        given: dict[str, Any] = super().clean() or {}
        names = [f"said_{reference}" for reference in self.children]
        if names and not any(given.get(name) or name in self.errors for name in names):
            self.add_error(names[0], _("Enter what was discussed of a child"))
        held_at, following = given.get("held_at"), given.get("next_date")
        if held_at is not None and following is not None and following <= london_day(held_at):
            self.add_error("next_date", _("The next supervision must be after this one"))
        return given

    def parts(self) -> Iterator[tuple[Wait, Any]]:
        """The form child by child."""
        for wait in self.waits:
            yield wait, self[f"said_{wait.child.reference}"]

    def lost(self, kept: Mapping[str, list[str]] | None = None) -> list[tuple[str, str]]:
        """What was typed of a child whom the guardian watches over no longer: it is shown, for it would be gone.

        Typed just now, or `kept` as a draft.
        """
        data: Any = self.data if kept is None else MultiValueDict(kept)
        typed = [(name.removeprefix("said_"), data[name]) for name in data if name[:5] == "said_"]
        return [(one, text) for one, text in typed if one not in self.children and text.strip()]

    def held(self) -> Held:
        """What was answered."""
        given = self.cleaned_data
        said = {child.pk: given[f"said_{reference}"] for reference, child in self.children.items()}
        return Held(key=given["once"], held_at=given["held_at"], next_date=given["next_date"], said=said)
