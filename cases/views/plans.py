"""The page on which a version of a safeguarding plan is written."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, clock, drafts, plans
from cases.access import Permission
from cases.forms import as_read, repeats
from cases.forms.drafts import put_in
from cases.forms.plans import PlanForm
from cases.models import Child, Draft, SafetyPlan
from cases.moves import Overtaken, SentBefore
from cases.states import IllegalMove
from cases.views import drafts as draft_pages
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a version: closer contact counts at once, less than before with the second person."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    draft = drafts.of(by, Draft.Form.PLAN, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.PLAN, child, at=now)
        return redirect("plan_new", child.reference)
    last = plans.latest(child)
    stands = as_read.latest(last, SafetyPlan.objects.filter(child=child), request.POST.get("once", ""))
    form = PlanForm(request.POST or None, now=now, last=last, stands=stands)
    put_in(form, draft)
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
            plans.write(child, form.plan(), stood=form.stands, seconded_by=second, by=by, at=now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except Overtaken:
            last = plans.latest(child)
            form.overtake(last.pk if last is not None else 0)
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field=_field(form, child, now))
        else:
            drafts.drop(by, Draft.Form.PLAN, child)
            messages.success(request, _("The plan is saved. Ask for its actions by name and day."))
            return redirect("plan", child.reference)
    return _shown(request, "cases/plan_new.html", child, form, now=now, draft=draft, last=last)


@login_required
@require_POST
def plan_sign(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """A manager signs a version; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    row = get_object_or_404(SafetyPlan, child=child, key=key)
    try:
        plans.sign(row, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The plan is signed."))
    return redirect("plan", child.reference)


def _field(form: PlanForm, child: Child, now: datetime) -> str | None:
    """Where a refusal is said: beside the second person where they are what is missing or wrong."""
    is_less = plans.is_less(form.cleaned_data["contact_row"], child, at=now)
    return "second_email" if is_less or form.cleaned_data["second_email"] else None


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": reverse("plan", args=[child.reference]), **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
