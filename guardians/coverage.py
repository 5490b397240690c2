"""By when a child who should have a guardian is to have one, or a named fallback: from the facts alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from cases import turns
from cases.deadlines import add_working_days, at_london
from cases.turns import Gap, Watch

MIDNIGHT = time(0, 0)

# Rung by rung, working days after what was due.
Rungs = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Limits:
    """One version of the limits, all in working days: the defaults are those that a council starts from."""

    referral: int = 1
    assigned: int = 3
    fallback: int = 5
    assigned_rungs: Rungs = (("R1", 0), ("R2", 1), ("R4", 3), ("R5", 10))
    fallback_rungs: Rungs = (("R1", 0), ("R2", 2), ("R4", 5))
    # The nations in which every child who came alone is owed a guardian.
    every_child: tuple[str, ...] = ("Northern Ireland", "Scotland")


@dataclass(frozen=True)
class Reason:
    """Why there is no guardian, as a worker recorded it; `named` says that a fallback stands in."""

    waiting: bool
    named: bool
    starts_at: datetime
    review_date: date | None
    # That the area has no service: it is looked at again once one takes children there.
    not_here: bool = False


@dataclass(frozen=True)
class Referral:
    """The last referral to a guardian service: since when that service is asked, if it answered, and when it declined."""

    asked_at: datetime
    answered: bool = False
    declined_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """All that coverage is decided on; `eligible_since` None for a child who is owed no guardian."""

    eligible_since: datetime | None
    watches: Sequence[Watch] = ()
    reason: Reason | None = None
    # None where there is none, and of one that was withdrawn or led to a guardian.
    referral: Referral | None = None
    # Since when no service takes children where this one is.
    unserved_since: datetime | None = None
    # Since when one does, where none did before.
    anew_from: datetime | None = None
    # When the service with which the child waited stopped to take children there.
    dropped_at: datetime | None = None
    # From when the child is 18 whenever it was born: a guardian is a child's, and nobody is owed one from then on.
    of_age_at: datetime | None = None
    # Since when another council answers for the child, by a transfer.
    came_at: datetime | None = None
    # From when to when a service was asked that gave no guardian, in order.
    waited: Sequence[tuple[datetime, datetime]] = ()


@dataclass(frozen=True)
class Due:
    """What is owed next: the word for it, when, and the instant of each rung."""

    what: str
    due_at: datetime
    steps: Mapping[str, datetime]
    # When somebody is there again whatever is done; None where nobody is to come.
    until: datetime | None = None


def gap(facts: Facts, at: datetime) -> Gap | None:
    """Return the gap of `at`, or the next to come; None where there is none and nobody has to be there."""
    if facts.eligible_since is None:
        return None
    return turns.gap(facts.eligible_since, facts.watches, at)


def due(facts: Facts, limits: Limits, *, at: datetime, nation: str, holidays: Collection[date]) -> Due | None:
    """Return what is owed at `at` or next: a guardian, somebody to cover, a named fallback, or a look at why there is none.

    A referral is owed an answer, and then a guardian, within the same days; one that was declined a named fallback at once.
    A guardian who went, goes on leave, or is away as the child is given to them leaves it owed at once; of a gap that
    is over nothing is owed. Working days are those of `nation`, as `cases.deadlines` names them.
    """
    found = gap(facts, at)
    if found is None:
        return None
    if facts.of_age_at is None:
        return _owed(found, facts, limits, at, _Days(nation, holidays))
    if max(found.starts_at, at) >= facts.of_age_at:
        return None
    owed = _owed(found, facts, limits, at, _Days(nation, holidays))
    return owed and replace(owed, until=min(owed.until or facts.of_age_at, facts.of_age_at))


def _owed(found: Gap, facts: Facts, limits: Limits, at: datetime, days: "_Days") -> Due | None:
    if facts.eligible_since is None:
        return None
    gap_from = found.starts_at
    referral, reason = facts.referral, facts.reason
    if referral is not None and referral.declined_at is None:
        asked_at = max(gap_from, referral.asked_at)
        what = "assigned" if referral.answered else "answer"
        return _due(what, days.after(asked_at, limits.assigned), limits.assigned_rungs, days)
    if referral is not None and _is_refused(referral, facts, gap_from, at):
        return _due("declined", referral.declined_at or gap_from, limits.fallback_rungs, days)
    if reason is not None:
        return _answered_for(reason, gap_from, limits, days, facts)
    lost_at = _lost_at(facts.watches, facts.eligible_since, gap_from, at)
    if lost_at is None:
        return replace(_to_ask_for(facts, gap_from, limits, days), until=found.ends_at)
    what = "left" if found.ends_at is None else "cover"
    return replace(_due(what, lost_at, limits.assigned_rungs, days), until=found.ends_at)


def _to_ask_for(facts: Facts, gap_from: datetime, limits: Limits, days: "_Days") -> Due:
    """A referral; where no service takes children somebody who stands in. Nothing was owed of it before it could be."""
    since = [moment for moment in (facts.dropped_at, facts.unserved_since, facts.anew_from) if moment]
    asked_from = max([gap_from, *since])
    if facts.unserved_since is not None:
        return _due("fallback", days.after(asked_from, limits.fallback), limits.fallback_rungs, days)
    return _due("referral", days.after(asked_from, limits.referral), limits.assigned_rungs, days)


def _answered_for(reason: Reason, gap_from: datetime, limits: Limits, days: "_Days", facts: Facts) -> Due:
    """What is owed of a gap for which somebody gave a reason: a guardian, a named fallback, or a look at the reason."""
    if reason.waiting:
        return _due("assigned", days.after(gap_from, limits.assigned), limits.assigned_rungs, days)
    if not reason.named or reason.review_date is None:
        return _due("fallback", days.after(gap_from, limits.fallback), limits.fallback_rungs, days)
    # A day that came before the child was owed a guardian, or while it was held for an adult, is asked about from then.
    due_at = max(at_london(reason.review_date, MIDNIGHT), facts.eligible_since or gap_from)
    if reason.not_here and facts.anew_from is not None and facts.anew_from > reason.starts_at:
        due_at = min(due_at, days.after(max(facts.anew_from, gap_from), limits.referral))
    if facts.came_at is not None and facts.came_at > reason.starts_at:
        # The council of then said so, of its own area and of who stands in there.
        may_be_had = reason.not_here and facts.unserved_since is None
        within = limits.referral if may_be_had else limits.fallback
        due_at = min(due_at, days.after(max(facts.came_at, gap_from), within))
    for asked_at, over_at in facts.waited:
        # Nobody was asked to look at it while a service was, whatever asked for it.
        due_at = over_at if asked_at <= due_at <= over_at else due_at
    return _due("review", due_at, limits.fallback_rungs, days)


def _is_refused(referral: Referral, facts: Facts, gap_from: datetime, at: datetime) -> bool:
    """Whether a service declined in this gap, and nobody has named who stands in or given the child to a guardian since."""
    declined_at = referral.declined_at
    if declined_at is None or declined_at < gap_from or (facts.reason is not None and facts.reason.named):
        return False
    return not any(watch.away and declined_at <= watch.starts_at <= at for watch in facts.watches)


def _lost_at(watches: Sequence[Watch], since: datetime, gap_from: datetime, at: datetime) -> datetime | None:
    """From when the guardian whom the child has, or had, is missing in this gap; None where it never had one."""
    ends = [watch.ends_at for watch in watches if not watch.away and watch.ends_at is not None]
    if any(since <= end <= gap_from for end in ends):
        return gap_from
    # Theirs by an assignment, and away from its first moment on: nobody has to be referred.
    away = [watch for watch in watches if watch.away and watch.starts_at <= at]
    began = [max(one.starts_at, since) for one in away if one.ends_at is None or one.ends_at > since]
    return min(began, default=None)


@dataclass(frozen=True)
class _Days:
    nation: str
    holidays: Collection[date]

    def after(self, start: datetime, days: int) -> datetime:
        return add_working_days(start, days, nation=self.nation, holidays=self.holidays)


def _due(what: str, due_at: datetime, rungs: Rungs, days: _Days) -> Due:
    # Nothing after the deadline itself is counted from a part of a day.
    return Due(
        what, due_at, {step: due_at if after == 0 else days.after(due_at, after) for step, after in rungs}
    )
