"""Answers about a social worker who is not there: leave or sickness, who is asked to cover, and until when it lasts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.covers import CoverForm, SpanForm, begin, offer
from cases.models import Allocation, User, WorkerLeave
from cases.moves import isolated


class WorkerLeaveForm(SpanForm):
    """Why a social worker is not there, and from when to when; sickness may have no end yet."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Why?"),
        choices=[
            (WorkerLeave.Kind.LEAVE, gettext_lazy("Leave")),
            (WorkerLeave.Kind.SICKNESS, gettext_lazy("Sickness")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select leave or sickness")},
    )
    last_day = fields.DateField(
        label=gettext_lazy("Last day"),
        name=gettext_lazy("The last day"),
        help_text=gettext_lazy("For sickness, leave it empty while nobody knows."),
        required=False,
    )
    field_order = ("kind", "first_day", "last_day")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        last = given.get("last_day")
        if given.get("kind") == WorkerLeave.Kind.LEAVE and last is None and "last_day" not in self.errors:
            self.add_error("last_day", _("Enter the last day"))
        return given

    def given(self) -> dict[str, Any]:
        """As the verb takes it."""
        said, last = self.cleaned_data, self.cleaned_data["last_day"]
        ends_at = end_of(last) if last is not None else None
        return {"kind": said["kind"], "starts_at": begin(said["first_day"]), "ends_at": ends_at}


class LookForm(forms.Form):
    """Until when somebody who is sick is away, as far as it is known."""

    last_day = fields.DateField(
        label=gettext_lazy("Until which day are they away?"),
        name=gettext_lazy("The last day"),
        help_text=gettext_lazy("Leave it empty while nobody knows: you are asked again in a week."),
        required=False,
    )

    def __init__(self, *args: Any, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        fields.set_now(self, now)

    def ends_at(self) -> datetime | None:
        last = self.cleaned_data["last_day"]
        return end_of(last) if last is not None else None


class WorkerCoverForm(CoverForm):
    """Who is asked to cover, for which leave and which children."""

    children = forms.MultipleChoiceField(
        label=gettext_lazy("For which children?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Select the children")},
    )

    def __init__(self, *args: Any, allocations: Sequence[Allocation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.allocations = {str(row.pk): row for row in allocations}
        offer(self, "children", [(pk, _named(row)) for pk, row in self.allocations.items()])

    def chosen(self) -> tuple[WorkerLeave, list[Allocation], User]:
        leave, colleague = self.of_whom()
        return leave, [self.allocations[pk] for pk in self.cleaned_data["children"]], colleague


def _named(row: Allocation) -> str:
    return f"{isolated(row.child.given_name)} {row.child.reference}"
