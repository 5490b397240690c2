"""What is coming of some children that nobody has to record by a day: dated triggers, and journeys, in the calendars."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.calendars import Entry
from cases import reads
from cases.deadlines import london_day
from cases.models import Journey, JourneyStop, Trigger


def coming(children: Any, *, after: str = "", until: datetime | None = None, now: datetime) -> list[Entry]:
    """The triggers that are still to come and the open journeys of these children, between two marks of the clocks.

    Each stands once, on the page in whose span its time falls; `until` None for the last page. No note and no place:
    they stand in the child's record.
    """
    since = reads.read_mark(after)[0] if after else None
    found = [*_triggers(children, now), *_journeys(children, now)]
    return [
        entry
        for entry in found
        if (since is None or entry.due_at > since) and (until is None or entry.due_at <= until)
    ]


def _triggers(children: Any, now: datetime) -> list[Entry]:
    rows = Trigger.objects.filter(child__in=children, happens_at__gt=now, child__closed_at=None)
    return [
        _entry(row.child, str(row.get_kind_display()), row.happens_at, "child_timeline", row.pk)
        for row in rows.select_related("child").order_by("happens_at", "pk")
    ]


def _journeys(children: Any, now: datetime) -> list[Entry]:
    """Until the departure the pick-up, and from then on the hand-over: late once its time is over."""
    rows = Journey.objects.open().filter(child__in=children, child__closed_at=None).select_related("child")
    stops = Prefetch("stops", JourneyStop.objects.order_by("position"), to_attr="in_order")
    found = []
    for row in rows.prefetch_related(stops):
        in_order: Sequence[JourneyStop] = row.in_order
        starts = now < in_order[0].due_at
        due_at = in_order[0].due_at if starts else in_order[-1].due_at
        what = _("Journey: the child is picked up") if starts else _("Journey: the child is handed over")
        found.append(_entry(row.child, what, due_at, "journey", row.pk))
    return found


def _entry(child: Any, what: str, at: datetime, page: str, key: int) -> Entry:
    href = reverse(page, args=[child.reference])
    return Entry(child, what, at, london_day(at), href, mark=(at, key), kind="at")
