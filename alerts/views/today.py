"""A worker's first page: what to do today, answered without a click."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import worklists
from cases import access, alike_names, arrivals, clock, drafts, faces, supervising
from cases.access import Permission
from cases.models import Role, WorkerCover


@login_required
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show the worker's children in the order in which they need somebody."""
    now = clock.now()
    user = access.person(request)
    context = _page(request, now)
    viewed = worklists.recently_viewed(user, now=now)
    ids = [child.pk for child in viewed]
    access.put_listed_on_record(user, ids, Permission.SEE_STATUS, request=request, at=now)
    alike = alike_names.of([*context["day"].children, *viewed])
    return render(request, "alerts/today.html", {**context, "viewed": viewed, "alike": alike})


@access.part_of("today")
@login_required
@require_safe
def today_list(request: HttpRequest) -> HttpResponse:
    """The part of the day that refreshes itself."""
    return render(request, "alerts/today_list.html", _page(request, clock.now()))


def _page(request: HttpRequest, now: datetime) -> dict[str, Any]:
    access.require(access.person(request), Permission.REGISTER_CHILD, at=now)
    user = access.person(request)
    day = worklists.today(user, now=now)
    kept = drafts.standing(user, supervised=supervising.supervisees(user, at=now), at=now)
    ids = day.child_ids | {draft.child_id for draft in kept if draft.child_id is not None}
    access.put_listed_on_record(user, ids, Permission.SEE_RECORD, request=request, at=now)
    closed = access.closed_to(user, now)
    return {
        "day": day,
        "works": any(one.role == Role.SOCIAL_WORKER for one in access.memberships(user, now)),
        "asked": WorkerCover.objects.asked_of(user, now).exclude(child__in=closed).count(),
        "covering": WorkerCover.objects.holding(now)
        .filter(covered_by=user)
        .exclude(child__in=closed)
        .count(),
        "drafts": kept,
        "faces": faces.of(day.child_ids, user=user, at=now),
        "alike": alike_names.of(day.children),
        "unfinished": arrivals.unfinished(
            access.children(user, Permission.CHANGE_CHILD, at=now), at=now
        ).count(),
        "now": now,
        "page_href": f"{reverse('home')}?as={Role.SOCIAL_WORKER}",
        "poll_id": "today",
        "poll_url": reverse("today_list"),
        "poll_every": 60,
        "poll_count": day.to_do,
    }
