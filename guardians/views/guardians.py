"""Pages of a child's guardian: assign one, end the assignment, or say why there is none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock
from cases.access import Permission
from cases.models import Child
from cases.moves import Overtaken
from cases.states import IllegalMove
from cases.views import next_page
from guardians import areas, assignments, reasons
from guardians.forms.guardians import (
    AddressForm,
    EndAssignmentForm,
    FirstOrSecondForm,
    HandOverForm,
    NoGuardianForm,
)
from guardians.models import GuardianAssignment

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def guardian_assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a guardian watch over the child from now on; beside one who does, as a second."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    lead = _standing(child, now).filter(lead=True).first()
    form = FirstOrSecondForm(request.POST or None, child=child, lead=lead, now=now)
    if form.is_valid():
        member = form.membership
        if member.service is None:
            raise Http404
        try:
            given = {"service": member.service, "kind": form.cleaned_data["kind"]}
            assignments.assign(child, member.user, **given, lead=lead is None, beside=lead, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("guardian", str(refusal))
        else:
            messages.success(request, _("The guardian is assigned, and can record contacts from now on."))
            return redirect(_back(request, child))
    return _shown(request, "guardians/guardian_assign.html", child, form, lead=lead)


@login_required
@require_http_methods(METHODS)
def guardian_end(request: HttpRequest, reference: str) -> HttpResponse:
    """End a guardian's assignment, the second's first unless told: from then on they read nothing of the child."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    standing = list(_standing(child, now).order_by("lead", "-starts_at"))
    assignment = _named(request, standing)
    if assignment is None:
        return _not_this_one(request) if request.method == "POST" else redirect("child", child.reference)
    form = EndAssignmentForm(request.POST or None, initial={"assignment_key": assignment.pk})
    stays_until = assignments.open_until(assignment, now)
    if form.is_valid():
        try:
            assignments.end(assignment, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The assignment has ended."))
            return redirect("child", child.reference)
    about = {"stays_until": stays_until, **_named_beside(assignment, standing)}
    return _shown(request, "guardians/guardian_end.html", child, form, **about)


@login_required
@require_http_methods(METHODS)
def guardian_hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Let another guardian take the place of the lead, or of the second where told, without a moment between the two."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    standing = list(_standing(child, now).order_by("-lead", "-starts_at"))
    assignment = _named(request, standing)
    if assignment is None:
        gone = request.method == "POST"
        return _not_this_one(request) if gone else redirect("guardian_assign", child.reference)
    initial = {"assignment_key": assignment.pk, "kind": assignment.kind}
    form = HandOverForm(request.POST or None, child=child, initial=initial, now=now)
    if form.is_valid():
        member = form.membership
        if member.service is None:
            raise Http404
        given = {name: form.cleaned_data[name] for name in ("kind", "reason")} | {"service": member.service}
        try:
            assignments.hand_over(assignment, member.user, **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("guardian", str(refusal))
        else:
            messages.success(
                request, _("The child is handed over: the new guardian has it from this moment.")
            )
            return redirect("child", child.reference)
    may_allow = access.may(by, child, Permission.KEEP_FROM, at=now)
    about = {"may_allow": may_allow, **_named_beside(assignment, standing)}
    return _shown(request, "guardians/guardian_hand_over.html", child, form, **about)


@login_required
@require_http_methods(METHODS)
def guardian_address(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a guardian read the placement's address, or no longer: a manager decides, with the reason."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    standing = list(_standing(child, now).order_by("-lead", "-starts_at"))
    form = AddressForm(request.POST or None, assignments=standing)
    if form.is_valid():
        given = {"allowed": form.allows, "reason": form.cleaned_data["reason"]}
        try:
            assignments.allow_address(form.assignment, **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("answer", str(refusal))
        else:
            messages.success(request, _("Recorded. It holds from this moment."))
            return redirect("child", child.reference)
    return _shown(request, "guardians/guardian_address.html", child, form, standing=standing)


@login_required
@require_http_methods(METHODS)
def guardian_none(request: HttpRequest, reference: str) -> HttpResponse:
    """Record why the child has no guardian, and who stands in."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    last = reasons.standing(child)
    form = NoGuardianForm(request.POST or None, now=now, stands=last.pk if last is not None else 0)
    if form.is_valid():
        given = form.cleaned_data
        try:
            said: dict[str, Any] = {
                "kind": given["kind"],
                "reason": given["reason"],
                "fallback": form.fallback(),
            }
            reasons.record(child, **said, stood=form.read, by=by, at=now)
        except Overtaken:
            last = reasons.standing(child)
            form.overtake(last.pk if last is not None else 0)
        except IllegalMove as refusal:
            form.add_error("review_date" if "review" in str(refusal) else None, str(refusal))
        else:
            messages.success(request, _("Recorded. You are told when it is to be looked at again."))
            return redirect(_back(request, child))
    here = areas.here(child, at=now)
    stands = _standing(child, now).exists()
    return _shown(request, "guardians/guardian_none.html", child, form, last=last, here=here, stands=stands)


def _named(request: HttpRequest, standing: Sequence[GuardianAssignment]) -> GuardianAssignment | None:
    """The assignment that the page is about: as the sent page named it and no other, else as asked for, else the first.

    None where what was sent names one that stands no more.
    """
    sent = request.POST.get("assignment_key", "")
    found = [row for row in standing if str(row.pk) == (sent or request.GET.get("assignment", ""))]
    return next(iter(found if sent else [*found, *standing]), None)


def _named_beside(one: GuardianAssignment, standing: Sequence[GuardianAssignment]) -> dict[str, Any]:
    return {"assignment": one, "others": [row for row in standing if row.pk != one.pk]}


def _not_this_one(request: HttpRequest) -> HttpResponse:
    reason = _(
        "The assignment that you read about has ended since. Read who the guardian is now, then choose."
    )
    return render(
        request, "409.html", {"reason": reason, "is_changed": True, "back_href": request.path}, status=409
    )


def _standing(child: Child, now: datetime) -> QuerySet[GuardianAssignment]:
    rows = GuardianAssignment.objects.current(now).filter(child=child)
    return rows.select_related("guardian", "service")


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": _back(request, child), **more}
    context["next"] = next_page.wanted(request)
    return render(request, template, context, status=422 if form.is_bound else 200)


def _back(request: HttpRequest, child: Child) -> str:
    return next_page.wanted(request) or reverse("child", args=[child.reference])
