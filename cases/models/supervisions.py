"""Supervision of a social worker by a manager: what was said of each child, and what is between the two of them alone."""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.people import User


def _withdrawn_whole(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
        | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
    )


class SupervisionQuerySet(models.QuerySet["Supervision"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)


class Supervision(models.Model):
    """One that was held; nobody edits it. `own` is of the worker and of no child: the two and their managers read it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="supervisions")
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField()
    own = models.TextField(blank=True)
    next_date = models.DateField()
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = SupervisionQuerySet.as_manager()

    class Meta:
        ordering = ["-held_at", "-pk"]
        indexes = [models.Index(fields=["worker", "-held_at"], name="supervision_by_worker")]
        constraints = [
            models.CheckConstraint(name="supervision_by_another", condition=~Q(worker=F("held_by"))),
            models.CheckConstraint(
                name="supervision_not_in_the_future", condition=Q(held_at__lte=F("recorded_at"))
            ),
            _withdrawn_whole("supervision_withdrawn_with_reason"),
        ]

    def __str__(self) -> str:
        return f"worker {self.worker_id}: supervision {self.held_at:%Y-%m-%d}"


class DiscussionQuerySet(models.QuerySet["Discussion"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)


class Discussion(models.Model):
    """What was said of one child in a supervision: it stands on the child's record. What it asks for are actions."""

    supervision = models.ForeignKey(Supervision, on_delete=models.PROTECT, related_name="discussions")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="discussions")
    discussed = models.TextField()
    # What the manager wants done, and how.
    direction = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = DiscussionQuerySet.as_manager()

    class Meta:
        ordering = ["-supervision__held_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["supervision", "child"], name="discussion_of_a_child_once"),
            models.CheckConstraint(name="discussion_says_something", condition=~Q(discussed="")),
            _withdrawn_whole("discussion_withdrawn_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: discussed in supervision {self.supervision_id}"
