"""Until when a child may be out or away: outings one after the other, between which nobody has seen the child, are one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from alerts.default_policies import LONGEST_OUT
from alerts.schedule import Absence, ChildFacts, Sighting


def first_unseen(absences: Iterable[Absence], anchor: datetime) -> datetime | None:
    """When the first of the outings began since whose beginning nobody has seen the child; None where there is none.

    `anchor` is the last accepted proof, or when the watch or a search before it began anew.
    """
    return min((a.starts_at for a in absences if _is_unseen(a, anchor)), default=None)


def as_one(absences: Sequence[Absence], anchor: datetime, asked_at: datetime) -> tuple[Absence, ...]:
    """The same, with outings since whose beginning nobody has seen the child as one of 24 hours.

    Where the rows of a child who never goes out ask later than that, at `asked_at`, the later outings hold nothing back
    from there, and are over when they were to be: what is owed then climbs as of a child who was at home. Else the return
    is owed when the day is over; of who goes out after that it is owed at once, and no sooner than they went: no rung is
    late because somebody pressed *Out*.
    """
    first = first_unseen(absences, anchor)
    if first is None:
        return tuple(absences)
    day_ends_at = first + LONGEST_OUT
    return tuple(
        _cut(one, day_ends_at, asked_at) if _is_unseen(one, anchor) and one.starts_at > first else one
        for one in absences
    )


def _cut(one: Absence, day_ends_at: datetime, asked_at: datetime) -> Absence:
    if asked_at > day_ends_at:
        return replace(one, holds_until=max(asked_at, one.starts_at))
    return replace(one, until=min(one.until, max(day_ends_at, one.starts_at)))


def holds_until(absence: Absence) -> datetime:
    """Until when it holds windows back, if nothing ends it before."""
    back = back_by(absence)
    return back if absence.holds_until is None else min(back, absence.holds_until)


def back_by(absence: Absence) -> datetime:
    """When the child is to be back: out at most a day after they went."""
    if absence.kind == "out":
        return min(absence.until, absence.starts_at + LONGEST_OUT)
    return absence.until


def ended_at(absence: Absence, facts: ChildFacts, proofs: Sequence[Sighting]) -> datetime | None:
    """When the absence was over, whatever came first.

    As recorded, by its back-by; with the first proof at or after that; with the end of a missing
    episode; or with the start of a new watch after it. One that nobody ended must not suspend windows
    for ever. A return written after its back-by, whatever time it names, or a placement ended then, is
    nobody's sight of the child: what the lateness owes stays owed until somebody has seen them.
    """
    return _ended(absence, facts, proofs, absence.ends_at)


def known_over_at(absence: Absence, facts: ChildFacts, proofs: Sequence[Sighting]) -> datetime | None:
    """As `ended_at`, and of what was recorded when that was written: until then nobody was asked for the child at home.

    The roll-calls since the time that was typed would all be late in the minute in which somebody types it.
    """
    return _ended(absence, facts, proofs, written_at(absence))


def written_at(absence: Absence) -> datetime | None:
    """When its return was written, if that was later than the return itself."""
    return max(filter(None, (absence.ends_at, absence.ended_recorded_at)), default=None)


def _ended(
    absence: Absence, facts: ChildFacts, proofs: Sequence[Sighting], recorded_at: datetime | None
) -> datetime | None:
    due_at = back_by(absence)
    ends = [p.happened_at for p in proofs if p.happened_at >= due_at]
    ends += [until for _, until in facts.rests if until is not None and until > absence.starts_at]
    if absence.ends_at is not None and recorded_at is not None and absence.ends_at <= due_at:
        written = absence.ended_recorded_at or absence.ends_at
        # Written late it counts from its time once a proof since then bears it out, however late that is written.
        if written <= due_at or any(p.happened_at >= absence.ends_at for p in proofs):
            ends.append(recorded_at)
    if facts.watch_from > due_at:
        ends.append(facts.watch_from)
    return min(ends, default=None)


def _is_unseen(absence: Absence, anchor: datetime) -> bool:
    return absence.kind == "out" and absence.starts_at > anchor
