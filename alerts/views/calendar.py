"""The calendar of a worker's own children, or of all that somebody's team has: everything by when, overdue first."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import calendars
from alerts.calendars import Entry
from cases import access, alike_names, clock, faces
from cases.access import Permission
from cases.models import Role, User, worked_by
from cases.models.children import ChildQuerySet

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
    of = children.filter(pk__in=worked_by(user.pk, now)) if whose == MINE else children
    try:
        found, later = _entries(user, of, children, whose, request.GET.get("after", ""))
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


def _entries(
    user: User, of: ChildQuerySet, readable: ChildQuerySet, whose: str, after: str
) -> tuple[list[Entry], str]:
    """One page of what is due of these children, with what `user` promised to do of any that they may read."""
    rows = calendars.rows_of(of.values("pk"))
    if whose == MINE:
        own = calendars.promised_by(user, readable)
        rows = calendars.rows_of(readable.values("pk")).filter(
            Q(child__in=of.values("pk")) | Q(pk__in=own.values("pk"))
        )
    found, later = calendars.page(rows, after=after, size=SIZE)
    until = found[-1].mark[0] if later else None
    promises = calendars.promises(of.values("pk"), after=after, until=until)
    return sorted([*found, *promises], key=lambda entry: entry.due_at), later
