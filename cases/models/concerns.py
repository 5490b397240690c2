"""Marks that change who watches: a dated live concern, and the keep-from mark."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from cases.models.children import Child
from cases.models.people import User
from cases.models.periods import back_after_end, comes_back, ends_after_start, no_overlap, stands


class LiveConcern(models.Model):
    """A dated mark with its reason; lifting it takes two people."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="concerns")
    reason = models.TextField()
    starts_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)
    # Lifted until then: from that instant on the same mark counts again, in a row of its own once one is written.
    back_at = models.DateTimeField(null=True, blank=True)
    is_back = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("concern_ends_after_start"),
            back_after_end("concern_is_back_after_its_end"),
            models.CheckConstraint(
                name="concern_lifted_by_two_people",
                condition=Q(ends_at=None)
                | (
                    Q(lifted_by__isnull=False, seconded_by__isnull=False)
                    & ~Q(lifted_by=F("seconded_by"))
                    & ~Q(lift_reason="")
                ),
            ),
        ]
        indexes = [comes_back("concern_comes_back")]

    def __str__(self) -> str:
        return f"{self.child_id}: live concern"


class KeepFromQuerySet(models.QuerySet["KeepFrom"]):
    def current(self, at: datetime) -> "KeepFromQuerySet":
        return self.filter(stands(at))

    def people(self, children: Collection[int | None] | models.QuerySet[Any, Any], at: datetime) -> set[int]:
        """Whoever is kept from one of these children, by key."""
        return set(self.current(at).filter(child__in=children).values_list("user", flat=True))


class KeepFrom(models.Model):
    """Somebody on the ladder who may be the danger: not to be told, and their word is no proof."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="keep_from")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="kept_from")
    reason = models.TextField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)
    # Lifted until then: from that instant on the same mark counts again, in a row of its own once one is written.
    back_at = models.DateTimeField(null=True, blank=True)
    is_back = models.BooleanField(default=False, db_default=False)

    objects = KeepFromQuerySet.as_manager()

    class Meta:
        constraints = [
            ends_after_start("keep_from_ends_after_start"),
            back_after_end("keep_from_is_back_after_its_end"),
            no_overlap("keep_from_marks_do_not_overlap", "child", "user"),
            models.CheckConstraint(name="keep_from_not_by_oneself", condition=~Q(user=F("set_by"))),
            models.CheckConstraint(
                name="keep_from_lifted_by_two_people",
                condition=Q(ends_at=None)
                | (Q(lifted_by__isnull=False, seconded_by__isnull=False) & ~Q(lifted_by=F("seconded_by"))),
            ),
        ]
        indexes = [comes_back("keep_from_comes_back")]

    def __str__(self) -> str:
        return f"{self.child_id}: keep from {self.user_id}"


def times_kept(marks: Iterable[KeepFrom], person_id: int | None) -> list[tuple[datetime, datetime | None]]:
    """From when until when a child with these marks is kept from this person, in the order of the marks."""
    return [(mark.starts_at, mark.ends_at) for mark in marks if mark.user_id == person_id]
