"""When a social worker is not there, and who has their children's work meanwhile."""

from datetime import date, datetime, timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models.children import Child
from cases.models.covers import AskedCover, AskedCoverQuerySet, accepted_by_another, answered_constraints
from cases.models.people import Membership, Role, User
from cases.models.periods import current, ends_after_start, no_overlap
from cases.models.responsibility import Allocation

OfLeave = TypeVar("OfLeave", bound="CoverOfLeave")


class WorkerLeaveQuerySet(models.QuerySet["WorkerLeave"]):
    def standing(self, at: datetime) -> Self:
        """Those that hold at `at` or are to come."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), called_off_at=None)

    def current(self, at: datetime) -> Self:
        return self.filter(current(at), called_off_at=None)

    def turned(self, since: datetime, until: datetime) -> Self:
        """Those that were known to begin, or ended, after `since` and by `until`."""
        known = Q(known_from__gt=since, known_from__lte=until)
        over = Q(ends_at__gt=since, ends_at__lte=until)
        rows = self.alias(known_from=Greatest("starts_at", "recorded_at"))
        return rows.filter(known | over, called_off_at=None)


class WorkerLeave(models.Model):
    """A time in which a social worker is not there; sickness alone may have no end, and then it is looked at again."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("On leave")
        SICKNESS = "sickness", _("Sick")

    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="worker_leaves")
    kind = models.CharField(max_length=8, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    # When a manager last asked whether they come back, and who.
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = WorkerLeaveQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("worker_leave_ends_after_start"),
            models.CheckConstraint(
                name="worker_leave_ends", condition=Q(kind="sickness") | Q(ends_at__isnull=False)
            ),
            models.CheckConstraint(
                name="worker_leave_looked_at_whole",
                condition=Q(looked_at=None, looked_by=None)
                | Q(looked_at__isnull=False, looked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="worker_leave_looked_at_by_another", condition=~Q(worker=F("looked_by"))
            ),
            # Whoever falls ill before or in their leave is ill beside it: one of each at a time.
            no_overlap("worker_leave_once", "worker", "kind", condition=Q(called_off_at=None)),
        ]

    @property
    def known_from(self) -> datetime:
        """From when on anything follows it: what is recorded late begins when it is."""
        return max(self.starts_at, self.recorded_at)

    @property
    def last_day(self) -> date | None:
        """The last London day of it; None while nobody knows."""
        return london_day(self.ends_at - timedelta(microseconds=1)) if self.ends_at is not None else None

    def __str__(self) -> str:
        return f"worker {self.worker_id}: {self.kind}"


class CoverOfLeaveQuerySet(AskedCoverQuerySet[OfLeave]):
    """Cover that lasts no longer than the leave for which it was asked, and than what is covered: `work` names that."""

    work: str

    def asked_of(self, person: User, at: datetime) -> Self:
        """Those that wait for this person's answer, while neither the leave nor what is covered is over."""
        return self.waiting(at).filter(self._lasting(at, coming=True), covered_by=person)

    def open(self, at: datetime) -> Self:
        """Those that were accepted or wait for an answer, and are not over."""
        rows = self.exclude(accepted=False).filter(Q(ends_at=None) | Q(ends_at__gt=at), called_off_at=None)
        return rows.filter(self._lasting(at, coming=True))

    def _lasting(self, at: datetime, *, coming: bool = False) -> Q:
        """The leave holds at `at`, with `coming` it may begin later; and what is covered is theirs still."""
        leave = _holds("leave", at) if not coming else _not_over("leave", at)
        return leave & Q(leave__called_off_at=None) & _holds(self.work, at)


def _holds(what: str, at: datetime) -> Q:
    return Q(**{f"{what}__starts_at__lte": at}) & _not_over(what, at)


def _not_over(what: str, at: datetime) -> Q:
    return Q(**{f"{what}__ends_at": None}) | Q(**{f"{what}__ends_at__gt": at})


class CoverOfLeave(AskedCover):
    """Cover that ends with the leave for which it was asked, or sooner."""

    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def until(self) -> datetime | None:
        """When it ends: sooner than the leave, or with it."""
        leave: WorkerLeave = getattr(self, "leave")  # noqa: B009 - a field of each kind of cover
        return self.ends_at or leave.ends_at


class WorkerCoverQuerySet(CoverOfLeaveQuerySet["WorkerCover"]):
    work = "allocation"

    def asked_of(self, person: User, at: datetime) -> Self:
        """The same, of open cases."""
        return super().asked_of(person, at).filter(child__closed_at=None)

    def standing(self, at: datetime) -> Self:
        """Those that were accepted and hold at `at`, or are to come, by whoever has the role for it."""
        return self.open(at).accepted()

    def holding(self, at: datetime) -> Self:
        """Those by which somebody has a child's work at `at`: with the leave, the allocation and their own role."""
        held = Membership.objects.current(at).filter(
            user=OuterRef("covered_by"),
            role=Role.SOCIAL_WORKER,
            team__authority=OuterRef("allocation__team__authority"),
        )
        return self.current(at).filter(self._lasting(at), Exists(held))


class WorkerCover(CoverOfLeave):
    """A social worker who is asked to have one child's work while its own is away; it ends with the leave, or sooner."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="worker_covers")
    # With it the cover ends: whoever has the work next is another's to choose.
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="covers")
    leave = models.ForeignKey(WorkerLeave, on_delete=models.PROTECT, related_name="covers")
    covered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="worker_covers")

    objects = WorkerCoverQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("worker_cover_ends_after_start"),
            *answered_constraints("worker_cover"),
            accepted_by_another("worker_cover_accepted_by_another"),
            no_overlap(
                "worker_cover_by_one",
                "allocation",
                "leave",
                condition=Q(accepted=True, called_off_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: work covered by {self.covered_by_id}"


def worked_by(person_id: int, at: datetime) -> models.QuerySet[Allocation, int]:
    """The children, by key, whose work this person has at `at`: as their social worker, or by cover for one."""
    own = Allocation.objects.held(at).filter(worker=person_id).order_by()
    covered = WorkerCover.objects.holding(at).filter(covered_by=person_id).order_by()
    return own.values_list("child", flat=True).union(covered.values_list("child", flat=True))
