"""Who reads what of a request for a sibling or companion: the desk that is asked, and those who work with the child."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Min, Q

from cases import access, link_requests, links, restrictions
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import Authority, Child, LinkMatter, LinkRequest, User
from cases.models.link_requests import LinkRequestQuerySet
from cases.search import finding, signs

# More would be leafing through the children of a council.
MOST_LIKELY = 10


class Stands(StrEnum):
    """What the asker reads of a request: whatever was answered but a link, the same words at the same time."""

    WAITING = "waiting"
    LATE = "late"
    LINKED = "linked"
    NO_LINK = "no_link"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Asked:
    """One request as whoever works with the child reads it, and whom to ring about it."""

    request: LinkRequest
    stands: Stands
    phone: str

    @property
    def is_open(self) -> bool:
        return self.stands in (Stands.WAITING, Stands.LATE)


def of(child: Child, *, reader: User, at: datetime) -> list[Asked]:
    """What was asked for this child, the newest first.

    A link that the reader is not told of, and what ended because of it, read as no link: at the same time.
    """
    rows = list(child.link_requests.select_related("authority", "asked_by").order_by("-asked_at", "-pk"))
    if not rows:
        return []
    known = links.told(child, reader=reader, at=at)
    told = {row.together for row in rows if row.link_id in known}
    phones = signs.desks_of({row.authority_id for row in rows}, at=at)
    no_more = link_requests.asked_no_more(child)
    return [
        Asked(
            row,
            Stands.WITHDRAWN
            if row.pk in no_more and row.together not in told
            else _stands(row, row.together in told, at),
            phones.get(row.authority_id, settings.DUTY_LINE),
        )
        for row in rows
    ]


def _stands(row: LinkRequest, is_told: bool, at: datetime) -> Stands:
    is_over = row.due_at <= at
    if row.status == LinkRequest.Status.LINKED:
        return Stands.LINKED if is_told else _kept_back(is_over)
    if row.status == LinkRequest.Status.WITHDRAWN:
        hidden = row.withdrawn_why == link_requests.ELSEWHERE and row.withdrawn_by_id is None and not is_told
        return _kept_back(is_over) if hidden else Stands.WITHDRAWN
    if row.status in LinkRequest.NO_LINK:
        return _kept_back(is_over)
    return Stands.LATE if is_over else Stands.WAITING


def _kept_back(is_over: bool) -> Stands:
    return Stands.NO_LINK if is_over else Stands.WAITING


def at_desk(user: User, *, at: datetime) -> LinkRequestQuerySet:
    """What the desks of `user` are asked and were; `PermissionDenied` for whoever works on none.

    Nothing of a child from whom they are kept, and nothing of one whose record was restricted since.
    """
    own = Authority.objects.answered_by(access.duty_authorities(user, at=at), day=london_day(at))
    shut = access.closed_to(user, at) | restrictions.records(at)
    rows = LinkRequest.objects.filter(holder__in=own).exclude(child__in=shut)
    return rows.select_related("child", "authority", "holder", "answered_by", "link")


@dataclass(frozen=True)
class Asker:
    """Which council asks, and the number of its desk: that of whoever is responsible for the child now."""

    authority: Authority
    phone: str


def askers(rows: Collection[LinkRequest], *, at: datetime) -> dict[int, Asker]:
    """By request who asks."""
    responsible = signs.responsible_for({row.child_id for row in rows}, at)
    phones = signs.desks_of({one.pk for one in responsible.values()}, at=at)
    return {
        row.pk: Asker(asker, phones.get(asker.pk, settings.DUTY_LINE))
        for row in rows
        if (asker := responsible.get(row.child_id)) is not None
    }


def urgent(rows: Collection[LinkRequest]) -> set[int]:
    """Those of them, by key, whose child is looked for: nothing but that it is urgent is told."""
    found = LinkMatter.objects.filter(request__in=rows, episode__isnull=False, ended_at=None)
    return set(found.values_list("request", flat=True))


def limits(rows: Collection[LinkRequest]) -> dict[int, datetime]:
    """By request when its desk is to answer: the soonest of its clocks, as its mails say. The asker's time is another."""
    running = LinkMatter.objects.filter(request__in=rows, ended_at=None).order_by()
    return dict(running.values_list("request").annotate(limit=Min("matter__limit_at")))


def likely(request: LinkRequest, user: User, *, at: datetime) -> list[Child]:
    """The desk's own children with a name that sounds like the one said; none whose record is restricted.

    Whoever shows them puts each on record as read.
    """
    own = Authority.objects.answering_for(request.holder_id, day=london_day(at)).values_list("pk", flat=True)
    shut = restrictions.records(at) | {request.child_id}
    children = access.children(user, Permission.SEE_RECORD, at=at).filter(
        Q(closed_at=None), access.responsible(own, at)
    )
    found = finding.by_name(children.exclude(pk__in=shut), request.name, most=MOST_LIKELY)
    rows = Child.objects.in_bulk([one.child_id for one in found])
    return [rows[one.child_id] for one in found]
