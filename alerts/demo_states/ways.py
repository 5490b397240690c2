"""Children to look at who were on a journey with escorts, each with how it ended."""

from datetime import timedelta

from django.db.models import TextChoices

from alerts import demo_journeys
from alerts.demo_states.lot import Lot, Shown, arrive, seen
from cases import journeys
from cases.models import Child

MACHINE = "Journey"
ESCORT = "Petra Lindqvist"


class End(TextChoices):
    """A journey has no status: it has ended at its last stop, or with a reason before it."""

    HANDED_OVER = "handed_over", "Handed over"
    BROKEN_OFF = "broken_off", "Broken off"


def _live(lot: Lot, shown: Shown) -> Child:
    """Planned ten days ago; the escort has confirmed each stop, or turned back after the first one."""
    child = arrive(lot, shown)
    journey = demo_journeys.plan(child, force=lot.stage.force, by=lot.worker, at=lot.ago(10))
    stops = list(journey.stops.order_by("position"))
    for stop in stops if shown.state == End.HANDED_OVER else stops[:1]:
        sight = journeys.Seen(escort=ESCORT, happened_at=stop.due_at)
        journeys.confirm(stop, sight, by=lot.worker, at=stop.due_at)
    if shown.state == End.BROKEN_OFF:
        back_at = stops[0].due_at + timedelta(hours=1)
        sight = journeys.Seen(escort=ESCORT, happened_at=back_at)
        reason = "Snow on the coast road: back in the house, and the college rings about another day."
        journeys.break_off(journey, reason=reason, seen=sight, by=lot.worker, at=back_at)
    return seen(lot, child)


CHILDREN = (
    Shown("Nadir", "Khurram", ("Pashto",), MACHINE, End.HANDED_OVER, _live),
    Shown("Selihom", "Tewelde", ("Tigrinya",), MACHINE, End.BROKEN_OFF, _live),
)
