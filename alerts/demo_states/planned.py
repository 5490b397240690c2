"""A child to look at whose next home is planned, and of whom two plans before have ended in either way."""

from datetime import timedelta

from alerts.demo_states.lot import Lot, Shown, arrive, live_at, seen
from cases import partings, placements, planned_placements
from cases.deadlines import london_day
from cases.models import Child, Home, Placement, PlannedPlacement
from cases.planned_placements import Planned
from cases.states import PlannedStage

MACHINE = "Planned placement"


def _live(lot: Lot, shown: Shown) -> Child:
    child = arrive(lot, shown, placed=False)
    live_at(lot, child, lot.homes["Age"], since=lot.ago(50), by=lot.worker)
    here, there = lot.homes[MACHINE], lot.homes["Booked meeting"]
    off = _plan(lot, child, there, "A room beside a boy of his language.", days=40)
    planned_placements.call_off(
        off, why="The room was given to somebody else.", by=lot.worker, at=lot.ago(38)
    )
    _plan(lot, child, here, "Nearer to his college.", days=30)
    first = Placement.objects.get(child=child, ends_at=None)
    why = "A home nearer to his college."
    placements.end(first, ends_at=lot.ago(23), reason=why, by=lot.worker, at=lot.ago(23))
    live_at(lot, child, here, since=lot.ago(23), by=lot.worker)
    _plan(lot, child, there, "The room is free from then on.", days=-14)
    return seen(lot, child)


def _plan(lot: Lot, child: Child, home: Home, why: str, *, days: float) -> PlannedPlacement:
    """Planned so many days ago for a week later; a move to come is planned now."""
    day = london_day(lot.ago(days) + timedelta(days=7))
    said = Planned(home=home, authority=lot.stage.authority, planned_date=day, reason=why)
    return partings.plan(child, said, by=lot.worker, at=lot.ago(max(days, 0)))


CHILDREN = (
    Shown(
        "Girma",
        "Tesfalem",
        ("Tigrinya",),
        MACHINE,
        PlannedStage.PLANNED,
        _live,
        beside=(PlannedStage.TAKEN_UP, PlannedStage.CALLED_OFF),
    ),
)
