"""What the National Referral Mechanism has decided of one child, what is awaited, and by when somebody asks for it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import calendars, nrm_drafts
from alerts.paperwork import Paper
from cases import access, clock
from cases import nrm as nrm_verbs
from cases.access import Permission
from cases.models.children import Trafficking


@login_required
@require_safe
def nrm(request: HttpRequest, reference: str) -> HttpResponse:
    """Show each referral of the child with its steps, the one that is open first."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = child.nrm_referrals.select_related("first_responder", "recorded_by")
    referrals = list(rows.prefetch_related("steps__recorded_by", "steps__seconded_by"))
    referrals.sort(key=lambda one: not one.is_open)
    latest = referrals[0] if referrals else None
    waits = latest is not None and latest.is_open
    due = calendars.paper_due(child, Paper.NRM_GROUNDS, Paper.NRM_CONCLUSIVE)
    owed = calendars.paper_due(child, Paper.NRM_REFERRAL)
    may = access.may(by, child, Permission.CHANGE_CHILD, at=now) and child.closed_at is None
    context = {
        "child": child,
        "referrals": referrals,
        "latest": latest,
        "due": due or owed,
        "is_owed": owed is not None
        or (not nrm_verbs.is_referred(child) and child.trafficking == Trafficking.YES),
        "may_refer": may and not waits,
        "may_write": may,
        # While one is open no other is taken up again.
        "may_move": [
            one.pk for one in referrals if may and nrm_verbs.moves(one) and (one.is_open or not waits)
        ],
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/nrm.html", context)


@login_required
@require_safe
def nrm_draft(request: HttpRequest, reference: str) -> HttpResponse:
    """Show, to be printed, what a referral of the child is written from: who it is, and each sign with how it is known."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    context = {
        "child": child,
        "draft": nrm_drafts.of(child, now=now),
        "back_href": reverse("nrm", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/nrm_draft.html", context)
