"""The calendar of a worker's own children, or of all that somebody's team has: everything by when, overdue first."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import calendars
from cases import access, alike_names, clock, faces
from cases.access import Permission
from cases.models import Role, worked_by

SIZE = 50
MINE, TEAM = "mine", "team"


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show one page of what is due, overdue first, then by working day; 404 for a mark that is none of ours."""
    now = clock.now()
    user = access.person(request)
    held = access.require(user, Permission.REGISTER_CHILD, at=now)
    works = any(membership.role == Role.SOCIAL_WORKER for membership in held)
    whose = request.GET.get("whose") or (MINE if works else TEAM)
    if whose not in (MINE, TEAM):
        raise Http404
    children = access.children(user, Permission.SEE_RECORD, at=now).open(now)
    if whose == MINE:
        children = children.filter(pk__in=worked_by(user.pk, now))
    try:
        rows = calendars.rows_of(children.values("pk"))
        found, later = calendars.page(rows, after=request.GET.get("after", ""), size=SIZE)
    except ValueError as error:
        raise Http404 from error
    ids = {entry.child.pk for entry in found}
    access.put_listed_on_record(user, ids, Permission.SEE_RECORD, request=request, at=now)
    context = {
        "groups": calendars.groups(found, now),
        "later": later,
        "whose": whose,
        "may_both": works,
        "many": True,
        "faces": faces.of(ids, user=user, at=now),
        "alike": alike_names.of(entry.child for entry in found),
        "now": now,
    }
    return render(request, "alerts/calendar.html", context)
