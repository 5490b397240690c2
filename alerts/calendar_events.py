"""What is coming of some children that nobody has to record by a day: dated triggers, and journeys, in the calendars."""

from datetime import datetime
from typing import Any

from django.db.models import Max, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.calendars import Entry
from cases import reads
from cases.deadlines import london_day
from cases.models import Journey, Trigger


def coming(children: Any, *, after: str = "", until: datetime | None = None, now: datetime) -> list[Entry]:
    """The triggers that are still to come and the open journeys of these children, between two marks of the clocks.

    Each stands once, on the page in whose span its time falls; `until` None for the last page. No note and no place:
    they stand in the child's record. In two questions.
    """
    since = reads.read_mark(after)[0] if after else None
    return [*_triggers(children, since, until, now), *_journeys(children, since, until, now)]


def _triggers(children: Any, since: datetime | None, until: datetime | None, now: datetime) -> list[Entry]:
    begins = max(now, since) if since is not None else now
    rows = Trigger.objects.filter(child__in=children, happens_at__gt=begins, child__closed_at=None)
    rows = rows.exclude(kind=Trigger.Kind.MOVE, answered_at__isnull=False)
    if until is not None:
        rows = rows.filter(happens_at__lte=until)
    return [
        _entry(row.child, str(row.get_kind_display()), row.happens_at, "child_timeline", row.pk)
        for row in rows.select_related("child").order_by("happens_at", "pk")
    ]


def _journeys(children: Any, since: datetime | None, until: datetime | None, now: datetime) -> list[Entry]:
    """Until the departure the pick-up, and from then on the hand-over: late once its time is over."""
    rows = Journey.objects.open().filter(child__in=children, child__closed_at=None).select_related("child")
    found = []
    for row in rows.annotate(first_at=Min("stops__due_at"), last_at=Max("stops__due_at")):
        starts = now < row.first_at
        due_at = row.first_at if starts else row.last_at
        what = _("Journey: the child is picked up") if starts else _("Journey: the child is handed over")
        if (since is None or due_at > since) and (until is None or due_at <= until):
            found.append(_entry(row.child, what, due_at, "journey", row.pk))
    return found


def _entry(child: Any, what: str, at: datetime, page: str, key: int) -> Entry:
    href = reverse(page, args=[child.reference])
    return Entry(child, what, at, london_day(at), href, mark=(at, key), kind="at")
