"""Checks of a home's building at night: which waking person went round it and when; proof of no child."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.organisations import Home
from cases.models.people import User


class BuildingCheckQuerySet(models.QuerySet["BuildingCheck"]):
    def standing(self) -> "BuildingCheckQuerySet":
        """Those not withdrawn."""
        return self.filter(withdrawn_at=None)

    def happened_since(self, at: datetime) -> "BuildingCheckQuerySet":
        return self.filter(happened_at__gte=at)


class BuildingCheck(models.Model):
    """One round of the building by waking staff; never edited, only withdrawn with a reason."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    home = models.ForeignKey(Home, on_delete=models.PROTECT, related_name="building_checks")
    checked_by = models.CharField(_("who checked the building"), max_length=150)
    checked_by_user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    told_by = models.CharField(_("who told us"), max_length=150, blank=True)
    happened_at = models.DateTimeField()
    # The device's own time where it was ahead by no more than the tolerance and read as now.
    stated_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = BuildingCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(
                fields=["home", "-happened_at"],
                name="building_check_standing",
                condition=Q(withdrawn_at=None),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="building_check_not_in_the_future", condition=Q(happened_at__lte=F("recorded_at"))
            ),
            models.CheckConstraint(name="building_check_by_somebody", condition=~Q(checked_by="")),
            models.CheckConstraint(
                name="building_check_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"home {self.home_id}: checked {self.happened_at:%Y-%m-%d %H:%M}"
