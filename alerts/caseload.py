"""The list of children that somebody may see: what it can be narrowed by, in which order, and from where it goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from alerts.duties import Duty
from alerts.models import Clock, DutyStep
from alerts.standing_rows import REPORTED
from alerts.standings import INTERVIEW_WITHIN, NOT_BACK, STILL_MISSING_AFTER
from cases import access
from cases.access import Permission
from cases.models import (
    Absence,
    Allocation,
    Authority,
    Contact,
    Event,
    Home,
    Means,
    MissingEpisode,
    Placement,
    Responsibility,
    ReturnInterview,
    Team,
    User,
)
from cases.models.child_parts import ChildPart
from cases.models.children import ChildQuerySet
from cases.sorting import ByName
from cases.states import EpisodeStatus

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# What can be proof at all; which of them is, the child's own rows say.
_PROOFS = (Means.FACE_TO_FACE, Means.LIVE_VIDEO, Means.PHONE)
# The words that may be asked for: those of the vocabulary that an open case can have.
STATUSES = (
    "missing",
    "still_missing",
    "not_here",
    "back_to_confirm",
    "told_of",
    "no_record",
    "away",
    "due",
    "not_seen_yet",
    "return_interview_due",
    "out",
    "seen",
)


@dataclass(frozen=True)
class Order:
    """One way to sort: the columns that decide, and whether the last comes first."""

    key: str
    columns: tuple[str, ...]
    falling: bool = False

    @property
    def sorting(self) -> list[str]:
        sign = "-" if self.falling else ""
        return [f"{sign}{name}" for name in (*self.columns, "pk")]


ORDERS: Mapping[str, Order] = {
    order.key: order
    for order in (
        Order("name", ("given_sorted", "family_sorted")),
        Order("-name", ("given_sorted", "family_sorted"), falling=True),
        Order("reference", ("reference",)),
        Order("-reference", ("reference",), falling=True),
        Order("due", ("due",)),
        Order("-due", ("due",), falling=True),
    )
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the list is narrowed to; what is empty narrows nothing."""

    status: str = ""
    team: int | None = None
    worker: int | None = None
    home: int | None = None
    risk: str = ""
    authority: int | None = None
    # Those that a mail was about, by reference.
    of: Sequence[str] = ()


@dataclass(frozen=True)
class Choices:
    """What this reader's children can be narrowed by; nobody is offered what they may not read."""

    teams: Sequence[Team]
    workers: Sequence[User]
    homes: Sequence[Home]
    authorities: Sequence[Authority]


def choices(user: User, *, at: datetime) -> Choices:
    """Read what the children of `user` can be narrowed by, in four queries."""
    shown = access.children(user, Permission.SEE_STATUS, at=at).open(at).values("pk")
    read = access.children(user, Permission.SEE_RECORD, at=at).open(at).values("pk")
    addressed = access.children(user, Permission.SEE_ADDRESS, at=at).open(at).values("pk")
    current = Allocation.objects.current(at)
    held = Responsibility.objects.at(at).filter(child__in=shown)
    return Choices(
        teams=list(
            Team.objects.filter(pk__in=current.filter(child__in=shown).values("team")).order_by("name")
        ),
        workers=list(
            User.objects.filter(pk__in=current.filter(child__in=read).values("worker")).order_by("name", "pk")
        ),
        homes=list(
            Home.objects.filter(
                pk__in=Placement.objects.current(at).filter(child__in=addressed).values("home")
            ).order_by("name", "pk")
        ),
        authorities=list(Authority.objects.filter(pk__in=held.values("authority")).order_by("name")),
    )


def children(user: User, wanted: Wanted, *, at: datetime) -> ChildQuerySet:
    """The open cases that `user` may see and that are wanted, with `word` and `due` on each, as one query.

    A filter by what somebody may not read of a child leaves that child out.
    """
    found = access.children(user, Permission.SEE_STATUS, at=at).open(at)
    read = access.children(user, Permission.SEE_RECORD, at=at).values("pk")
    current = Allocation.objects.current(at)
    if wanted.of:
        found = found.filter(reference__in=wanted.of)
    if wanted.team is not None:
        found = found.filter(pk__in=current.filter(team=wanted.team).values("child"))
    if wanted.worker is not None:
        found = found.filter(pk__in=current.filter(worker=wanted.worker).values("child")).filter(pk__in=read)
    if wanted.home is not None:
        addressed = access.children(user, Permission.SEE_ADDRESS, at=at).values("pk")
        placed = Placement.objects.current(at).filter(home=wanted.home).values("child")
        found = found.filter(pk__in=placed).filter(pk__in=addressed)
    if wanted.risk:
        found = found.filter(risk=wanted.risk, pk__in=read)
    if wanted.authority is not None:
        found = found.filter(access.responsible([wanted.authority], at))
    found = _with_due(found)
    if wanted.status:
        # Named by its own expression: `word` is no column of the table.
        found = with_word(found, at).filter(Q(("word", wanted.status)))
        # To a force whose search is over these words are not told, so it finds nobody by them.
        found = found.exclude(pk__in=access.over_for(user, at=at).keys())
    return found


def page(found: ChildQuerySet, order: Order, *, after: int | None, size: int) -> tuple[list[Any], int | None]:
    """Return up to `size` children after the one of id `after`, and the id to go on from where there are more."""
    found = found.annotate(given_sorted=ByName("given_name"), family_sorted=ByName("family_name"))
    rows = found.order_by(*order.sorting)
    last = found.filter(pk=after).values_list(*order.columns, "pk").first() if after is not None else None
    if last is not None:
        rows = rows.filter(_beyond((*order.columns, "pk"), last, falling=order.falling))
    shown = list(rows[: size + 1])
    return shown[:size], shown[size - 1].pk if len(shown) > size else None


def _beyond(columns: Sequence[str], values: Sequence[Any], *, falling: bool) -> Q:
    """Rows whose columns, taken together, come after these values."""
    side = "lt" if falling else "gt"
    beyond = Q()
    for number, name in enumerate(columns):
        same = {columns[n]: values[n] for n in range(number)}
        beyond |= Q(**same, **{f"{name}__{side}": values[number]})
    return beyond


def _with_due(found: ChildQuerySet) -> ChildQuerySet:
    clock = Clock.objects.filter(child=OuterRef("pk"), kind=Clock.Kind.CONTACT)
    return found.annotate(
        due=Coalesce(Subquery(clock.values("due_at")[:1]), Value(_NEVER)),
        opens=Subquery(clock.values("opens_at")[:1]),
    )


def with_word(found: ChildQuerySet, at: datetime) -> ChildQuerySet:
    """The status word as the database can tell it; `standings` has the last word on each row that is shown."""
    episode = MissingEpisode.objects.open().filter(child=OuterRef("pk"))
    stands = episode.exclude(status=EpisodeStatus.NOT_CONFIRMED, police_owed_at=None)
    doubt = episode.filter(status=EpisodeStatus.NOT_CONFIRMED)
    reports = Event.objects.filter(child=OuterRef("child"), kind__in=REPORTED, subject_id=OuterRef("pk"))
    looked = stands.filter(started_by=MissingEpisode.StartedBy.NOT_HERE).exclude(Exists(reports))
    out = Absence.objects.current(at).filter(child=OuterRef("pk"), until__gt=at)
    asked = DutyStep.objects.filter(episode__child=OuterRef("pk"), kind=Duty.RETURN_INTERVIEW).open()
    steps = DutyStep.objects.filter(episode=OuterRef("pk"), kind=Duty.RETURN_INTERVIEW)
    written = ReturnInterview.objects.concluded().filter(episode=OuterRef("pk"))
    ended = (
        MissingEpisode.objects.filter(child=OuterRef("pk"), ended_at__gt=at - INTERVIEW_WITHIN)
        .exclude(outcome__in=NOT_BACK)
        .exclude(Exists(steps) | Exists(written))
    )
    proof = Contact.objects.seen().believed_of_each().filter(child=OuterRef("pk"), means__in=_PROOFS)
    late = Q(due__lte=at)
    back = Q(reported_seen_at__isnull=False) | Q(child_confirmed_at__isnull=False)
    return found.annotate(
        word=Case(
            When(Exists(stands.filter(_told_of())), then=Value("told_of")),
            When(Exists(stands.filter(back)), then=Value("back_to_confirm")),
            When(Exists(stands.filter(status=EpisodeStatus.NOT_CONFIRMED)), then=Value("no_record")),
            When(Exists(doubt) & late, then=Value("no_record")),
            When(Exists(stands.filter(status=EpisodeStatus.AWAY)), then=Value("away")),
            When(Exists(stands.filter(since__lte=at - STILL_MISSING_AFTER)), then=Value("still_missing")),
            When(Exists(looked), then=Value("not_here")),
            When(Exists(stands), then=Value("missing")),
            When(late, then=Value("no_record")),
            When(Exists(out), then=Value("out")),
            When(~Exists(proof) & ~Exists(ended) & ~Exists(asked), then=Value("not_seen_yet")),
            When(Q(opens__lte=at), then=Value("due")),
            When(Exists(asked) | Exists(ended), then=Value("return_interview_due")),
            default=Value("seen"),
            output_field=CharField(),
        )
    )


def _told_of() -> Q:
    """As `MissingEpisode.is_told_of`: the word of others alone, or of a death."""
    unseen = Q(reported_seen_at=None) | Q(not_here_at__gt=F("reported_seen_at"))
    return Q(child_confirmed_how=ChildPart.DEATH) | (Q(child_confirmed_how=ChildPart.OFFICE) & unseen)
