"""Children who were handed over: their list, and the one page of each that its sender keeps."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from alerts import profiles, timeline, transfer_pages
from alerts.views.not_arrived import doubted
from cases import access, changes, clock, responsibilities
from cases.access import Permission
from cases.handovers import Side
from cases.models import TEAM_ROLES, Authority, Child, Document, Event, Photo, Team

PAGE_SIZE = 50
# As much of the story as a sheet holds.
STORY = 200
# A number of so many digits may be more than a key can be.
BIGINT_DIGITS = 19
# As the sender knew them.
NAMES = ("given_name", "family_name", "script_name", "known_as")


@login_required
@require_safe
def handed_over_list(request: HttpRequest) -> HttpResponse:
    """Show the children whom this person's authority handed over, newest first."""
    now = clock.now()
    user = access.person(request)
    if not any(membership.role in TEAM_ROLES for membership in access.memberships(user, now)):
        raise PermissionDenied
    older_than = _older_than(request)
    found: dict[int, Any] = {}
    for children in access.handed_over_children(user, at=now):
        older = children.filter(older_than)
        found |= {child.pk: child for child in older.order_by("-handed_over_at", "pk")[: PAGE_SIZE + 1]}
    rows = sorted(found.values(), key=lambda child: (child.handed_over_at, -child.pk), reverse=True)
    shown = rows[:PAGE_SIZE]
    access.put_listed_on_record(
        user, [child.pk for child in shown], Permission.SEE_STATUS, request=request, at=now
    )
    changes.take_back([(child, child.handed_over_at) for child in shown], NAMES)
    more = len(rows) > PAGE_SIZE
    context = {
        "rows": shown,
        "older": _after(shown[-1]) if more else "",
        "now": now,
    }
    return render(request, "alerts/handed_over_list.html", context)


@login_required
@require_safe
def handed_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the story of a child up to the instant at which another authority became responsible, its photos and its documents."""
    now = clock.now()
    child, until = access.get_handed_over(access.person(request), reference, request=request, at=now)
    changes.take_back([(child, until)], NAMES)
    before = _mark(request.GET.get("before", ""))
    found = timeline.of(
        child,
        permissions=frozenset({Permission.SEE_RECORD}),
        asked=timeline.Asked(known_by=until, until=before),
        size=STORY,
    )
    photos = Photo.objects.standing().filter(child=child, uploaded_at__lte=until).order_by("-uploaded_at")
    receiver = responsibilities.responsible_authority(child, at=until)
    context = {
        "child": child,
        "name": profiles.name_of(child),
        "until": until,
        "receiver": receiver,
        "to_ring": _to_ring(child, until, receiver, now),
        "may_doubt": doubted(access.person(request), child, Side.SENT, now) is not None,
        "timeline": found,
        "older": urlencode({"before": found.older.isoformat()}) if found.older else "",
        "photos": photos,
        "documents": Document.objects.held_by(until).filter(child=child),
        "now": now,
    }
    return render(request, "alerts/handed_over.html", context)


def _to_ring(child: Child, until: datetime, receiver: Authority, now: datetime) -> list[Team]:
    """The desks of the receiver, where it confirmed the arrival of a child whose departure nobody here had recorded."""
    arrivals = Event.objects.filter(child=child, kind="transfer_arrived", recorded_at=until)
    if not arrivals.filter(data__was_expected=False).exists():
        return []
    return [team for team in transfer_pages.desks_of(receiver.pk, now) if team.kind == Team.Kind.DUTY]


def _after(last: Any) -> str:
    """Where the next page begins: a merger hands over at one instant more children than a page has, so by the child too."""
    return urlencode({"before": last.handed_over_at.isoformat(), "child": last.pk})


def _older_than(request: HttpRequest) -> Q:
    before, child = _mark(request.GET.get("before", "")), request.GET.get("child", "")
    if before is None:
        return Q()
    if child and not (child.isascii() and child.isdigit() and len(child) < BIGINT_DIGITS):
        raise Http404
    beside = Q(handed_over_at=before, pk__gt=int(child)) if child else Q()
    return Q(handed_over_at__lt=before) | beside


def _mark(text: str) -> datetime | None:
    try:
        found = parse_datetime(text) if text else None
    except ValueError as error:
        raise Http404 from error
    if text and (found is None or found.tzinfo is None):
        raise Http404
    return found
