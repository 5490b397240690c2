"""Areas in which other authorities' children live and to whose mailbox no weekly list goes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from alerts import area_lists
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Mailbox,
    Membership,
    Placement,
    PoliceForce,
    Responsibility,
    Restriction,
    Role,
)
from cases.models.placements import PlacementQuerySet


@dataclass(frozen=True)
class Unlisted:
    """One area without its list: whose duty or coordinator has no proved mailbox, of an authority or else of a force."""

    purpose: str
    authority: Authority | None = None
    force: PoliceForce | None = None

    @property
    def purpose_words(self) -> str:
        return str(Mailbox.Purpose(self.purpose).label)

    @property
    def whose(self) -> str:
        return self.authority.said_name if self.authority is not None else str(self.force)

    @property
    def code(self) -> str:
        return self.authority.code if self.authority is not None else str(self.force and self.force.code)


def find(*, of: Collection[int] | None = None, now: datetime) -> list[Unlisted]:
    """Each area to which the list of this week goes nowhere, where it would name a child; nothing where no lists are sent.

    Without `of` all of them; else those that an administrator of these authorities can do something about: their own
    area, and that in which their children live. As the list itself it leaves out restricted records and drills.
    """
    if not settings.AREA_LISTS:
        return []
    # Each way by its own index: an OR would look at every child of the country.
    ways = [Q()] if of is None else [Q(host_authority__in=of), Q(child__in=_own(of, now))]
    rows = [_hosted(now).filter(way).order_by().values_list("host_authority", "force") for way in ways]
    lived = {pair for found in rows for pair in found.distinct()}
    boxes = list(area_lists.proved(now).values_list("purpose", "authority", "force"))
    told = [authority for purpose, authority, _force in boxes if purpose == Mailbox.Purpose.HOST_DUTY]
    day = london_day(now)
    known = set(Authority.objects.answered_by(told, day=day).values_list("pk", flat=True))
    forces = {force for purpose, _authority, force in boxes if purpose == Mailbox.Purpose.COORDINATOR}
    hosts = Authority.objects.filter(pk__in={host for host, _force in lived} - known)
    areas = PoliceForce.objects.filter(pk__in={force for _host, force in lived} - forces)
    return [
        *(Unlisted(Mailbox.Purpose.HOST_DUTY, authority=one) for one in hosts.order_by("name", "pk")),
        *(Unlisted(Mailbox.Purpose.COORDINATOR, force=one) for one in areas.order_by("name", "pk")),
    ]


def menders(one: Unlisted, *, now: datetime) -> list[int]:
    """The authorities whose administrators can register its mailbox; where none has one, those whose children live there."""
    own = list(one.force.authorities.values_list("pk", flat=True)) if one.force is not None else []
    if one.authority is not None:
        own = [one.authority.pk]
    held = Membership.objects.current(now).filter(role=Role.ADMINISTRATOR, authority__in=own)
    if held.exists():
        return own
    lived = {"force": one.force} if one.force is not None else {"host_authority": one.authority}
    children = _hosted(now).filter(**lived).order_by().values("child")
    whose = Responsibility.objects.filter(child__in=children).at(now)
    return sorted(set(whose.values_list("authority", flat=True)))


def _own(of: Collection[int], now: datetime) -> QuerySet[Responsibility, Any]:
    """The children, by key, for whom one of these authorities is responsible."""
    return Responsibility.objects.filter(authority__in=of).at(now).values("child")


def _hosted(now: datetime) -> PlacementQuerySet:
    """The placements that hold in the area of another authority than the one that is responsible."""
    responsible = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=now)
    latest = Subquery(responsible.order_by("-starts_at").values("authority")[:1])
    placed = Placement.objects.current(now).filter(child__closed_at=None, child__is_drill=False)
    placed = placed.exclude(child__in=Restriction.objects.current(now).values("child"))
    elsewhere = placed.annotate(responsible=latest).exclude(host_authority=F("responsible"))
    # Of an authority and whoever has taken its place each is the other's own area.
    through = Authority.successors.through.objects
    followed = through.filter(
        Q(from_authority=OuterRef("host_authority"), to_authority=OuterRef("responsible"))
        | Q(to_authority=OuterRef("host_authority"), from_authority=OuterRef("responsible"))
    )
    return elsewhere.exclude(Exists(followed))
