"""Guardian assignments: who watches over which child, from when to when."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Child, GuardianService, Membership, Role, User
from cases.models.periods import current, ends_after_start, no_overlap


def guardians_at(at: datetime) -> QuerySet[Membership]:
    """The roles of guardians that hold at `at`."""
    return Membership.objects.current(at).filter(role=Role.GUARDIAN)


class GuardianAssignmentQuerySet(models.QuerySet["GuardianAssignment"]):
    def current(self, at: datetime) -> "GuardianAssignmentQuerySet":
        return self.filter(current(at))

    def standing(self, at: datetime) -> "GuardianAssignmentQuerySet":
        """Those that hold at `at` or began since: whoever waited for a lock comes with an earlier time."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at))

    def in_role(self, at: datetime) -> "GuardianAssignmentQuerySet":
        """Those whose guardian is one of this very service at `at`: a row outlasts the role that it was given for."""
        held = guardians_at(at).filter(user=OuterRef("guardian"), service=OuterRef("service"))
        return self.filter(Exists(held))


class GuardianAssignment(models.Model):
    """A period in which one guardian watches over one child; leads never overlap, a second guardian may."""

    class Kind(models.TextChoices):
        """What the guardian does [interim guidance under s.49 Modern Slavery Act 2015]: with the child, or through others."""

        DIRECT_WORKER = "direct_worker", _("Direct worker")
        REGIONAL_PRACTICE_COORDINATOR = "regional_practice_coordinator", _("Regional practice co-ordinator")
        POST_18_WORKER = "post_18_worker", _("Post-18 worker")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="guardian_assignments")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="guardian_assignments")
    service = models.ForeignKey(GuardianService, on_delete=models.PROTECT, related_name="assignments")
    kind = models.CharField(max_length=30, choices=Kind, default=Kind.DIRECT_WORKER)
    lead = models.BooleanField(default=True)
    address_allowed = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = GuardianAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            ends_after_start("assignment_ends_after_start"),
            no_overlap("lead_guardians_do_not_overlap", "child", condition=Q(lead=True)),
            no_overlap("assignment_once_at_a_time", "child", "guardian"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: guardian {self.guardian_id}"
