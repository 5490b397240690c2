"""By when a child who should have a guardian is to have one, or a named fallback: from the facts alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from cases.deadlines import add_working_days, at_london

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


@dataclass(frozen=True)
class Watch:
    """One guardian within reach, from when to when; None for one who stays."""

    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class Reason:
    """Why there is no guardian, as a worker recorded it; `named` says that a fallback stands in."""

    waiting: bool
    named: bool
    starts_at: datetime
    review_date: date | None


@dataclass(frozen=True)
class Facts:
    """All that coverage is decided on; `eligible_since` None for a child who is owed no guardian."""

    eligible_since: datetime | None
    watches: Sequence[Watch] = ()
    reason: Reason | None = None


@dataclass(frozen=True)
class Due:
    """What is owed next: the word for it, when, and the instant of each rung."""

    what: str
    due_at: datetime
    steps: Mapping[str, datetime]


def uncovered_from(facts: Facts) -> datetime | None:
    """Return from when nobody watches over the child; None where somebody does for good or nobody has to."""
    if facts.eligible_since is None:
        return None
    ends = [watch.ends_at for watch in facts.watches]
    if None in ends:
        return None
    return max([facts.eligible_since, *(end for end in ends if end is not None)])


def due(facts: Facts, limits: Limits, *, nation: str, holidays: Collection[date]) -> Due | None:
    """Return what is owed: a guardian, a named fallback, or a look at why there is none.

    A guardian who went leaves it owed at once. Working days are those of `nation`, as `cases.deadlines` names them.
    """
    gap_from = uncovered_from(facts)
    if gap_from is None or facts.eligible_since is None:
        return None
    days = _Days(nation, holidays)
    reason = facts.reason
    if reason is None:
        lost = any(
            watch.ends_at is not None and watch.ends_at >= facts.eligible_since for watch in facts.watches
        )
        due_at = gap_from if lost else days.after(gap_from, limits.referral)
        return _due("left" if lost else "referral", due_at, limits.assigned_rungs, days)
    if reason.waiting:
        return _due("assigned", days.after(gap_from, limits.assigned), limits.assigned_rungs, days)
    if not reason.named or reason.review_date is None:
        return _due("fallback", days.after(gap_from, limits.fallback), limits.fallback_rungs, days)
    return _due("review", at_london(reason.review_date, MIDNIGHT), limits.fallback_rungs, days)


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
