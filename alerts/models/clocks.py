"""Clocks, the alerts they open, and the steps those climbed."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, DateTimeField, Expression, F, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from alerts.call_ladder import FIRST_CALL
from alerts.schedule import RUNG_ORDER, Step
from alerts.states import AlertStatus
from alerts.urgency import URGENCY
from cases.models import Child, MissingEpisode, User


class ClockQuerySet(models.QuerySet["Clock"]):
    def due(self, at: datetime) -> "ClockQuerySet":
        """Those at which something can change now, less those set aside: open episodes first, then the highest rung owed."""
        return (
            self.filter(next_at__lte=at)
            .filter(Q(set_aside_until=None) | Q(set_aside_until__lte=at))
            .alias(waits=Case(When(_OF_EPISODE, then=0), default=1), owed=_urgency_owed(at))
            .order_by("waits", "owed", "next_at", "pk")
        )


# A contact clock that rests runs beside an episode, and R3 has opened one.
_OF_EPISODE = (
    Q(kind__in=("call", "not_here", "away", "seen", "message", "mate_found"))
    | Q(resting=True)
    | Q(kind="contact", rung__in=(Step.R3, Step.FAIL_SAFE, Step.R4, Step.R5))
)


def _urgency_owed(at: datetime) -> Case:
    """The urgency of the highest rung owed at `at`, which a late sweep finds behind the next one."""
    by_urgency = sorted(RUNG_ORDER, key=lambda step: URGENCY[step])
    owed = {step: Cast(KeyTextTransform(step.value, "steps"), DateTimeField()) for step in by_urgency}
    asked_at = at if isinstance(at, Expression) else Value(at)
    whens = [When(LessThanOrEqual(owed[step], asked_at), then=Value(URGENCY[step])) for step in by_urgency]
    return Case(*whens, default=F("urgency"), output_field=models.PositiveSmallIntegerField())


class Clock(models.Model):
    """The live row of one child, kind and subject: when it is due, how far it climbed, when it can next change."""

    class Kind(models.TextChoices):
        CONTACT = "contact", _("Contact")
        SECOND_EYES = "second_eyes", _("Second pair of eyes")
        CALL = "call", _("Police call")
        AWAY = "away", _("Away reported")
        SEEN = "seen", _("Reported seen")
        NOT_HERE = "not_here", _("Not here")
        DUTY = "duty", _("Duty step")
        GUARDIAN = "guardian", _("Guardian")
        APPROACH = "approach", _("Somebody came")
        CONCERN = "concern", _("Serious concern")
        MESSAGE = "message", _("A message from the missing child")
        MATE_FOUND = "mate_found", _("A child who went along has been found")
        HEAD_COUNT = "head_count", _("Another child is missing")
        NO_WORKER = "no_worker", _("No social worker")
        REVIEW = "review", _("Review")
        GLASS = "glass", _("Glass broken")
        PAPERWORK = "paperwork", _("Paperwork")
        TRANSFER = "transfer", _("Transfer")

    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    episode = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="clocks"
    )
    # Which duty step or review of the episode, which paper of the child, or what is owed of a transfer, it is about.
    duty = models.CharField(max_length=20, blank=True, default="", db_default="")
    opens_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    window = models.CharField(max_length=30, blank=True)
    rows = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # The instants that each step is owed at, as ISO text by step: what the sweep will do when nothing changes.
    steps = models.JSONField(default=dict, blank=True)
    resting = models.BooleanField(default=False)
    rung = models.CharField(max_length=20, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(default=100)
    faults = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)
    set_aside_until = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "kind", "episode", "duty"], nulls_distinct=False, name="clock_once"
            ),
            models.CheckConstraint(
                name="clock_of_an_episode_has_one",
                condition=Q(
                    kind__in=("call", "away", "seen", "not_here", "duty", "review", "message", "mate_found"),
                    episode__isnull=False,
                )
                | Q(
                    kind__in=(
                        "contact",
                        "second_eyes",
                        "guardian",
                        "approach",
                        "concern",
                        "head_count",
                        "no_worker",
                        "glass",
                        "paperwork",
                        "transfer",
                    ),
                    episode=None,
                ),
            ),
            models.CheckConstraint(
                name="clock_of_a_duty_names_it",
                condition=(Q(kind__in=("duty", "review", "paperwork", "transfer")) & ~Q(duty=""))
                | (~Q(kind__in=("duty", "review", "paperwork", "transfer")) & Q(duty="")),
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="clock_next", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.kind} of {self.child_id}"

    @property
    def key(self) -> tuple[str, int | None, str]:
        """What makes a clock of a child this one: kind and subject."""
        return (self.kind, self.episode_id, self.duty)


# Clocks whose alerts are about an episode that runs, the one that stands longest first.
LASTING = (Clock.Kind.CALL, Clock.Kind.AWAY, Clock.Kind.CONTACT, Clock.Kind.NOT_HERE, Clock.Kind.SEEN)


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> "AlertQuerySet":
        return self.filter(status=AlertStatus.OPEN)

    def of_searches(self) -> "AlertQuerySet":
        """The calls of searches that go on, once their first step has told all."""
        return self.open().filter(clock__kind=Clock.Kind.CALL, climbed__step=FIRST_CALL)

    def lasting(self, episode_id: int) -> "Alert | None":
        """The open alert that lasts as long as the episode: what is told or asked about it must not end with another."""
        standing = self.open().filter(episode=episode_id, clock__kind__in=LASTING).select_related("clock")
        found = list(standing.order_by("opened_at", "pk"))
        return min(found, key=lambda alert: LASTING.index(alert.clock.kind), default=None)


class Alert(models.Model):
    """What a passed deadline opened; it keeps its policy and its instants until it stands down."""

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    child = models.ForeignKey(Child, on_delete=models.PROTECT, related_name="alerts")
    episode = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts"
    )
    due_at = models.DateTimeField()
    # A withdrawn proof can make the same window owed again: it is the same deadline, opened once more.
    round = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=5, choices=AlertStatus, default=AlertStatus.OPEN)
    rows = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    steps = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField()
    on_it_at = models.DateTimeField(null=True, blank=True)
    on_it_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=30, blank=True)
    # The reasons of those that ended in silence: all of it is told again under the next, or the child is itself sought.
    TOLD_ANEW = "told_anew"
    SOUGHT = "sought"
    IN_SILENCE = (TOLD_ANEW, SOUGHT)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "due_at", "round"], name="alert_once_per_deadline"),
            models.UniqueConstraint(
                fields=["clock"], condition=Q(status="open"), name="alert_one_open_per_clock"
            ),
            models.CheckConstraint(
                name="alert_ended_when_ended",
                condition=Q(status="open", ended_at=None) | Q(status="ended", ended_at__isnull=False),
            ),
            models.CheckConstraint(name="alert_opened_when_due", condition=Q(opened_at__gte=F("due_at"))),
        ]
        indexes = [models.Index(fields=["child"], name="alert_open_by_child", condition=Q(status="open"))]

    def __str__(self) -> str:
        return f"alert {self.pk} of {self.child_id}"


class AlertStep(models.Model):
    """One rung or call step climbed once: when it was owed, when it was climbed, and by what it was met."""

    class Met(models.TextChoices):
        MESSAGES = "messages", _("Messages owed")
        CALL_STEP = "call_step", _("Told by a call step already")
        NOBODY = "nobody", _("Nobody to tell, climbed at once")
        OUTAGE = "outage", _("Told by the roll-call after an outage")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="climbed", db_index=False)
    step = models.CharField(max_length=20)
    owed_at = models.DateTimeField()
    climbed_at = models.DateTimeField()
    met = models.CharField(max_length=10, choices=Met, default=Met.MESSAGES)

    class Meta:
        ordering = ["climbed_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["alert", "step"], name="alert_step_once")]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.step}"


class Heartbeat(models.Model):
    """When a part of the engine last did its work, for the watchdog and the banner."""

    name = models.CharField(max_length=20, primary_key=True)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.name
