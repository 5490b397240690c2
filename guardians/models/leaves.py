"""What takes a guardian out of reach: leave, more children than they carry, checks that lapse; and who covers meanwhile."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models import Child, GuardianService, User
from cases.models.covers import AskedCover, AskedCoverQuerySet, answered_constraints
from cases.models.periods import ends_after_start, no_overlap
from guardians.models.assignments import GuardianAssignment, guardians_at


class GuardianLeave(models.Model):
    """A time in which a guardian is not there: for all their children of a service, or for one they cannot carry."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("On leave")
        SICKNESS = "sickness", _("Sick")
        CAPACITY = "capacity", _("Has more children than they can carry")

    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="leaves")
    service = models.ForeignKey(GuardianService, on_delete=models.PROTECT, related_name="leaves")
    child = models.ForeignKey(
        Child, null=True, blank=True, on_delete=models.PROTECT, related_name="guardian_leaves"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            ends_after_start("leave_ends_after_start"),
            models.CheckConstraint(
                name="leave_of_one_child_is_of_capacity",
                condition=Q(kind="capacity", child__isnull=False)
                | (~Q(kind="capacity") & Q(child=None, ends_at__isnull=False)),
            ),
            no_overlap(
                "leave_once_in_a_service", "guardian", "service", condition=Q(child=None, called_off_at=None)
            ),
        ]

    @property
    def last_day(self) -> date | None:
        """The last London day of it; None while nobody knows."""
        return london_day(self.ends_at - timedelta(microseconds=1)) if self.ends_at is not None else None

    def __str__(self) -> str:
        return f"guardian {self.guardian_id}: {self.kind}"


class GuardianTermsQuerySet(models.QuerySet["GuardianTerms"]):
    def latest_of(self, people: Collection[int]) -> "GuardianTermsQuerySet":
        """What stands of each of these people in each service."""
        rows = self.filter(guardian__in=people).order_by("guardian", "service", "-pk")
        return rows.distinct("guardian", "service")


class GuardianTerms(models.Model):
    """How many children a guardian can carry and until when their checks hold, as the service said; the latest stands."""

    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="terms")
    service = models.ForeignKey(GuardianService, on_delete=models.PROTECT, related_name="terms")
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)
    checks_until = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = GuardianTermsQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["guardian", "service", "-id"], name="terms_by_guardian")]
        constraints = [
            models.CheckConstraint(name="terms_by_another", condition=~Q(guardian=F("recorded_by"))),
        ]

    def __str__(self) -> str:
        return f"guardian {self.guardian_id}: {self.capacity} children"


class GuardianCoverQuerySet(AskedCoverQuerySet["GuardianCover"]):
    def in_role(self, at: datetime) -> "GuardianCoverQuerySet":
        """Those by somebody who is a guardian of the assignment's service at `at`."""
        held = guardians_at(at).filter(user=OuterRef("covered_by"), service=OuterRef("assignment__service"))
        return self.filter(Exists(held))

    def asked_of(self, person: User, at: datetime) -> "GuardianCoverQuerySet":
        """Those that wait for this person's answer, while the case is open."""
        return self.waiting(at).filter(covered_by=person, child__closed_at=None)


class GuardianCover(AskedCover):
    """A colleague who is asked to watch over one child for a time; it counts once accepted, and ends by its date."""

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_covers")
    assignment = models.ForeignKey(GuardianAssignment, on_delete=models.PROTECT, related_name="covers")
    covered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="covers")
    ends_at = models.DateTimeField()

    objects = GuardianCoverQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(name="cover_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            *answered_constraints("cover"),
            no_overlap(
                "cover_once_by_one_person",
                "child",
                "covered_by",
                condition=Q(accepted=True, called_off_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: covered by {self.covered_by_id}"
