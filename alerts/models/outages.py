"""When the engine did not run: from the last sweep before to the first one after."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

# By then everything an outage put off has long been climbed.
MATTERS_FOR = timedelta(days=30)


class OutageQuerySet(models.QuerySet["Outage"]):
    def lately(self, at: datetime) -> "OutageQuerySet":
        """Those whose hold can still be told from what an alert climbed, in order; none that lies ahead."""
        over = self.filter(ended_at__lte=self.ahead_from(at))
        return over.filter(held_until__gt=self.matters_from(at)).order_by("began_at")

    def ahead(self, at: datetime) -> "OutageQuerySet":
        """Those that end in the future and hold something: they were written before the clock was set right."""
        return self.filter(ended_at__gt=self.ahead_from(at), held_until__gt=F("ended_at"))

    def ahead_from(self, at: datetime) -> datetime:
        """What ends later lies ahead of `at`; sooner, another sweeper noticed it a moment later."""
        return at + timedelta(seconds=settings.HEARTBEAT_STALE_SECONDS)

    def matters_from(self, at: datetime) -> datetime:
        """The end of a hold that no alert's climb tells of any more."""
        return at - MATTERS_FOR

    def unasked(self) -> "OutageQuerySet":
        """Those after which homes and duty desks have not been told yet."""
        return self.filter(asked_at=None).order_by("began_at")


class Outage(models.Model):
    """One silence of the engine; it is over with the sweep that notices it."""

    # The last sweep before it: two sweepers that start at once notice the same outage.
    began_at = models.DateTimeField(unique=True)
    ended_at = models.DateTimeField()
    # Until then no force is sent word of a home without a record.
    held_until = models.DateTimeField()
    # When every home had been asked for a roll-call and every duty desk been given its list.
    asked_at = models.DateTimeField(null=True, blank=True)

    objects = OutageQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.CheckConstraint(
                name="outage_in_order",
                condition=Q(ended_at__gt=F("began_at"), held_until__gte=F("ended_at")),
            )
        ]
        indexes = [models.Index(fields=["began_at"], name="outage_unasked", condition=Q(asked_at=None))]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What messages quote."""
        return f"OUTAGE-{self.pk}"
