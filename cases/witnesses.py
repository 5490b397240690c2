"""Whose word a sighting is: the witness, their role and their organisation, from memberships and not from typing."""

from datetime import datetime

from cases import absences, access
from cases.grants import WATCH_OVER, permission_id
from cases.models import (
    HOME_ROLES,
    TEAM_ROLES,
    Allocation,
    Child,
    Membership,
    Placement,
    Role,
    User,
    WitnessRole,
)
from cases.responsibilities import responsible_authority

# A duty worker or a manager may see a child without knowing the face: their word says so.
KNOW_THE_FACE = (*HOME_ROLES, Role.SOCIAL_WORKER, Role.GUARDIAN)


def word_of(user: User, child: Child, *, at: datetime) -> dict[str, object]:
    """Return the fields of a `contacts.Sighting` that say `user` is the witness, as the person who may open this child.

    Staff of the child's home speak for the home, the responsible authority's staff for their team, guardians for
    their service.
    """
    membership = _membership_for(user, child, at)
    role = membership.role if membership else ""
    return {
        "witness": user.name,
        "witness_user": user,
        "witness_role": _witness_role(role),
        "organisation": _organisation(membership),
        "knows_child": role in KNOW_THE_FACE,
    }


def part_of(user: User, child: Child, *, at: datetime) -> str:
    """In what part `user` reports something of the child; empty for whoever writes down the word of others."""
    word = word_of(user, child, at=at)
    return str(word["witness_role"]) if word["knows_child"] else ""


def word_of_other(
    name: str, role: str, child: Child, *, at_home: bool = False, seen_at: datetime, at: datetime
) -> dict[str, object]:
    """Return the same for somebody else, named by whoever writes it down.

    The organisation is the one such a person would speak for by their own account, so that a second name typed
    for the same house is no second pair of eyes. While the child is out or away that is its own home only where it was
    seen `at_home`: a host is a foster carer too, and no word of theirs is that of the home. Whoever saw it speaks for
    the house, the team or the service that had it when it was seen, and of now only where none had it then.
    """
    is_elsewhere = role in HOME_ROLES and not at_home and absences.is_gone(child, at=seen_at)
    theirs = "" if is_elsewhere else _had_by(role, child, seen_at) or _had_by(role, child, at)
    return {
        "witness": name,
        "witness_role": role,
        "organisation": theirs or f"other:{role}",
    }


def _membership_for(user: User, child: Child, at: datetime) -> Membership | None:
    """The membership that relates the person to this child: the home's first, then the authority's, then another."""
    held = access.memberships(user, at)
    home_id = Placement.objects.current(at).filter(child=child).values_list("home", flat=True).first()
    of_home = [m for m in held if m.role in HOME_ROLES and m.home_id is not None and m.home_id == home_id]
    if of_home:
        return of_home[0]
    authority_id = responsible_authority(child, at=at).pk
    of_team = [m for m in held if m.team is not None and m.team.authority_id == authority_id]
    of_service = [m for m in held if m.role == Role.GUARDIAN]
    return next(iter([*of_team, *of_service]), None)


def _witness_role(role: str) -> str:
    if role in TEAM_ROLES:
        return WitnessRole.SOCIAL_WORKER
    return role if role in (*HOME_ROLES, Role.GUARDIAN) else WitnessRole.OTHER


def _organisation(membership: Membership | None) -> str:
    if membership is None:
        return ""
    for kind, pk in (
        ("home", membership.home_id),
        ("team", membership.team_id),
        ("service", membership.service_id),
    ):
        if pk is not None:
            return f"{kind}:{pk}"
    return ""


def _had_by(role: str, child: Child, at: datetime) -> str:
    if role in HOME_ROLES:
        lives = Placement.objects.current(at).filter(child=child).values_list("home", "pk").first()
        # An address that is no registered home is a house of its own.
        return "" if lives is None else f"home:{lives[0] or f'placement-{lives[1]}'}"
    if role == WitnessRole.SOCIAL_WORKER:
        team_id = Allocation.objects.current(at).filter(child=child).values_list("team", flat=True).first()
        return f"team:{team_id}" if team_id else ""
    if role == WitnessRole.GUARDIAN:
        watching = Membership.objects.current(at).filter(
            role=Role.GUARDIAN,
            user__groups__childgrouppermission__content_object=child,
            user__groups__childgrouppermission__permission_id=permission_id(WATCH_OVER),
        )
        service_id = watching.values_list("service", flat=True).first()
        return f"service:{service_id}" if service_id else ""
    return ""
