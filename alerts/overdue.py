"""What the engine is late with: one question, that every page can put without a second one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from alerts import heartbeats, outbox
from alerts.models import Clock, Heartbeat, HomeClock, MatterClock, Message
from alerts.states import MessageStatus
from cases.worded import worded

# What has been due, or owed and ready to go, for longer than this is late.
LATE_AFTER = timedelta(seconds=90)
_DUE = "due"
_UNSENT = "unsent"
_STUCK = "stuck"


@dataclass(frozen=True)
class Overdue:
    """The parts that do not beat, and since when the oldest is due, or owed and not out; late or not."""

    stale: tuple[str, ...]
    due: datetime | None
    unsent: datetime | None
    # Of those that are not out the oldest that may tell of more than its own mailbox or phone.
    stuck: datetime | None
    at: datetime

    @property
    def due_since(self) -> datetime | None:
        """Since when something is due that is late by now."""
        return _if_late(self.due, self.at)

    @property
    def unsent_since(self) -> datetime | None:
        """Since when a message is owed that is late by now."""
        return _if_late(self.unsent, self.at)

    @property
    def stuck_since(self) -> datetime | None:
        """The same of a message behind which others may wait: what everybody is told of."""
        return _if_late(self.stuck, self.at)


def _if_late(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and at - moment > LATE_AFTER else None


def look(at: datetime) -> Overdue:
    """Read what is late at `at`. A part that beats may still do nothing: what waits is looked at beside it."""
    allowed = timedelta(seconds=settings.HEARTBEAT_STALE_SECONDS)
    found = _oldest(at=at, since=at - allowed, until=at + allowed)
    alive = {part for part, _moment in found}
    due = [moment for part, moment in found if part == _DUE]
    unsent = [moment for part, moment in found if part == _UNSENT]
    stuck = [moment for part, moment in found if part == _STUCK]
    stale = tuple(name for name in (heartbeats.SWEEP, heartbeats.DRAIN) if name not in alive)
    return Overdue(stale, min(due, default=None), min(unsent, default=None), min(stuck, default=None), at)


@worded
def _oldest(at: Any, since: Any, until: Any) -> QuerySet[Any, Any]:
    """The beats of the living, the oldest that is due of each kind of clock, and the oldest message that is owed."""
    beats = Heartbeat.objects.filter(
        name__in=(heartbeats.SWEEP, heartbeats.DRAIN), beat_at__gt=since, beat_at__lt=until
    )
    waiting = [
        (_DUE, Clock.objects.due(at), "next_at"),
        (_DUE, HomeClock.objects.due(at), "next_at"),
        (_DUE, MatterClock.objects.due(at), "next_at"),
        (_UNSENT, outbox.unsent(at), "owed_at"),
        (_STUCK, _stuck(at), "owed_at"),
    ]
    return (
        beats.order_by()
        .values_list(Cast("name", CharField()), "beat_at")
        .union(
            *(
                rows.order_by(moment)
                .annotate(part=Value(part), moment=F(moment))
                .values_list("part", "moment")[:1]
                for part, rows, moment in waiting
            ),
            all=True,
        )
    )


def _stuck(at: Any) -> QuerySet[Message]:
    """What is not out and about a child, unless others of its channel went since it was late: then it is its reader's mailbox.

    That mailbox is tried for weeks, and whoever answers for it hears; a page that said so to everybody would say it for as
    long, of one of thousands. A probe tells of itself, to whoever keeps the service.
    """
    went = Message.objects.filter(
        status=MessageStatus.SENT, channel=OuterRef("channel"), sent_at__gt=OuterRef("owed_at") + LATE_AFTER
    )
    return outbox.unsent(at).filter(Q(attempts=0) | ~Exists(went), probe=None)
