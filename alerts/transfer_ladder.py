"""What a transfer owes while it is open: an answer, an arrival, an end in ten working days; and whom that climbs to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from alerts.schedule import Expected, Step
from cases.deadlines import add_working_days, at_london, end_of

# Working days after what was due, or on a journey time by the clock.
DayRungs = tuple[tuple[Step, int], ...]
HourRungs = tuple[tuple[Step, timedelta], ...]


class Owed(StrEnum):
    """What is owed of a transfer, each a clock of its own."""

    # The whole way, from the referral.
    PENDING = "pending"
    # An offer that waits for its answer.
    REPLY = "reply"
    # It came back: somebody else is to be asked.
    DECLINED = "declined"
    # The day of the move is near, and what is known of the child is not with the receiver.
    SHARED = "shared"
    # The day that was agreed is over, and nobody has recorded that the child has left. The home that has the child
    # calls the roll meanwhile: it is paper, and wakes nobody.
    DEPARTURE = "departure"
    # The child was on the way and is to be there, and nobody has confirmed it.
    ARRIVAL = "arrival"
    # The receiver waits for a child who is looked for.
    MISSING = "missing"


@dataclass(frozen=True)
class Limits:
    """One version of the limits; the defaults are those that a council starts from.

    Ten working days from the referral and two for an answer [NTS protocol 7.0]; five where an authority has agreed so.
    On a journey the rungs are those of a missed stop (default policy, "in transit"), to council posts only.
    """

    pending: int = 10
    reply: int = 2
    # [proposal] So many days before the day of the move begins what is known of the child is with the receiver.
    share_before: int = 1
    pending_rungs: DayRungs = ((Step.R1, 0), (Step.R2, 2), (Step.R4, 5))
    reply_rungs: DayRungs = ((Step.R1, 0), (Step.R2, 1), (Step.R4, 3))
    arrival_rungs: HourRungs = (
        (Step.R1, timedelta(minutes=15)),
        (Step.R2, timedelta(minutes=30)),
        (Step.R4, timedelta(hours=2)),
    )
    # By the code of the sending authority, where it is another number; what one transfer keeps has none of these.
    pending_of: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """All that decides what an open transfer owes; `missing_since` where its child is looked for."""

    status: str
    referred_at: datetime
    allocated_at: datetime | None = None
    answered_at: datetime | None = None
    moves_date: date | None = None
    # When that day was agreed, while what is known of the child is not with the receiver.
    unshared_since: datetime | None = None
    expected_at: datetime | None = None
    missing_since: datetime | None = None
    # From when the child is watched again, where the agreed day went by while they were held for an assessed adult.
    day_passed_until: datetime | None = None


@dataclass(frozen=True)
class _Days:
    nation: str
    holidays: Collection[date]

    def after(self, start: datetime, days: int) -> datetime:
        return add_working_days(start, days, nation=self.nation, holidays=self.holidays)

    def rungs(self, due_at: datetime, rungs: DayRungs) -> dict[Step, datetime]:
        return {step: due_at if not days else self.after(due_at, days) for step, days in rungs}


def owed(facts: Facts, limits: Limits, *, nation: str, holidays: Collection[date]) -> dict[Owed, Expected]:
    """Return what an open transfer owes, each with the instant of every rung; working days are those of `nation`."""
    days = _Days(nation, holidays)
    over = over_by(facts, limits, nation=nation, holidays=holidays)
    found = {Owed.PENDING: _expected(days.rungs(over, limits.pending_rungs))}
    if facts.status == "allocated" and facts.allocated_at is not None:
        answer_by = reply_by(facts.allocated_at, limits, nation=nation, holidays=holidays)
        # R0 says that the offer is there.
        steps = {Step.R0: facts.allocated_at} | days.rungs(answer_by, limits.reply_rungs)
        found[Owed.REPLY] = _expected(steps)
    if facts.status == "declined" and facts.answered_at is not None:
        found[Owed.DECLINED] = _expected({Step.R1: facts.answered_at})
    if facts.status == "date_set" and facts.moves_date is not None:
        found[Owed.DEPARTURE] = _expected(days.rungs(end_of(facts.moves_date), limits.reply_rungs))
    if facts.status in ("date_set", "in_transit") and facts.unshared_since and facts.moves_date:
        share_by = max(facts.unshared_since, shared_by(facts.moves_date, limits))
        if facts.day_passed_until is not None:
            # The day that is still to be found is not before then: both sides have as long as before any other.
            share_by = max(share_by, facts.day_passed_until + timedelta(days=limits.share_before))
        found[Owed.SHARED] = _expected(days.rungs(share_by, limits.reply_rungs))
    if facts.status == "in_transit" and facts.expected_at is not None:
        late = {step: facts.expected_at + after for step, after in limits.arrival_rungs}
        found[Owed.ARRIVAL] = _expected(late)
    is_coming = facts.status in ("allocated", "accepted", "date_set", "in_transit")
    if is_coming and facts.missing_since is not None:
        found[Owed.MISSING] = _expected({Step.R1: facts.missing_since})
    return found


def over_by(facts: Facts, limits: Limits, *, nation: str, holidays: Collection[date]) -> datetime:
    """By when the whole transfer is to be over."""
    return _Days(nation, holidays).after(facts.referred_at, limits.pending)


def reply_by(allocated_at: datetime, limits: Limits, *, nation: str, holidays: Collection[date]) -> datetime:
    """By when an offer is answered."""
    return _Days(nation, holidays).after(allocated_at, limits.reply)


def shared_by(moves_date: date, limits: Limits) -> datetime:
    """From when what is known of the child is to be with the receiver."""
    return at_london(moves_date - timedelta(days=limits.share_before), time())


def _expected(steps: Mapping[Step, datetime]) -> Expected:
    return Expected(min(steps.values()), None, "transfer", ("transfer",), steps)
