"""The verbs of who is at a placement when, and of who looks for the child where nobody there can."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from cases import log
from cases.deadlines import london_day
from cases.models import Child, Placement, PlacementStaffing, PlacementWay, User
from cases.moves import require_open
from cases.states import IllegalMove

Presence = PlacementStaffing.Presence

# [proposal] As long as a room is not looked at again: nobody leaves such a placement alone for longer.
WITHIN = timedelta(days=28)


class SaidMeanwhile(IllegalMove):
    """Somebody has said or arranged something since the writer read who is there: the page has its words."""


@dataclass(frozen=True, kw_only=True)
class Staffed:
    """When somebody is there: always, from one wall time until another, so often a week, or never."""

    presence: str
    from_time: time | None = None
    until_time: time | None = None
    visits_a_week: int | None = None


def say(
    placement: Placement, said: Staffed, *, read: str | None = None, by: User, at: datetime
) -> PlacementStaffing:
    """Keep when somebody is there; the same words of the same person again are one, but where somebody looks instead.

    Said anew, whoever looks instead is taken back: what nobody there can keep is to be arranged again.
    Raises `SaidMeanwhile` where what stands is not what the writer has `read`; `IllegalMove` for hours or visits that are
    left open or are none, for a placement that has ended, and in a closed case.
    """
    _require_whole(said)
    with transaction.atomic():
        child, placement = _locked(placement)
        last = last_of(placement)
        is_same = last is not None and _says(last, {**vars(said), "recorded_by": by})
        if last is not None and is_same and not standing_ways(placement):
            return last
        _require_read(placement, read)
        row = PlacementStaffing.objects.create(
            child=child, placement=placement, recorded_at=at, recorded_by=by, **vars(said)
        )
        data = {"presence": row.presence}
        log.record(child, "placement_staffed", subject=row, data=data, fields=vars(said), by=by, at=at)
    return row


def arrange(
    placement: Placement,
    *,
    windows: Collection[str],
    who: str,
    how: str,
    until_date: date,
    read: str | None = None,
    by: User,
    at: datetime,
) -> PlacementWay:
    """Keep who looks for the child at these roll-calls, and how, until a day at most 28 days off.

    Raises `SaidMeanwhile` as `say` does; `IllegalMove` without who, how or which, for a day that is over or too far off,
    where nobody has said who is there, for a placement that has ended and in a closed case.
    """
    if not (who.strip() and how.strip() and windows):
        raise IllegalMove("Enter who looks for the child, how, and at which roll-calls.")
    if not london_day(at) <= until_date <= london_day(at) + WITHIN:
        raise IllegalMove("The day must be within 28 days from today.")
    with transaction.atomic():
        child, placement = _locked(placement)
        if last_of(placement) is None:
            raise IllegalMove("Say first when somebody is there.")
        said = {"windows": sorted(windows), "who": who.strip(), "how": how.strip(), "until_date": until_date}
        last = next(iter(standing_ways(placement)), None)
        if last is not None and _says(last, {**said, "recorded_by": by}):
            return last
        _require_read(placement, read)
        row = PlacementWay.objects.create(
            child=child, placement=placement, recorded_at=at, recorded_by=by, **said
        )
        data = {"windows": row.windows, "until": until_date.isoformat()}
        fields = {"who": row.who, "how": row.how}
        log.record(child, "placement_way_arranged", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def last_of(placement: Placement) -> PlacementStaffing | None:
    """What was said last of who is there when."""
    return PlacementStaffing.objects.filter(placement=placement).first()


def standing_ways(placement: Placement) -> list[PlacementWay]:
    """Those that were arranged since somebody said last who is there, the latest first; a day of them may be over."""
    last = last_of(placement)
    rows = PlacementWay.objects.filter(placement=placement).select_related("recorded_by")
    return list(rows.filter(recorded_at__gte=last.recorded_at)) if last is not None else []


def stand_of(placement: Placement) -> str:
    """Which words a page is about: the last of who is there, and the last of who looks instead."""
    way = PlacementWay.objects.filter(placement=placement).first()
    return "-".join(str(row.pk if row is not None else 0) for row in (last_of(placement), way))


def _require_read(placement: Placement, read: str | None) -> None:
    if read is not None and read != stand_of(placement):
        raise SaidMeanwhile


def _says(row: PlacementStaffing | PlacementWay, said: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in said.items())


def _require_whole(said: Staffed) -> None:
    hours = (said.from_time, said.until_time)
    if said.presence == Presence.HOURS and (None in hours or said.from_time == said.until_time):
        raise IllegalMove("Enter from when until when somebody is there.")
    if said.presence == Presence.VISITS and not 1 <= (said.visits_a_week or 0) <= 99:
        raise IllegalMove("Enter how many times a week somebody visits.")


def _locked(placement: Placement) -> tuple[Child, Placement]:
    child = Child.objects.locked().get(pk=placement.child_id)
    require_open(child.closed_at)
    placement = Placement.objects.get(pk=placement.pk)
    if placement.ends_at is not None:
        raise IllegalMove("This placement has ended.")
    return child, placement
