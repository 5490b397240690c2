"""Joining and leaving: the verbs of a membership, with the groups that grants are given to."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from cases import log
from cases.models import HOME_ROLES, Membership, Role, User


def home_group(home_id: int) -> str:
    return f"home:{home_id}"


def person_group(user_id: int) -> str:
    return f"person:{user_id}"


def force_group(force_id: int) -> str:
    return f"force:{force_id}"


def host_group(authority_id: int) -> str:
    return f"host:{authority_id}"


def group_named(name: str) -> Group:
    group, _ = Group.objects.get_or_create(name=name)
    return group


def join(user: User, role: str, *, by: User | None = None, at: datetime, **organisation: Any) -> Membership:
    """Give `user` a role from `at` on; `organisation` names one of team, home, service, force, authority, and `reach`."""
    with transaction.atomic():
        membership = Membership.objects.create(user=user, role=role, starts_at=at, **organisation)
        name = _group_of(membership)
        if name:
            user.groups.add(group_named(name))
        of = {key: getattr(value, "pk", value) for key, value in organisation.items()}
        data = {"user": user.pk, "role": str(role), **of}
        log.record_configuration(membership, "role_given", data=data, by=by, at=at)
    return membership


def leave(membership: Membership, *, by: User | None = None, at: datetime) -> None:
    """End a role at `at`: from that instant it opens nothing."""
    with transaction.atomic():
        membership.ends_at = at
        membership.save(update_fields=["ends_at"])
        name = _group_of(membership)
        still = [_group_of(other) for other in Membership.objects.current(at).filter(user=membership.user_id)]
        if name and name not in still:
            membership.user.groups.remove(group_named(name))
        data = {"user": membership.user_id, "role": membership.role}
        log.record_configuration(membership, "role_ended", data=data, by=by, at=at)


def _group_of(membership: Membership) -> str | None:
    if membership.role in HOME_ROLES and membership.home_id:
        return home_group(membership.home_id)
    if membership.role == Role.GUARDIAN:
        return person_group(membership.user_id)
    if membership.role == Role.POLICE and membership.force_id:
        return force_group(membership.force_id)
    if membership.role == Role.DUTY_DESK and membership.team is not None:
        return host_group(membership.team.authority_id)
    return None
