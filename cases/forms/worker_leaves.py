"""Answers about a social worker who is not there: leave or sickness, who is asked to cover, and until when it lasts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.covers import SpanForm, begin, offer
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
        help_text=gettext_lazy("Of sickness leave it empty while nobody knows."),
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


class WorkerCoverForm(forms.Form):
    """Who is asked to cover, for which leave and which children."""

    leave = forms.ChoiceField(
        label=gettext_lazy("For which time?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select the time")},
    )
    colleague = forms.ChoiceField(
        label=gettext_lazy("Who is asked to cover?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select who is asked")},
    )
    children = forms.MultipleChoiceField(
        label=gettext_lazy("For which children?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Select the children")},
    )

    def __init__(
        self,
        *args: Any,
        leaves: Sequence[tuple[WorkerLeave, str]],
        allocations: Sequence[Allocation],
        colleagues: Sequence[User],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.leaves = {str(leave.pk): leave for leave, _words in leaves}
        self.allocations = {str(row.pk): row for row in allocations}
        self.colleagues = {str(person.pk): person for person in colleagues}
        offer(self, "leave", [(str(leave.pk), words) for leave, words in leaves])
        offer(self, "colleague", [(pk, isolated(one.name)) for pk, one in self.colleagues.items()])
        offer(self, "children", [(pk, _named(row)) for pk, row in self.allocations.items()])
        if len(leaves) == 1:
            self.initial.setdefault("leave", str(leaves[0][0].pk))

    def chosen(self) -> tuple[WorkerLeave, list[Allocation], User]:
        given = self.cleaned_data
        children = [self.allocations[pk] for pk in given["children"]]
        return self.leaves[given["leave"]], children, self.colleagues[given["colleague"]]


def _named(row: Allocation) -> str:
    return f"{isolated(row.child.given_name)} {row.child.reference}"
