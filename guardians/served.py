"""Which services take children of an area, since when none does, and when one that did is over: for a decision."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from cases.deadlines import at_london, london_day
from cases.models import Responsibility
from guardians.models import ServiceArea


@dataclass(frozen=True)
class Served:
    """One area: None everywhere where nothing is on record of it, as before areas were."""

    # Since when no service takes children there.
    unserved_since: datetime | None = None
    # Since when one does, where none did before.
    anew_from: datetime | None = None
    # By service: when its time there is over, or will be; of those that do not begin again.
    ends: Mapping[int, datetime] = field(default_factory=dict)
    # The services of these whose guardians keep their children.
    kept_on: frozenset[int] = frozenset()

    def over(self, service_id: int, at: datetime) -> datetime | None:
        """When the time of this service was over there; None while it is not."""
        end = self.ends.get(service_id)
        return end if end is not None and end <= at else None


def of(authorities: Collection[int | None], *, at: datetime) -> dict[int, Served]:
    """By authority what is on record of its area at `at`; in one query, and without those of which nothing is."""
    rows: dict[int, list[ServiceArea]] = defaultdict(list)
    wanted = {pk for pk in authorities if pk is not None}
    for row in ServiceArea.objects.of(wanted).select_related("service").order_by("starts_date", "pk"):
        rows[row.authority_id].append(row)
    return {authority_id: read(own, at=at) for authority_id, own in rows.items()}


def read(rows: Iterable[ServiceArea], *, at: datetime) -> Served:
    """What these rows of one area say at `at`."""
    rows, day = list(rows), london_day(at)
    served = [row for row in rows if row.service_id is not None]
    current = [row for row in served if _holds(row, day)]
    ends, kept_on = _ends(served)
    if current:
        first = min(current, key=lambda row: row.starts_date)
        lacked = [row for row in rows if _lacked_before(row, first)]
        begun = max(_midnight(first.starts_date), first.recorded_at) if lacked else None
        return Served(anew_from=begun, ends=ends, kept_on=kept_on)
    return Served(unserved_since=_unserved_since(rows, day), ends=ends, kept_on=kept_on)


def ends_of(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], datetime]:
    """By child and service of these: when the service takes no child any more where that child is, nor keeps it.

    One query where no service ends anywhere, else two.
    """
    ending = ServiceArea.objects.filter(service__in={service_id for _child, service_id in pairs})
    if not ending.filter(ends_date__isnull=False, children_stay=False).exists():
        return {}
    children = {child_id for child_id, _service in pairs}
    begun = Responsibility.objects.filter(child__in=children).order_by("child", "-starts_at")
    where = dict(begun.distinct("child").values_list("child", "authority"))
    by_area: dict[int, list[ServiceArea]] = defaultdict(list)
    for row in ending.filter(authority__in=set(where.values())):
        by_area[row.authority_id].append(row)
    found: dict[tuple[int, int], datetime] = {}
    for child_id, service_id in pairs:
        ends, kept_on = _ends(by_area.get(where.get(child_id, 0), ()))
        if service_id in ends and service_id not in kept_on:
            found[child_id, service_id] = ends[service_id]
    return found


def _holds(row: ServiceArea, day: date) -> bool:
    last = _last_day(row)
    return row.starts_date <= day and (last is None or day <= last)


def _last_day(row: ServiceArea) -> date | None:
    """Its last day there; of a service that closes the day before that of its closing."""
    closes = row.service.ends_date if row.service is not None else None
    days = [day for day in (row.ends_date, closes and closes - timedelta(days=1)) if day]
    return min(days, default=None)


def _ends(served: Iterable[ServiceArea]) -> tuple[dict[int, datetime], frozenset[int]]:
    """By service when it is over, and which of them keep their children; without those that go on."""
    last: dict[int, ServiceArea] = {}
    for row in sorted(served, key=lambda one: (one.starts_date, one.pk)):
        last[row.service_id or 0] = row
    ending = {pk: row for pk, row in last.items() if row.ends_date is not None}
    ends = {pk: _over_at(row, row.ends_date) for pk, row in ending.items() if row.ends_date is not None}
    return ends, frozenset(pk for pk, row in ending.items() if row.children_stay)


def _unserved_since(rows: Iterable[ServiceArea], day: date) -> datetime | None:
    over = [_over_at(row, last) for row in rows if row.service_id and (last := _last_day(row)) and last < day]
    said = [row.recorded_at for row in rows if row.service_id is None and row.starts_date <= day]
    return max(over) if over else min(said, default=None)


def _lacked_before(row: ServiceArea, first: ServiceArea) -> bool:
    """Whether this says that there was no service just before the first of those that stand."""
    if row.service_id is None:
        return row.starts_date < first.starts_date or row.recorded_at < first.recorded_at
    last = _last_day(row)
    return last is not None and last + timedelta(days=1) < first.starts_date


def _over_at(row: ServiceArea, last: date) -> datetime:
    """The midnight after its last day; of what was written down when that was past, then."""
    return max(_midnight(last + timedelta(days=1)), row.recorded_at)


def _midnight(day: date) -> datetime:
    return at_london(day, time(0, 0))
