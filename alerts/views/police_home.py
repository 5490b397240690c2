"""A signed-in officer's first page: the open episodes that their force has been told of."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import worklists
from cases import access, clock
from cases.access import Permission
from cases.models import Role


@login_required
@require_safe
def police_home(request: HttpRequest) -> HttpResponse:
    """Show the children the force is looking for, longest missing first."""
    return render(request, "alerts/police_home.html", _page(request, clock.now()))


@access.part_of("police_home")
@login_required
@require_safe
def police_list(request: HttpRequest) -> HttpResponse:
    """The part of the list that refreshes itself."""
    return render(request, "alerts/police_list.html", _page(request, clock.now()))


def _page(request: HttpRequest, now: datetime) -> dict[str, Any]:
    forces = [
        m.force for m in access.memberships(access.person(request), now) if m.role == Role.POLICE and m.force
    ]
    if not forces:
        raise PermissionDenied
    user = access.person(request)
    searches = worklists.searches(user, now=now)
    shown = [search.line.child.pk for search in searches]
    access.put_listed_on_record(user, shown, Permission.SEE_EPISODE, request=request, at=now)
    return {
        "forces": forces,
        "searches": searches,
        "now": now,
        "page_href": f"{reverse('home')}?as={Role.POLICE}",
        "poll_id": "missing",
        "poll_url": reverse("police_list"),
        "poll_every": 30,
        "poll_count": len(searches),
    }
