"""The verbs of what one council asks another: whether it looks after a sibling or companion of a child."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases import holidays, links, log, matters, restrictions, same_child
from cases.deadlines import add_working_days, london_day
from cases.models import (
    Authority,
    Child,
    ChildLink,
    Event,
    LinkMatter,
    LinkRequest,
    MissingEpisode,
    Responsibility,
    Team,
    Trafficking,
    User,
)
from cases.models.link_requests import LinkRequestQuerySet
from cases.moves import other_words, require, require_open, require_same
from cases.responsibilities import responsible_authority
from cases.signals import matters_changed
from cases.states import LINK_REQUEST_MOVES, IllegalMove

Status = LinkRequest.Status
# A question to every council would tell them all that there is a child, and where.
MOST_AT_ONCE = 3
MOST_WAITING = 6
# Why a request ended by itself, as `withdrawn_why` keeps it.
ELSEWHERE, CLOSED, RESTRICTED = "elsewhere", "closed", "restricted"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the asked desk reads: of the one who is looked for, and of the child who says so no more than `about`.

    `why` this council is asked, and why it is safe to ask, are for the own council alone.
    """

    kind: str
    name: str
    said_by: str
    why: str
    age: str = ""
    about: str = ""
    safe_why: str = ""


def askable(child: Child, *, at: datetime) -> QuerySet[Authority]:
    """The councils that can be asked: those with a duty desk that stand, without the child's own."""
    desks = Team.objects.filter(authority=OuterRef("pk")).exclude(kind=Team.Kind.SOCIAL_WORK)
    own = responsible_authority(child, at=at)
    standing = Authority.objects.on(london_day(at)).exclude(pk=own.pk)
    return standing.filter(Exists(desks)).order_by("name", "pk")


def ask(
    child: Child,
    said: Said,
    *,
    of: Sequence[Authority],
    together: uuid.UUID,
    by: User,
    at: datetime,
) -> list[LinkRequest]:
    """Ask these councils, three at most; the same key again returns what stands. Their desks are told at once.

    `IllegalMove` for a restricted record, since asking says that there is a child and where; for a child with signs of
    trafficking where nobody says why it is safe; and where too many or the same are asked already.
    """
    chosen = list(dict.fromkeys(of))
    if not 1 <= len(chosen) <= MOST_AT_ONCE:
        raise IllegalMove("Select one council, and three at most.")
    if not (said.name.strip() and said.said_by.strip() and said.why.strip()):
        raise IllegalMove("Enter the name, who says so, and why you ask this council.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        rows = list(LinkRequest.objects.filter(together=together).order_by("pk"))
        if rows:
            if (rows[0].asked_by_id, rows[0].child_id) != (by.pk, child.pk):
                raise other_words()
            if {row.authority_id for row in rows} != {one.pk for one in chosen}:
                raise other_words()
            require_same(rows[0], asdict(said))
            return rows
        _require_askable(child, said, chosen, by, at)
        rows = [_asked(child, said, one, together, by=by, at=at) for one in chosen]
        for row in rows:
            data = {"kind": said.kind, "authority": row.authority.code}
            log.record(child, "link_asked", subject=row, data=data, fields=asdict(said), by=by, at=at)
    return rows


def withdraw(request: LinkRequest, *, why: str, by: User, at: datetime) -> LinkRequest:
    """Ask no more: whoever was told hears that it is over, and not why.

    What was answered and is not told yet can be withdrawn as if nobody had answered: a refusal would tell.
    """
    if not why.strip():
        raise IllegalMove("Enter why you no longer ask.")
    with transaction.atomic():
        child, request = _locked(request)
        is_hidden = hidden(child, by, at=at).filter(pk=request.pk).exists()
        if request.is_told(at):
            raise IllegalMove("This was answered: no link was made.")
        if not is_hidden and Status.WITHDRAWN not in LINK_REQUEST_MOVES[request.status]:
            raise IllegalMove("Nobody is asked any more.")
        if not is_hidden:
            _end(request, why.strip(), by=by, at=at)
        data = {"authority": request.authority.code}
        fields = {"why": why.strip()}
        log.record(child, "link_ask_withdrawn", subject=request, data=data, fields=fields, by=by, at=at)
    return request


def hidden(child: Child, reader: User, *, at: datetime) -> LinkRequestQuerySet:
    """What was linked, or ended because of it, and reads as waiting to a `reader` who is not told of that link."""
    rows = LinkRequest.objects.filter(child=child, due_at__gt=at)
    ended = Q(status=Status.WITHDRAWN, withdrawn_why=ELSEWHERE, withdrawn_by=None)
    rows = rows.filter(Q(status=Status.LINKED) | ended).exclude(pk__in=asked_no_more(child))
    if not rows.exists():
        return rows
    known = links.told(child, reader=reader, at=at)
    return rows.exclude(together__in=LinkRequest.objects.filter(link__in=known).values("together"))


def asked_no_more(child: Child) -> set[int]:
    """Those, by key, that somebody withdrew: of one that was linked meanwhile the timeline says so, and nothing else."""
    said = Event.objects.filter(child=child, kind="link_ask_withdrawn", actor__isnull=False)
    return {pk for pk in said.values_list("subject_id", flat=True) if pk is not None}


def stand_down(request: LinkRequest, because: str, *, at: datetime) -> None:
    """End a request of which the child's case was closed, or its record restricted, since: nobody is asked on."""
    with transaction.atomic():
        child, request = _locked(request)
        if Status.WITHDRAWN not in LINK_REQUEST_MOVES[request.status] or request.is_told(at):
            return
        _end(request, because, by=None, at=at)
        data = {"authority": request.authority.code}
        log.record(child, "link_ask_withdrawn", subject=request, data=data, by=None, at=at)


def refuse(request: LinkRequest, status: str, *, note: str, by: User, at: datetime) -> LinkRequest:
    """Answer that there is no such child, or that it cannot be said: the asker reads the same of both, when it is due."""
    if status not in LinkRequest.NO_LINK:
        raise IllegalMove("Select what you answer.")
    if not note.strip():
        raise IllegalMove("Enter how you looked, or why you cannot say.")
    with transaction.atomic():
        _child, request = _locked(request)
        if request.status != Status.ASKED:
            raise IllegalMove("Somebody has answered this already, or nobody asks any more.")
        _answered(request, status, by=by, at=at, note=note.strip())
    return request


def say_yes(request: LinkRequest, other: Child, *, by: User, at: datetime) -> ChildLink:
    """Link the two children: `other` is who was asked for. Said later too, by whoever found no such child before.

    `IllegalMove` for a child who is not the desk's own, and for one whose record is restricted: a link would tell.
    """
    with transaction.atomic():
        other, request = _locked_with(request, other)
        if Status.LINKED not in LINK_REQUEST_MOVES[request.status]:
            raise IllegalMove("Somebody has answered this already, or nobody asks any more.")
        if not is_own(request, other, at=at):
            raise IllegalMove("This is no child of yours.")
        if restrictions.standing_of(other, at) is not None:
            raise IllegalMove(
                "The record of this child is restricted, and a link would tell. Answer that you cannot say, and"
                " have the manager who restricted it decide."
            )
        link = _link(request, other, by=by, at=at)
        _answered(request, Status.LINKED, by=by, at=at, link=link)
        for row in LinkRequest.objects.filter(together=request.together).exclude(pk=request.pk):
            if Status.WITHDRAWN in LINK_REQUEST_MOVES[row.status] and not row.is_told(at):
                _end(_locked(row)[1], ELSEWHERE, by=None, at=at)
    return link


def pass_on(request: LinkRequest, other: Child, *, by: User, at: datetime) -> LinkRequest:
    """Hand the question to the council that is responsible now for a child whom this one had; its desk has the whole time.

    The asker reads nothing of it: which council has the child is told with a link and not before.
    """
    with transaction.atomic():
        other, request = _locked_with(request, other)
        if request.status != Status.ASKED:
            raise IllegalMove("Somebody has answered this already, or nobody asks any more.")
        if is_own(request, other, at=at) or not was_own(request, other, at=at):
            raise IllegalMove("This is no child whom another council took over from yours.")
        before, after = request.holder, responsible_authority(other, at=at)
        # Of one that has ended the desk of whoever answers for it: theirs is its own by now.
        answering = Authority.objects.answering_for(after.pk, day=london_day(at))
        if not Team.objects.filter(authority__in=answering).exclude(kind=Team.Kind.SOCIAL_WORK).exists():
            raise IllegalMove("This is no child whom another council took over from yours.")
        request.holder = after
        request.save(update_fields=["holder"])
        _end_matters(request, at)
        _watch(request, limit_at=_limit(request.holder, at), by=by, at=at)
        data = {"from": before.code, "to": request.holder.code}
        log.record(other, "link_ask_passed", subject=request, data=data, by=by, at=at)
    return request


def hurry(request: LinkRequest, episode: MissingEpisode, *, at: datetime) -> None:
    """The asker's child is looked for: whoever is to answer is told at once, and has hours and not days."""
    limit_at = at + timedelta(hours=settings.LINK_URGENT_HOURS)
    with transaction.atomic():
        _child, request = _locked(request)
        if request.status == Status.ASKED:
            if request.matters.filter(episode=episode, ended_at=None).exists():
                return
            _watch(request, limit_at=limit_at, episode=episode, by=request.asked_by, at=at)
        # What was answered and is kept back is told as early as what was not.
        if request.status not in (Status.LINKED, Status.WITHDRAWN) and limit_at < request.due_at:
            request.due_at = limit_at
            request.save(update_fields=["due_at"])


def calm(clock: LinkMatter, *, at: datetime) -> None:
    """Nobody is looked for any more: the question goes on, and is urgent no longer."""
    with transaction.atomic():
        _locked(clock.request)
        row = LinkMatter.objects.select_related("matter").get(pk=clock.pk)
        if row.ended_at is None:
            _end_one(row, at)


def give_time_back(request: LinkRequest, *, at: datetime) -> None:
    """It is due when it was at first: answered or not, so that nobody reads the one from the other."""
    with transaction.atomic():
        _child, request = _locked(request)
        first = request.matters.select_related("matter").order_by("pk")[0].matter.limit_at
        over = (Status.LINKED, Status.WITHDRAWN)
        if first is not None and request.status not in over and at < request.due_at < first:
            request.due_at = first
            request.save(update_fields=["due_at"])


def is_own(request: LinkRequest, other: Child, *, at: datetime) -> bool:
    """Whether whoever is to answer is responsible for `other` now."""
    answering = Authority.objects.answering_for(request.holder_id, day=london_day(at))
    return answering.filter(pk=responsible_authority(other, at=at).pk).exists()


def was_own(request: LinkRequest, other: Child, *, at: datetime) -> bool:
    """Whether it was once, and the child has an open record of which nothing is kept back."""
    held = Responsibility.objects.filter(child=other, starts_at__lte=at)
    by_them = Authority.objects.answering_for(request.holder_id, day=london_day(at))
    is_shut = other.closed_at is not None or restrictions.standing_of(other, at) is not None
    return not is_shut and held.filter(authority__in=by_them).exists()


def _require_askable(child: Child, said: Said, chosen: Sequence[Authority], by: User, at: datetime) -> None:
    require_open(child.closed_at)
    if child.is_drill:
        raise IllegalMove("This is a drill: no other council is asked.")
    if restrictions.standing_of(child, at) is not None:
        raise IllegalMove(
            "The record of this child is restricted: to ask says that there is a child, and where. A named person"
            " decides whom to ring."
        )
    if child.trafficking == Trafficking.YES and not said.safe_why.strip():
        raise IllegalMove("There are signs of trafficking: enter why it is safe to ask.")
    if askable(child, at=at).filter(pk__in=[one.pk for one in chosen]).count() != len(chosen):
        raise IllegalMove("Select councils that have a duty desk here, other than your own.")
    asked = LinkRequest.objects.filter(child=child)
    waiting = asked.asked() | asked.kept_back(at) | hidden(child, by, at=at)
    if waiting.filter(authority__in=chosen, kind=said.kind, name__iexact=said.name.strip()).exists():
        raise IllegalMove("This council is asked about this child already.")
    if waiting.count() + len(chosen) > MOST_WAITING:
        raise IllegalMove(
            "Too many councils are asked for this child already: wait for an answer, or withdraw one."
        )


def _asked(
    child: Child, said: Said, authority: Authority, together: uuid.UUID, *, by: User, at: datetime
) -> LinkRequest:
    limit_at = _limit(authority, at)
    row = LinkRequest.objects.create(
        key=uuid.uuid5(together, authority.code),
        together=together,
        child=child,
        authority=authority,
        holder=authority,
        asked_at=at,
        asked_by=by,
        due_at=limit_at,
        **asdict(said),
    )
    _watch(row, limit_at=limit_at, by=by, at=at)
    return row


def _limit(authority: Authority, at: datetime) -> datetime:
    calendar = holidays.calendar_of(authority.nation)
    days = settings.LINK_ANSWER_WORKING_DAYS
    return add_working_days(at, days, nation=calendar, holidays=holidays.of(calendar))


def _watch(
    request: LinkRequest,
    *,
    limit_at: datetime,
    episode: MissingEpisode | None = None,
    by: User,
    at: datetime,
) -> None:
    """Start a clock of whoever is to answer; the bell tells their desk in this commit."""
    matter = matters.asked_for_link(
        authority=request.holder,
        limit_at=limit_at,
        is_urgent=episode is not None,
        key=uuid.uuid4(),
        by=by,
        at=at,
    )
    LinkMatter.objects.create(request=request, matter=matter, episode=episode)


def _link(request: LinkRequest, other: Child, *, by: User, at: datetime) -> ChildLink:
    """The link that is made, or the one that somebody made meanwhile; none over one that is said not to be so.

    None either of two of whom any link says that one may be a danger to the other.
    Of one child the two desks are the two people: what the one said by asking the other confirms.
    """
    first, second = sorted((request.child_id, other.pk))
    stands = ChildLink.objects.filter(child=first, other=second, kind=request.kind).first()
    is_not_so = stands is not None and stands.check_result == ChildLink.Check.NOT_SO
    is_over = is_not_so or links.may_be_danger(first, second)
    if request.kind == ChildLink.Kind.SAME and not is_over:
        said_by, asked_by = request.said_by, request.asked_by
        return same_child.agree(request.child, other, said_by=said_by, asked_by=asked_by, by=by, at=at)
    if is_over:
        raise IllegalMove(
            "These two are linked already, and more is known of it: ring the council that asks."
        )
    if stands is None:
        claim = links.Claim(kind=request.kind, said_by=request.said_by)
        return links.say(request.child, other, claim, by=by, at=at)
    return stands


def _locked(request: LinkRequest) -> tuple[Child, LinkRequest]:
    """The child and then the request, as everything that writes about a child does."""
    child = Child.objects.locked().get(pk=request.child_id)
    rows = LinkRequest.objects.select_for_update(of=("self",))
    return child, rows.select_related("child", "authority", "holder", "asked_by").get(pk=request.pk)


def _locked_with(request: LinkRequest, other: Child) -> tuple[Child, LinkRequest]:
    """Both children before the request, in the order of their keys, as everything that locks several does."""
    keys = (request.child_id, other.pk)
    held = {one.pk: one for one in Child.objects.locked().filter(pk__in=keys).order_by("pk")}
    return held[other.pk], _locked(request)[1]


def _answered(request: LinkRequest, status: str, *, by: User, at: datetime, **given: object) -> None:
    require(LINK_REQUEST_MOVES, request.status, status)
    if status == Status.LINKED:
        given["note"] = ""
    for name, value in {"status": status, "answered_by": by, "answered_at": at, **given}.items():
        setattr(request, name, value)
    request.save(update_fields=["status", "answered_by", "answered_at", *given])
    _end_matters(request, at)


def _end(request: LinkRequest, why: str, *, by: User | None, at: datetime) -> None:
    require(LINK_REQUEST_MOVES, request.status, Status.WITHDRAWN)
    request.status, request.withdrawn_why = Status.WITHDRAWN, why
    request.withdrawn_at, request.withdrawn_by = at, by
    request.save(update_fields=["status", "withdrawn_why", "withdrawn_at", "withdrawn_by"])
    _end_matters(request, at)


def _end_matters(request: LinkRequest, at: datetime) -> None:
    for row in request.matters.filter(ended_at=None).order_by("pk"):
        _end_one(row, at)


def _end_one(row: LinkMatter, at: datetime) -> None:
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    matters_changed.send(sender=None, ids=(row.matter_id,), at=at)
