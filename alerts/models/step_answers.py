"""What people said of a duty step: who said when what came of it, and what was taken back since."""

from django.db import models
from django.db.models import Q

from alerts.models.duty_steps import DutyStep
from cases.models import Meeting, User


class StepAnswerQuerySet(models.QuerySet["StepAnswer"]):
    def standing(self) -> "StepAnswerQuerySet":
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)


class StepAnswer(models.Model):
    """One answer to one step; one that was wrong stays, struck through, with the reason."""

    step = models.ForeignKey(DutyStep, on_delete=models.PROTECT, related_name="answers")
    answer = models.CharField(max_length=10, choices=DutyStep.Answer)
    note = models.TextField()
    # Of one that is booked: for when.
    booked_for = models.DateTimeField(null=True, blank=True)
    # Of what the record of a meeting answered, in the name of whoever recorded it.
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = StepAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["said_at", "pk"]
        constraints = [
            models.CheckConstraint(name="step_answer_says_what", condition=~Q(answer="") & ~Q(note="")),
            models.CheckConstraint(
                name="step_answer_booked_for", condition=Q(booked_for=None) | Q(answer="booked")
            ),
            models.CheckConstraint(
                name="step_answer_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.answer}"

    @property
    def stands(self) -> bool:
        """Whether the step goes by it: it is booked, or it is answered by this and was not owed anew since."""
        is_of_it = (self.step.done_by_id, self.step.done_at) == (self.said_by_id, self.said_at)
        return self.withdrawn_at is None and (self.booked_for is not None or is_of_it)
