"""What a child is entitled to who leaves care: its status as of today, its personal adviser, and who takes over at 18."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import adviser_dues, calendars, leaving_words
from alerts.paperwork import Paper
from cases import access, clock, facts
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import HeldPaper


@login_required
@require_safe
def leaving_care(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the status with its reason, who is the adviser and was, and what the plan for the 18th birthday says."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    found = adviser_dues.leaving(facts.load([child.pk])[child.pk], on=london_day(now))
    advisers = list(child.personal_advisers.select_related("recorded_by", "ended_by", "withdrawn_by"))
    context = {
        "child": child,
        "status": leaving_words.STATUSES[found.status],
        "why": leaving_words.why(found),
        "today": found.on,
        "standing": next((one for one in advisers if one.ends_at is None and one.withdrawn_at is None), None),
        "before": [one for one in advisers if one.ends_at is not None or one.withdrawn_at is not None],
        "due": calendars.paper_due(child, Paper.ADVISER),
        "contact": calendars.paper_due(child, Paper.ADVISER_CONTACT),
        "met": HeldPaper.objects.standing().filter(child=child, kind=HeldPaper.Kind.ADVISER_CONTACT).first(),
        "pathway": calendars.paper_due(child, Paper.PATHWAY),
        "plan": HeldPaper.objects.standing().filter(child=child, kind=HeldPaper.Kind.TURNING_18).first(),
        "may_write": access.may(by, child, Permission.CHANGE_CHILD, at=now) and child.closed_at is None,
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/leaving_care.html", context)
