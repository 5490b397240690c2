"""Which authority is responsible, and which of its people have the child's work."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from cases.models.children import Child
from cases.models.concerns import KeepFrom
from cases.models.organisations import Authority, Team
from cases.models.people import Membership, Role, User
from cases.models.periods import current, ends_after_start, no_overlap


class ResponsibilityQuerySet(models.QuerySet["Responsibility"]):
    def at(self, at: datetime) -> "ResponsibilityQuerySet":
        """The row of each child that holds at `at`: the latest start not after it."""
        latest = (
            self.model.objects.filter(child=OuterRef("child"), starts_at__lte=at)
            .order_by("-starts_at")
            .values("pk")[:1]
        )
        return self.filter(pk=Subquery(latest))


class Responsibility(models.Model):
    """One row per start; it lasts until the child's next start, so neither gap nor overlap can be written."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="responsibilities")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="responsibilities")
    starts_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["child", "starts_at"], name="responsibility_one_start")
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: {self.authority_id} from {self.starts_at:%Y-%m-%d}"


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def current(self, at: datetime) -> "AllocationQuerySet":
        return self.filter(current(at))

    def held(self, at: datetime) -> "AllocationQuerySet":
        """Those by which a social worker has the child's work at `at`: while they are one of the team that has it.

        Whoever has left, or works in another team, looks after nobody by what was theirs; nor a child who is kept from them.
        """
        return self.current(at).filter(_has_the_work(at))

    def with_post(self, at: datetime) -> "AllocationQuerySet":
        """The same rows with `is_held`: whether their worker has the child's work at `at`."""
        return self.annotate(is_held=_has_the_work(at))


def _has_the_work(at: datetime) -> Q:
    roles = Membership.objects.current(at).filter(role=Role.SOCIAL_WORKER)
    marks = KeepFrom.objects.current(at).filter(child=OuterRef("child"), user=OuterRef("worker"))
    return Q(Exists(roles.filter(user=OuterRef("worker"), team=OuterRef("team"))), ~Exists(marks))


class Allocation(models.Model):
    """The team, and once there is one the social worker, to whom the child's work is allocated."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="allocations")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="allocations")
    worker = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="allocations"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("allocation_ends_after_start"),
            no_overlap("allocations_do_not_overlap", "child"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: team {self.team_id}"
