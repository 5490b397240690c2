"""The safeguarding plan of one child: the version that holds beside an earlier one, its actions, and when it is due."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import action_holders, calendars, plan_words
from alerts.paperwork import Paper
from cases import access, action_words, clock, facts
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import PlanAction


@login_required
@require_safe
def plan(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the plan that holds, the version before or the one that is asked for beside it, and who does what by when."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = list(child.plans.select_related("written_by", "seconded_by", "signature__signed_by"))
    latest, earlier = (rows[0], rows[1:]) if rows else (None, [])
    asked = request.GET.get("beside", "")
    first = next(iter(earlier), None)
    beside = next((row for row in earlier if str(row.key) == asked), None) if asked else first
    if asked and beside is None:
        raise Http404
    rows_of = child.plan_actions.select_related("owner", "owner_placement__home", "ended_by", "placement")
    actions = list(rows_of.prefetch_related("words__recorded_by"))
    standing = [one for one in actions if one.stands]
    left = action_holders.left(standing, facts.load([child.pk]), at=now)
    has = access.permissions_for(by, child, at=now)
    may = Permission.CHANGE_CHILD in has and child.closed_at is None
    context = {
        "child": child,
        "latest": latest,
        "beside": beside,
        "earlier": earlier,
        "notices": plan_words.restricted(child) if Permission.SEE_ADDRESS in has else [],
        "lines": plan_words.side_by_side(latest, beside, actions) if latest is not None else [],
        "due": calendars.paper_due(child, Paper.PLAN),
        "actions": standing,
        "unowned": [pk for pk, since in left.items() if since <= now],
        "said_done": [one.pk for one in standing if _waits(one)],
        "over": sorted((one for one in actions if one not in standing), key=lambda one: -one.pk),
        "may_write": may,
        "is_unsigned": latest is not None and latest.to_sign and not hasattr(latest, "signature"),
        "may_sign": latest is not None
        and latest.written_by_id != by.pk
        and child.closed_at is None
        and Permission.KEEP_FROM in has,
        "is_placed": child.placements.filter(ends_at=None).exists(),
        "today": london_day(now),
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/plan.html", context)


def _waits(action: PlanAction) -> bool:
    return action_words.waiting_since(action.words.all(), action.owned_since) is not None
