"""The long-term list of a manager and of a force, and a force's lists of who goes missing again and what it was released."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import after, long_searches
from alerts.long_searches import LongSearch
from alerts.views import pages
from alerts.views.workloads import require_manager
from cases import access, clock
from cases.access import Permission
from cases.models import Role, User


@login_required
@require_safe
def manager_long(request: HttpRequest) -> HttpResponse:
    """Show the children missing for 28 days and more, with what is held, the next review and the last news."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    found = long_searches.of_manager(user, now=now)
    return _searches(request, user, found, Permission.SEE_RECORD, now, for_police=False)


@login_required
@require_safe
def police_long(request: HttpRequest) -> HttpResponse:
    """Show an officer the same of the searches their force was told of; who holds what stands in the profile alone."""
    now = clock.now()
    user = _officer(request, now)
    found = long_searches.of_officer(user, now=now)
    return _searches(request, user, found, Permission.SEE_EPISODE, now, for_police=True)


@login_required
@require_safe
def police_repeats(request: HttpRequest) -> HttpResponse:
    """Show an officer who went missing three times and more in 90 days."""
    return _by_episode(request, "alerts/police_repeats.html", long_searches.repeated)


@login_required
@require_safe
def police_released(request: HttpRequest) -> HttpResponse:
    """Show an officer of which children the council released lines of a return interview, and lead to them."""
    return _by_episode(request, "alerts/police_released.html", long_searches.released)


def _searches(
    request: HttpRequest,
    user: User,
    found: Sequence[LongSearch],
    permission: Permission,
    now: datetime,
    *,
    for_police: bool,
) -> HttpResponse:
    page = pages.of(request, found)
    shown = [one.line.child.pk for one in page]
    access.put_listed_on_record(user, shown, permission, request=request, at=now)
    context = {"page": page, "searches": page.object_list, "for_police": for_police, "now": now}
    return render(request, "alerts/long_list.html", context)


def _by_episode(request: HttpRequest, template: str, read: Callable[..., Sequence[Any]]) -> HttpResponse:
    now = clock.now()
    user = _officer(request, now)
    page = pages.of(request, read(user, now=now))
    shown = [one.episode.child_id for one in page]
    access.put_listed_on_record(user, shown, Permission.SEE_EPISODE, request=request, at=now)
    context = {"page": page, "rows": page.object_list, "span": after.WITHIN.days, "now": now}
    return render(request, template, context)


def _officer(request: HttpRequest, now: datetime) -> User:
    user = access.person(request)
    if not any(m.role == Role.POLICE and m.force_id for m in access.memberships(user, now)):
        raise PermissionDenied
    return user
