"""Invented facts and a small engine for the tests of the calculators of silence."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts.applying import Version, rows_applying
from alerts.holds import Hold
from alerts.ladder import Climb, Rest, StandDown, Standing, decide
from alerts.schedule import (
    Absence,
    Applies,
    ChildFacts,
    EpisodeFacts,
    Expected,
    HeadCount,
    Row,
    Shift,
    Sighting,
    Step,
)
from cases.deadlines import LONDON
from cases.strengths import Strength

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
VERSIONS = tuple(Version(row, START) for row in policies.ROWS)


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, fold: int = 0) -> datetime:
    """The UTC instant of a London wall time."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON, fold=fold).astimezone(UTC)


def sighting(at: datetime, strength: Strength = Strength.FACE_TO_FACE, **fields: object) -> Sighting:
    values = {"id": 1, "knows_child": True, "witness": "reid", "organisation": "home"} | fields
    return Sighting(happened_at=at, strength=strength, **values)


def always(*rows: Row, since: datetime = START - 400 * DAY) -> tuple[Applies, ...]:
    return tuple(Applies(row, since) for row in rows)


def facts(*rows: Row, **fields: object) -> ChildFacts:
    """A watched child in a home to whom `rows` have always applied, with nothing else on record."""
    values = {
        "child_id": 1,
        "watch_from": START,
        "watch_until": None,
        "rests": (),
        "applies": always(*rows),
        "sightings": (),
        "shifts": (),
        "absences": (),
        "has_home": True,
        "episode": None,
        "not_here": policies.NOT_HERE,
    }
    return ChildFacts(**(values | fields))


def episode(started_by: str, **fields: object) -> EpisodeFacts:
    values = {
        "number": 1,
        "kind": "missing",
        "started_by": started_by,
        "t0": None,
        "police_owed_at": None,
        "confirmed": False,
        "reported_seen_at": None,
        "ended_at": None,
    }
    return EpisodeFacts(**(values | fields))


@dataclass
class Engine:
    """What the sweep does with decisions, in memory: one clock, its alerts and what they climbed."""

    standing: Standing = field(default_factory=Standing)
    climbed: list[tuple[datetime, Step, datetime]] = field(default_factory=list)
    stood_down: list[datetime] = field(default_factory=list)

    def sweep(
        self, expected: Expected | None, now: datetime, *, holds: Collection[Hold] = ()
    ) -> Climb | StandDown | Rest:
        decision = decide(expected, self.standing, now, holds=holds)
        if isinstance(decision, Climb):
            if self.standing.due_at is None:
                assert expected is not None
                self.standing = Standing(decision.due_at, dict(expected.steps))
            steps = frozenset(step for step, _ in decision.steps)
            police_at = next((at for step, at in decision.steps if step is Step.R3), self.standing.police_at)
            self.standing = replace(self.standing, climbed=self.standing.climbed | steps, police_at=police_at)
            self.climbed += [(decision.due_at, step, owed_at) for step, owed_at in decision.steps]
        elif isinstance(decision, StandDown):
            self.standing = Standing()
            self.stood_down.append(now)
        return decision

    def press_on_it(self, at: datetime) -> None:
        self.standing = replace(self.standing, on_it_at=at)

    def run(self, expected: Callable[[datetime], Expected | None], ticks: Iterable[datetime]) -> "Engine":
        for now in ticks:
            self.sweep(expected(now), now)
        return self


def steps_of(engine: Engine) -> set[tuple[datetime, Step, datetime]]:
    return set(engine.climbed)


instants = st.integers(min_value=0, max_value=60 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)
spans = st.integers(min_value=1, max_value=14 * 24 * 60).map(lambda minutes: minutes * MINUTE)
rows = st.sampled_from(
    [policies.FIRST_72_HOURS, policies.FIRST_30_DAYS, policies.HIGH, policies.ORDINARY, policies.SETTLED]
)
sightings = st.builds(
    Sighting,
    id=st.integers(1, 1_000_000),
    happened_at=instants,
    strength=st.sampled_from(list(Strength)),
    knows_child=st.booleans(),
    witness=st.sampled_from(["reid", "osman", "bright", None]),
    organisation=st.sampled_from(["home", "school", "guardians", None]),
    other_in_room=st.booleans(),
)
shifts = st.builds(
    Shift,
    window=st.sampled_from(["morning", "midday", "teatime", "evening", "night", "day"]),
    minutes=st.integers(-120, 120),
    from_date=st.dates(date(2026, 2, 1), date(2026, 5, 1)),
)
walls = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    starts_at = draw(instants)
    until = starts_at + draw(spans)
    ends_at = draw(st.none() | spans.map(lambda span: starts_at + span))
    wait = draw(st.none() | st.integers(0, 300).map(lambda minutes: minutes * MINUTE))
    return Absence(draw(st.sampled_from(["out", "away"])), starts_at, until, ends_at, wait)


@st.composite
def applying(draw: st.DrawFn, risk: str | None = None) -> tuple[Applies, ...]:
    moved = draw(st.lists(instants, max_size=2))
    starts = sorted([START - draw(st.integers(0, 200)) * DAY, *moved])
    ends: Sequence[datetime | None] = [*starts[1:], None]
    concerns = draw(st.lists(st.tuples(instants, st.none() | spans), max_size=2))
    return rows_applying(
        risk=risk or draw(st.sampled_from(["low", "medium", "high", "unknown"])),
        risk_since=draw(instants),
        earlier_risks=draw(
            st.lists(st.tuples(st.sampled_from(["low", "medium", "high"]), instants), max_size=2)
        ),
        arrived_at=starts[0] - draw(st.integers(0, 40)) * DAY,
        placements=tuple(zip(starts, ends, strict=True)),
        concerns=tuple((at, None if span is None else at + span) for at, span in concerns),
        versions=VERSIONS,
    )


@st.composite
def head_counts(draw: st.DrawFn) -> HeadCount:
    since = draw(instants)
    raised_at = since + draw(st.integers(0, 300)) * MINUTE
    return HeadCount(since, raised_at, raised_at + 30 * MINUTE, policies.HEAD_COUNT.steps)


@st.composite
def children(draw: st.DrawFn) -> ChildFacts:
    """Any open child without a missing episode whose ladder runs."""
    rests = draw(st.lists(st.tuples(instants, spans), max_size=2))
    away = draw(st.none() | instants)
    return facts(
        applies=draw(applying()),
        sightings=tuple(draw(st.lists(sightings, max_size=6))),
        shifts=tuple(draw(st.lists(shifts, max_size=3))),
        absences=tuple(draw(st.lists(absences(), max_size=3))),
        rests=tuple((at, at + span) for at, span in rests),
        has_home=draw(st.booleans()),
        episode=None if away is None else episode("away", kind="away", t0=away),
        head_counts=tuple(draw(st.lists(head_counts(), max_size=2))),
    )
