"""The home that a step is told of: of what somebody entered for a house the home that it was entered for."""

from alerts import readings
from alerts.escalations import actors
from alerts.models import Clock
from cases.facts import ChildFacts
from cases.models import Placement


def home_id(child: ChildFacts, clock: Clock) -> int | None:
    """Where the child lived when the last entry that waits for an answer was made; of all else, where it lives now.

    A child who moves since is told of with the house that the visitor came to, and with no other.
    """
    told = actors.last_told(child, clock.kind) if clock.kind in readings.TOLD_OF.values() else None
    if told is None:
        return _of(child.placement)
    at = told.recorded_at
    then = [
        one for one in child.placements if one.starts_at <= at and (one.ends_at is None or at < one.ends_at)
    ]
    return _of(then[0] if then else None)


def _of(placement: Placement | None) -> int | None:
    return placement.home_id if placement is not None else None
