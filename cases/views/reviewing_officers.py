"""Pages on which an independent reviewing officer is named, and on which one has left with nobody in the place."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, reviewing_officers
from cases.access import Permission
from cases.forms import repeats
from cases.forms.reviewing_officers import MISTAKE, OfficerEndForm, OfficerForm
from cases.models import Child, ReviewingOfficer
from cases.reviewing_officers import Ended, NotIndependent, WrongStart
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reviewing_officer_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Name who reviews the child's care; the one before ends with it."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    people = list(reviewing_officers.candidates(child, by=by, at=now))
    form = OfficerForm(request.POST or None, people=people, now=now)
    if form.is_valid():
        try:
            reviewing_officers.appoint(child, form.officer(), by=by, at=now)
        except IllegalMove as refusal:
            field = "starts_at" if isinstance(refusal, WrongStart) else None
            field = form.asked if isinstance(refusal, NotIndependent) else field
            repeats.refuse(form, refusal, field=field)
        else:
            messages.success(request, _("It is recorded."))
            return redirect("child_people", child.reference)
    last = reviewing_officers.serving(child, at=now)
    return _shown(request, "cases/reviewing_officer_new.html", child, form, standing=last)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reviewing_officer_end(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Record that somebody reviews the child's care no more, or never did; 404 for another child's.

    404 as well for whoever another followed, here or at the next council: what was before is nobody's to strike through.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    rows = ReviewingOfficer.objects.exclude(ended_as__in=(Ended.FOLLOWED, Ended.TRANSFER)).select_related(
        "user"
    )
    row = get_object_or_404(rows, child=child, key=key)
    form = OfficerEndForm(request.POST or None)
    if form.is_valid():
        why = form.cleaned_data["why"]
        try:
            if form.cleaned_data["answer"] == MISTAKE:
                reviewing_officers.withdraw(row, reason=why, by=by, at=now)
                said = _("It is struck through.")
            else:
                reviewing_officers.end(row, why=why, by=by, at=now)
                is_over = child.closed_at is not None
                said = _("It is recorded.") if is_over else _("It is recorded. Another is to be named.")
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("child_people", child.reference)
    return _shown(request, "cases/reviewing_officer_end.html", child, form, row=row)


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    back = reverse("child_people", args=[child.reference])
    context = {"child": child, "form": form, "back_href": back, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
