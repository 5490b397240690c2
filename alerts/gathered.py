"""Paper that falls due child by child: the first goes at once, what comes up for its reader within the hour goes together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from alerts import tiers
from alerts.models import Clock, Message, MessageItem, MessageKind
from alerts.recipients import Recipient
from alerts.states import MessageStatus

# Nobody rings or searches for these; a night of arrivals owes one for each child (docs/adr/0195).
WORDINGS: Mapping[str, str] = {
    "duty_no_worker": Clock.Kind.NO_WORKER,
    "duty_no_guardian": Clock.Kind.GUARDIAN,
    # A visit that somebody must make, to each child of a group who arrived together (docs/adr/0208).
    "duty_second_eyes": Clock.Kind.SECOND_EYES,
    "told_second_eyes": Clock.Kind.SECOND_EYES,
}
WITHIN = timedelta(hours=1)
# What one message is: wording, step and recipient.
Key = tuple[str, str, str]


class Owed(Protocol):
    """What is to be known of one step of one alert for one recipient."""

    @property
    def wording(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def recipient(self) -> Recipient: ...


@dataclass(frozen=True)
class Gathering:
    """The messages that wait to take more alerts, and when the last one went that another waits for."""

    waiting: Mapping[Key, Message] = field(default_factory=dict)
    went: Mapping[Key, datetime] = field(default_factory=dict)

    def message(self, one: Owed) -> Message | None:
        """The message that takes this one along."""
        return self.waiting.get(_key(one))

    def until(self, one: Owed, *, since: datetime) -> datetime | None:
        """Until when this one waits for others; None for the first in an hour, and for all that is gathered by nothing."""
        if tiers.tier_of(one.wording) == tiers.Tier.BUNDLED:
            # It waits as its reader chose.
            return None
        went = self.went.get(_key(one))
        # A message that waits is owed in the time to come: nobody waits for it longer than for one that went.
        return min(went, since) + WITHIN if went is not None and went + WITHIN > since else None


def of(owed: Sequence[Owed], *, at: datetime) -> Gathering:
    """Read what these could go with, in two queries; in none where nothing of them is gathered."""
    ours = [one for one in owed if one.wording in WORDINGS]
    if not ours:
        return Gathering()
    # What waits at all was written within the hour, and what went within it waited no longer.
    rows = Message.objects.filter(
        recipient__in={one.recipient.key for one in ours},
        wording__in={one.wording for one in ours},
        kind=MessageKind.ALERT,
        created_at__gt=at - 2 * WITHIN,
    )
    open_rows = rows.select_for_update(skip_locked=True).filter(
        status=MessageStatus.QUEUED, attempts=0, held_at=None, next_try_at__gte=at
    )
    waiting = {(one.wording, one.step, one.recipient): one for one in open_rows}
    gone = rows.exclude(status__in=(MessageStatus.CANCELLED, MessageStatus.FAILED)).order_by()
    last = gone.values_list("wording", "step", "recipient").annotate(at=Max(Coalesce("sent_at", "owed_at")))
    return Gathering(waiting, {(wording, step, recipient): went for wording, step, recipient, went in last})


def _key(one: Owed) -> Key:
    return (one.wording, one.step, one.recipient.key)


def subject(wording: str) -> str:
    """What one ending of these is about."""
    return f"gathered:{WORDINGS[wording]}"


def endings(
    rows: "QuerySet[Message]", subjects: Collection[str], *, at: datetime
) -> dict[tuple[str, str], Message]:
    """Of endings that no sender has taken yet those that take more of these subjects along, by recipient and subject."""
    known = {kind: subject(wording) for wording, kind in WORDINGS.items()}
    by_kind = {kind: name for kind, name in known.items() if name in subjects}
    if not by_kind:
        return {}
    of = MessageItem.objects.filter(message=OuterRef("pk")).values("alert__clock__kind")[:1]
    found = rows.filter(home=None, created_at__gt=at - WITHIN, next_try_at__gt=at).annotate(of=Subquery(of))
    return {(one.recipient, by_kind[one.of]): one for one in found if one.of in by_kind}
