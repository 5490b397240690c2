"""A referral of a child to a guardian service, and each step that it took."""

import uuid
from collections.abc import Collection
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.deadlines import london_day
from cases.models import Child, GuardianService, User
from guardians.models.assignments import GuardianAssignment
from guardians.states import REFERRAL_OPEN, ReferralStatus


class GuardianReferralQuerySet(models.QuerySet["GuardianReferral"]):
    def open(self) -> "GuardianReferralQuerySet":
        """Those that wait for an answer or for a guardian."""
        return self.filter(status__in=REFERRAL_OPEN)

    def latest_of(self, children: Collection[int]) -> "GuardianReferralQuerySet":
        """The last referral of each of these children that was not taken back."""
        stand = self.filter(child__in=children).exclude(status=ReferralStatus.WITHDRAWN)
        return stand.order_by("child", "-pk").distinct("child")


class GuardianReferral(models.Model):
    """What a guardian service is told of a child before it has one: no more than this row and the child's name and age."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_referrals")
    service = models.ForeignKey(GuardianService, on_delete=models.PROTECT, related_name="referrals")
    # The signs for which a guardian is owed, in words that the service reads.
    reason = models.TextField()
    language = models.CharField(max_length=60, blank=True)
    # Midday in London of the day on which it was made, or when it was written on that day.
    referred_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=ReferralStatus, default=ReferralStatus.REFERRED)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = GuardianReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="guardian_referral_one_open", fields=["child"], condition=Q(status__in=REFERRAL_OPEN)
            ),
            models.CheckConstraint(
                name="guardian_referral_not_in_the_future", condition=Q(referred_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="guardian_referral_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: guardian referral {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status in REFERRAL_OPEN

    @property
    def day(self) -> date:
        """The day on which it was made, in London."""
        return london_day(self.referred_at)


class GuardianReferralStep(models.Model):
    """What the service answered, the assignment that came of it, or that it was withdrawn; nobody edits it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(GuardianReferral, on_delete=models.PROTECT, related_name="steps")
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_referral_steps")
    before = models.CharField(max_length=9, choices=ReferralStatus)
    status = models.CharField(max_length=9, choices=ReferralStatus)
    note = models.TextField(blank=True)
    # Of the waiting list: which place on it, and the day on which a guardian is expected.
    place = models.PositiveSmallIntegerField(_("place on the list"), null=True, blank=True)
    expected_date = models.DateField(null=True, blank=True)
    assignment = models.ForeignKey(
        GuardianAssignment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="guardian_referral_refused_in_words",
                condition=~Q(status__in=["declined", "withdrawn"]) | ~Q(note=""),
            ),
            models.CheckConstraint(
                name="guardian_referral_waits_somewhere",
                condition=Q(status="waiting")
                & (Q(place__isnull=False, place__gte=1) | Q(place=None, expected_date__isnull=False))
                | (~Q(status="waiting") & Q(place=None, expected_date=None)),
            ),
            models.CheckConstraint(
                name="guardian_referral_assigned_by_assignment",
                condition=Q(status="assigned", assignment__isnull=False)
                | (~Q(status="assigned") & Q(assignment=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: guardian referral {self.before} to {self.status}"
