"""Answers about a supervision: when, what was said of each child, and what is between the two alone; and why one is withdrawn."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.forms import fields
from cases.models import Child, User
from cases.moves import isolated
from cases.supervisions import Decision, Held, Talk

# What is first offered as the day of the next.
AGAIN = timedelta(days=28)
# So many decisions have room in the form; more of them go on the plan.
DECISIONS = (1, 2)
LIMIT = 4000


@dataclass(frozen=True)
class Part:
    """One child's part of the form: what was said and wanted, and each decision."""

    child: Child
    said: Sequence[Any]
    decisions: Sequence[Sequence[Any]]


class SupervisionForm(forms.Form):
    """What is written down of a supervision, with a part for each child that was chosen."""

    held_at = fields.MomentField(label=_("When was it?"), name=_("The time"))
    own = fields.NoteField(
        label=_("The social worker’s own part"),
        name=_("Your answer"),
        help_text=_(
            "Wellbeing, workload, learning: nothing about a child. Only they and their managers read it."
        ),
        limit=LIMIT,
        required=False,
    )
    next_date = fields.DateField(
        label=_("When is the next?"),
        name=_("The date"),
        error_messages={"required": _("Enter when the next is")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        children: Sequence[Child],
        worker: User,
        manager: User,
        now: datetime,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.children, self.today = children, london_day(now)
        self.people = {str(one.pk): one for one in (worker, manager)}
        for child in children:
            self._ask(child)
        self.initial.setdefault("once", uuid.uuid4())
        self.initial.setdefault("next_date", self.today + AGAIN)
        fields.set_now(self, now)

    def _ask(self, child: Child) -> None:
        key = child.reference
        self.fields[f"discussed_{key}"] = fields.NoteField(
            label=_("What was discussed?"),
            name=_("Your answer"),
            limit=LIMIT,
            error_messages={
                "required": _("Enter what was discussed about %(child)s")
                % {"child": f"{isolated(child.given_name)} {key}"}
            },
        )
        self.fields[f"direction_{key}"] = fields.NoteField(
            label=_("The manager’s direction"),
            name=_("Your answer"),
            limit=LIMIT,
            rows=2,
            required=False,
        )
        for number in DECISIONS:
            self.fields[f"what_{number}_{key}"] = forms.CharField(
                label=_("What is to be done?"),
                max_length=500,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"owner_{number}_{key}"] = forms.ChoiceField(
                label=_("Who does it?"),
                choices=[("", ""), *((pk, isolated(one.name)) for pk, one in self.people.items())],
                required=False,
            )
            self.fields[f"by_{number}_{key}"] = fields.DateField(
                label=_("By when?"), name=_("The date"), required=False
            )

    def clean(self) -> dict[str, Any]:
        """Ask who and by when, of whatever is to be done."""
        given: dict[str, Any] = super().clean() or {}
        asked = {
            "what": _("Enter what is to be done"),
            "owner": _("Select who does it"),
            "by": _("Enter by when it is done"),
        }
        for child in self.children:
            for number in DECISIONS:
                names = {what: f"{what}_{number}_{child.reference}" for what in asked}
                if not any(given.get(name) for name in names.values()):
                    continue
                for what, name in names.items():
                    if not given.get(name) and name not in self.errors:
                        self.add_error(name, asked[what])
                by = given.get(names["by"])
                if by is not None and by < self.today:
                    self.add_error(names["by"], _("The date must be today or in the future"))
        held_at, following = given.get("held_at"), given.get("next_date")
        if held_at is not None and following is not None and following <= london_day(held_at):
            self.add_error("next_date", _("The next supervision must be after this one"))
        return given

    def parts(self) -> Iterator[Part]:
        """The form child by child."""
        for child in self.children:
            key = child.reference
            said = [self[f"{what}_{key}"] for what in ("discussed", "direction")]
            decisions = [
                [self[f"{what}_{number}_{key}"] for what in ("what", "owner", "by")] for number in DECISIONS
            ]
            yield Part(child, said, decisions)

    def held(self) -> Held:
        """What was answered."""
        given = self.cleaned_data
        talks = tuple(self._talk(child) for child in self.children)
        own = {name: given[name] for name in ("held_at", "own", "next_date")}
        return Held(key=given["once"], talks=talks, **own)

    def _talk(self, child: Child) -> Talk:
        given, key = self.cleaned_data, child.reference
        decisions = tuple(
            Decision(
                what=given[f"what_{number}_{key}"],
                owner=self.people[given[f"owner_{number}_{key}"]],
                by_date=given[f"by_{number}_{key}"],
            )
            for number in DECISIONS
            if given[f"what_{number}_{key}"]
        )
        said = {"discussed": given[f"discussed_{key}"], "direction": given[f"direction_{key}"]}
        return Talk(child=child, decisions=decisions, **said)


class WithdrawForm(forms.Form):
    """Why what was said does not stand any more."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("For example: it is about another child."),
        max_length=300,
        error_messages={"required": _("Enter why it is withdrawn")},
    )
