"""What a journey owes: the escort's next confirmation, and when its lack climbs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from alerts import proof
from alerts.schedule import Applies, ChildFacts, Journey, Sighting, Step, step_instants
from cases import journey_times
from cases.journey_times import APART_AT_MOST

WINDOW = "journey"
ROW = "in_transit"
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


def due(facts: ChildFacts) -> datetime | None:
    """Return by when the next confirmation is owed; None without a journey.

    Somebody else who saw the child after that instant puts the next confirmation off by one stretch from then: the
    same proof as at a stop, by whoever it is. So does the end of a search: whoever ended it has seen the child. A
    journey that the search has overtaken is over by then (`cases.overtaken`). Nor is anything owed that fell due before
    the child was watched, or was watched again.
    """
    journey = facts.journey
    if journey is None:
        return None
    apart = journey.row.interval or APART_AT_MOST
    owed = journey_times.owed(journey.stops, apart=apart)
    if owed is None:
        return None
    seen = [sighting.happened_at for sighting in _proofs(facts.sightings, journey)]
    found = [until for _, until in facts.rests if until is not None]
    return journey_times.put_off(owed, [*seen, *found, facts.watch_from], apart=apart)


def left(facts: ChildFacts) -> Iterator[tuple[Journey, datetime]]:
    """Yield each journey that ended by no proof of the child, and by when that is owed still.

    What was late at its end stays late until somebody sees the child after it was due; what was not due yet is owed
    then, unless the word with which the journey ended, or a later one, is proof. Of a journey that had not begun nothing
    is left: the home is asked as ever.
    """
    for journey in facts.left_journeys:
        due_at = _left_due(journey, facts)
        if due_at is not None:
            yield journey, due_at


def _left_due(journey: Journey, facts: ChildFacts) -> datetime | None:
    accepted = (*_proofs(facts.sightings, journey), *proof.accepted(facts.sightings, facts.applies))
    heard = [sighting.happened_at for sighting in accepted]
    *before, last = journey.stops
    if last.seen_at not in heard:
        # Whoever received the child may not know its face.
        last = replace(last, seen_at=None)
    stops, apart = (*before, last), journey.row.interval or APART_AT_MOST
    owed = journey_times.owed(stops, apart=apart)
    if owed is None or journey.ended_at is None:
        return None
    found = [until for _, until in facts.rests if until is not None]
    heard += [*found, facts.watch_from]
    due_at = journey_times.put_off(owed, heard, apart=apart)
    if due_at <= journey.ended_at:
        return due_at
    has_begun = any(stop.seen_at is not None for stop in stops)
    if journey.word is None:
        # Nor does anybody ask after whom a search has found, which ended the journey with itself.
        is_known = any(moment >= journey.ended_at for moment in heard)
    else:
        is_known = journey.word in accepted or any(moment > journey.word.happened_at for moment in heard)
    return due_at if has_begun and not is_known else None


def steps(journey: Journey, due_at: datetime) -> Mapping[Step, datetime]:
    """When each step is owed; no home is rung, for the child is with the escorts."""
    return {step: at for step, at in step_instants(journey.row.steps, due_at).items() if step is not Step.R0}


def under_way(facts: ChildFacts, due_at: datetime) -> tuple[datetime, datetime] | None:
    """The stretch in which the escorts confirm the child and no home is asked: from the pick-up, and never past the due."""
    journey = facts.journey
    if journey is None:
        return None
    seen = [stop.seen_at for stop in journey.stops if stop.seen_at is not None]
    return (min(seen), due_at) if seen else None


def set_out_at(facts: ChildFacts) -> datetime | None:
    """Since when the escorts of a journey that goes on have the child; None before and after."""
    due_at = due(facts)
    on_the_way = under_way(facts, due_at) if due_at is not None else None
    return None if on_the_way is None else on_the_way[0]


def _proofs(sightings: Sequence[Sighting], journey: Journey) -> tuple[Sighting, ...]:
    return proof.accepted(sightings, (Applies(journey.row, _BEGINNING),))
