"""Of a role in what several councils share, or where their children live: who hears of it beside those asked to confirm it."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from cases import confirming
from cases.models import (
    HOME_ROLES,
    Allocation,
    ConfigurationChange,
    Membership,
    Placement,
    Reach,
    Role,
    User,
)

WORDING = "role_shared"


def beside(role: Membership, *, at: datetime) -> dict[User, int | None]:
    """Whoever leads the guardians of the service, where the role waits; of a home the managers of its children's teams.

    Each with their authority, if they have one.
    """
    leading = Q(pk__in=())
    if role.awaits:
        leading = Q(role=Role.GUARDIAN, service=role.service_id) & ~Q(reach=Reach.TEAM)
    elif role.role in HOME_ROLES:
        lives = Placement.objects.current(at).filter(home=role.home_id, child__closed_at=None)
        teams = Allocation.objects.current(at).filter(child__in=lives.values("child")).values("team")
        leading = Q(role=Role.TEAM_MANAGER, reach=Reach.TEAM, team__in=teams)
    held = Membership.objects.current(at).filter(leading).select_related("user", "team").order_by("pk")
    return {one.user: one.team.authority_id if one.team is not None else None for one in held}


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
