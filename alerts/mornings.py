"""The morning of a manager: what one sheet of paper says about the night, the day and who is missing."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q

from alerts import standings, worklists
from alerts.models import Alert
from alerts.worklists import Line
from cases import access, restrictions
from cases.access import Permission
from cases.deadlines import at_london, london_day
from cases.models import Home, MissingEpisode, Role, Shift, User
from cases.models.children import ChildQuerySet

# The night begins when the offices have closed.
EVENING = time(17)
# One side of A4: what does not fit is counted, and stands on the screen.
MOST = {"missing": 14, "night": 8, "interviews": 6, "homes": 6, "shifts": 5}
SHIFTS_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Happened:
    """One thing of the night: an episode that was opened, or one that ended."""

    at: datetime
    reference: str
    child_id: int
    ended: bool


@dataclass(frozen=True)
class Silence:
    """One home of whose children there is no record, or the children who have none."""

    home: Home | None
    lines: Sequence[Line]


@dataclass(frozen=True)
class Morning:
    """The figures and rows of the sheet."""

    night_from: datetime
    missing: Sequence[Line]
    night: Sequence[Happened]
    # Alerts of a missed record that were opened in the night, and how many of them still stand.
    late: int
    still_late: int
    interviews: Sequence[Line]
    silences: Sequence[Silence]
    unallocated: int
    untaken: Sequence[Shift]
    # The reader's children who would stand here and whose record is restricted: for the screen alone.
    restricted: int = 0

    @property
    def more(self) -> dict[str, int]:
        """How many of each part do not fit on the sheet."""
        parts = {
            "missing": self.missing,
            "night": self.night,
            "interviews": self.interviews,
            "homes": self.silences,
            "shifts": self.untaken,
        }
        return {name: max(0, len(rows) - MOST[name]) for name, rows in parts.items()}

    @property
    def child_ids(self) -> set[int]:
        """The children who stand on the sheet by reference; of a home without a record it says how many, and not who."""
        lines = [*self.missing[: MOST["missing"]], *self.interviews[: MOST["interviews"]]]
        return {line.child.pk for line in lines} | {one.child_id for one in self.night[: MOST["night"]]}


def read(user: User, *, now: datetime) -> Morning:
    """Read the sheet of the manager whose children these are, in a fixed number of queries.

    Paper lies about: a restricted record is not on it, and the screen says how many of them the reader may open.
    """
    night_from = at_london(london_day(now) - timedelta(days=1), EVENING)
    today_ends = at_london(london_day(now) + timedelta(days=1), time(0))
    overview, closed = worklists.overview(user, now=now), restrictions.records(now)
    reached = access.children(user, Permission.SEE_RECORD, at=now)
    children = reached.exclude(pk__in=closed) if closed else reached
    returned = children.filter(episodes__ended_at__gt=now - standings.INTERVIEW_WITHIN).open(now)
    lines = worklists.lines_of(set(returned.values_list("pk", flat=True)), now=now)
    late = list(
        Alert.objects.filter(
            child__in=children, clock__kind="contact", opened_at__gte=night_from
        ).values_list("ended_at", flat=True)
    )
    due = [one for one in lines if one.standing.interview_by and one.standing.interview_by < today_ends]
    unallocated = worklists.unallocated(user, now=now)
    return Morning(
        night_from=night_from,
        missing=_open_to_many(overview.missing, closed),
        night=_night(children, night_from),
        late=len(late),
        still_late=sum(ended_at is None for ended_at in late),
        interviews=sorted(due, key=lambda line: (line.standing.interview_by or now, line.child.pk)),
        silences=_by_home(_open_to_many(overview.no_record, closed)),
        unallocated=unallocated.exclude(pk__in=closed).count() if closed else overview.unallocated,
        untaken=_untaken(user, now),
        restricted=reached.filter(pk__in=closed).open(now).count() if closed else 0,
    )


def _open_to_many(lines: Sequence[Line], closed: Collection[int]) -> list[Line]:
    return [line for line in lines if line.child.pk not in closed]


def _night(children: ChildQuerySet, night_from: datetime) -> list[Happened]:
    episodes = (
        MissingEpisode.objects.filter(child__in=children)
        .filter(Q(opened_at__gte=night_from) | Q(ended_at__gte=night_from))
        .select_related("child")
    )
    found = [
        Happened(one.opened_at, one.reference, one.child_id, ended=False)
        for one in episodes
        if one.opened_at >= night_from
    ]
    found += [
        Happened(one.ended_at, one.reference, one.child_id, ended=True)
        for one in episodes
        if one.ended_at is not None
    ]
    return sorted(found, key=lambda one: (one.at, one.reference))


def _by_home(lines: Sequence[Line]) -> list[Silence]:
    homes: dict[Home | None, list[Line]] = defaultdict(list)
    for line in lines:
        placement = line.standing.placement
        homes[placement.home if placement is not None else None].append(line)
    return [
        Silence(home, found)
        for home, found in sorted(
            homes.items(), key=lambda one: (-len(one[1]), one[0].name if one[0] else "")
        )
    ]


def _untaken(user: User, now: datetime) -> list[Shift]:
    """The shifts of the authority's desks that run now or begin within a day and that nobody has taken."""
    authorities = [
        m.team.authority_id
        for m in access.memberships(user, now)
        if m.role == Role.TEAM_MANAGER and m.team is not None
    ]
    found = Shift.objects.untaken(since=now, until=now + SHIFTS_WITHIN).filter(
        team__authority__in=authorities
    )
    return list(found.select_related("team", "person").order_by("starts_at", "pk"))
