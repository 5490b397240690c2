"""What the pages of a journey show: each stop, when the child was seen there, and by when the next one is owed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases import access, escorts, journey_times, journeys
from cases.access import Permission
from cases.journey_times import APART_AT_MOST
from cases.models import (
    Child,
    Journey,
    JourneyConfirmation,
    JourneyStop,
    MissingEpisode,
    Placement,
    User,
)


@dataclass(frozen=True)
class Line:
    """One stop as it stands."""

    stop: JourneyStop
    label: str
    confirmation: JourneyConfirmation | None
    # Where it is, as far as the reader may read it.
    place: str

    @property
    def words(self) -> str:
        """What it is called, and where it is."""
        return f"{self.label}: {self.place}" if self.place else self.label


@dataclass(frozen=True)
class Page:
    """One journey as it stands at `now`."""

    journey: Journey
    lines: Sequence[Line]
    owed_at: datetime | None
    now: datetime
    # Somebody is kept from the child since who may be one of its escorts; which of the two is for those who know of it.
    is_barred: bool = False
    # Whether its ends are told: either may be where the child lives.
    addressed: bool = False

    @property
    def next(self) -> Line | None:
        number = journey_times.next_stop(_stops(self.lines))
        return None if number is None or self.journey.ended_at is not None else self.lines[number]

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def seen_last(self) -> Line | None:
        """The last stop at which the child was seen."""
        return next((line for line in reversed(self.lines) if line.confirmation is not None), None)

    @property
    def is_late(self) -> bool:
        return self.journey.ended_at is None and self.owed_at is not None and self.owed_at < self.now

    @property
    def to_confirm(self) -> list[tuple[JourneyStop, str]]:
        """The stops after the last that is confirmed, in order, each with its words."""
        following = self.next
        if following is None:
            return []
        return [one for one in self.stops if one[0].position >= following.stop.position]

    @property
    def stops(self) -> list[tuple[JourneyStop, str]]:
        """Every stop, in order, with its words."""
        return [(line.stop, line.words) for line in self.lines]

    def may_place(self, user: User, *, at: datetime) -> bool:
        """Whether this person may record the placement that begins at the hand-over."""
        return access.may(user, self.journey.child, Permission.PLACE_CHILD, at=at)


def read(child: Child, *, addressed: bool, now: datetime) -> Page | None:
    """The open journey of this child, else the last one; None where there never was one.

    Where it sets out and ends stands there for a reader who may read an address (`addressed`), and for its escorts.
    """
    found = Journey.objects.filter(child=child).order_by("-planned_at", "-pk").first()
    if found is None:
        return None
    stops, confirmed = list(found.stops.all()), journeys.confirmations(found)
    if found.ended_at is not None:
        return _page(found, stops, confirmed, now, addressed=addressed)
    counting = _counting([found]) if escorts.barred_of([found]) else None
    back_at = _back_at([found])[child.pk]
    return _page(found, stops, confirmed, now, counting=counting, back_at=back_at, addressed=addressed)


def may_send(journey: Journey, sender: User, *, at: datetime) -> bool:
    """Whether this person may send the escorts their links: they read the address, or it was planned by somebody who does.

    Whoever does not, and plans for a child at an address, leaves the place to the record and names the escorts: somebody
    who reads it looks at who they are first (docs/adr/0214).
    """
    readers = [one for one in (sender, journey.planned_by) if one is not None]
    if any(access.may(one, journey.child, Permission.SEE_ADDRESS, at=at) for one in readers):
        return True
    placed = Placement.objects.current(journey.planned_at).filter(child=journey.child, home=None)
    return not placed.exists()


def open_of(children: QuerySet[Child], *, now: datetime) -> list[Page]:
    """The open journeys of these children for their duty, the one that is owed next first, in a fixed number of queries."""
    found = list(
        Journey.objects.open().filter(child__in=children).select_related("child").prefetch_related("stops")
    )
    rows = JourneyConfirmation.objects.standing().filter(stop__journey__in=found)
    confirmed = list(rows.select_related("stop", "contact"))
    barred = escorts.barred_of(found)
    counting = _counting([one for one in found if one.pk in barred]) if barred else frozenset()
    back_at = _back_at(found)
    pages = [
        _page(
            one,
            list(one.stops.all()),
            [c for c in confirmed if c.stop.journey_id == one.pk],
            now,
            counting=counting if one.pk in barred else None,
            back_at=back_at[one.child_id],
            addressed=True,
        )
        for one in found
    ]
    return sorted(pages, key=lambda page: (page.owed_at or now, page.journey.pk))


def _counting(journeys_barred: Sequence[Journey]) -> frozenset[int]:
    """The confirmations of these that are the word of nobody who is kept from the child."""
    rows = JourneyConfirmation.objects.counting().filter(stop__journey__in=journeys_barred)
    return frozenset(rows.values_list("pk", flat=True))


def _back_at(found: Sequence[Journey]) -> Mapping[int, Sequence[datetime]]:
    """By child when somebody ended a search of it since its journey was planned: they have seen it, as the clock reads it."""
    moments: dict[int, list[datetime]] = {journey.child_id: [] for journey in found}
    ended = MissingEpisode.objects.rested().filter(child__in=moments)
    for child_id, ended_at in ended.values_list("child", "ended_at"):
        if ended_at is not None:
            moments[child_id].append(ended_at)
    return moments


def _page(
    journey: Journey,
    stops: Sequence[JourneyStop],
    confirmed: Sequence[JourneyConfirmation],
    now: datetime,
    *,
    counting: Collection[int] | None = None,
    back_at: Sequence[datetime] = (),
    addressed: bool,
) -> Page:
    """The page of one journey; `counting` are the confirmations that count where an escort is kept from the child.

    `back_at` are the moments at which somebody ended a search of the child.
    """
    by_stop = {one.stop_id: one for one in confirmed}
    ordered = sorted(stops, key=lambda stop: stop.position)
    ends = (ordered[0], ordered[-1])
    lines = [
        Line(
            stop,
            label_of(stop.position, len(ordered)),
            by_stop.get(stop.pk),
            stop.place if addressed or stop not in ends else "",
        )
        for stop in ordered
    ]
    owed_by = [
        replace(line, confirmation=None)
        if counting is not None and line.confirmation is not None and line.confirmation.pk not in counting
        else line
        for line in lines
    ]
    owed_at = journey_times.owed(_stops(owed_by), apart=APART_AT_MOST)
    if owed_at is not None:
        owed_at = journey_times.put_off(owed_at, back_at, apart=APART_AT_MOST)
    return Page(journey, lines, owed_at, now, counting is not None, addressed)


def _stops(lines: Sequence[Line]) -> list[journey_times.Stop]:
    return [
        journey_times.Stop(
            line.stop.due_at,
            line.confirmation.contact.happened_at if line.confirmation is not None else None,
            line.stop.overnight,
        )
        for line in lines
    ]


def label_of(position: int, count: int) -> str:
    """What a stop is called, of so many: the pick-up, the hand-over, or its number between."""
    if position == 0:
        return _("Pick-up")
    return _("Hand-over") if position == count - 1 else _("Stop %(number)s") % {"number": position}
