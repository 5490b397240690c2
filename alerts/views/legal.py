"""By what right a child is looked after: each legal status from when to when, and until when police protection lasts."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import calendars
from alerts.paper_rules import LIMITED
from cases import access, clock
from cases.access import Permission


@login_required
@require_safe
def legal(request: HttpRequest, reference: str) -> HttpResponse:
    """Show each legal status of the child, the latest first, with what was withdrawn struck through."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = list(child.legal_statuses.select_related("force", "recorded_by", "ended_by", "withdrawn_by"))
    context = {
        "child": child,
        "rows": rows,
        "standing": next((one for one in rows if one.ends_at is None and one.withdrawn_at is None), None),
        "due": next(filter(None, (calendars.paper_due(child, paper) for paper in LIMITED)), None),
        "may_write": access.may(by, child, Permission.CHANGE_CHILD, at=now) and child.closed_at is None,
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/legal.html", context)
