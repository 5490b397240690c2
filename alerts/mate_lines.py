"""Whom to ask about somebody who went along and was found: the page for who may open it, else a desk to ring."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cases import access, barred
from cases.access import Permission
from cases.models import Authority, MissingEpisode, Responsibility, Team, Trigger, User


@dataclass(frozen=True)
class Line:
    """The episode for whoever may open it; for another council its reference, whose it is and whom to ring."""

    child_id: int
    episode: MissingEpisode | None
    reference: str
    authority: Authority
    phone: str


def of(told: Collection[Trigger], *, reader: User, at: datetime) -> dict[int, Line]:
    """By trigger. Of a child who is kept from the reader, and of a restricted record that is not open to them, none."""
    mates = {
        one.pk: one
        for one in MissingEpisode.objects.filter(pk__in=[t.mate_id for t in told]).select_related("child")
    }
    ids = {one.child_id for one in mates.values()}
    kept, restricted = barred.standing(reader, at)
    open_to = access.children(reader, Permission.SEE_EPISODE, at=at).filter(pk__in=ids)
    seen = set(open_to.values_list("pk", flat=True))
    hidden = (kept | restricted) - seen
    rows = Responsibility.objects.at(at).filter(child__in=ids - hidden).select_related("authority")
    responsible = {row.child_id: row.authority for row in rows}
    teams = Team.objects.filter(authority__in={one.pk for one in responsible.values()}, kind=Team.Kind.DUTY)
    desks = {team.authority_id: team.phone for team in teams.exclude(phone="").order_by("-pk")}
    found: dict[int, Line] = {}
    for one in told:
        mate = mates.get(one.mate_id or 0)
        if mate is None or mate.child_id not in responsible:
            continue
        authority = responsible[mate.child_id]
        found[one.pk] = Line(
            mate.child_id,
            mate if mate.child_id in seen else None,
            mate.reference,
            authority,
            desks.get(authority.pk, settings.DUTY_LINE),
        )
    return found
