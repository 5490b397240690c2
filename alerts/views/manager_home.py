"""A manager's first page: the figures, each with its list, and what nobody has taken on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from alerts import death_steps, sign_off_queue, sittings, transfer_pages, worklists, workloads
from alerts.views import pages
from alerts.views.workloads import require_manager
from alerts.worklists import Line, Overview
from cases import access, alike_names, clock, posts_away, supervising
from cases.access import Permission
from cases.models import ManagerCover, Role

# The lists behind the figures: heading, and what each holds.
LISTS: dict[str, tuple[Promise, Callable[[Overview], Sequence[Line]]]] = {
    "missing": (_("Missing or not here"), lambda overview: overview.missing),
    "no-record": (_("No record"), lambda overview: overview.no_record),
    "unverified": (_("No officer has spoken to us"), lambda overview: overview.unverified),
    "reviews": (_("Reviews due soon, or late"), lambda overview: overview.reviews),
    "unacknowledged": (_("Nobody has taken these on"), lambda overview: overview.unacknowledged),
}


@login_required
@require_safe
def manager_home(request: HttpRequest) -> HttpResponse:
    """Show who is missing, without a record, unverified or without a worker: 0 clicks."""
    now = clock.now()
    user = access.person(request)
    posts = list(supervising.posts_led(user, at=now).select_related("user", "team"))
    away = posts_away.read(posts, now) if posts else ()
    context = _page(request, now) | {
        "loads": workloads.read(user, now=now),
        "sign_off_count": len(sign_off_queue.of(user, now=now)),
        "death_count": len(death_steps.of(user, now=now)),
        "supervision_count": sittings.late_count(user, now=now),
        "transfer_count": len(transfer_pages.rows(user, now=now)),
        "managers_away": [(one, one.words(user, at=now)) for one in away],
        "asked_to_cover": ManagerCover.objects.asked_of(user, now).count(),
    }
    return render(request, "alerts/manager_home.html", context)


@access.part_of("manager_home")
@login_required
@require_safe
def manager_tiles(request: HttpRequest) -> HttpResponse:
    """The part of the overview that refreshes itself."""
    return render(request, "alerts/manager_tiles.html", _page(request, clock.now()))


@login_required
@require_safe
def manager_list(request: HttpRequest, which: str) -> HttpResponse:
    """Show the children behind one figure."""
    now = clock.now()
    require_manager(request, now)
    if which not in LISTS:
        raise Http404
    heading, pick = LISTS[which]
    page = pages.of(request, pick(worklists.overview(access.person(request), now=now)))
    _put_on_record(request, list(page), now)
    alike = alike_names.of(line.child for line in page)
    context = {
        "heading": heading,
        "lines": list(page),
        "page": page,
        "which": which,
        "alike": alike,
        "now": now,
    }
    return render(request, "alerts/manager_list.html", context)


@login_required
@require_safe
def manager_guardians(request: HttpRequest) -> HttpResponse:
    """Show the children who are to have a guardian and have none, the longest first."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    page = pages.of(request, worklists.without_guardian(user, now=now))
    leaving = worklists.guardian_leaving(user, now=now)[: pages.SIZE]
    shown = [gap.child.pk for gap in (*page, *leaving)]
    access.put_listed_on_record(user, shown, Permission.SEE_RECORD, request=request, at=now)
    context = {"gaps": page.object_list, "page": page, "leaving": leaving, "now": now}
    return render(request, "alerts/manager_guardians.html", context)


def _page(request: HttpRequest, now: datetime) -> dict[str, Any]:
    require_manager(request, now)
    overview = worklists.overview(access.person(request), now=now)
    first = overview.unacknowledged[: pages.SIZE]
    _put_on_record(request, first, now)
    return {
        "overview": overview,
        "first": first,
        "now": now,
        "page_href": f"{reverse('home')}?as={Role.TEAM_MANAGER}",
        "poll_id": "overview",
        "poll_url": reverse("manager_tiles"),
        "poll_every": 60,
        "poll_count": overview.to_do,
    }


def _put_on_record(request: HttpRequest, lines: Sequence[Line], now: datetime) -> None:
    access.put_listed_on_record(
        access.person(request),
        [line.child.pk for line in lines],
        Permission.SEE_RECORD,
        request=request,
        at=now,
    )
