"""Pages of a child's guardian: assign one, end the assignment, or say why there is none."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock
from cases.access import Permission
from cases.models import Child
from cases.states import IllegalMove
from guardians import assignments, reasons
from guardians.forms.guardians import AssignForm, EndForm, NoGuardianForm
from guardians.models import GuardianAssignment, NoGuardian

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def guardian_assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a guardian watch over the child from now on."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = AssignForm(request.POST or None, now=now)
    if form.is_valid():
        member = form.membership
        if member.service is None:
            raise Http404
        try:
            assignments.assign(child, member.user, service=member.service, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("guardian", str(refusal))
        else:
            messages.success(request, _("The guardian is assigned, and can record contacts from now on."))
            return redirect("child", child.reference)
    return _shown(request, "guardians/guardian_assign.html", child, form)


@login_required
@require_http_methods(METHODS)
def guardian_end(request: HttpRequest, reference: str) -> HttpResponse:
    """End the lead guardian's assignment: from then on they read nothing of the child."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    standing = GuardianAssignment.objects.current(now).filter(child=child).order_by("-lead", "-starts_at")
    assignment = standing.select_related("guardian", "service").first()
    if assignment is None:
        return redirect("child", child.reference)
    form = EndForm(request.POST or None)
    if form.is_valid():
        try:
            assignments.end(assignment, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The assignment has ended."))
            return redirect("child", child.reference)
    return _shown(request, "guardians/guardian_end.html", child, form, assignment=assignment)


@login_required
@require_http_methods(METHODS)
def guardian_none(request: HttpRequest, reference: str) -> HttpResponse:
    """Record why the child has no guardian, and who stands in."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = NoGuardianForm(request.POST or None, now=now)
    if form.is_valid():
        given = form.cleaned_data
        try:
            reasons.record(
                child, kind=given["kind"], reason=given["reason"], fallback=form.fallback(), by=by, at=now
            )
        except IllegalMove as refusal:
            form.add_error("review_date" if "review" in str(refusal) else None, str(refusal))
        else:
            messages.success(request, _("Recorded. You are told when it is to be looked at again."))
            return redirect("child", child.reference)
    last = NoGuardian.objects.filter(child=child, ends_at=None).first()
    return _shown(request, "guardians/guardian_none.html", child, form, last=last)


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": reverse("child", args=[child.reference]), **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
