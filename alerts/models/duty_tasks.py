"""What a person on duty is asked to do, and what came of it."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.models.clocks import Alert
from alerts.models.home_clocks import HomeAlert
from alerts.models.outages import Outage
from alerts.models.outbox import Message, MessageKind
from alerts.states import MessageStatus
from cases.models import Authority, Child, Home, MissingEpisode, User


class DutyTaskQuerySet(models.QuerySet["DutyTask"]):
    def open(self) -> "DutyTaskQuerySet":
        return self.filter(done_at=None)

    def untaken_at(self, at: datetime) -> "DutyTaskQuerySet":
        """Open, and not taken in time by `at`, or taken and not finished in time."""
        return self.open().filter(next_at__lte=at)

    def untold(self) -> "DutyTaskQuerySet":
        """Open calls to a police force of which nobody could be told, whoever stands above the desk."""
        return self.open().filter(kind=DutyTask.Kind.PHONE_THEM, message=None)

    def made(self) -> "DutyTaskQuerySet":
        """Calls by which somebody was told what a message did not tell them, or may have been: somebody had taken it.

        Not those that reached nobody.
        """
        made = Q(done_by__isnull=False) | Q(taken_at__isnull=False)
        calls = self.filter(made, kind=DutyTask.Kind.PHONE_THEM, message__isnull=False)
        return calls.reached()

    def reached(self) -> "DutyTaskQuerySet":
        """Those of whose answer nobody says that it reached nobody."""
        return self.exclude(answer__istartswith=DutyTask.NOT_REACHED)


class DutyTask(models.Model):
    """A call to make or a thing to look into, on the desk of one authority's duty."""

    class Kind(models.TextChoices):
        RING_HOME = "ring_home", _("Ring this home")
        FIND_PLACEMENT = "find_placement", _("Where is this child?")
        RING_ESCORT = "ring_escort", _("Ring the escorts: a stop is not confirmed")
        RING_POLICE = "ring_police", _("Ring the police and confirm")
        RING_101_AGAIN = "ring_101_again", _("Ring 101 again")
        RING_INSPECTOR = "ring_inspector", _("Ring the force duty inspector")
        ASK_AGAIN = "ask_again", _("Ask the police again")
        PHONE_THEM = "phone_them", _("Phone them now")
        CONFIRM_RETURN = "confirm_return", _("Confirm with the child and the police")
        READ_REPLY = "read_reply", _("Read what was written about this search")
        WRONG_CODES = "wrong_codes", _("Ring the force: ten wrong codes on its link")
        AFTER_OUTAGE = "after_outage", _("Ring round after an outage")
        NOBODY_TO_TELL = "nobody_to_tell", _("Nobody to tell")
        AFTER_DEATH = "after_death", _("Seen or missed after a death: is the dead child another?")
        RING_ABOUT_CHECK = "ring_about_check", _("Ring this home: no building check")

    # Before a task's number, the step under which somebody hears that nobody took it, or that it was not finished.
    UNTAKEN, LAPSED = "second", "lapsed"
    # The step of a call to all who wait for a text while the gateway takes none.
    GATEWAY = "gateway"
    # The post of whoever has the desk.
    DESK = "duty"
    # The step of a call about a child whose record cannot be read.
    UNREAD = "unread"
    # What an answer begins with that reached nobody.
    NOT_REACHED = "Could not reach"

    kind = models.CharField(max_length=20, choices=Kind)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="duty_tasks")
    home = models.ForeignKey(Home, null=True, blank=True, on_delete=models.PROTECT, related_name="duty_tasks")
    episode = models.ForeignKey(
        MissingEpisode, null=True, blank=True, on_delete=models.PROTECT, related_name="duty_tasks"
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="duty_tasks"
    )
    child = models.ForeignKey(Child, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    home_alert = models.ForeignKey(
        HomeAlert, null=True, blank=True, on_delete=models.PROTECT, related_name="duty_tasks"
    )
    # Of “nobody to tell”: the rung or step on which nobody could be told.
    step = models.CharField(max_length=20, blank=True, db_default="")
    outage = models.ForeignKey(
        Outage, null=True, blank=True, on_delete=models.PROTECT, related_name="duty_tasks"
    )
    urgency = models.PositiveSmallIntegerField(default=100)
    opened_at = models.DateTimeField()
    # The task's own clock: when it is still untaken, or taken and not finished, the second person on the rota is rung.
    next_at = models.DateTimeField(null=True, blank=True)
    second_rung_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=300, blank=True)

    objects = DutyTaskQuerySet.as_manager()

    class Meta:
        ordering = ["urgency", "opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "authority", "home", "step"],
                condition=Q(done_at=None, home__isnull=False, message=None),
                name="duty_task_one_open_per_home",
            ),
            models.UniqueConstraint(
                fields=["kind", "authority", "episode", "step"],
                condition=Q(done_at=None, episode__isnull=False, home=None, message=None),
                name="duty_task_one_open_per_episode",
            ),
            models.UniqueConstraint(
                fields=["message", "authority"],
                condition=Q(message__isnull=False),
                name="duty_task_one_per_message_and_desk",
            ),
            models.UniqueConstraint(
                fields=["authority", "outage"],
                condition=Q(outage__isnull=False, message=None),
                name="duty_task_one_per_outage",
            ),
            models.CheckConstraint(
                name="duty_task_done_has_answer", condition=Q(done_at=None) | ~Q(answer="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="duty_task_next", condition=Q(done_at=None, next_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def lapsed(self) -> bool:
        """Of one that nobody has finished in time: whether somebody had taken it, now or before the second was rung."""
        return self.taken_at is not None or self.second_rung_at is not None

    @property
    def is_of_end(self) -> bool:
        """Whether somebody is to be phoned of an end. One of which nobody could be told has no message, and is of an end."""
        if self.message is None:
            return self.kind == self.Kind.PHONE_THEM
        return self.message.kind == MessageKind.ENDING

    @property
    def is_of_own_desk(self) -> bool:
        """Whether what is late is for the desk itself: whoever reads this has it, and nobody is to be phoned."""
        message = self.message
        is_late = message is not None and message.status != MessageStatus.FAILED
        of_desk = is_late and message is not None and message.post == self.DESK
        return of_desk and self.kind == self.Kind.PHONE_THEM and not self.is_of_end

    @property
    def is_of_several(self) -> bool:
        """Whether it is about a rung that is empty for several children, each of whom it is about by its alert alone."""
        about = (self.home_id, self.episode_id, self.child_id)
        return self.kind == self.Kind.NOBODY_TO_TELL and about == (None, None, None)

    @property
    def call_step(self) -> str:
        """The step of a message to whoever is next, as the task stands now."""
        return self.call_steps[self.lapsed]

    @property
    def call_steps(self) -> tuple[str, str]:
        """That of a task that nobody took, and of one that was not finished."""
        return f"{self.UNTAKEN}:{self.pk}"[:20], f"{self.LAPSED}:{self.pk}"[:20]

    @property
    def title(self) -> str:
        """What is asked, in words: an episode that is confirmed is not confirmed again."""
        confirmed = self.episode is not None and self.episode.confirmed_at is not None
        if self.step == self.UNREAD:
            is_to_police = self.kind == self.Kind.RING_POLICE
            return str(
                _("This child’s record cannot be read: ring the police")
                if is_to_police
                else _("This child’s record cannot be read: ring the home")
            )
        if self.step == self.GATEWAY:
            return str(_("Texts are not going out: phone each of these people"))
        if self.is_of_own_desk:
            return str(_("Messages to this desk are late"))
        if self.kind == self.Kind.RING_POLICE and confirmed:
            return str(_("Ring the police"))
        return str(self.Kind(self.kind).label)


class DutyTaskAlert(models.Model):
    """An alert that a task is about; a whole silent house is one task."""

    task = models.ForeignKey(DutyTask, on_delete=models.CASCADE, related_name="items", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="task_items")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "alert"], name="duty_task_alert_once")]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.alert_id}"
