"""The journeys in the facts of children: the open one, and those that are over and left a question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from cases import fact_rows
from cases.journey_times import Stop
from cases.models import Journey, JourneyConfirmation, JourneyStop
from cases.models.journeys import is_left, standing


class Ways(Protocol):
    """What the facts of a child hold of its journeys."""

    journey: Journey | None
    stops: tuple[Stop, ...]
    left_journeys: list[Journey]
    left_stops: dict[int, tuple[Stop, ...]]


def load(facts: Mapping[int, Ways]) -> None:
    """Put the journeys of these children into their facts, with what is confirmed of each."""
    found = fact_rows.journeys(facts.keys())
    confirmed: dict[int, list[JourneyConfirmation]] = defaultdict(list)
    for row in fact_rows.confirmations([one.pk for one in found]) if found else ():
        confirmed[row.stop.journey_id].append(row)
    for journey in found:
        put(facts[journey.child_id], journey, list(journey.stops.all()), confirmed[journey.pk])


def put(
    one: Ways, journey: Journey, stops: Sequence[JourneyStop], confirmed: Sequence[JourneyConfirmation]
) -> None:
    """Put a journey of the child into its facts: the open one, or one that left a question."""
    if journey.ended_at is None:
        one.journey, one.stops = journey, standing(stops, confirmed)
    elif is_left(journey, confirmed):
        one.left_journeys.append(journey)
        one.left_stops[journey.pk] = standing(stops, confirmed)
