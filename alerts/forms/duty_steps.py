"""What is answered about one duty step of an episode."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.duties import Duty
from alerts.models import DutyStep, StepAnswer
from cases.forms import fields

Answer = DutyStep.Answer
# Of what can be held later: booked is an answer too.
BOOKABLE = frozenset(
    {
        Duty.STRATEGY,
        Duty.STRATEGY_BY_PHONE,
        Duty.BRIEFING,
        Duty.DIRECTOR_BRIEFING,
        Duty.REPEATED,
        Duty.PREVENTION_INTERVIEW,
    }
)


class Answered(forms.Form):
    """Done, booked, or considered and decided against; and who, when and why."""

    answer = forms.ChoiceField(
        label=_("What came of it?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select what came of it")},
    )
    note = fields.NoteField(
        label=_("Who did it and when, or why not?"),
        name=_("Your answer"),
        rows=3,
        error_messages={"required": _("Enter who did it and when, or why not")},
    )

    def __init__(self, *args: Any, step: DutyStep, **options: Any) -> None:
        super().__init__(*args, **options)
        choices: list[tuple[str, Promise | str]] = [(a.value, a.label) for a in Answer]
        if step.kind not in BOOKABLE:
            choices = [(value, label) for value, label in choices if value != Answer.BOOKED]
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]


class WithdrawAnswer(forms.Form):
    """Why an answer to a step does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("It stays on the record, struck through, with your reason."),
        max_length=StepAnswer._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this answer is withdrawn")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
