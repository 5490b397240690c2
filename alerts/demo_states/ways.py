"""Children to look at who are on a journey with escorts or were, each with how it ended."""

from datetime import timedelta

from alerts import demo_journeys
from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import journeys
from cases.models import Child
from cases.states import JourneyStage

MACHINE = "Journey"
ESCORT = "Petra Lindqvist"


def _under_way(lot: Lot, shown: Shown) -> Child:
    """Picked up ten minutes ago, and seen by the escort then."""
    child, departs_at = arrive(lot, shown), lot.ago(0, hours=-1 / 6)
    force, by = lot.stage.force, lot.worker
    journey = demo_journeys.plan(child, force=force, departs_at=departs_at, by=by, at=lot.ago(2))
    sight = journeys.Seen(escort=ESCORT, happened_at=departs_at)
    journeys.confirm(journey.stops.order_by("position")[0], sight, by=by, at=lot.at)
    return child


def _live(lot: Lot, shown: Shown) -> Child:
    """Planned ten days ago; the escort has confirmed each stop, or turned back after the first one."""
    child = arrive(lot, shown)
    journey = demo_journeys.plan(child, force=lot.stage.force, by=lot.worker, at=lot.ago(10))
    stops = list(journey.stops.order_by("position"))
    for stop in stops if shown.state == JourneyStage.HANDED_OVER else stops[:1]:
        sight = journeys.Seen(escort=ESCORT, happened_at=stop.due_at)
        journeys.confirm(stop, sight, by=lot.worker, at=stop.due_at)
    if shown.state == JourneyStage.BROKEN_OFF:
        back_at = stops[0].due_at + timedelta(hours=1)
        sight = journeys.Seen(escort=ESCORT, happened_at=back_at)
        reason = "Snow on the coast road: back in the house, and the college rings about another day."
        journeys.break_off(journey, reason=reason, seen=sight, by=lot.worker, at=back_at)
    return seen(lot, child)


CHILDREN = (
    Shown("Bekele", "Lemma", ("Amharic",), MACHINE, JourneyStage.UNDER_WAY, _under_way),
    Shown("Nadir", "Khurram", ("Pashto",), MACHINE, JourneyStage.HANDED_OVER, _live),
    Shown("Selihom", "Tewelde", ("Tigrinya",), MACHINE, JourneyStage.BROKEN_OFF, _live),
)
