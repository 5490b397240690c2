"""Which teams may be given a child who is being registered."""

from typing import Any

from django.db.models import Q, QuerySet

from cases.models import Membership, Role, Team


def teams_of(held: list[Membership]) -> dict[str, Any]:
    """The teams that may be given the child: a social worker's own; duty and managers choose among the authority's."""
    own = [m.team for m in held if m.team is not None]
    wide = [m.team.authority_id for m in held if m.team is not None and m.role != Role.SOCIAL_WORKER]
    social_work = Q(authority__in=wide, kind=Team.Kind.SOCIAL_WORK)
    found: QuerySet[Team] = Team.objects.filter(Q(pk__in=[team.pk for team in own]) | social_work)
    return {"teams": found.select_related("authority").order_by("name"), "own": own[0]}
