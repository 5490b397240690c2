"""The last visit at which each child was seen, and since when a visit is owed that it asked for: read for its paper."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from alerts.paper_facts import Visited
from cases.models import Visit, VisitRequest


@dataclass(frozen=True)
class Visits:
    """Of one child: the last visit at which it was seen, and the first time that it asked for one since."""

    last: tuple[Visited, ...] = ()
    asked_at: datetime | None = None


NONE = Visits()


def read(child_ids: Collection[int]) -> dict[int, Visits]:
    """In two questions; a visit that was recorded late answers what was asked before it."""
    rows = Visit.objects.counted().filter(child__among=child_ids).order_by("child", "-visited_at", "-pk")
    found = {row.child_id: Visits((_visited(row),)) for row in rows.distinct("child")}
    asked = VisitRequest.objects.standing().filter(child__among=child_ids).order_by("-asked_at")
    for child_id, asked_at in asked.values_list("child", "asked_at"):
        last = found.get(child_id, NONE).last
        if not last or last[0].at < asked_at:
            found[child_id] = Visits(last, asked_at)
    return found


def _visited(row: Visit) -> Visited:
    return Visited(row.visited_at, row.lasting, row.agreed_less)
