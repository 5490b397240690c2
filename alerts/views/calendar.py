"""The calendar of a worker's own children, of all that a reader reads, or of one team or worker: overdue first."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import calendar_events, calendar_transfers, calendars, whose_calendars
from alerts.calendars import Entry
from cases import access, alike_names, clock, faces, reads
from cases.access import Permission
from cases.models import Role, User, worked_by
from cases.models.children import ChildQuerySet

SIZE = 50
MINE, TEAM = "mine", "team"


@login_required
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show one page of what is due, overdue first, then by working day; 404 for a mark that is none of ours.

    Of a team or a worker stands there what is due of those of their children that the reader may read.
    """
    now = clock.now()
    user = access.person(request)
    held = access.require(user, Permission.REGISTER_CHILD, at=now)
    works = any(membership.role == Role.SOCIAL_WORKER for membership in held)
    whose = request.GET.get("whose") or (MINE if works else TEAM)
    children = access.children(user, Permission.SEE_RECORD, at=now).open(now)
    choice = whose_calendars.choice(children, at=now)
    other = choice.of(whose, at=now)
    if whose not in (MINE, TEAM) and other is None:
        raise Http404
    of = children
    if other is not None or whose == MINE:
        of = children.filter(pk__in=other.children if other is not None else worked_by(user.pk, now))
    owner = user if whose == MINE else whose_calendars.person(other)
    after = request.GET.get("after", "")
    try:
        found, later = _entries(owner, of, children, after, now)
        until = reads.read_mark(later)[0] if later else None
        found += calendar_transfers.to_say(
            user,
            worker_id=owner.pk if owner is not None else None,
            team_id=other.team_id if other is not None else None,
            after=after,
            until=until,
            now=now,
        )
    except ValueError as error:
        raise Http404 from error
    found.sort(key=lambda entry: entry.due_at)
    ids = {entry.child.pk for entry in found}
    awaited = {entry.child.pk for entry in found if entry.is_awaited}
    for shown, permission in ((ids - awaited, Permission.SEE_RECORD), (awaited, Permission.SEE_STATUS)):
        access.put_listed_on_record(user, shown, permission, request=request, at=now)
    context = {
        "groups": calendars.groups(found, now),
        "later": later,
        "whose": whose,
        "whose_name": other.name if other is not None else "",
        "choice": choice,
        "may_both": works,
        "many": True,
        "faces": faces.of(ids, user=user, at=now),
        "alike": alike_names.of(entry.child for entry in found),
        "now": now,
    }
    return render(request, "alerts/calendar.html", context)


def _entries(
    owner: User | None, of: ChildQuerySet, readable: ChildQuerySet, after: str, now: datetime
) -> tuple[list[Entry], str]:
    """One page of what is due of these children, with what `owner` promised to do of any that the reader may read.

    And what comes by itself: dated triggers, and journeys.
    """
    rows = calendars.rows_of(of.values("pk"))
    if owner is not None:
        own = calendars.promised_by(owner, readable, at=now)
        rows = calendars.rows_of(readable.values("pk")).filter(
            Q(child__in=of.values("pk")) | Q(pk__in=own.values("pk"))
        )
    found, later = calendars.page(rows, after=after, size=SIZE)
    until = found[-1].mark[0] if later else None
    promises = calendars.promises(of.values("pk"), after=after, until=until)
    events = calendar_events.coming(of.values("pk"), after=after, until=until, now=now)
    return [*found, *promises, *events], later
