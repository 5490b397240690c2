"""Which teams and which social workers may be given a child who is being registered."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from cases.models import Membership, Role, Team, User


def teams_of(held: list[Membership]) -> dict[str, Any]:
    """The teams that may be given the child: a social worker's own; duty and managers choose among the authority's.

    No desk is one where the authority has a team for social work: nobody leads it who gives a child a worker, and no
    manager's overview shows a child that it has. Preselected is one's own, or the only one; else it is asked.
    """
    own = [m.team for m in held if m.team is not None]
    wide = [m.team.authority_id for m in held if m.team is not None and m.role != Role.SOCIAL_WORKER]
    reached = Team.objects.filter(Q(authority__in=wide) | Q(pk__in=[team.pk for team in own]))
    found = reached.filter(kind=Team.Kind.SOCIAL_WORK).select_related("authority").order_by("name")
    teams = list(found)
    if not teams:
        return {"teams": reached.filter(pk__in=[team.pk for team in own]), "own": own[0]}
    theirs = [team for team in own if team in teams] or (teams if len(teams) == 1 else [])
    return {"teams": found, "own": theirs[0] if theirs else None}


def workers_of(held: list[Membership], *, by: User, at: datetime) -> list[Membership]:
    """The social workers by name: of those teams for duty and managers, who say whose work it is; else `by` alone."""
    own = Q(user=by, team__in=[m.team for m in held if m.role == Role.SOCIAL_WORKER])
    if any(m.role != Role.SOCIAL_WORKER for m in held):
        own |= Q(team__in=teams_of(held)["teams"])
    found = Membership.objects.current(at).filter(own, role=Role.SOCIAL_WORKER)
    return list(found.select_related("user", "team").order_by("user__name", "pk"))
