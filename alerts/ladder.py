"""What a child's silence owes at this instant: to climb, to stand down or to rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts import holds as outages
from alerts.holds import Hold
from alerts.schedule import RUNG_ORDER, Expected, Step

# "I am on this" holds the fail-safe until this long after the press, once per alert.
ON_IT_HOLD = timedelta(minutes=30)

_HELD_BY_REPORT = frozenset({Step.R4, Step.R5})
# While an episode's ladder runs the home, the police and the fail-safe are its own affair.
_OWN_WHILE_RESTING = frozenset({Step.R4, Step.R5})


@dataclass(frozen=True)
class Standing:
    """Where a clock stands: the open alert's due instant, its frozen steps and what it climbed.

    `due_at` is None when no alert is open. `on_it_at` is the first press of "I am on this", and
    `police_at` the instant at which R3 was owed when it climbed.
    """

    due_at: datetime | None = None
    steps: Mapping[Step, datetime] = field(default_factory=dict)
    # Steps of silence, or of the calls.
    climbed: frozenset[str] = frozenset()
    on_it_at: datetime | None = None
    moot: frozenset[str] = frozenset()
    police_at: datetime | None = None


@dataclass(frozen=True)
class Climb:
    """These steps are owed now, lowest rung first, each with the instant at which it was owed."""

    due_at: datetime
    steps: tuple[tuple[Step, datetime], ...]
    next_at: datetime | None


@dataclass(frozen=True)
class StandDown:
    """The open alert has ended; look again at `next_at`, which may already be past."""

    next_at: datetime | None


@dataclass(frozen=True)
class Rest:
    """Nothing is owed before `next_at`; None where nothing ever will be on these facts."""

    next_at: datetime | None


def decide(
    expected: Expected | None, standing: Standing, now: datetime, *, holds: Collection[Hold] = ()
) -> Climb | StandDown | Rest:
    """Return what the facts owe at `now`, given what has been done already.

    New facts bring a frozen step nearer and never put it off. Every step climbs once. Three holds
    exist: "I am on this", for the fail-safe, and "reported seen", for R4 and R5; one that comes after
    the step was owed holds nothing, however late the sweep. The third is that of an outage of the
    engine, for R3 and what comes after it. What is asleep opens no alert and climbs none.
    """
    if standing.due_at is None:
        if expected is None or expected.asleep:
            return Rest(None)
        return _owed(expected.due_at, instants(expected, standing, holds), standing, now, expected.until)
    if expected is None:
        return StandDown(None)
    if not expected.resting and expected.due_at > standing.due_at:
        return StandDown(min(expected.steps.values(), default=None))
    if expected.asleep:
        over = expected.until is not None and expected.until <= now
        return StandDown(None) if over else Rest(expected.until)
    return _owed(standing.due_at, instants(expected, standing, holds), standing, now, expected.until)


def instants(expected: Expected, standing: Standing, holds: Collection[Hold] = ()) -> dict[Step, datetime]:
    """Return when each step is owed that these facts let climb, holds included, in rung order."""
    owed: dict[Step, datetime] = {}
    for step in RUNG_ORDER:
        known = [steps[step] for steps in (standing.steps, expected.steps) if step in steps]
        if known and _may_climb(step, expected):
            owed[step] = _held(step, min(known), expected, standing)
    return _after_outages(owed, expected, standing, holds) if holds else owed


def _after_outages(
    owed: dict[Step, datetime], expected: Expected, standing: Standing, holds: Collection[Hold]
) -> dict[Step, datetime]:
    """An open episode and *not here* wait for no roll-call, nor does what never goes to the police."""
    if expected.resting or Step.R3 not in owed:
        return owed
    police_at = min(owed[Step.R3], standing.police_at or owed[Step.R3])
    due_at = standing.due_at or expected.due_at
    return {
        step: outages.put_off(at, due_at=due_at, police_at=police_at, holds=holds)
        if step in outages.PUT_OFF
        else at
        for step, at in owed.items()
    }


def _may_climb(step: Step, expected: Expected) -> bool:
    return not expected.resting or step in _OWN_WHILE_RESTING or step in expected.steps


def _held(step: Step, at: datetime, expected: Expected, standing: Standing) -> datetime:
    if step in _HELD_BY_REPORT:
        return expected.hold(at)
    if step is Step.FAIL_SAFE and standing.on_it_at is not None and standing.on_it_at < at:
        return max(at, standing.on_it_at + ON_IT_HOLD)
    return at


def _owed(
    due_at: datetime,
    steps: Mapping[Step, datetime],
    standing: Standing,
    now: datetime,
    until: datetime | None = None,
) -> Climb | Rest:
    done = standing.climbed | standing.moot
    left = [(step, at) for step, at in steps.items() if step not in done]
    owed = tuple((step, at) for step, at in left if at <= now)
    looks = [at for _, at in left] + ([until] if until is not None else [])
    next_at = min((at for at in looks if at > now), default=None)
    return Climb(due_at, owed, next_at) if owed else Rest(next_at)
