"""What an open episode owes to the police and those who ring them: the call steps."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


def _minutes(*minutes: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=m) for m in minutes)


CALL_STEPS: tuple[str, ...] = ("call_0", "call_15", "call_30", "call_60", "call_120")
FIRST_CALL = CALL_STEPS[0]


@dataclass(frozen=True)
class CallTimes:
    """The spacing of the call steps and the length of the lease that a verification gives.

    `steps` are counted from the instant the first police message is owed, one for each of
    CALL_STEPS, never falling; ValueError otherwise. A verification is asked for again `ask_after` it
    where that lies within `ask_within` of that instant, and is stale `stale_after` the asking.
    """

    steps: tuple[timedelta, ...] = _minutes(0, 15, 30, 60, 120)
    ask_after: timedelta = timedelta(hours=8)
    stale_after: timedelta = timedelta(minutes=30)
    ask_within: timedelta = timedelta(hours=72)

    def __post_init__(self) -> None:
        if len(self.steps) != len(CALL_STEPS) or list(self.steps) != sorted(self.steps):
            raise ValueError("the call steps need one rising time each")


@dataclass(frozen=True)
class CallFacts:
    """What the call steps depend on; a verification counts from when it was recorded.

    `disbelieved` are those of them that count no more, each with the instant from which on: a mark keeps the child from
    whoever recorded it.
    """

    police_owed_at: datetime
    verifications: tuple[datetime, ...] = ()
    ended_at: datetime | None = None
    disbelieved: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True)
class CallStanding:
    """The steps already climbed: names of CALL_STEPS, "ask:1", "ring_again:1" and so on.

    `police_owed_at` is the instant that the open alert counts from; None when no alert is open.
    """

    climbed: frozenset[str] = field(default_factory=frozenset)
    police_owed_at: datetime | None = None


@dataclass(frozen=True)
class Climb:
    """These call steps are owed now, in the order in which they were owed."""

    steps: tuple[tuple[str, datetime], ...]
    next_at: datetime | None


@dataclass(frozen=True)
class StandDown:
    """The episode has ended, and its call ladder with it; or a new search owes a new ladder from `next_at`."""

    next_at: datetime | None = None


@dataclass(frozen=True)
class Rest:
    """Nothing is owed before `next_at`; None where nothing will be without new facts."""

    next_at: datetime | None


DEFAULT_TIMES = CallTimes()


def decide(
    facts: CallFacts, standing: CallStanding, now: datetime, *, times: CallTimes = DEFAULT_TIMES
) -> Climb | StandDown | Rest:
    """Return the call steps owed at `now` that have not been climbed.

    A step that was owed before somebody verified is owed still, so that a late sweep tells what a
    punctual one told.
    """
    if facts.ended_at is not None:
        return StandDown()
    if standing.police_owed_at is not None and facts.police_owed_at > standing.police_owed_at:
        return StandDown(facts.police_owed_at)
    left = [(step, at) for step, at in schedule(facts, times) if step not in standing.climbed]
    owed = tuple((step, at) for step, at in left if at <= now)
    next_at = min((at for _, at in left if at > now), default=None)
    return Climb(owed, next_at) if owed else Rest(next_at)


def schedule(facts: CallFacts, times: CallTimes = DEFAULT_TIMES) -> tuple[tuple[str, datetime], ...]:
    """Return every step that these facts will ever owe, with its instant, in order.

    The first step is always owed: the police hear at least once. A verification stops those to come.
    When it goes stale the first of them is owed at once and the others at their spacing after it;
    when none is left, "ring_again" is. One that is disbelieved is stale from then on.
    """
    start, doubted = facts.police_owed_at, dict(facts.disbelieved)
    owed = [(CALL_STEPS[0], start + times.steps[0])]
    left = list(zip(CALL_STEPS[1:], times.steps[1:], strict=True))
    # What the steps left are counted from; None while a verification is in force.
    base: datetime | None = start
    leases = sorted(max(at, start) for at in facts.verifications)
    ends = {max(at, start): doubted[at] for at in facts.verifications if at in doubted}
    for number, lease in enumerate(leases, start=1):
        if base is not None:
            climbed = [(step, base + after) for step, after in left if base + after < lease]
            owed += climbed
            left = left[len(climbed) :]
        newer = leases[number] if number < len(leases) else None
        asked, stale_at = _asked_again(number, lease, newer, start, times)
        ends_at = ends.get(lease)
        if ends_at is not None and (newer is None or newer > ends_at):
            asked = [one for one in asked if one[1] <= ends_at]
            stale_at = min(stale_at or ends_at, ends_at)
        owed += asked
        base = None
        if stale_at is not None and left:
            base = stale_at - left[0][1]
        elif stale_at is not None:
            owed.append((f"ring_again:{number}", stale_at))
    if base is not None:
        owed += [(step, base + after) for step, after in left]
    return tuple(owed)


def _asked_again(
    number: int, lease: datetime, newer: datetime | None, start: datetime, times: CallTimes
) -> tuple[list[tuple[str, datetime]], datetime | None]:
    """The asking that a verification owes, if any, and when it goes stale without an answer."""
    asked_at = lease + times.ask_after
    # Later than that it is asked for only at the reviews of the missing episode.
    if asked_at > start + times.ask_within or (newer is not None and newer <= asked_at):
        return [], None
    stale_at = asked_at + times.stale_after
    answered = newer is not None and newer <= stale_at
    return [(f"ask:{number}", asked_at)], None if answered else stale_at
