"""A proposed policy beside the policy in force, over the past of many children: counts, and no child among them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from alerts import pasts, policies, replaying, search_replaying, transfer_policies, transfer_replaying
from alerts.call_ladder import FIRST_CALL
from alerts.models import Clock, PolicyVersion
from alerts.policies import Calls
from alerts.policy_words import TITLES
from alerts.replaying import Book, Raised
from alerts.schedule import RUNG_ORDER, Row, Step
from cases.deadlines import london_day
from cases.models import Child, Responsibility

# So many children are held in memory at once.
AT_ONCE = 20
ALL = Q()
# How what is stored of each policy beside contact and the calls is read.
_READ: Mapping[str, Callable[[dict[str, Any]], object]] = {
    policies.DUTY: policies.duty_rules,
    policies.AFTER: policies.duty_rules,
    policies.REVIEW: policies.review_rungs,
    policies.TRANSFER: transfer_policies.limits_of,
}


@dataclass(frozen=True)
class Proposal:
    """One policy as it might read: one authority's own, or what is delivered to all who have none."""

    key: str
    # Of contact and the calls as the calculators take it, any other as it is stored.
    policy: Row | Calls | Mapping[str, Any]
    authority_id: int | None = None


@dataclass(frozen=True)
class Period:
    """From the one instant to the other, that one not included."""

    starts_at: datetime
    ends_at: datetime

    @property
    def days(self) -> float:
        return (self.ends_at - self.starts_at) / timedelta(days=1)


@dataclass
class Tally:
    """What one policy told in a period, of the children of these authorities.

    An alert is one of silence or of the second pair of eyes that was opened in the period; where the policy is one of
    steps, reviews or transfers, of one of these that nobody had answered. Of a desk are those that
    reached it (R1). The wait for the police is from the instant at which the proof was due that never came to the first
    message that is owed to them; where people reported a child there was no such instant.
    """

    children: int = 0
    never_alerted: int = 0
    by_day: Counter[date] = field(default_factory=Counter)
    by_desk: Counter[int] = field(default_factory=Counter)
    climbed: Counter[str] = field(default_factory=Counter)
    waits: list[timedelta] = field(default_factory=list)

    @property
    def alerts(self) -> int:
        return self.by_day.total()

    @property
    def police_messages(self) -> int:
        return self.climbed[FIRST_CALL]

    @property
    def median_wait(self) -> timedelta | None:
        seconds = [wait.total_seconds() for wait in self.waits]
        return timedelta(seconds=median(seconds)) if seconds else None

    @property
    def longest_wait(self) -> timedelta | None:
        return max(self.waits, default=None)

    def add(self, raised: Collection[Raised], authority_ids: Collection[int]) -> None:
        """Count what was raised of one child while one of these authorities was responsible."""
        self.children += 1
        alerted = False
        for alert in raised:
            own = [one for one in alert.climbed if one.authority_id in authority_ids]
            self.climbed.update(one.step for one in own)
            if alert.kind == Clock.Kind.CALL:
                self._count_wait(alert, [one.owed_at for one in own if one.step == FIRST_CALL])
                continue
            alerted = alerted or alert.is_older or bool(own)
            if not alert.is_older and alert.authority_id in authority_ids:
                self.by_day[london_day(alert.opened_at)] += 1
            self.by_desk.update(
                one.authority_id for one in own if one.step == Step.R1 and one.authority_id is not None
            )
        self.never_alerted += not alerted

    def _count_wait(self, alert: Raised, told: Collection[datetime]) -> None:
        if alert.silent_since is not None:
            self.waits += [at - alert.silent_since for at in told]


@dataclass(frozen=True)
class Comparison:
    """Both policies over the same facts; `watched` are all the children, of whom as many as `children` were replayed."""

    period: Period
    watched: int
    in_force: Tally
    proposed: Tally

    @property
    def desks(self) -> list[int]:
        """The authorities whose desk would have heard of anything."""
        return sorted({*self.in_force.by_desk, *self.proposed.by_desk})

    @property
    def steps(self) -> list[str]:
        """Every step that climbed, in its order."""
        found = {*self.in_force.climbed, *self.proposed.climbed}
        rungs = [str(step) for step in RUNG_ORDER if step in found]
        return rungs + sorted(found - set(rungs), key=_by_number)


def can_replay(key: str) -> bool:
    """Whether this is a policy of contact, the call ladder, of transfers, or of what is asked in a search and after it."""
    return key in TITLES and (key not in policies.OF_OTHER_CLOCKS or is_of_record(key))


def is_of_record(key: str) -> bool:
    """Whether nothing of silence changes with it, so that searches and transfers stay as they were on record."""
    return is_of_searches(key) or key == policies.TRANSFER


def is_of_searches(key: str) -> bool:
    """Whether it says which steps and reviews a search asks for, and of nothing else."""
    return key in search_replaying.KINDS


def proposal_of(key: str, data: Mapping[str, Any], *, authority_id: int | None = None) -> Proposal:
    """The policy that is stored as `data`, or would be; KeyError, TypeError or ValueError where it is none."""
    if key == policies.CALL:
        version = PolicyVersion(key=key, data=dict(data))
        calls = policies.calls_of_version(version, policies.DEFAULT_CALLS.takes_effect_at)
        return Proposal(key, calls, authority_id)
    if is_of_record(key):
        stored = dict(data)
        _READ[key](stored)
        return Proposal(key, stored, authority_id)
    return Proposal(key, policies.row_with(key, data), authority_id)


def compare(
    proposal: Proposal,
    period: Period,
    authority_ids: Collection[int],
    *,
    among: Q = ALL,
    most: int | None = None,
) -> Comparison:
    """Replay the period for the children of these authorities, by the policy in force and by the proposal.

    With `among` for those of their children alone. Of more than `most` children every second, third … is replayed. Each
    batch is read in a transaction in which PostgreSQL refuses every write.
    """
    with reading():
        children = _children(period, authority_ids).filter(among)
        ids = list(children.order_by("pk").values_list("pk", flat=True))
        in_force = replaying.in_force(proposal.key)
    proposed = in_force.proposing(
        proposal.key, proposal.policy, start=period.starts_at, authority_id=proposal.authority_id
    )
    found = Comparison(period, len(ids), Tally(), Tally())
    every = 1 if most is None else max(1, -(-len(ids) // most))
    for told in _told(proposal.key, ids[::every], period):
        for book, tally in ((in_force, found.in_force), (proposed, found.proposed)):
            tally.add(told(book), authority_ids)
    return found


@contextmanager
def reading() -> Iterator[None]:
    """A transaction in which nothing is written: PostgreSQL refuses it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def _told(key: str, ids: Sequence[int], period: Period) -> Iterator[Callable[[Book], list[Raised]]]:
    """Of each child what the versions of a book would have raised; its past is read once for all of them."""
    start, until = period.starts_at, period.ends_at
    for first in range(0, len(ids), AT_ONCE):
        batch = ids[first : first + AT_ONCE]
        if is_of_searches(key):
            with reading():
                searched = search_replaying.read(batch, key, start=start)
            for one in searched.values():
                yield partial(search_replaying.replay, one, key=key, until=until)
            continue
        if key == policies.TRANSFER:
            with reading():
                moved = transfer_replaying.read(batch, start=start)
            for child in moved.values():
                yield partial(transfer_replaying.replay, child, until=until)
            continue
        with reading():
            found = pasts.read(batch, start=start)
        for past in found.values():
            yield partial(replaying.replay, past, until=until)


def _children(period: Period, authority_ids: Collection[int]) -> QuerySet[Child]:
    """Those for whom one of these authorities was responsible in the period; stories and drills are none."""
    rows = Responsibility.objects.filter(authority__in=authority_ids)
    since = rows.filter(starts_at__gt=period.starts_at, starts_at__lt=period.ends_at)
    own = Q(pk__in=rows.at(period.starts_at).values("child")) | Q(pk__in=since.values("child"))
    open_then = Q(closed_at=None) | Q(closed_at__gt=period.starts_at)
    return Child.objects.filter(own, open_then, is_drill=False, demo_watch__isnull=True)


def _by_number(step: str) -> tuple[str, int]:
    name, _mark, number = step.replace(":", "_").rpartition("_")
    return name, int(number)
