"""A signed-in officer's first page: the open episodes that their force has been told of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import area_lists, long_searches, worklists
from alerts.views import pages
from alerts.worklists import Search
from cases import access, clock, sessions
from cases.access import Permission
from cases.models import Role

# What the list can be narrowed to.
SHOWN: dict[str, Callable[[Search], bool]] = {
    "not-spoken": lambda one: one.line.standing.verified is None,
    "no-reference": lambda one: not one.force.incident_reference,
}


def _all(one: Search) -> bool:
    return True


@sessions.refreshes_with("refresh")
@login_required
@require_safe
def police_home(request: HttpRequest) -> HttpResponse:
    """Show the children the force is looking for, those first for whom an officer is owed."""
    now = clock.now()
    context = _page(request, now)
    user = access.person(request)
    # For a browser without scripts, and only when it is asked for.
    context["refresh"] = "refresh" in request.GET
    context["placed"] = worklists.placed_in_area(user, now=now)
    parts, shown = area_lists.of_officer(user, now=now)
    # By reference alone, as in the week's mail: still a read of each.
    access.put_listed_on_record(user, shown, Permission.SEE_STATUS, request=request, at=now)
    context["parts"] = parts
    context["released"] = long_searches.newly_released(user, now=now)
    context["desks"] = worklists.desks_in_area(user, now=now)
    return render(request, "alerts/police_home.html", context)


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
    everything = worklists.searches(user, now=now)
    wanted = request.GET.get("show", "")
    page = pages.of(request, [one for one in everything if SHOWN.get(wanted, _all)(one)])
    shown = [search.line.child.pk for search in page]
    access.put_listed_on_record(user, shown, Permission.SEE_EPISODE, request=request, at=now)
    return {
        "forces": forces,
        "searches": page.object_list,
        "page": page,
        "show": wanted if wanted in SHOWN else "",
        "not_spoken": sum(map(SHOWN["not-spoken"], everything)),
        "no_reference": sum(map(SHOWN["no-reference"], everything)),
        "everything": len(everything),
        "now": now,
        "page_href": f"{reverse('home')}?as={Role.POLICE}",
        "poll_id": "missing",
        "poll_url": pages.again(reverse("police_list"), page, f"show={wanted}" if wanted in SHOWN else ""),
        "poll_every": 30,
        "poll_count": len(everything),
    }
