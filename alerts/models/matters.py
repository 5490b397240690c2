"""The clock of a data breach or complaint: how far it climbed, and when it can next change."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from cases.models import Matter


class MatterClockQuerySet(models.QuerySet["MatterClock"]):
    def due(self, at: datetime) -> "MatterClockQuerySet":
        """Those at which something can change now."""
        return self.ready(at).filter(next_at__lte=at).order_by("next_at", "pk")

    def ready(self, at: datetime) -> "MatterClockQuerySet":
        """Those that are not set aside: one that fails does not hold up the others."""
        return self.filter(Q(set_aside_until=None) | Q(set_aside_until__lte=at))


class MatterClock(models.Model):
    """The live row of one matter; it ends when what the law asks for was done or decided."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="clock")
    due_at = models.DateTimeField()
    rung = models.CharField(max_length=4, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    faults = models.PositiveSmallIntegerField(default=0, db_default=0)
    fault = models.CharField(max_length=300, blank=True, db_default="")
    set_aside_until = models.DateTimeField(null=True, blank=True)

    objects = MatterClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="matter_clock_ended_is_not_looked_at", condition=Q(ended_at=None) | Q(next_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], name="matter_clock_next", condition=Q(next_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"clock of {self.matter_id}"
