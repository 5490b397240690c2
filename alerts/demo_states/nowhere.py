"""A child to look at of whom no placement says where it lives: red on its page until one is recorded."""

from django.db.models import TextChoices

from alerts.demo_states.lot import Lot, Shown, arrive, live_at, seen
from cases import placements
from cases.models import Child, Placement

MACHINE = "Where a child lives"


class Lives(TextChoices):
    """A placement has no status: one stands, or none does."""

    NOWHERE = "nowhere", "Nowhere recorded"


def _live(lot: Lot, shown: Shown) -> Child:
    """In a home until yesterday; since then with two support workers in a hotel, and no other bed is found."""
    child = arrive(lot, shown, placed=False)
    live_at(lot, child, lot.homes["Journey"], since=lot.ago(30), by=lot.worker)
    standing = Placement.objects.get(child=child, ends_at=None)
    placements.end(
        standing,
        ends_at=lot.ago(1),
        reason="Water in the house: all who lived upstairs had to go at once.",
        where="In a hotel by the station with two support workers, until a bed is found.",
        by=lot.worker,
        at=lot.ago(1),
    )
    return seen(lot, child)


CHILDREN = (Shown("Dawit", "Habtemariam", ("Tigrinya",), MACHINE, Lives.NOWHERE, _live),)
