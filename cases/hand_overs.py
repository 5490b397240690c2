"""To whom a journey brought a child of whom nothing says since where it lives, and whose forces hear if it is missing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases import journey_times
from cases.models import (
    Child,
    Contact,
    Journey,
    JourneyConfirmation,
    JourneyStop,
    Means,
    Membership,
    MissingEpisode,
    Placement,
    Transfer,
)
from cases.models.journeys import by_position
from cases.states import TransferStatus
from cases.worded import worded

# Why a journey is over that was planned when the child was there already.
PLANNED_TOO_LATE = _("The child had arrived before it was planned")


@dataclass(frozen=True)
class HandOver:
    """The journey, when it was over, and the stops at which somebody who is believed has seen the child."""

    journey: Journey
    at: datetime
    set_out_at: datetime
    stops: Sequence[JourneyStop]
    # Of the stop where the child was seen last by who is believed; None where no word of the journey counts.
    reached: int | None

    @property
    def stands(self) -> bool:
        """Whether the word of the hand-over itself is neither withdrawn nor of somebody the child is kept from."""
        return self.reached is not None and self.reached == len(self.stops) - 1

    @property
    def forces(self) -> list[int]:
        """Of the place where the child was seen last, then of departure and destination."""
        if self.reached is None:
            return []
        return journey_times.forces([stop.force_id for stop in self.stops], last=self.reached)


def of(child_ids: Collection[int]) -> Mapping[int, HandOver]:
    """By child its last journey to where it was to live, as long as no placement has stood since.

    Whoever ended the placement that was left, and when: one that stood on past the hand-over says where the child lived
    then. The placement of a child in transit to another authority stands until the arrival, and says nothing.
    """
    last = _last(child_ids)
    if not last:
        return {}
    return {one.journey.child_id: one for one in _since(list(_read(last)))}


@worded
def _last(child_ids: Any) -> QuerySet[Journey]:
    found = Journey.objects.handed_over().filter(child__among=child_ids)
    return found.order_by("child", "-planned_at", "-pk").distinct("child").prefetch_related("stops")


def _read(journeys: Sequence[Journey]) -> Iterator[HandOver]:
    of_journeys = JourneyConfirmation.objects.filter(stop__journey__in=journeys)
    believed = set(
        JourneyConfirmation.objects.counting().filter(stop__journey__in=journeys).values_list("pk")
    )
    seen: dict[int, list[JourneyConfirmation]] = defaultdict(list)
    for one in sorted(of_journeys.select_related("stop", "contact"), key=by_position):
        seen[one.stop.journey_id].append(one)
    for journey in journeys:
        stops = sorted(journey.stops.all(), key=lambda stop: stop.position)
        confirmed = seen[journey.pk]
        if confirmed and confirmed[-1].stop.position == stops[-1].position:
            reached = [one.stop.position for one in confirmed if (one.pk,) in believed]
            at = confirmed[-1].contact.happened_at
            yield HandOver(journey, at, set_out_at(stops, confirmed), stops, max(reached, default=None))


def _since(found: Sequence[HandOver]) -> Iterator[HandOver]:
    """Those since which no placement has stood."""
    ids = [one.journey.child_id for one in found]
    lived = Placement.objects.filter(child__in=ids).order_by("child", "-starts_at").distinct("child")
    until = dict(lived.values_list("child", "ends_at"))
    on_the_way = Transfer.objects.filter(child__in=ids, status=TransferStatus.IN_TRANSIT)
    left = dict(on_the_way.values_list("child", "referred_at"))
    for one in found:
        child_id = one.journey.child_id
        if child_id not in until:
            yield one
            continue
        ends_at = until[child_id]
        in_transit = child_id in left and left[child_id] <= one.journey.planned_at
        if ends_at <= one.at if ends_at is not None else in_transit:
            yield one


def set_out_at(stops: Sequence[JourneyStop], confirmed: Sequence[JourneyConfirmation]) -> datetime:
    """When the child was picked up; where nobody has confirmed that, the planned departure or the first sight before it.

    Of one journey, both in the order of its stops.
    """
    if confirmed and confirmed[0].stop.position == stops[0].position:
        return confirmed[0].contact.happened_at
    return min([stops[0].due_at, *(one.contact.happened_at for one in confirmed)])


def unended() -> Iterator[HandOver]:
    """Of each child the hand-over after which the placement from before stands, and nobody of that home has seen the child.

    A journey of before the hand-over ended a placement, or one in the middle of a search. The child in transit to
    another authority, and who is looked for, is left out.
    """
    return _unended(Placement.objects.filter(ends_at=None))


def unended_of(child: Child) -> HandOver | None:
    """The same of one child: whoever reads its page is to say where it lives."""
    return next(_unended(Placement.objects.filter(ends_at=None, child=child)), None)


def _unended(placements: Iterable[Placement]) -> Iterator[HandOver]:
    standing = {row.child_id: row for row in placements}
    found = Journey.objects.handed_over().filter(child__in=standing, child__closed_at=None)
    found = found.exclude(child__in=Transfer.objects.filter(status=TransferStatus.IN_TRANSIT).values("child"))
    found = found.exclude(child__in=MissingEpisode.objects.sought().values("child"))
    last = found.order_by("child", "-planned_at", "-pk").distinct("child")
    for one in _read(list(last.select_related("child").prefetch_related("stops"))):
        placement = standing[one.journey.child_id]
        if one.stands and placement.starts_at < one.set_out_at and not _seen_at(placement, since=one.at):
            yield one


def _seen_at(placement: Placement, *, since: datetime) -> bool:
    of_home = Membership.objects.filter(home=placement.home_id, home__isnull=False).values("user")
    seen = Contact.objects.seen().believed([placement.child_id]).filter(happened_at__gt=since)
    return seen.filter(means=Means.FACE_TO_FACE, recorded_by__in=of_home).exists()


def told(child: Child) -> HandOver | None:
    """That of a child who has no placement, where the word of it stands."""
    found = of([child.pk]).get(child.pk)
    if found is None or not found.stands or Placement.objects.filter(child=child, ends_at=None).exists():
        return None
    return found


def ways(
    child_ids: Collection[int], *, since: datetime
) -> Mapping[int, Sequence[tuple[datetime, datetime | None]]]:
    """By child the stretches after `since` in which its escorts had it: from the first confirmation to the end.

    The end is that of the hand-over as it was seen, else of the journey as it was recorded; None while it lasts.
    """
    if not child_ids:
        return {}
    lately = Q(ended_at=None) | Q(ended_at__gt=since)
    found = Journey.objects.filter(lately, child__in=child_ids).prefetch_related("stops")
    seen: dict[int, list[JourneyConfirmation]] = defaultdict(list)
    rows = JourneyConfirmation.objects.counting().filter(stop__journey__in=found)
    for one in sorted(rows.select_related("stop", "contact"), key=by_position):
        seen[one.stop.journey_id].append(one)
    stretches: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for journey in found:
        if confirmed := seen[journey.pk]:
            is_over = confirmed[-1].stop.position == max(stop.position for stop in journey.stops.all())
            ended_at = confirmed[-1].contact.happened_at if is_over else journey.ended_at
            stretches[journey.child_id].append((confirmed[0].contact.happened_at, ended_at))
    return stretches
