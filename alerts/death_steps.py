"""What is left to do after a death, in one list for whoever leads and for the duty desk: none of it asks for the child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts import ladder_table, readings
from alerts.after import AFTER
from alerts.duties import OUTLASTS
from alerts.models import Clock, DutyStep
from alerts.profiles import name_of
from cases import access
from cases.access import Permission
from cases.models import Child, MissingEpisode, Role, User

READERS = (Role.TEAM_MANAGER, Role.DUTY_DESK)
# What is asked after a death: what it opened, and what is owed of the search whatever its end.
_KINDS = AFTER | OUTLASTS


@dataclass(frozen=True)
class Row:
    """One step of a death: where it is answered, and whether it is late; an answered one says by whom and when."""

    step: DutyStep
    is_late: bool
    href: str
    # Whoever is mailed of it by day while it is not answered, in the order in which they hear.
    heard_by: Sequence[str] = ()

    @property
    def state(self) -> str:
        if self.step.done_at is not None:
            return str(self.step.get_answer_display())
        return _("Late") if self.is_late else _("To do")

    @property
    def colour(self) -> str:
        """The tag's, as on the page of the episode."""
        if self.step.done_at is not None:
            return "green"
        return "orange" if self.is_late else "yellow"


@dataclass(frozen=True)
class Death:
    """One episode that ended with a death, with all its steps: the open ones first, each by its day."""

    episode: MissingEpisode
    rows: Sequence[Row]

    @property
    def child(self) -> Child:
        return self.episode.child

    @property
    def name(self) -> str:
        return name_of(self.child)

    @property
    def late(self) -> int:
        return sum(row.is_late for row in self.rows)


def may_read(user: User, *, now: datetime) -> bool:
    """Whether this person leads a team, a service or a directorate, or works at a duty desk."""
    return any(one.role in READERS for one in access.memberships(user, now))


def of(user: User, *, now: datetime) -> list[Death]:
    """The deaths of which a step is open that `user` may answer, the soonest due first, in a fixed number of queries.

    With the last answer a death leaves the list; a death that was of another child has left it. The case may be closed.
    """
    if not may_read(user, now=now):
        return []
    steps = DutyStep.objects.filter(kind__in=_KINDS).select_related("done_by")
    waiting = steps.open().filter(episode=OuterRef("pk"))
    theirs = access.children(user, Permission.CONFIRM_EPISODE, at=now).filter(is_drill=False)
    episodes = (
        MissingEpisode.objects.of_death()
        .filter(Exists(waiting), child__in=theirs.values("pk"))
        .select_related("child")
        .prefetch_related(Prefetch("duty_steps", steps))
    )
    found = [Death(episode, _rows(episode, now)) for episode in episodes]
    return sorted(found, key=lambda one: (one.rows[0].step.owed_at, one.episode.pk))


def _rows(episode: MissingEpisode, now: datetime) -> list[Row]:
    rows = [
        Row(
            step,
            step.is_late(now),
            reverse("episode_step", args=[episode.reference, step.kind]),
            _heard_by(step, episode),
        )
        for step in episode.duty_steps.all()
    ]
    return sorted(rows, key=lambda row: (row.step.done_at is not None, row.step.owed_at, row.step.pk))


def _heard_by(step: DutyStep, episode: MissingEpisode) -> list[str]:
    """The posts of its rungs, by the policy under which it was planned; nobody where none hears of it."""
    if not readings.is_heard_of_death(step, episode):
        return []
    rungs = sorted(step.rungs.items(), key=lambda one: one[1])
    posts = [post for rung, _at in rungs for post in ladder_table.posts_of(Clock.Kind.DUTY, rung, step.kind)]
    return list(dict.fromkeys(posts))
