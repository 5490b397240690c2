"""The last visit at which each child was seen, and since when a visit is owed that it asked for: read for its paper."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from alerts.paper_facts import Visited
from cases.deadlines import end_of
from cases.models import Event, Placement, Visit, VisitRequest


@dataclass(frozen=True)
class Visits:
    """Of one child: the last visit at which it was seen, and the first time that it asked for one since.

    Where that visit counts for longer: by placement, when its planned end was said anew, and which had stood until then.
    """

    last: tuple[Visited, ...] = ()
    asked_at: datetime | None = None
    ends: Mapping[int, list[tuple[datetime, date | None]]] = field(default_factory=dict)


NONE = Visits()


def read(child_ids: Collection[int]) -> dict[int, Visits]:
    """In three questions; a visit that was recorded late answers what was asked before it."""
    rows = Visit.objects.counted().filter(child__among=child_ids).order_by("child", "-visited_at", "-pk")
    found = {row.child_id: Visits((_visited(row),)) for row in rows.distinct("child")}
    asked = VisitRequest.objects.standing().filter(child__among=child_ids).order_by("-asked_at")
    for child_id, asked_at in asked.values_list("child", "asked_at"):
        last = found.get(child_id, NONE).last
        if not last or last[0].at < asked_at:
            found[child_id] = Visits(last, asked_at)
    lasting = [child_id for child_id, one in found.items() if any(visit.lasting for visit in one.last)]
    for child_id, ends in _ends(lasting).items():
        found[child_id] = replace(found[child_id], ends=ends)
    return found


def said(visits: Visits | None) -> dict[str, Any]:
    """The visits of one child, as the calculator of paper reads them."""
    found = visits or NONE
    return {"visits": found.last, "visit_asked_at": found.asked_at}


def ends_said(visits: Visits | None, placement: Placement) -> tuple[tuple[datetime, datetime | None], ...]:
    """When the end of this placement was said anew; the latest day that law gives it stood whatever was said."""
    found = []
    for at, before in (visits or NONE).ends.get(placement.pk, ()):
        day = min((day for day in (before, placement.latest_date) if day is not None), default=None)
        found.append((at, end_of(day) if day is not None else None))
    return tuple(found)


def _ends(child_ids: Collection[int]) -> dict[int, dict[int, list[tuple[datetime, date | None]]]]:
    """What was said of the ends of these children's placements, in order; nothing is asked about nobody."""
    found: dict[int, dict[int, list[tuple[datetime, date | None]]]] = {}
    said = Event.objects.filter(child__among=child_ids, kind="placement_end_planned").order_by(
        "child", "number"
    )
    for event in said if child_ids else ():
        before = date.fromisoformat(event.data["before"]) if event.data["before"] else None
        found.setdefault(event.child_id, {}).setdefault(event.subject_id or 0, []).append(
            (event.happened_at, before)
        )
    return found


def _visited(row: Visit) -> Visited:
    return Visited(row.visited_at, row.lasting, row.agreed_less)
