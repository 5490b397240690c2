"""Which services take children of an area, since when none does, and when one that did is over: for a decision."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.deadlines import at_london, london_day
from cases.models import Responsibility
from cases.worded import Question
from guardians.models import ServiceArea

# Of each time of these services in an area that ends: whether the children there keep their guardians.
_ENDING = Question(
    lambda services: ServiceArea.objects.filter(service__among=services, ends_date__isnull=False).values_list(
        "children_stay", flat=True
    )
)


@dataclass(frozen=True)
class Served:
    """One area: None everywhere where nothing is on record of it, as before areas were."""

    # Since when no service takes children there.
    unserved_since: datetime | None = None
    # Since when one does, where none did before.
    anew_from: datetime | None = None


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
    current = [row for row in rows if row.service_id is not None and _holds(row, day)]
    if not current:
        return Served(unserved_since=_unserved_since(rows, day))
    first = min(current, key=lambda row: row.starts_date)
    lacked = [row for row in rows if _lacked_before(row, first)]
    return Served(anew_from=max(_midnight(first.starts_date), first.recorded_at) if lacked else None)


def ends_of(pairs: Collection[tuple[int, int]], *, keeps: bool = True) -> dict[tuple[int, int], datetime]:
    """By child and service of these: when the service takes no child any more where that child is, nor keeps it.

    Without `keeps` also where the children keep their guardians, for whoever waits for one. Of a child who came later
    it is when it came: nobody is late for what was no answer of its own. A merger is no coming: what had ended with the
    authority before is over since then. One query where no service ends anywhere, else three.
    """
    services = {service_id for _child, service_id in pairs}
    if not pairs or not any(not (keeps and they_stay) for they_stay in _ENDING(services)):
        return {}
    ending = ServiceArea.objects.filter(service__in=services)
    stays: dict[int, list[Responsibility]] = defaultdict(list)
    held = Responsibility.objects.filter(child__in={child_id for child_id, _service in pairs})
    for stay in held.order_by("child", "-starts_at"):
        stays[stay.child_id].append(stay)
    by_area: dict[int, list[ServiceArea]] = defaultdict(list)
    for row in ending.filter(authority__in={stay.authority_id for own in stays.values() for stay in own}):
        by_area[row.authority_id].append(row)
    known = {pk: last_of(rows, keeps=keeps) for pk, rows in by_area.items()}
    found = {(pk, service_id): _over_for(stays[pk], service_id, known) for pk, service_id in pairs}
    return {pair: end for pair, end in found.items() if end is not None}


def last_of(rows: Iterable[ServiceArea], *, keeps: bool = True) -> dict[int, ServiceArea]:
    """By service of one area its last time there, where that ends; with `keeps` without those that keep their children."""
    last: dict[int, ServiceArea] = {}
    for row in sorted(rows, key=lambda one: (one.starts_date, one.pk)):
        if row.service_id is not None:
            last[row.service_id] = row
    return {
        pk: row for pk, row in last.items() if row.ends_date is not None and not (keeps and row.children_stay)
    }


def _over_for(
    stays: Iterable[Responsibility], service_id: int, known: Mapping[int, Mapping[int, ServiceArea]]
) -> datetime | None:
    """When it is over for a child who was in these areas, the last one first: back through mergers, while it was over there."""
    found, until = None, None
    for stay in stays:
        row = known.get(stay.authority_id, {}).get(service_id)
        if row is None or row.ends_date is None:
            break
        end = _over_at(row, row.ends_date)
        if until is not None and end >= until:
            break
        found = max(end, stay.starts_at)
        if stay.arrived_at is not None:
            break
        until = stay.starts_at
    return found


def _holds(row: ServiceArea, day: date) -> bool:
    last = _last_day(row)
    return row.starts_date <= day and (last is None or day <= last)


def _last_day(row: ServiceArea) -> date | None:
    """Its last day there; of a service that closes the day before that of its closing."""
    closes = row.service.ends_date if row.service is not None else None
    days = [day for day in (row.ends_date, closes and closes - timedelta(days=1)) if day]
    return min(days, default=None)


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
