"""Whoever had a child until a while ago: what they send of it then is theirs to read still, and nothing new of the child."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.http import Http404

from cases import access, relations
from cases.access import NotTheirs
from cases.deadlines import london_day
from cases.in_charge import authorities
from cases.models import (
    TEAM_ROLES,
    Allocation,
    Authority,
    Child,
    Placement,
    Responsibility,
)

# As long as a mistaken arrival may be taken back.
KNOWN_FOR = timedelta(hours=72)
# Of one child; more people do not change within three days.
MOST = 6


@dataclass(frozen=True, kw_only=True)
class Parted:
    """A child who was theirs: since when it is not, and which authority they ring."""

    child: Child
    since: datetime
    authority: Authority


def of(asked: NotTheirs) -> Parted | None:
    """Since when this child is theirs no more who might do what they asked for; None for everybody else.

    To a stranger it costs as much as of no such child: nobody can tell the two apart.
    """
    moments = _ends(asked.reference, asked.at)
    padding = [asked.at - KNOWN_FOR] * (MOST - len(moments))
    had = [_had(asked, moment).values("pk") for moment in (*moments, *padding)]
    child = Child.objects.filter(
        reduce(or_, (Q(pk__in=one) for one in had)), reference=asked.reference
    ).first()
    if child is None:
        return None
    since = next((moment for moment in moments if _had(asked, moment).filter(pk=child.pk).exists()), None)
    if since is None:
        return None
    return Parted(child=child, since=since, authority=_whom(child, asked, since))


def _had(asked: NotTheirs, moment: datetime) -> QuerySet[Child]:
    return access.had(asked.user, asked.permission, before=moment, at=asked.at)


def first(asked: Iterable[NotTheirs]) -> Http404:
    """What to raise of a page about several children: of the first who was theirs, else that there is no such page."""
    return next((one for one in asked if of(one) is not None), Http404())


def _ends(reference: str, at: datetime) -> list[datetime]:
    """When somebody may have lost this child lately, the last first."""
    since = at - KNOWN_FOR
    begun = Responsibility.objects.filter(starts_at__gt=since, starts_at__lte=at, child__reference=reference)
    shut = Child.objects.filter(reference=reference, closed_at__gt=since, closed_at__lte=at)
    found = {*begun.values_list("starts_at", flat=True), *shut.values_list("closed_at", flat=True)}
    for rows in (Allocation.objects.all(), Placement.objects.all(), *relations.watched_over()):
        over = rows.filter(ends_at__gt=since, ends_at__lte=at, child__reference=reference)
        found |= set(over.values_list("ends_at", flat=True))
    return sorted((one for one in found if one is not None), reverse=True)[:MOST]


def _whom(child: Child, asked: NotTheirs, moment: datetime) -> Authority:
    """Whoever answered for the child from then on, which those who handed it over read anyway; for all others until then."""
    is_staff = any(one.role in TEAM_ROLES for one in access.memberships(asked.user, asked.at))
    then = moment if is_staff else moment - timedelta(microseconds=1)
    was = dict(authorities([child.pk], then))[child.pk]
    now = Authority.objects.in_place_of([was], day=london_day(asked.at)).get(was, was)
    return Authority.objects.get(pk=now)
