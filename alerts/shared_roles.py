"""Of a role in what several councils share, or where their children live: who hears of it beside those asked to confirm it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.change_mails import authority_of, message
from alerts.models import Message
from cases import acting, confirming
from cases.models import (
    HOME_ROLES,
    Allocation,
    ConfigurationChange,
    Membership,
    Placement,
    Reach,
    Responsibility,
    User,
)

WORDING = "role_shared"
# What became of it, to whoever gave it; that it is confirmed, to whoever has it as well.
ANSWERED, POST = "role_answered", "account"


def beside(role: Membership, *, at: datetime) -> dict[User, int | None]:
    """Whoever heads the service, where the role waits; of a home whoever acts as manager for the children who live there.

    Each with their authority, if they have one.
    """
    if role.awaits and role.service_id is not None:
        return dict.fromkeys(confirming.heads_of(role.service_id, at=at))
    return _managing(role.home_id, at) if role.role in HOME_ROLES and role.home_id is not None else {}


def _managing(home_id: int, at: datetime) -> dict[User, int | None]:
    """Who acts for the teams of the children in a home; where a team has no manager, or a child no team, the head."""
    lives = Placement.objects.current(at).filter(home=home_id, child__closed_at=None).values("child")
    own = Responsibility.objects.at(at).filter(child__in=lives).values_list("child", "authority")
    councils = dict(own)
    given = Allocation.objects.current(at).filter(child__in=lives)
    teams = {one.child_id: one.team for one in given.select_related("team")}
    posts: set[tuple[int, int]] = set()
    for child_id, authority_id in councils.items():
        team = teams.get(child_id)
        # A team of the council of before has the child no more.
        posts.add((authority_id, team.pk if team is not None and team.authority_id == authority_id else 0))
    managers = acting.of_authorities(set(councils.values()), at=at)
    return {
        person: authority_id
        for authority_id, team_id in sorted(posts)
        for person in _acting(managers, authority_id, team_id)
    }


def _acting(managers: acting.Managers, authority_id: int, team_id: int) -> list[User]:
    """Who acts as manager of this team; of none, and of one without a manager, the nearest above."""
    levels = (Reach.TEAM, Reach.SERVICE, Reach.DIRECTORATE) if team_id else (Reach.SERVICE, Reach.DIRECTORATE)
    found = (managers.acting(reach, authority_id, team_id or None) for reach in levels)
    return next((people for people in found if people), [])


def answered(change: ConfigurationChange) -> Iterator[Message]:
    """To whoever gave the role and, where it is confirmed, whoever got it: neither would know that it opens something."""
    if change.kind not in (confirming.CONFIRMED, confirming.REFUSED):
        return
    heard = {change.data["given_by"], change.data["user"] if change.kind == confirming.CONFIRMED else None}
    known = [pk for pk in heard if pk not in (None, change.actor_id)]
    people = User.objects.filter(pk__in=known, is_active=True, device_home=None)
    for person in people.order_by("pk"):
        yield message(person, change, ANSWERED, POST, authority_id=authority_of(person, at=change.at))


def answer(change: ConfigurationChange) -> dict[str, Any]:
    """Whose role it is, where, and why it was refused."""
    refused = change.kind == confirming.REFUSED
    return {**values(change), "refused": refused, "why": change.data.get("reason", "")}


def values(change: ConfigurationChange) -> dict[str, Any]:
    """Who was given which role where, and whether it opens children at once or waits for somebody's word."""
    role = Membership.objects.select_related("user", "home", "service", "force").get(pk=change.subject_id)
    return {
        "role": role,
        "where": str(role.force or role.service or role.home),
        "at_home": role.home_id is not None,
        "device": role.user.device_home_id is not None,
        "waits": bool(confirming.open_for(role, at=change.at)),
    }
