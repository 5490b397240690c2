"""Which councils share a guardian service: with a child there, or an area that it covers."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from cases.deadlines import london_day
from cases.models import GuardianService, Responsibility
from guardians.models import GuardianAssignment, ServiceArea


def concerned(service_id: int, at: datetime) -> set[int]:
    """The authorities with a child of an open case there now, and those whose area it covers or is to cover."""
    return concerned_by([service_id], at)[service_id]


def concerned_by(service_ids: Collection[int], at: datetime) -> dict[int, set[int]]:
    """The same of each of these services, in two queries."""
    found: dict[int, set[int]] = {pk: set() for pk in service_ids}
    rows_of = Responsibility.objects.filter(child=OuterRef("child"), starts_at__lte=at)
    council = Subquery(rows_of.order_by("-starts_at").values("authority")[:1])
    watched = GuardianAssignment.objects.current(at).filter(service__in=service_ids, child__closed_at=None)
    own = watched.order_by().annotate(council=council).values_list("service", "council").distinct()
    for service_id, authority_id in own:
        if authority_id is not None:
            found[service_id].add(authority_id)
    lasting = Q(ends_date=None) | Q(ends_date__gte=london_day(at))
    rows = ServiceArea.objects.filter(lasting, service__in=service_ids)
    for area_service_id, authority_id in rows.values_list("service", "authority"):
        if area_service_id is not None:
            found[area_service_id].add(authority_id)
    return found


def of(authority_ids: Collection[int], at: datetime) -> QuerySet[GuardianService]:
    """The services of these authorities: that cover their area, or had a child of theirs; and those of nobody yet."""
    lasting = Q(ends_date=None) | Q(ends_date__gte=london_day(at))
    areas = ServiceArea.objects.of(authority_ids).filter(lasting)
    children = Responsibility.objects.filter(authority__in=authority_ids).values("child")
    had = GuardianAssignment.objects.filter(child__in=children)
    own = Q(pk__in=areas.values("service")) | Q(pk__in=had.values("service"))
    return GuardianService.objects.filter(own | Q(areas=None, assignments=None))
