"""Who is at a placement when, as somebody said it, and who looks for the child where nobody there can."""

from datetime import time

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.children import Child
from cases.models.people import User
from cases.models.placements import Placement


class PlacementStaffing(models.Model):
    """When somebody is at one placement; nobody edits it, and what was said last counts."""

    class Presence(models.TextChoices):
        ALWAYS = "always", _("Day and night")
        HOURS = "hours", _("For some hours of each day")
        VISITS = "visits", _("Nobody lives or works there: somebody visits so many times a week")
        NOBODY = "nobody", _("Nobody is there, and nobody visits")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="staffings")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="staffings")
    presence = models.CharField(max_length=6, choices=Presence)
    # Of some hours: from when until when, in London wall time; until before from is past midnight.
    from_time = models.TimeField(null=True, blank=True)
    until_time = models.TimeField(null=True, blank=True)
    visits_a_week = models.PositiveSmallIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="staffing_says_its_hours",
                condition=Q(presence="hours", from_time__isnull=False, until_time__isnull=False)
                | (~Q(presence="hours") & Q(from_time=None, until_time=None)),
            ),
            models.CheckConstraint(
                name="staffing_says_its_visits",
                condition=Q(presence="visits", visits_a_week__gte=1, visits_a_week__lte=99)
                | (~Q(presence="visits") & Q(visits_a_week=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: who is at placement {self.placement_id}"

    @property
    def hours(self) -> tuple[time, time] | None:
        """From when until when somebody is there; None where that is not said."""
        if self.from_time is None or self.until_time is None:
            return None
        return self.from_time, self.until_time


class PlacementWay(models.Model):
    """Who looks for the child where nobody at the placement can, at which roll-calls and until when; nobody edits it.

    It counts until its day, and until somebody says anew who is there.
    """

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="placement_ways")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="ways")
    # The roll-calls by their names in the contact policy.
    windows = models.JSONField()
    who = models.CharField(max_length=150)
    how = models.CharField(max_length=500)
    until_date = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="placement_way_says_who_and_how", condition=~Q(who="") & ~Q(how="") & ~Q(windows=[])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id}: who looks at placement {self.placement_id}"
