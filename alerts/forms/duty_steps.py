"""What is answered about one duty step of an episode."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts import duty_steps, meeting_steps
from alerts.duties import BOOKABLE, Duty
from alerts.models import DutyStep, StepAnswer
from cases.forms import fields
from cases.models import MeetingBooking
from cases.states import IllegalMove

Answer = DutyStep.Answer


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

    booked_for = fields.MomentField(
        label=_("If it is booked: when is it to be held?"),
        name=_("The time it is booked for"),
        help_text=_(
            "If nobody has recorded within four hours of that time that it was held, those who should hear are told."
        ),
        required=False,
        quick=False,
        past=False,
    )

    def __init__(
        self, *args: Any, step: DutyStep, booked: MeetingBooking | None = None, now: datetime, **options: Any
    ) -> None:
        """`booked`: the meeting that stands among the child’s, so that nobody types its time a second time."""
        super().__init__(*args, **options)
        self.step, self.now, self.booked = step, now, booked
        if booked is not None:
            words = _("Booked by %(name)s among the child’s meetings") % {"name": booked.recorded_by.name}
            self.initial = {"answer": Answer.BOOKED, "booked_for": booked.planned_at, "note": words}
        choices: list[tuple[str, Promise | str]] = [(a.value, a.label) for a in Answer]
        if step.kind not in BOOKABLE:
            choices = [(value, label) for value, label in choices if value != Answer.BOOKED]
            del self.fields["booked_for"]
        else:
            self.fields["booked_for"].asked_of_some = True  # type: ignore[attr-defined]
        if step.kind == Duty.HOME_RECORD:
            self._ask_about_the_record()
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]
        fields.set_now(self, now)

    def _ask_about_the_record(self) -> None:
        """What the home did, in words of its own: whether it stands in a book says nothing of what is in there."""
        note = self.fields["note"]
        note.label = _(
            "What did the home do with its record, who there says so, and when? Or why was it not asked?"
        )
        note.help_text = _(
            "Whether it wrote down the whole time, from the last look to the return, and what it did to look for the child;"
            " whether it put right what was wrong or written late; whether the child was shown it."
        )
        note.error_messages["required"] = _(
            "Enter what the home did with its record, or why it was not asked"
        )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        booked_for = answers.get("booked_for")
        if answers.get("answer") == Answer.BOOKED and "booked_for" not in self.errors:
            try:
                duty_steps.require_booking(self.step, Answer.BOOKED, booked_for, at=self.now)
            except IllegalMove as refusal:
                self.add_error("booked_for", str(refusal))
        elif booked_for is not None and meeting_steps.was_booked(self.step, booked_for):
            # It stood there: whoever says what came of it instead has no boxes to clear. The words of the booking are no answer.
            answers["booked_for"] = None
            if self.booked is not None and answers.get("note") == self.initial["note"]:
                self.add_error("note", self.fields["note"].error_messages["required"])
        elif booked_for is not None and answers.get("answer"):
            self.add_error("answer", _("Select “Booked”, or clear when it is to be held"))
        return answers


class WithdrawAnswer(forms.Form):
    """Why an answer to a step does not stand."""

    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        help_text=_("It stays on the record, struck through, with your reason."),
        max_length=StepAnswer._meta.get_field("withdrawn_reason").max_length,
        error_messages={"required": _("Enter why this answer is withdrawn")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
