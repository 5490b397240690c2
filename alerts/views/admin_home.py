"""An administrator's first page: the people, teams and mailboxes of their authority, and nothing about any child."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import digests, guardian_areas, message_loads, probes, unlisted_areas
from alerts.models import DutyTask
from alerts.views.mailboxes import administered
from cases import access, administration, clock, confirming
from cases.forms import typed
from cases.models import Authority, GuardianService, Home, Membership, Team

PAGE_SIZE = 100


@login_required
@require_safe
def admin_home(request: HttpRequest) -> HttpResponse:
    """Show who may sign in as what, and where alerts go, with the pages that change them."""
    now = clock.now()
    authorities = administered(request, now)
    people = Paginator(_people(authorities, now), PAGE_SIZE).get_page(request.GET.get("page"))
    boxes = administration.mailboxes(authorities, at=now)
    stale = set(boxes.without_proof(now).filter(force__isnull=False).values_list("pk", flat=True))
    members = set(_people(authorities, now).order_by().values_list("user", flat=True))
    today = typed.london(now).date()
    loads = message_loads.of_people(members, now=now)
    numbers = probes.numbers(authorities, at=now)
    teams = Team.objects.filter(authority__in=authorities).order_by("name")
    context = {
        "too_many": [load for load in loads if load.is_too_much],
        "most": message_loads.MOST_A_DAY,
        "came_back": digests.came_back(members, now=now),
        "untold": DutyTask.objects.untold().filter(authority__in=authorities).count(),
        "numbers_due": sum(number.is_due(now) for number in numbers),
        "homes_untested": Home.objects.open()
        .filter(authority__in=authorities, phone_verified_at=None)
        .count(),
        "authorities": Authority.objects.filter(pk__in=authorities),
        "page": people,
        "teams": [
            (team, [one for one in numbers if one.team == team and one.shift is None]) for team in teams
        ],
        "services": administration.services(on=today),
        "closed_services": GuardianService.objects.filter(ends_date__lte=today).order_by("name"),
        "mailboxes": boxes,
        "stale": stale,
        "unlisted": unlisted_areas.find(of=authorities, now=now),
        "ended_forces": administration.ended_forces(authorities, at=now),
        "to_confirm": confirming.waiting(access.person(request), at=now),
        "lacking": guardian_areas.find(of=authorities, now=now),
        "now": now,
    }
    return render(request, "alerts/admin_home.html", context)


def _people(authorities: list[int], now: datetime) -> QuerySet[Membership]:
    related = ("user", "team", "home", "service", "force", "authority")
    # One that begins on a later day is shown beside those that hold.
    rows = administration.memberships(authorities, at=now).standing(now).filter(user__is_active=True)
    return rows.select_related(*related).order_by("user__name", "user", "role", "pk")
