"""The groups to which a child is granted: of a home, a person, a force, and the desk of a council."""

from django.contrib.auth.models import Group

from cases import bulk
from cases.worded import Question

_NAMED = Question(lambda name: Group.objects.filter(name=name))


def home_group(home_id: int) -> str:
    return f"home:{home_id}"


def person_group(user_id: int) -> str:
    return f"person:{user_id}"


def force_group(force_id: int) -> str:
    return f"force:{force_id}"


def host_group(authority_id: int) -> str:
    return f"host:{authority_id}"


def group_named(name: str) -> Group:
    """The group of this name, which is made where there is none."""
    known = _NAMED(name)
    if not known:
        # Whoever makes it at the same time is waited for, and theirs is this one.
        bulk.insert(Group, ("name",), [(name,)], known=True)
        known = _NAMED(name)
    return known[0]
