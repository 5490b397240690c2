"""Who stands in a manager's post while its holder is not there."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from cases.models.covers import accepted_by_another, answered_constraints
from cases.models.people import Membership, Role, User
from cases.models.periods import ends_after_start, no_overlap
from cases.models.worker_leaves import CoverOfLeave, CoverOfLeaveQuerySet, WorkerLeave


class ManagerCoverQuerySet(CoverOfLeaveQuerySet["ManagerCover"]):
    work = "membership"

    def holding(self, at: datetime) -> Self:
        """Those by which somebody stands in a post at `at`: a manager of the same authority who is there themselves."""
        held = Membership.objects.current(at).filter(
            user=OuterRef("covered_by"),
            role=Role.TEAM_MANAGER,
            team__authority=OuterRef("membership__team__authority"),
        )
        away = WorkerLeave.objects.current(at).filter(worker=OuterRef("covered_by"))
        return self.current(at).filter(self._lasting(at), Exists(held), ~Exists(away))


class ManagerCover(CoverOfLeave):
    """A manager who is asked to stand in another's post while its holder is away; it ends with the leave, or sooner."""

    # With it the cover ends: who stands there next has leave of their own.
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="covers")
    leave = models.ForeignKey(WorkerLeave, on_delete=models.PROTECT, related_name="manager_covers")
    covered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="manager_covers")

    objects = ManagerCoverQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("manager_cover_ends_after_start"),
            *answered_constraints("manager_cover"),
            accepted_by_another("manager_cover_accepted_by_another"),
            no_overlap(
                "manager_cover_by_one",
                "membership",
                "leave",
                condition=Q(accepted=True, called_off_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"post {self.membership_id}: covered by {self.covered_by_id}"
