"""The verbs of a data breach and of a complaint: report it, and write what was found, decided and done."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest

from cases import access, log
from cases.access import Permission
from cases.clock import TOLERANCE
from cases.models import Authority, Matter, MatterEntry, Membership, Reach, Responsibility, Role, User
from cases.models.matters import ENDS_CLOCK, ENTRIES
from cases.signals import matters_changed
from cases.states import IllegalMove


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
        matter, made = Matter.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "text": text.strip(),
                "authority": authority,
                "since": min(since, at) if kind == Matter.Kind.BREACH else at,
                "reported_at": at,
                "reported_by": by,
            },
        )
        if matter.reported_by_id != by.pk:
            raise IllegalMove("This form was sent by somebody else.")
        if made:
            matters_changed.send(sender=None, ids=(matter.pk,), at=at)
    return matter


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
    with transaction.atomic():
        entry, made = MatterEntry.objects.get_or_create(
            key=key,
            defaults={
                "matter": matter,
                "kind": kind,
                "text": text.strip(),
                "concerned": concerned.strip() if assessed else "",
                "risk": risk if assessed else "",
                "happened_at": min(happened_at, at),
                "written_at": at,
                "written_by": by,
            },
        )
        if entry.matter_id != matter.pk or entry.written_by_id != by.pk:
            raise IllegalMove("This form was sent by somebody else.")
        if made:
            matters_changed.send(sender=None, ids=(matter.pk,), at=at)
    return entry


def answered(matter_ids: Collection[int]) -> set[int]:
    """Those of which what the law asks for has been done or decided."""
    rows = MatterEntry.objects.filter(matter__in=matter_ids, kind__in=ENDS_CLOCK)
    return set(rows.values_list("matter", flat=True))


def waiting(authority_ids: Collection[int]) -> QuerySet[Matter]:
    """Those of these authorities that nobody has answered, the soonest due first within their kind."""
    done = MatterEntry.objects.filter(matter=OuterRef("pk"), kind__in=ENDS_CLOCK)
    rows = Matter.objects.filter(~Exists(done), authority__in=authority_ids)
    return rows.select_related("reported_by").order_by("kind", "since", "pk")


def over(authority_ids: Collection[int]) -> QuerySet[Matter]:
    """Those that were answered, newest first."""
    done = MatterEntry.objects.filter(matter=OuterRef("pk"), kind__in=ENDS_CLOCK)
    rows = Matter.objects.filter(Exists(done), authority__in=authority_ids)
    return rows.select_related("reported_by").order_by("-reported_at", "-pk")


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

    Either is on record.
    """
    own = {
        m.authority_id or (m.team.authority_id if m.team is not None else None)
        for m in access.memberships(user, at)
        if m.role == Role.DPO or (m.role == Role.TEAM_MANAGER and m.reach != Reach.TEAM)
    }
    matter = (
        Matter.objects.filter(pk=matter_id, authority__in=own - {None}).select_related("reported_by").first()
    )
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
