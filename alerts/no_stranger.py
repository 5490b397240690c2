"""The questions of the promise that no stranger reaches a child: grants, restricted records, and mails of one reader."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q

from alerts.models import Message
from alerts.states import MessageStatus
from cases import barred, grants
from cases.models import (
    AccessRecord,
    Child,
    ChildGroupPermission,
    Membership,
    NamedPerson,
    Placement,
    Restriction,
)
from cases.people import home_group, host_group, person_group
from guardians.models import GuardianAssignment


def grants_adrift(now: datetime) -> Iterator[str]:
    """Every grant recomputed from its facts: none missing, none left behind."""
    wanted = set()
    for child_id, home_id, host_id in Placement.objects.current(now).values_list(
        "child", "home", "host_authority"
    ):
        if home_id is not None:
            wanted.add((child_id, grants.LOOK_AFTER, home_group(home_id)))
        wanted.add((child_id, grants.HOST, host_group(host_id)))
    for child_id, user_id in GuardianAssignment.objects.current(now).values_list("child", "guardian"):
        wanted.add((child_id, grants.WATCH_OVER, person_group(user_id)))
    standing = set(
        ChildGroupPermission.objects.exclude(permission__codename=grants.SEARCH_FOR).values_list(
            "content_object", "permission__codename", "group__name"
        )
    )
    names = dict(
        Child.objects.filter(pk__in={row[0] for row in wanted ^ standing}).values_list("pk", "reference")
    )
    return (
        f"{names[child_id]} {codename} {group}" for child_id, codename, group in sorted(wanted ^ standing)
    )


def restricted_and_read(now: datetime) -> Iterator[str]:
    """Reads of restricted records, asked of the rows alone: by whoever was not named then, nor could answer for duty."""
    there = Q(starts_at__lte=OuterRef("at")) & (Q(ends_at=None) | Q(ends_at__gt=OuterRef("at")))
    restricted = Restriction.objects.filter(there, child=OuterRef("child"), starts_at__lt=OuterRef("at"))
    named = NamedPerson.objects.filter(there, restriction__child=OuterRef("child"), user=OuterRef("user"))
    on_duty = Membership.objects.filter(there, user=OuterRef("user"), role__in=barred.ON_DUTY)
    children = Restriction.objects.values("child")
    rows = AccessRecord.objects.filter(Exists(restricted), child__in=children, allowed=True)
    rows = rows.exclude(Exists(named)).exclude(Exists(on_duty)).exclude(user=None)
    return (f"{row.child.reference} read {row.pk}" for row in rows.select_related("child") if row.child)


def names_without_restriction(now: datetime) -> Iterator[str]:
    """Whoever was named before the record was restricted, or at first and yet later than that."""
    early = Q(starts_at__lt=F("restriction__starts_at"))
    late = Q(at_first=True) & ~Q(starts_at=F("restriction__starts_at"))
    rows = NamedPerson.objects.filter(early | late).select_related("restriction__child")
    return (f"{row.restriction.child.reference} named person {row.pk}" for row in rows)


def mails_of_several_readers(now: datetime) -> Iterator[str]:
    """What one person was told stands in no mail to another."""
    rows = Message.objects.filter(bundle__isnull=False, status=MessageStatus.SENT).order_by().values("bundle")
    several = rows.annotate(readers=Count("recipient", distinct=True)).filter(readers__gt=1)
    return (str(pk) for pk in several.values_list("bundle", flat=True))
