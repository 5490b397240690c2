"""Supervision of a guardian within their own service: what was said of each child, and what of it was withdrawn."""

import uuid

from django.db import models
from django.db.models import F, Q

from cases.models import Child, GuardianService, User


class GuardianSupervision(models.Model):
    """One that was held, of a guardian by somebody who leads their service; nobody edits it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    service = models.ForeignKey(GuardianService, on_delete=models.PROTECT, related_name="supervisions")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="guardian_supervisions")
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField()
    next_date = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-held_at", "-pk"]
        indexes = [models.Index(fields=["guardian", "-held_at"], name="supervision_by_guardian")]
        constraints = [
            models.CheckConstraint(
                name="guardian_supervision_by_another", condition=~Q(guardian=F("held_by"))
            ),
            models.CheckConstraint(
                name="guardian_supervision_not_ahead", condition=Q(held_at__lte=F("recorded_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"guardian {self.guardian_id}: supervision {self.held_at:%Y-%m-%d}"


class GuardianDiscussionQuerySet(models.QuerySet["GuardianDiscussion"]):
    def standing(self) -> "GuardianDiscussionQuerySet":
        """Those that nobody has withdrawn."""
        return self.filter(withdrawal=None)


class GuardianDiscussion(models.Model):
    """What was said of one child: for that guardian and those who lead the service, and for nobody of the council."""

    supervision = models.ForeignKey(GuardianSupervision, on_delete=models.PROTECT, related_name="discussions")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_discussions")
    discussed = models.TextField()
    recorded_at = models.DateTimeField()

    objects = GuardianDiscussionQuerySet.as_manager()

    class Meta:
        ordering = ["-supervision__held_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supervision", "child"], name="guardian_discussion_of_a_child_once"
            ),
            models.CheckConstraint(name="guardian_discussion_says_something", condition=~Q(discussed="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: discussed in guardian supervision {self.supervision_id}"

    @property
    def is_withdrawn(self) -> bool:
        return hasattr(self, "withdrawal")


class GuardianDiscussionWithdrawal(models.Model):
    """That what was said of one child does not stand, once: by whom, and why."""

    discussion = models.OneToOneField(GuardianDiscussion, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="guardian_discussion_withdrawn_with_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"withdrawal of {self.discussion_id}"
