"""Grants on a child to groups: given and taken in the same commit as the fact that they follow."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from cases import attempts, bulk
from cases.deadlines import london_day
from cases.groups import group_named, host_group
from cases.models import Authority, Child, ChildGroupPermission, EpisodeForce
from cases.worded import Question

LOOK_AFTER = "look_after_child"
WATCH_OVER = "watch_over_child"
SEARCH_FOR = "search_for_child"
HOST = "host_child"
# No grant: the fact by which a supervisor sees the children of their guardian service.
SUPERVISED = "supervised"
# No grant of its own either: a part of the fact behind a guardian's.
ADDRESS_ALLOWED = "address_allowed"


def give(child: Child, codename: str, group: str) -> None:
    """Relate everybody in `group` to `child`; giving twice is giving once."""
    give_many(codename, {child.pk: group})


def give_many(codename: str, groups: Mapping[int, str]) -> None:
    """The same for many children, each id with its group's name."""
    named = {name: group_named(name) for name in sorted(set(groups.values()))}
    bulk.insert(
        ChildGroupPermission,
        ("content_object", "permission", "group"),
        [(child_id, permission_id(codename), named[name].pk) for child_id, name in groups.items()],
        known=True,
    )


def take(child: Child, codename: str, group: str) -> None:
    ChildGroupPermission.objects.filter(
        content_object=child, permission_id=permission_id(codename), group__name=group
    ).delete()


def give_host(child: Child, authority_id: int, *, at: datetime) -> None:
    """Relate the duty desks of an area to `child`: of its authority, and of whoever has taken its place."""
    for host_id in _HOSTS({authority_id}, london_day(at)):
        give(child, HOST, host_group(host_id))


_HOSTS = Question(
    lambda areas, day: Authority.objects.answering(areas, day=day).order_by("pk").values_list("pk", flat=True)
)


def seen_from(group: str) -> QuerySet[ChildGroupPermission, int]:
    """The children whom the duty desks of an area read, by id."""
    held = ChildGroupPermission.objects.filter(permission_id=permission_id(HOST), group__name=group)
    return held.values_list("content_object", flat=True)


def take_host(child: Child) -> None:
    """Take the grants of every area's desks: a child lives in one place."""
    ChildGroupPermission.objects.filter(content_object=child, permission_id=permission_id(HOST)).delete()


def of_searches(*, at: datetime, after: timedelta) -> QuerySet[EpisodeForce]:
    """The forces of episodes that are open, or ended less than `after` ago: what a force's grant follows from."""
    return EpisodeForce.objects.filter(Q(episode__ended_at=None) | Q(episode__ended_at__gt=at - after))


def left_behind(*, at: datetime, after: timedelta) -> QuerySet[ChildGroupPermission]:
    """The grants of forces whose last search for the child ended so long ago."""
    named = Concat(Value("force:"), Cast(F("force_id"), CharField()))
    standing = of_searches(at=at, after=after).alias(named=named)
    fact = standing.filter(episode__child=OuterRef("content_object"), named=OuterRef("group__name"))
    return ChildGroupPermission.objects.filter(permission_id=permission_id(SEARCH_FOR)).exclude(Exists(fact))


def take_from_forces(*, at: datetime, after: timedelta) -> int:
    """Take the grants of forces that follow from nothing any more; what opens a page is the fact, whenever this runs.

    Each child is locked, as whoever opens an episode has: no grant that is given meanwhile is taken.
    """

    def take(child_id: int) -> int:
        with transaction.atomic():
            Child.objects.locked().get(pk=child_id)
            return left_behind(at=at, after=after).filter(content_object=child_id).delete()[0]

    children = sorted(set(left_behind(at=at, after=after).values_list("content_object", flat=True)))
    return attempts.each(children, take, fault="grants_not_taken")


@cache
def permission_id(codename: str) -> int:
    """The permission's id, read once in a process: Django makes it when it migrates and it stays."""
    content_type = ContentType.objects.get_for_model(Child)
    return Permission.objects.get(content_type=content_type, codename=codename).pk
