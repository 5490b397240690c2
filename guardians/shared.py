"""Which councils share a guardian service: with a child there, or an area that it covers."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from cases.deadlines import london_day
from cases.models import GuardianService, Responsibility
from guardians.models import GuardianAssignment, ServiceArea


def concerned(service_id: int, at: datetime) -> set[int]:
    """The authorities with a child of an open case there now, and those whose area it covers or is to cover."""
    watched = GuardianAssignment.objects.current(at).filter(service=service_id)
    own = Responsibility.objects.at(at).filter(child__in=watched.values("child"), child__closed_at=None)
    return {*own.values_list("authority", flat=True), *_covered(service_id, at)}


def of(authority_ids: Collection[int], at: datetime) -> QuerySet[GuardianService]:
    """The services of these authorities: that cover their area, or had a child of theirs; and those of nobody yet."""
    lasting = Q(ends_date=None) | Q(ends_date__gte=london_day(at))
    areas = ServiceArea.objects.of(authority_ids).filter(lasting)
    children = Responsibility.objects.filter(authority__in=authority_ids).values("child")
    had = GuardianAssignment.objects.filter(child__in=children)
    own = Q(pk__in=areas.values("service")) | Q(pk__in=had.values("service"))
    return GuardianService.objects.filter(own | Q(areas=None, assignments=None))


def _covered(service_id: int, at: datetime) -> set[int]:
    lasting = Q(ends_date=None) | Q(ends_date__gte=london_day(at))
    rows = ServiceArea.objects.filter(lasting, service=service_id)
    return set(rows.values_list("authority", flat=True))
