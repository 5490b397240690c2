"""The verbs of a data breach, a complaint and a worry about a colleague: report it, and write what came of it."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest

from cases import access, holidays, log
from cases.access import Permission
from cases.clock import TOLERANCE
from cases.deadlines import add_working_days, london_day
from cases.models import (
    Authority,
    Child,
    KeepFrom,
    LinkMatter,
    Matter,
    MatterEntry,
    Membership,
    NamedPerson,
    Reach,
    Responsibility,
    Restriction,
    Role,
    User,
    WorkerLeave,
)
from cases.models.matters import ENDS_CLOCK, ENTRIES, FOR_DESK, FOR_SENIOR, NOT_OF_OFFICER
from cases.moves import other_words, require_same
from cases.signals import matters_changed
from cases.states import IllegalMove
from cases.worded import worded


def report(
    kind: str, *, text: str, authority: Authority, since: datetime, key: uuid.UUID, by: User, at: datetime
) -> Matter:
    """Keep what somebody reports, and start its clock; the same key again returns what stands.

    `since` is when they became aware of it. IllegalMove for nothing said, and for a time ahead.
    """
    if not text.strip():
        raise IllegalMove("Enter what happened.")
    if since > at + TOLERANCE:
        raise IllegalMove("The time must be now or in the past.")
    with transaction.atomic():
        said = {
            "kind": kind,
            "text": text.strip(),
            "authority": authority,
            "since": min(since, at) if kind == Matter.Kind.BREACH else at,
        }
        return _kept(said, {}, key=key, by=by, at=at)


def found(*, since: datetime, authority: Authority, key: uuid.UUID, by: User, at: datetime) -> Matter:
    """Start the clock of a found child whom nobody has named: counted from when the child was found."""
    said = {
        "kind": Matter.Kind.FOUND,
        "text": Matter.Kind.FOUND.value,
        "authority": authority,
        "since": since,
    }
    return _kept(said, {}, key=key, by=by, at=at)


def asked_for_link(
    *, authority: Authority, limit_at: datetime, is_urgent: bool, key: uuid.UUID, by: User, at: datetime
) -> Matter:
    """Start the clock of `authority` to answer whether it looks after a sibling or companion: due at `limit_at`."""
    kind = Matter.Kind.LINK_NOW if is_urgent else Matter.Kind.LINK
    said = {"kind": kind, "text": kind.value, "authority": authority}
    return _kept(said, {"since": at, "limit_at": limit_at}, key=key, by=by, at=at)


def asked_of_arrival(
    child: Child, *, authority: Authority, since: datetime, limit_at: datetime, by: User, at: datetime
) -> Matter:
    """Start the clock of `authority` to answer whether a child who was recorded as arrived elsewhere is still there."""
    kind = Matter.Kind.ARRIVAL
    said = {"kind": kind, "text": kind.value, "authority": authority, "child": child}
    return _kept(said, {"since": since, "limit_at": limit_at}, key=uuid.uuid4(), by=by, at=at)


def worry(
    *,
    text: str,
    phone: str,
    authority: Authority,
    about: User | None = None,
    child: Child | None = None,
    for_senior: bool = True,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> Matter:
    """Keep a worry about a colleague for the designated officer (LADO), past every manager, and start its clock.

    One head or director reads it too, never the one it is about, and nobody where not `for_senior`. Due at the end of
    the next working day [Working Together: the LADO hears within one working day].
    """
    if not text.strip():
        raise IllegalMove("Enter what worries you.")
    child_id = child.pk if child is not None else None
    but = {by.pk, about.pk if about is not None else by.pk}
    senior = _first(_leading(authority.pk, child_id, at), but=but) if for_senior else None
    given = {"text": text.strip(), "phone": phone, "authority": authority, "about": about, "child": child}
    return _for_senior(Matter.Kind.WORRY, senior, given, key=key, by=by, at=at)


def restricted(child: Child, *, reason: str, by: User, at: datetime) -> Matter:
    """Tell one senior at once that `by` alone closed a record: a head, else a director, who is not kept from the child.

    It stands until they have looked at it, or the restriction is lifted; due at the end of the next working day.
    """
    responsible = Responsibility.objects.at(at).select_related("authority").get(child=child)
    leading = _leading(responsible.authority_id, child.pk, at, heads_first=True)
    given = {"text": reason, "phone": by.phone, "authority": responsible.authority, "child": child}
    senior = _first(leading, but={by.pk})
    return _for_senior(Matter.Kind.RESTRICTED, senior, given, key=uuid.uuid4(), by=by, at=at)


def restriction_of(reference: str) -> Matter:
    """The word of the newest restriction of the child with this reference; one of nobody where there is none."""
    rows = Matter.objects.filter(kind=Matter.Kind.RESTRICTED, child__reference=reference)
    return rows.order_by("-reported_at", "-pk").first() or Matter(authority_id=0)


def _for_senior(
    kind: Matter.Kind,
    senior: User | None,
    given: Mapping[str, Any],
    *,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> Matter:
    authority: Authority = given["authority"]
    calendar = holidays.calendar_of(authority.nation)
    limit_at = add_working_days(at, 1, nation=calendar, holidays=holidays.of(calendar))
    found = {"senior": senior, "since": at, "limit_at": limit_at}
    with transaction.atomic():
        matter = _kept({"kind": kind, **given}, found, key=key, by=by, at=at)
        if (matter.senior_id is None) != (senior is None):
            # Whether a senior may read it was answered otherwise.
            raise other_words()
    return matter


def _kept(
    said: Mapping[str, Any], found: Mapping[str, Any], *, key: uuid.UUID, by: User, at: datetime
) -> Matter:
    """The matter of this form, made anew or as it stands; what was `found` out besides is as it was the first time."""
    defaults = {**said, **found, "reported_at": at, "reported_by": by}
    matter, made = Matter.objects.get_or_create(key=key, defaults=defaults)
    if matter.reported_by_id != by.pk:
        raise IllegalMove("This form was sent by somebody else.")
    if made:
        matters_changed.send(sender=None, ids=(matter.pk,), at=at)
    else:
        require_same(matter, said, sent=(matter.reported_at, at))
    return matter


def senior_of(matter: Matter, *, at: datetime) -> User | None:
    """The one head or director who reads this worry; nobody where whoever reported it wanted nobody to.

    Another where that one has left, or is kept from the child since, and while they are away; of a restriction also
    where there was none then. One query, whatever is found.
    """
    heads_first = matter.kind == Matter.Kind.RESTRICTED
    leading = _leading(matter.authority_id, matter.child_id, at, heads_first=heads_first)
    if matter.senior_id is None and not heads_first:
        return None
    standing = [one for one in leading if one.user.pk == matter.senior_id]
    return _first([*standing, *leading], but={matter.reported_by_id, matter.about_id or 0})


@dataclass(frozen=True)
class _Senior:
    """A head or director, and who recorded the leave that they are on: nobody where they are there."""

    user: User
    sent_by: frozenset[int]


def _first(leading: Iterable[_Senior], *, but: Collection[int]) -> User | None:
    """The first who is there, but for whoever recorded the leave of one before them: it opens nothing to them.

    Where that leaves nobody, the first of all: a holiday is no reason for nobody to hear.
    """
    able = [one for one in leading if one.user.pk not in but]
    sent_by: set[int] = set()
    for one in able:
        if not one.sent_by and one.user.pk not in sent_by:
            return one.user
        sent_by |= one.sent_by
    return able[0].user if able else None


def _leading(
    authority_id: int, child_id: int | None, at: datetime, *, heads_first: bool = False
) -> list[_Senior]:
    """Directors before heads of service unless `heads_first`, and nobody who is kept from the child.

    Of an authority that has ended those of its successor: what was reported to it names it for ever.
    Of a restricted child those first who are named: the worry says of the child what the record would.
    """
    ask = _heads if heads_first else _directors
    # From no child nobody is kept.
    rows = ask({authority_id}, child_id or 0, at, london_day(at))
    return [_Senior(row.user, frozenset(row.sent_by)) for row in rows]


@worded
def _directors(authorities: Any, child: Any, at: Any, day: Any) -> QuerySet[Any]:
    return _led(authorities, child, at, day).order_by("-named", "reach", "pk")


@worded
def _heads(authorities: Any, child: Any, at: Any, day: Any) -> QuerySet[Any]:
    return _led(authorities, child, at, day).order_by("-named", "-reach", "pk")


def _led(authorities: Any, child: Any, at: Any, day: Any) -> QuerySet[Any]:
    answering = Authority.objects.answering(authorities, day=day)
    held = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__authority__in=answering)
    kept = KeepFrom.objects.current(at).filter(child=child, user=OuterRef("user"))
    standing = Restriction.objects.current(at).filter(child=child)
    named = NamedPerson.objects.current(at).filter(restriction__in=standing, user=OuterRef("user"))
    rows = held.exclude(reach=Reach.TEAM).filter(~Exists(kept), user__is_active=True)
    leaves = WorkerLeave.objects.current(at).filter(worker=OuterRef("user")).order_by()
    rows = rows.annotate(sent_by=ArraySubquery(leaves.values("recorded_by")))
    return rows.alias(named=Exists(named)).select_related("user")


def write(
    matter: Matter,
    kind: str,
    *,
    text: str,
    concerned: str = "",
    risk: str = "",
    happened_at: datetime,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> MatterEntry:
    """Keep one thing that was found, decided or done; what answers the matter ends its clock.

    IllegalMove for what is not said of such a matter, for nothing said, and for a time ahead.
    """
    if kind not in ENTRIES[matter.kind]:
        raise IllegalMove("This is not written about such a matter.")
    if not text.strip():
        raise IllegalMove("Enter what was found, decided or done.")
    assessed = kind == MatterEntry.Kind.ASSESSED
    if assessed and not (concerned.strip() and risk):
        raise IllegalMove("Enter whom it concerns, and select the risk to them.")
    if happened_at > at + TOLERANCE:
        raise IllegalMove("The time must be now or in the past.")
    said = {
        "kind": kind,
        "text": text.strip(),
        "concerned": concerned.strip() if assessed else "",
        "risk": risk if assessed else "",
        "happened_at": min(happened_at, at),
    }
    with transaction.atomic():
        entry, made = MatterEntry.objects.get_or_create(
            key=key, defaults={"matter": matter, **said, "written_at": at, "written_by": by}
        )
        if entry.matter_id != matter.pk or entry.written_by_id != by.pk:
            raise IllegalMove("This form was sent by somebody else.")
        if made:
            matters_changed.send(sender=None, ids=(matter.pk,), at=at)
        else:
            require_same(entry, said, sent=(entry.written_at, at))
    return entry


def answered(matter_ids: Collection[int]) -> set[int]:
    """Those of which what the law asks for has been done or decided, and what one council asked another is over."""
    rows = MatterEntry.objects.filter(matter__in=matter_ids, kind__in=ENDS_CLOCK)
    over = LinkMatter.objects.filter(matter__in=matter_ids, ended_at__isnull=False)
    return {*rows.values_list("matter", flat=True), *over.values_list("matter", flat=True)}


def waiting(authority_ids: Collection[int], *, at: datetime) -> QuerySet[Matter]:
    """Those of these authorities that nobody has answered, the soonest due first within their kind.

    An authority has those of one whose place it has taken, too.
    """
    done = MatterEntry.objects.filter(matter=OuterRef("pk"), kind__in=ENDS_CLOCK)
    rows = Matter.objects.exclude(kind__in=NOT_OF_OFFICER).filter(
        ~Exists(done), authority__in=_answered_by(authority_ids, at)
    )
    return rows.select_related("reported_by").order_by("kind", "since", "pk")


def over(authority_ids: Collection[int], *, at: datetime) -> QuerySet[Matter]:
    """Those that were answered, newest first."""
    done = MatterEntry.objects.filter(matter=OuterRef("pk"), kind__in=ENDS_CLOCK)
    rows = Matter.objects.exclude(kind__in=NOT_OF_OFFICER).filter(
        Exists(done), authority__in=_answered_by(authority_ids, at)
    )
    return rows.select_related("reported_by").order_by("-reported_at", "-pk")


def _answered_by(authority_ids: Collection[int], at: datetime) -> QuerySet[Authority]:
    return Authority.objects.answered_by(authority_ids, day=london_day(at))


def authorities_of(user: User, *, at: datetime) -> list[Authority]:
    """Whose data protection officer hears what `user` reports: of their own council, or of their children's; else of any."""
    held = access.memberships(user, at)
    own = {m.authority_id for m in held if m.authority_id is not None}
    own |= {m.team.authority_id for m in held if m.team is not None}
    own |= {m.home.authority_id for m in held if m.home is not None}
    if not own:
        reached = access.children(user, Permission.SEE_STATUS, at=at)
        own = set(Responsibility.objects.at(at).filter(child__in=reached).values_list("authority", flat=True))
    known = Authority.objects.filter(pk__in=own)
    officers = Membership.objects.current(at).filter(role=Role.DPO).values("authority")
    return list(known or Authority.objects.filter(pk__in=officers) or Authority.objects.all())


def get(user: User, matter_id: int, *, request: HttpRequest, at: datetime) -> Matter:
    """Return a matter that `user` answers for: as data protection officer, head of service or director; else 404.

    By a post of their own: whoever covers for a head hears of none of these.
    A worry about a colleague is for whoever reported it and for its one senior. Either is on record; and one that
    is there and another's costs what one costs that is not there.
    """
    own = {
        m.authority_id or (m.team.authority_id if m.team is not None else None)
        for m in access.memberships(user, at)
        if m.user_id == user.pk
        and (m.role == Role.DPO or (m.role == Role.TEAM_MANAGER and m.reach != Reach.TEAM))
    }
    answered = set(_answered_by([pk for pk in own if pk is not None], at).values_list("pk", flat=True))
    matters = Matter.objects.exclude(kind__in=FOR_DESK).select_related("reported_by", "senior", "about")
    matter = matters.filter(pk=matter_id).first()
    asked = matter if matter is not None and matter.kind in FOR_SENIOR else Matter(authority_id=0)
    senior = senior_of(asked, at=at)
    if matter is not None and not (
        user in (matter.reported_by, senior) if asked is matter else matter.authority_id in answered
    ):
        matter = None
    log.record_access(
        user=user,
        child_id=None,
        permission=Permission.PROTECT_DATA,
        allowed=matter is not None,
        place=log.Place(path=request.path, page="matter", address=request.META.get("REMOTE_ADDR")),
        at=at,
    )
    if matter is None:
        raise Http404
    return matter
