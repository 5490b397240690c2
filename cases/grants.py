"""Grants on a child to groups: given and taken in the same commit as the fact that they follow."""

from collections.abc import Mapping
from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from cases.models import Child, ChildGroupPermission
from cases.people import group_named

LOOK_AFTER = "look_after_child"
WATCH_OVER = "watch_over_child"
SEARCH_FOR = "search_for_child"
HOST = "host_child"


def give(child: Child, codename: str, group: str) -> None:
    """Relate everybody in `group` to `child`; giving twice is giving once."""
    give_many(codename, {child.pk: group})


def give_many(codename: str, groups: Mapping[int, str]) -> None:
    """The same for many children, each id with its group's name."""
    named = {name: group_named(name) for name in sorted(set(groups.values()))}
    ChildGroupPermission.objects.bulk_create(
        [
            ChildGroupPermission(
                content_object_id=child_id, permission_id=permission_id(codename), group=named[name]
            )
            for child_id, name in groups.items()
        ],
        ignore_conflicts=True,
    )


def take(child: Child, codename: str, group: str) -> None:
    ChildGroupPermission.objects.filter(
        content_object=child, permission_id=permission_id(codename), group__name=group
    ).delete()


@cache
def permission_id(codename: str) -> int:
    """The permission's id, read once in a process: Django makes it when it migrates and it stays."""
    content_type = ContentType.objects.get_for_model(Child)
    return Permission.objects.get(content_type=content_type, codename=codename).pk
