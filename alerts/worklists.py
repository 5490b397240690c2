"""Who needs somebody now: the children of a worker, a manager or a force, sorted into what to do about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from alerts import calendars, guardian_gaps, profiles, sentences, standings
from alerts.calendars import Entry
from alerts.guardian_gaps import Gap
from alerts.models import Clock
from alerts.standings import LOOKED_FOR, Standing
from cases import access
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import (
    AccessRecord,
    Allocation,
    Authority,
    Child,
    EpisodeForce,
    MissingEpisode,
    Placement,
    Role,
    Team,
    User,
    worked_by,
)
from cases.models.children import ChildQuerySet

DUE_WITHIN = timedelta(hours=24)
# How many children the way back leads to, and how long ago they may have been opened.
VIEWED = 5
VIEWED_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Line:
    """One child of a list, with the sentence that goes with the word."""

    standing: Standing
    text: str
    last_seen: str = ""
    asked: str = ""

    @property
    def child(self) -> Child:
        return self.standing.child

    @property
    def name(self) -> str:
        return profiles.name_of(self.standing.child)


@dataclass(frozen=True)
class Today:
    """A worker's day: who is looked for, of whom there is no record, who is due, and how many are well."""

    looked_for: Sequence[Line]
    no_record: Sequence[Line]
    away: Sequence[Line]
    due: Sequence[Line]
    # Those who are back and are to be offered a return interview, the nearest time first.
    interviews: Sequence[Line]
    # Those who are to have a guardian and are past the day by which.
    guardians: Sequence[Gap]
    # Those whose guardian will not be there from a day on, with nobody who covers.
    leaving: Sequence[Gap]
    # Paper that is overdue or due within a day, the first few.
    papers: Sequence[Entry]
    others: int
    next_due_at: datetime | None

    @property
    def to_do(self) -> int:
        """The count in the page's title."""
        return len(self.looked_for) + len(self.no_record) + len(self.guardians)

    @property
    def children(self) -> list[Child]:
        """The children who stand on the page by name, one as often as it stands there."""
        lines = (*self.looked_for, *self.no_record, *self.away, *self.due, *self.interviews)
        gaps = (*self.guardians, *self.leaving)
        return [
            *(line.child for line in lines),
            *(gap.child for gap in gaps),
            *(entry.child for entry in self.papers),
        ]

    @property
    def child_ids(self) -> set[int]:
        return {child.pk for child in self.children}

    @property
    def is_empty(self) -> bool:
        """Whether no list of the day has a row."""
        return not self.children


@dataclass(frozen=True)
class Overview:
    """A manager's figures, each with its list, and what nobody has taken on."""

    missing: Sequence[Line]
    no_record: Sequence[Line]
    unverified: Sequence[Line]
    unallocated: int
    guardians: Sequence[Gap]
    # Whose review is late or due soon, the earliest first.
    reviews: Sequence[Line]
    unacknowledged: Sequence[Line]

    @property
    def to_do(self) -> int:
        """The count in the page's title."""
        return len(self.unacknowledged)


@dataclass(frozen=True)
class Search:
    """One open episode that a force has been told of."""

    line: Line
    force: EpisodeForce

    @property
    def episode(self) -> MissingEpisode:
        return self.force.episode


def today(user: User, *, now: datetime) -> Today:
    """Read the day of the worker whose children these are, or who covers for theirs, in a fixed number of queries."""
    own = worked_by(user.pk, now)
    children = access.children(user, Permission.SEE_RECORD, at=now).filter(pk__in=own).open(now)
    lines = lines_of(children.values_list("pk", flat=True), now)
    soon = [line for line in lines if line.standing.tag not in LOOKED_FOR | {"no_record", "away", "ended"}]
    due = [line for line in soon if _due_by(line, now + DUE_WITHIN)]
    later = [line.standing.due_at for line in soon if line not in due and line.standing.due_at is not None]
    late, leaving = guardian_gaps.late_and_coming([line.child.pk for line in lines], now=now)
    return Today(
        looked_for=[line for line in lines if line.standing.tag in LOOKED_FOR],
        no_record=[line for line in lines if line.standing.tag == "no_record"],
        away=[line for line in lines if line.standing.tag == "away"],
        due=sorted(due, key=lambda line: (line.standing.due_at or now, line.child.pk)),
        interviews=sorted(
            (line for line in lines if line.standing.interview_by is not None),
            key=lambda line: (line.standing.interview_by or now, line.child.pk),
        ),
        guardians=late,
        leaving=leaving,
        papers=calendars.papers_by([line.child.pk for line in lines], until=now + DUE_WITHIN),
        others=len(soon) - len(due),
        next_due_at=min(later, default=None),
    )


def recently_viewed(user: User, *, now: datetime) -> list[Child]:
    """The last children whose page this person opened and may still see, newest first, in two queries."""
    reads = (
        AccessRecord.objects.filter(user=user, page="child", allowed=True, at__gt=now - VIEWED_WITHIN)
        .values("child")
        .annotate(last=Max("at"))
        .order_by("-last")
    )
    order = [row["child"] for row in reads[:VIEWED]]
    found = access.children(user, Permission.SEE_STATUS, at=now).in_bulk(order)
    return [found[pk] for pk in order if pk in found]


def overview(user: User, *, now: datetime) -> Overview:
    """Read a manager's figures in a fixed number of queries; only children in some trouble are read one by one."""
    lines = lines_of(_troubled(user, now).values_list("pk", flat=True), now)
    return Overview(
        missing=[line for line in lines if line.standing.tag in LOOKED_FOR],
        no_record=[line for line in lines if line.standing.tag == "no_record"],
        unverified=[line for line in lines if line.standing.needs_police_word],
        unallocated=unallocated(user, now=now).count(),
        guardians=without_guardian(user, now=now),
        reviews=sorted(
            (line for line in lines if line.standing.owes_review(now)),
            key=lambda line: (line.standing.reviews[0].due_at, line.child.pk),
        ),
        unacknowledged=[line for line in lines if line.asked],
    )


def unallocated(user: User, *, now: datetime) -> ChildQuerySet:
    """Children without a social worker: the manager's own, and those of the authority that no team has."""
    has_worker = Allocation.objects.held(now).filter(child=OuterRef("pk"))
    return (
        access.children(user, Permission.ALLOCATE, at=now)
        .open(now)
        .exclude(Exists(has_worker))
        .order_by("registered_at", "pk")
    )


def without_guardian(user: User, *, now: datetime) -> list[Gap]:
    """A manager's children who are to have a guardian and are past the day by which, the longest first."""
    late = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.GUARDIAN, due_at__lte=now)
    children = access.children(user, Permission.SEE_RECORD, at=now).open(now).filter(Exists(late))
    return guardian_gaps.late(list(children.values_list("pk", flat=True)), now=now)


def guardian_leaving(user: User, *, now: datetime) -> list[Gap]:
    """A manager's children whose guardian will not be there from a day on, with nobody who covers, the soonest first."""
    soon = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.GUARDIAN, due_at__gt=now)
    children = access.children(user, Permission.SEE_RECORD, at=now).open(now)
    ids = children.filter(Exists(soon.filter(window__in=guardian_gaps.LEAVING))).values_list("pk", flat=True)
    return guardian_gaps.late_and_coming(list(ids), now=now)[1]


def searches(user: User, *, now: datetime) -> list[Search]:
    """The open episodes of which the officer's force has been told, longest missing first of each kind.

    Where an officer is owed comes first; then who went missing lately, and last the long searches.
    """
    forces = {m.force_id for m in access.memberships(user, now) if m.force_id is not None}
    reached = access.children(user, Permission.SEE_EPISODE, at=now)
    rows = list(
        EpisodeForce.objects.filter(
            force__in=forces,
            left_at=None,
            episode__ended_at=None,
            episode__police_owed_at__lte=now,
            episode__child__in=reached,
        )
        .select_related("episode__child", "force")
        .order_by("episode__since", "pk")
    )
    children = {row.episode.child_id for row in rows}
    lines = {line.child.pk: line for line in lines_of(children, now, for_police=True)}
    found = [Search(lines[row.episode.child_id], row) for row in rows]
    return sorted(found, key=lambda one: (not one.line.standing.needs_police_word, one.line.standing.urgency))


def placed_in_area(user: User, *, now: datetime) -> int:
    """How many children live in the area of the officer's force: a number, for a force knows the alerted ones alone.

    Of councils that have not confirmed the officer none is counted.
    """
    placed = Placement.objects.current(now).filter(access.placed_for_officer(user, at=now)).values("child")
    # To whom a child is closed, for them there is no such child.
    hidden = access.restricted(user, now)
    return Child.objects.open(now).filter(pk__in=placed, is_drill=False).exclude(hidden).count()


def desks_in_area(user: User, *, now: datetime) -> list[Team]:
    """The duty desks of the authorities in the area of the officer's force, with their phones."""
    forces = [m.force_id for m in access.memberships(user, now) if m.role == Role.POLICE and m.force_id]
    return list(
        Team.objects.filter(authority__in=Authority.objects.on(london_day(now)).filter(force__in=forces))
        .exclude(kind=Team.Kind.SOCIAL_WORK)
        .exclude(phone="")
        .select_related("authority")
        .order_by("authority__name", "name", "pk")
    )


def asked(one: Standing) -> str:
    """What nobody has taken on yet: an officer to speak to, or a home to ring; empty where somebody has."""
    if one.needs_police_word:
        return _("Ask the police again") if one.verified else _("No officer has spoken to us")
    if one.task is not None and one.task.taken_by is None:
        return _("Nobody is ringing")
    return ""


def _troubled(user: User, now: datetime) -> ChildQuerySet:
    """Those with an open episode, or with a deadline that has passed."""
    episode = MissingEpisode.objects.open().filter(child=OuterRef("pk"))
    late = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.CONTACT, due_at__lte=now)
    children = access.children(user, Permission.SEE_RECORD, at=now).open(now)
    return children.filter(Exists(episode) | Exists(late))


def lines_of(ids: Iterable[int], now: datetime, *, for_police: bool = False) -> list[Line]:
    """These children as lines of a list, most urgent first, in a fixed number of queries.

    `for_police` says when the next review is, and not which one the council has not recorded.
    """
    ordered = standings.in_order(standings.of(list(ids), now=now).values())
    if for_police:
        ordered = [replace(one, reviews=one.reviews[-1:]) for one in ordered]
    return [
        Line(one, sentences.line(one, now=now), sentences.last_seen(one.seen, now=now), asked(one))
        for one in ordered
    ]


def _due_by(line: Line, moment: datetime) -> bool:
    return line.standing.due_at is not None and line.standing.due_at <= moment
