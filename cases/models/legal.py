"""On what legal basis the council or the police look after a child, from when to when, by the codes of the return."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.deadlines import add_days
from cases.models.children import Child
from cases.models.organisations import PoliceForce
from cases.models.people import User
from cases.models.periods import current, ends_after_start, no_overlap

# Police protection lasts so long and no longer, and nobody extends it [Children Act 1989, s. 46(6); rule 361].
PROTECTED_AT_MOST = timedelta(hours=72)

# These two the return takes for so many days and no longer [rules 362 and 363].
ORDERED_AT_MOST = {"L2": 21, "L3": 7}


class LegalStatusQuerySet(models.QuerySet["LegalStatus"]):
    def standing(self) -> "LegalStatusQuerySet":
        """Those that hold until somebody says otherwise; police protection stands until what follows it is recorded."""
        return self.filter(ends_at=None, withdrawn_at=None)

    def recorded(self) -> "LegalStatusQuerySet":
        """Those that nobody has withdrawn."""
        return self.filter(withdrawn_at=None)

    def current(self, at: datetime) -> "LegalStatusQuerySet":
        return self.recorded().filter(current(at))


class LegalStatus(models.Model):
    """One period; the next begins where another follows, and a gap between two is a gap."""

    class Code(models.TextChoices):
        """The SSDA903 codes of legal status, in the order in which they are met; historic ones are left out."""

        POLICE = "L1", _("Police protection, 72 hours at most")
        AGREED = "V2", _("Accommodated by agreement (section 20)")
        EMERGENCY = "L2", _("Emergency protection order")
        ASSESSMENT = "L3", _("Child assessment order")
        INTERIM = "C1", _("Interim care order")
        FULL = "C2", _("Full care order")
        PLACEMENT = "E1", _("Placement order")
        REMAND = "J1", _("Remanded to the authority, or youth detention")
        DETAINED = "J2", _("Detained by the police, in the authority’s accommodation")
        SENTENCED = "J3", _("Youth rehabilitation order with residence or fostering")
        BREAKS = "V3", _("Short breaks, each by itself")
        AGREED_BREAKS = "V4", _("Short breaks by one agreement")

    class Ending(models.TextChoices):
        FOLLOWED = "followed", _("Another legal status follows")
        RETURNED = "returned", _("Returned to somebody with parental responsibility")
        OTHER = "other", _("Over, and none follows")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="legal_statuses")
    code = models.CharField(max_length=2, choices=Code)
    starts_at = models.DateTimeField()
    note = models.TextField(blank=True)
    # Of police protection: which force, the officer who took the child, and the designated officer who inquires.
    force = models.ForeignKey(PoliceForce, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer = models.CharField(max_length=150, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    designated_officer = models.CharField(max_length=150, blank=True)
    designated_phone = models.CharField(max_length=30, blank=True)
    # Why it is another occasion, where it follows soon on one before: none is extended.
    occasion = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=8, choices=Ending, blank=True)
    ended_how = models.TextField(blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.TextField(blank=True)

    objects = LegalStatusQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            ends_after_start("legal_status_ends_after_start"),
            no_overlap("legal_statuses_do_not_overlap", "child", condition=Q(withdrawn_at=None)),
            models.CheckConstraint(
                name="legal_status_not_in_the_future", condition=Q(starts_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="police_protection_says_who",
                condition=(
                    Q(code="L1", force__isnull=False) & ~Q(officer="") & ~Q(designated_officer="")
                    | (~Q(code="L1") & Q(force=None, officer="", designated_officer="", occasion=""))
                ),
            ),
            models.CheckConstraint(
                name="police_protection_lasts_72_hours",
                condition=~Q(code="L1")
                | Q(ends_at=None)
                | Q(ends_at__lte=F("starts_at") + PROTECTED_AT_MOST),
            ),
            models.CheckConstraint(
                name="legal_status_ends_with_who_and_how",
                condition=Q(ends_at=None, ended_by=None, ending="")
                | (Q(ends_at__isnull=False, ended_by__isnull=False) & ~Q(ending="") & ~Q(ended_how="")),
            ),
            models.CheckConstraint(
                name="legal_status_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    @property
    def is_police(self) -> bool:
        """Whether it is police protection."""
        return self.code == self.Code.POLICE

    @property
    def over_at(self) -> datetime | None:
        """When police protection is over by law, whatever is recorded; None of any other."""
        return self.starts_at + PROTECTED_AT_MOST if self.is_police else None

    @property
    def order_over_at(self) -> datetime | None:
        """When an order that lasts so long at most is over, counted from its start here; None of any other."""
        most = ORDERED_AT_MOST.get(self.code)
        return add_days(self.starts_at, most) if most is not None else None

    def __str__(self) -> str:
        return f"{self.child_id}: {self.code}"
