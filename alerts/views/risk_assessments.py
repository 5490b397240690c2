"""The risk assessments of one child: the latest with its next review, beside an earlier one, and all of them by date."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import calendars, versions
from alerts.paperwork import Paper
from cases import access, assessments, clock
from cases.access import Permission


@login_required
@require_safe
def risk_assessments(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the latest assessment, the one before or the one that is asked for beside it, and when the next is due."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = list(child.assessments.select_related("assessed_by", "agreed_by", "reading__read_by"))
    latest, earlier = (rows[0], rows[1:]) if rows else (None, [])
    asked = request.GET.get("beside", "")
    beside = (
        next((row for row in earlier if str(row.key) == asked), None) if asked else next(iter(earlier), None)
    )
    if asked and beside is None:
        raise Http404
    may = access.may(by, child, Permission.CHANGE_CHILD, at=now)
    waits = latest is not None and assessments.waits(latest, child)
    context = {
        "child": child,
        "latest": latest,
        "beside": beside,
        "earlier": earlier,
        "lines": versions.side_by_side(latest, beside) if latest is not None else [],
        "due": calendars.paper_due(child, Paper.ASSESSMENT, Paper.FIRST_ASSESSMENT),
        "waits": waits,
        "may_record": may and child.closed_at is None,
        "may_agree": may and waits and latest is not None and latest.assessed_by_id != by.pk,
        "may_read": latest is not None
        and not hasattr(latest, "reading")
        and latest.assessed_by_id != by.pk
        and child.closed_at is None
        and access.may(by, child, Permission.KEEP_FROM, at=now),
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/risk_assessments.html", context)
