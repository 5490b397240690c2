"""Who stands in a manager's post while its holder is not there."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from cases.models.covers import AskedCover, AskedCoverQuerySet, answered_constraints
from cases.models.people import Membership, Role, User
from cases.models.periods import ends_after_start, no_overlap
from cases.models.worker_leaves import WorkerLeave


class ManagerCoverQuerySet(AskedCoverQuerySet["ManagerCover"]):
    def asked_of(self, person: User, at: datetime) -> Self:
        """Those that wait for this person's answer, while the leave and the post are not over."""
        return self.waiting(at).filter(_of_leave(at, coming=True), _of_post(at), covered_by=person)

    def open(self, at: datetime) -> Self:
        """Those that were accepted or wait for an answer, and are not over."""
        rows = self.exclude(accepted=False).filter(Q(ends_at=None) | Q(ends_at__gt=at), called_off_at=None)
        return rows.filter(_of_leave(at, coming=True), _of_post(at))

    def holding(self, at: datetime) -> Self:
        """Those by which somebody stands in a post at `at`: a manager of the same authority who is there themselves."""
        held = Membership.objects.current(at).filter(
            user=OuterRef("covered_by"),
            role=Role.TEAM_MANAGER,
            team__authority=OuterRef("membership__team__authority"),
        )
        away = WorkerLeave.objects.current(at).filter(worker=OuterRef("covered_by"))
        return self.current(at).filter(_of_leave(at), _of_post(at), Exists(held), ~Exists(away))


class ManagerCover(AskedCover):
    """A manager who is asked to stand in another's post while its holder is away; it ends with the leave, or sooner."""

    # With it the cover ends: who stands there next has leave of their own.
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="covers")
    leave = models.ForeignKey(WorkerLeave, on_delete=models.PROTECT, related_name="manager_covers")
    covered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="manager_covers")
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = ManagerCoverQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("manager_cover_ends_after_start"),
            *answered_constraints("manager_cover"),
            models.CheckConstraint(
                name="manager_cover_accepted_by_another",
                condition=Q(accepted=None) | Q(accepted=False) | ~Q(covered_by=F("asked_by")),
            ),
            no_overlap(
                "manager_cover_by_one",
                "membership",
                "leave",
                condition=Q(accepted=True, called_off_at=None),
            ),
        ]

    @property
    def until(self) -> datetime | None:
        """When it ends: sooner than the leave, or with it."""
        return self.ends_at or self.leave.ends_at

    def __str__(self) -> str:
        return f"post {self.membership_id}: covered by {self.covered_by_id}"


def _of_leave(at: datetime, *, coming: bool = False) -> Q:
    begun = Q() if coming else Q(leave__starts_at__lte=at)
    return begun & (Q(leave__ends_at=None) | Q(leave__ends_at__gt=at)) & Q(leave__called_off_at=None)


def _of_post(at: datetime) -> Q:
    return Q(membership__starts_at__lte=at) & (Q(membership__ends_at=None) | Q(membership__ends_at__gt=at))
