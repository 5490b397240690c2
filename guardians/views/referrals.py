"""Pages of a referral to a guardian service: the council refers and withdraws, the service reads it and answers."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, drafts, supervising
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import lines, prefilled, put_in
from cases.models import Child, Draft
from cases.states import IllegalMove
from cases.views import drafts as draft_pages
from cases.views import next_page
from guardians import areas, referrals
from guardians.forms.referrals import AnswerForm, ReferForm, WithdrawForm
from guardians.models import GuardianAssignment, GuardianReferral

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def guardian_referral(request: HttpRequest, reference: str) -> HttpResponse:
    """Show where the referrals of a child stand; where none is open, refer it to a service."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    draft = drafts.of(by, Draft.Form.GUARDIAN_REFERRAL, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.GUARDIAN_REFERRAL, child, at=now)
        return redirect(request.get_full_path())
    rows = list(_rows(child))
    initial = {"language": ", ".join(child.languages)[:60]}
    form = ReferForm(request.POST or None, now=now, initial=dict(initial))
    put_in(form, draft)
    if form.is_valid():
        try:
            referrals.refer(child, form.referral(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            drafts.drop(by, Draft.Form.GUARDIAN_REFERRAL, child)
            if referrals.leading([child.pk], at=now).get(child.pk):
                messages.success(
                    request, _("The referral is recorded. The guardian service sees it from now on.")
                )
            else:
                messages.warning(
                    request,
                    _("The referral is recorded, but nobody of that service can read it here: ring them."),
                )
            return redirect(request.get_full_path())
    is_open = any(row.is_open for row in rows)
    shown = None if is_open and not form.is_bound else form
    here = areas.here(child, at=now)
    unsent = list(lines(form, draft)) if draft is not None and shown is None else []
    kept = {"draft": draft, "prefilled": prefilled(initial), "unsent": unsent}
    stands = GuardianAssignment.objects.current(now).filter(child=child).exists()
    about = {"rows": rows, "is_open": is_open, "here": here, "stands": stands, **kept}
    return _shown(request, "guardian_referral", child, shown, now=now, **about)


@login_required
@require_http_methods(METHODS)
def guardian_referral_withdraw(request: HttpRequest, reference: str, referral_id: int) -> HttpResponse:
    """Take back a referral, with the reason; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = _rows(child).filter(pk=referral_id).first()
    if row is None:
        raise Http404
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            referrals.withdraw(row, reason=given["reason"], key=given["once"], by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("The referral is withdrawn."))
            return redirect("guardian_referral", child.reference)
    return _shown(request, "guardian_referral_withdraw", child, form, referral=row, now=now)


@login_required
@require_http_methods(METHODS)
def referral_answer(request: HttpRequest, referral_id: int) -> HttpResponse:
    """Show who leads a service what an open referral must say, and no more of the child; they answer it here.

    Of one that is open no longer they read nothing of the child: 404, but for a form that is sent once more.
    """
    now = clock.now()
    by = access.person(request)
    services = supervising.guardian_services(by, supervised=True, at=now)
    rows = GuardianReferral.objects.filter(service__in=services, child__closed_at=None)
    rows = rows.exclude(child__in=access.closed_to(by, now)).select_related("child", "service", "recorded_by")
    row = rows.filter(pk=referral_id).first()
    if row is None or not (row.is_open or request.method == "POST"):
        raise Http404
    access.put_listed_on_record(by, [row.child_id], Permission.SEE_STATUS, request=request, at=now)
    form = AnswerForm(request.POST or None, standing=row.status, now=now)
    if form.is_valid():
        try:
            referrals.answer(row, form.answer(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("Your answer is recorded. The council reads it."))
            return redirect("service_home")
    context = {
        "child": row.child,
        "referral": row,
        "steps": list(row.steps.select_related("recorded_by")),
        "form": form if row.is_open or form.is_bound else None,
        "asker": referrals.asker_of(row.child, at=now),
        "years": referrals.years_of(row.child, at=now),
        "back_href": reverse("service_home"),
        "now": now,
    }
    status = 422 if form.is_bound else 200
    return render(request, "guardians/referral_answer.html", context, status=status)


def _rows(child: Child) -> Any:
    rows = GuardianReferral.objects.filter(child=child).select_related("service", "recorded_by")
    return rows.prefetch_related("steps__recorded_by", "steps__assignment__guardian")


def _shown(
    request: HttpRequest, page: str, child: Child, form: forms.Form | None, *, now: datetime, **more: Any
) -> HttpResponse:
    context = {
        "child": child,
        "form": form,
        "back_href": next_page.wanted(request) or reverse("child", args=[child.reference]),
        "now": now,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, f"guardians/{page}.html", {**context, **more}, status=status)
