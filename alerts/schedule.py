"""The values that the calculators of silence take and return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from cases.deadlines import next_at_wall
from cases.journey_times import Stop
from cases.strengths import Strength


class Step(StrEnum):
    """A rung of silence, and the fail-safe that starts the call ladder by itself."""

    R0 = "R0"
    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    FAIL_SAFE = "fail_safe"
    R4 = "R4"
    R5 = "R5"


RUNG_ORDER: tuple[Step, ...] = tuple(Step)
# From the opening of a window to its end.
LONGEST_WINDOW = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """A roll-call in London wall time; one that closes at or before it opens closes the next day."""

    name: str
    opens: time
    closes: time


@dataclass(frozen=True)
class StepTime:
    """When a step is owed: `after` the window's end, or the first London `wall` time to come.

    `wall` is the first such time at or after the step before it, or the window's end for the first.
    Exactly one of the two is given; ValueError otherwise.
    """

    after: timedelta | None = None
    wall: time | None = None

    def __post_init__(self) -> None:
        if (self.after is None) == (self.wall is None):
            raise ValueError("a step is owed either after a span or at a wall time")


@dataclass(frozen=True)
class Row:
    """One version of one row of a contact policy: what proof is due and what its lack climbs to."""

    key: str
    version: int
    windows: tuple[Window, ...]
    # Counted from the last accepted proof, for a row that has no windows.
    interval: timedelta | None
    steps: tuple[tuple[Step, StepTime], ...]
    accepts: frozenset[Strength]
    # Only the word of somebody who knows the child's face or holds the photo counts.
    knows_child: bool
    # Whether two proofs by phone may follow one another.
    phone_twice: bool
    # How long one organisation's word is enough.
    second_eyes: timedelta
    # From the agreed time of return to R3; a child's plan may only shorten it.
    back_by: timedelta
    # From that R3 to the fail-safe; None where a person decides.
    back_by_fail_safe: timedelta | None
    # Checks of the building that a home owes while this row applies to a child there, and what their lack climbs to.
    checks: tuple[Window, ...] = ()
    check_steps: tuple[tuple[Step, StepTime], ...] = ()
    # Of the row that asks for a child because another is missing: for how long it is watched more closely after that.
    watched_for: timedelta | None = None


@dataclass(frozen=True)
class Applies:
    """A row and the period [starts_at, ends_at) in which its windows open for one child.

    `joins` is true where the row takes over from another in the middle of a child's stay: then a
    window already open at `starts_at` counts too, so that a change of row at 17:00 loses no evening.
    A row of what was written late begins with the writing; of the windows that are open then those count
    that opened from `opened_from` on, which is the start that was typed.
    """

    row: Row
    starts_at: datetime
    ends_at: datetime | None = None
    joins: bool = False
    opened_from: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """From when on a window may have opened that counts, if it closes after `starts_at`."""
        earliest = self.starts_at - LONGEST_WINDOW
        if self.joins:
            return earliest
        return self.starts_at if self.opened_from is None else max(self.opened_from, earliest)

    def covers(self, instant: datetime) -> bool:
        """Whether the row applies at `instant`."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True)
class Sighting:
    """Somebody saw or spoke to the child; withdrawn ones and kept-from witnesses never get here."""

    id: int
    happened_at: datetime
    strength: Strength
    knows_child: bool
    # Who saw the child and for whom they work, as keys to compare; None where it is not known.
    witness: str | int | None
    organisation: str | int | None
    other_in_room: bool = False

    @property
    def is_visit(self) -> bool:
        """Whether somebody of a team stood before the child: only the responsible authority's own speak for a team."""
        by_team = isinstance(self.organisation, str) and self.organisation.startswith("team:")
        return by_team and self.strength is Strength.FACE_TO_FACE

    @property
    def is_at_home(self) -> bool:
        """Whether somebody of a home stood before the child."""
        by_home = isinstance(self.organisation, str) and self.organisation.startswith("home:")
        return by_home and self.strength is Strength.FACE_TO_FACE


@dataclass(frozen=True)
class Shift:
    """A home's own time of one window, -120 to 120 minutes, from a London day on.

    `from_date` is a day to come when it is written: moving a window that is already late would
    put off what it owes. It is the time of the windows that opened from `since` until before `until`, while the
    child was there: of a child who moves, what one home missed is not read by the times of the next.
    """

    window: str
    minutes: int
    from_date: date
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Absence:
    """Out until, or away with permission until; `report_after` is the child's plan for back-by."""

    kind: str
    starts_at: datetime
    until: datetime
    ends_at: datetime | None = None
    report_after: timedelta | None = None
    # When the ending was written; None where that was when it happened.
    ended_recorded_at: datetime | None = None
    # Windows that close from here on are owed though the child is out; None where they wait for its back-by.
    holds_until: datetime | None = None


@dataclass(frozen=True)
class HeadCount:
    """Another child is missing `since`: this one was asked for at `raised_at` and is to be seen by `due_at`.

    Or it was itself, and is asked for because its return rests on nobody's word any more.

    `steps` are what climbs after that, by the policy in force at the asking.
    """

    since: datetime
    raised_at: datetime
    due_at: datetime
    steps: tuple[tuple[Step, StepTime], ...]


@dataclass(frozen=True)
class Journey:
    """A journey under the version of its row that was in force when it was planned.

    Of one that is over `ended_at` says when that was written, and `word` by whose sighting, where that counts at all.
    """

    row: Row
    planned_at: datetime
    stops: tuple[Stop, ...]
    ended_at: datetime | None = None
    word: Sighting | None = None


@dataclass(frozen=True)
class Elsewhere:
    """Others treat the child as an adult, and no placement says who looks after them: [since, until), None while it lasts.

    We visit by `visit_by` first.
    """

    since: datetime
    visit_by: datetime
    until: datetime | None = None
    # Since when the child had been there by then, of a placement that ended it and was written later; None of all others.
    there_since: datetime | None = None


@dataclass(frozen=True)
class EpisodeFacts:
    """An open (or just ended) episode, as far as the clocks need it."""

    number: int
    # "missing" or "away"
    kind: str
    # "silence", "not_here", "report" or "away"
    started_by: str
    # The report or *not here* or confirmation; for an away episode its start.
    t0: datetime | None
    police_owed_at: datetime | None
    confirmed: bool
    # The first report that the child was seen: it holds R4 and R5 once.
    reported_seen_at: datetime | None
    ended_at: datetime | None
    # When it was written.
    opened_at: datetime | None = None


@dataclass(frozen=True)
class ChildFacts:
    """All that decides when a child must be accounted for; no present time among it.

    `rests` are the spans of ended missing episodes in which the clock really rested. An episode that
    silence opened and proof ended by itself, before any police message was owed, is none of them: if that proof
    is withdrawn, the clock must go back to where it would have been. One that duty ended is, whatever its outcome:
    they have seen the child.
    """

    child_id: int
    watch_from: datetime
    # Closed, died or assessed an adult: nothing is owed any more.
    watch_until: datetime | None
    rests: tuple[tuple[datetime, datetime | None], ...]
    applies: tuple[Applies, ...]
    sightings: tuple[Sighting, ...]
    shifts: tuple[Shift, ...]
    absences: tuple[Absence, ...]
    has_home: bool
    episode: EpisodeFacts | None
    # The row of "not here, any child", of which episodes take R4 and R5.
    not_here: Row
    # Since when another body treats the child as an adult, and by when they must first be visited; None of all others.
    elsewhere: tuple[datetime, datetime] | None = None
    # When that was so before and is over, in order.
    was_elsewhere: tuple[Elsewhere, ...] = ()
    journey: Journey | None = None
    # Those that are over, and not by the hand-over of an escort whose word counts still.
    left_journeys: tuple[Journey, ...] = ()
    head_counts: tuple[HeadCount, ...] = ()
    # `applies` without what applies because another child is missing; None where that is the same.
    own_applies: tuple[Applies, ...] | None = None
    # What is owed because the last search ended on the word of somebody from whom the child is kept since that was said.
    doubted_end: HeadCount | None = None
    # Since when the child was where they live, and when that was written, of one who was registered after it began:
    # a roll-call that opened since the one and closes after the other is asked. None of all others.
    opened: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class Expected:
    """The proof that is due next, and the instant of each step if it does not come."""

    due_at: datetime
    # When the window opens; None where no window is due but a return, an interval or an episode.
    opens_at: datetime | None
    window: str
    rows: tuple[str, ...]
    steps: Mapping[Step, datetime]
    # An open episode's ladder runs: only what is named here and the alert's own R4 and R5 climb.
    resting: bool = False
    # "Reported seen" holds R4 and R5 once: one owed between these two instants waits for the second,
    # whatever was frozen; one owed before the report was made is owed still.
    held_from: datetime | None = None
    held_until: datetime | None = None
    # When the facts change by themselves, as at the end of somebody's leave: the clock is looked at then.
    until: datetime | None = None
    # What was late before its child was looked for: an open alert climbs no further and ends not before `until`.
    asleep: bool = False

    def hold(self, at: datetime) -> datetime:
        """Return when an R4 or R5 of `at` is owed, given the hold."""
        if self.held_from is None or self.held_until is None or at <= self.held_from:
            return at
        return max(at, self.held_until)


def step_instants(steps: Sequence[tuple[Step, StepTime]], ends_at: datetime) -> dict[Step, datetime]:
    """Return when each step is owed, counted from a window's end; no rung after a higher one.

    A wall time may lie up to 25 hours ahead when the clocks go back, past a later rung's span: the
    lower rung is then brought forward to it.
    """
    instants: dict[Step, datetime] = {}
    before = ends_at
    for step, step_time in steps:
        if step_time.after is not None:
            before = ends_at + step_time.after
        elif step_time.wall is not None:
            before = next_at_wall(before, step_time.wall)
        instants[step] = before
    return in_order(instants)


def in_order(instants: Mapping[Step, datetime]) -> dict[Step, datetime]:
    """Return the same steps in rung order, none of R0 to R5 later than a higher one.

    The fail-safe starts a ladder of its own: it has no place among the rungs but after R3.
    """
    ordered: list[tuple[Step, datetime]] = []
    least: datetime | None = None
    for step in reversed(RUNG_ORDER):
        at = instants.get(step)
        if at is None:
            continue
        if step is not Step.FAIL_SAFE:
            least = at = at if least is None or at < least else least
        ordered.append((step, at))
    return dict(reversed(ordered))
