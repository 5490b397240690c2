"""The clock of a home's building checks, the alerts that it opens, and the steps those climbed."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Home


class HomeClockQuerySet(models.QuerySet["HomeClock"]):
    def due(self, at: datetime) -> "HomeClockQuerySet":
        """Those at which something can change now, less those set aside."""
        return (
            self.filter(next_at__lte=at)
            .filter(Q(set_aside_until=None) | Q(set_aside_until__lte=at))
            .order_by("next_at", "pk")
        )


class HomeClock(models.Model):
    """The live row of one home: which check of the building it owes next, and when that can change."""

    home = models.OneToOneField(Home, on_delete=models.PROTECT, related_name="clock")
    opens_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # When the check can no longer be made: the next window opens, or nobody lives there any more who needs one.
    lapses_at = models.DateTimeField(null=True, blank=True)
    window = models.CharField(max_length=30, blank=True)
    rows = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    steps = models.JSONField(default=dict, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    faults = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)
    set_aside_until = models.DateTimeField(null=True, blank=True)

    objects = HomeClockQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="home_clock_next", condition=Q(next_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"clock of home {self.home_id}"


class HomeAlertQuerySet(models.QuerySet["HomeAlert"]):
    def open(self) -> "HomeAlertQuerySet":
        return self.filter(ended_at=None)


class HomeAlert(models.Model):
    """A check of the building that nobody recorded in its window; it keeps its instants until it ends."""

    class Ended(models.TextChoices):
        CHECKED = "checked", _("The building was checked")
        NOT_MADE = "not_made", _("No check was made in time for the next")
        NOT_OWED = "not_owed", _("Nobody lives there now who needs it")

    home = models.ForeignKey(Home, on_delete=models.PROTECT, related_name="alerts")
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # A withdrawn check makes the same window owed again: it is the same deadline, opened once more.
    round = models.PositiveSmallIntegerField(default=1)
    rows = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    steps = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=10, choices=Ended, blank=True)

    objects = HomeAlertQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["home", "due_at", "round"], name="home_alert_once_per_deadline"),
            models.UniqueConstraint(
                fields=["home"], condition=Q(ended_at=None), name="home_alert_one_open_per_home"
            ),
            models.CheckConstraint(
                name="home_alert_ended_with_reason",
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
            models.CheckConstraint(
                name="home_alert_opened_when_due", condition=Q(opened_at__gte=F("due_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What a message quotes: of the check, and of no child and no house by name."""
        return f"BC-{self.pk}"


class HomeAlertStep(models.Model):
    """One step climbed once: when it was owed, when it was climbed, and whether anybody stood there to be told."""

    alert = models.ForeignKey(HomeAlert, on_delete=models.PROTECT, related_name="climbed")
    step = models.CharField(max_length=20)
    owed_at = models.DateTimeField()
    climbed_at = models.DateTimeField()
    told_nobody = models.BooleanField(default=False)

    class Meta:
        ordering = ["climbed_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["alert", "step"], name="home_alert_step_once")]

    def __str__(self) -> str:
        return f"{self.alert_id}/{self.step}"
