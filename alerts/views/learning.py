"""What can be learnt of the last 90 days, for those who answer for it: a home’s staff, a council’s managers, a force."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts import learning, workloads
from alerts.learning import Figures, Whose
from cases import access, clock, log
from cases.access import Permission
from cases.models import Role, User


@dataclass(frozen=True)
class Part:
    """One table of the page."""

    title: str
    rows: list[Figures]


@login_required
@require_safe
def learning_page(request: HttpRequest) -> HttpResponse:
    """Show each reader the figures of their own: no child is named, and that they were read is on record."""
    now = clock.now()
    user = access.person(request)
    parts = _parts(user, now)
    place = log.Place(path=request.path, page="learning", address=request.META.get("REMOTE_ADDR"))
    log.record_access(
        user=user, child_id=None, permission=Permission.SEE_OVERSIGHT, allowed=True, place=place, at=now
    )
    context = {"parts": parts, "days": learning.SPAN.days, "fewest": learning.FEWEST_CHILDREN, "now": now}
    return render(request, "alerts/learning.html", context)


def _parts(user: User, now: datetime) -> list[Part]:
    """The council’s own with its homes and forces; a home’s; a force’s. `PermissionDenied` for everybody else."""
    roles = access.memberships(user, now)
    parts = []
    if any(m.role == Role.TEAM_MANAGER for m in roles):
        ids = learning.answered_by([one.pk for one in workloads.authorities_of(user, now=now)], now=now)
        parts = [
            Part(_("Your council"), learning.figures(Whose.COUNCIL, ids, reader=user, now=now)),
            Part(
                _("Homes, by your council’s children"),
                learning.figures(Whose.HOME, ids, within=Whose.COUNCIL, reader=user, now=now),
            ),
            Part(
                _("Forces, by your council’s children"),
                learning.figures(Whose.FORCE, ids, within=Whose.COUNCIL, reader=user, now=now),
            ),
        ]
    homes = [m.home_id for m in roles if m.role == Role.PLACEMENT_STAFF and m.home_id]
    if homes:
        parts.append(Part(_("Your home"), learning.figures(Whose.HOME, homes, reader=user, now=now)))
    fostering = [m.home_id for m in roles if m.role == Role.FOSTER_CARER and m.home_id]
    if fostering:
        parts.append(Part(_("Your foster home"), learning.of_foster_homes(fostering, reader=user, now=now)))
    forces = [m.force_id for m in roles if m.role == Role.POLICE and m.force_id]
    if forces:
        parts.append(Part(_("Your force"), learning.figures(Whose.FORCE, forces, reader=user, now=now)))
    if not parts:
        raise PermissionDenied
    return parts
