"""Answers about a guardian who is not there: leave, what they can carry, who is asked to cover, and what that one says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from cases.forms import fields
from cases.forms.covers import SpanForm, begin, offer
from cases.models import GuardianService, User
from cases.moves import isolated
from guardians.models import GuardianAssignment, GuardianLeave


class LeaveForm(SpanForm):
    """Why a guardian is not there, and from when to when."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Why?"),
        choices=[
            (GuardianLeave.Kind.LEAVE, gettext_lazy("Leave")),
            (GuardianLeave.Kind.SICKNESS, gettext_lazy("Sickness")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Select leave or sickness")},
    )
    services = forms.MultipleChoiceField(
        label=gettext_lazy("In which services?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Select the services")},
    )
    field_order = ("kind", "services", "first_day", "last_day")

    def __init__(
        self, *args: Any, services: Sequence[GuardianService], now: datetime, **options: Any
    ) -> None:
        super().__init__(*args, now=now, **options)
        self.open_in = {str(one.pk): one for one in services}
        offer(self, "services", [(pk, isolated(one.name)) for pk, one in self.open_in.items()])
        self.initial.setdefault("services", list(self.open_in))
        if len(self.open_in) < 2:
            del self.fields["services"]

    def chosen(self) -> list[GuardianService]:
        return [self.open_in[pk] for pk in self.cleaned_data.get("services", self.open_in)]


class TermsForm(forms.Form):
    """How many children a guardian can carry, until when their checks hold, and whom they can no longer carry."""

    capacity = forms.IntegerField(
        label=gettext_lazy("How many children can they carry?"),
        help_text=gettext_lazy("Leave it empty where nobody has said."),
        min_value=0,
        max_value=200,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Enter a number of children")},
    )
    checks_until = fields.DateField(
        label=gettext_lazy("Until when do their checks hold?"),
        name=gettext_lazy("The day"),
        help_text=gettext_lazy("The last day. From the next on their children have nobody within reach."),
        error_messages={"required": gettext_lazy("Enter until when their checks hold")},
    )
    released = forms.MultipleChoiceField(
        label=gettext_lazy("Whom can they no longer carry?"),
        help_text=gettext_lazy("Only where they have more children than they can carry."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    from_day = fields.DateField(
        label=gettext_lazy("From which day?"),
        name=gettext_lazy("The day"),
        help_text=gettext_lazy("Leave it empty for now."),
        required=False,
    )

    def __init__(
        self, *args: Any, assignments: Sequence[GuardianAssignment], now: datetime, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        offer(self, "released", [(str(row.child_id), _named(row)) for row in assignments])
        fields.set_now(self, now)

    def given(self) -> dict[str, Any]:
        """As the verb takes it."""
        given, day = self.cleaned_data, self.cleaned_data["from_day"]
        return {
            "capacity": given["capacity"],
            "checks_until": given["checks_until"],
            "released": [int(pk) for pk in given["released"]],
            "starts_at": begin(day) if day is not None else None,
        }


class CoverForm(SpanForm):
    """Who is asked to cover, for which children, from when to when."""

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
    field_order = ("colleague", "children", "first_day", "last_day")

    def __init__(
        self,
        *args: Any,
        assignments: Sequence[GuardianAssignment],
        colleagues: Sequence[User],
        now: datetime,
        **options: Any,
    ) -> None:
        super().__init__(*args, now=now, **options)
        self.assignments = {str(row.pk): row for row in assignments}
        self.colleagues = {str(person.pk): person for person in colleagues}
        offer(self, "children", [(pk, _named(row)) for pk, row in self.assignments.items()])
        offer(self, "colleague", [(pk, isolated(one.name)) for pk, one in self.colleagues.items()])

    def chosen(self) -> list[GuardianAssignment]:
        return [self.assignments[pk] for pk in self.cleaned_data["children"]]

    def asked(self) -> User:
        return self.colleagues[self.cleaned_data["colleague"]]


def _named(row: GuardianAssignment) -> str:
    return f"{isolated(row.child.given_name)} {row.child.reference}"
