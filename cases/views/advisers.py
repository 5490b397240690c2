"""Pages on which a personal adviser is appointed, and on which one has left with nobody in the place."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, advisers, clock
from cases.access import Permission
from cases.forms import advisers as advisers_form
from cases.forms import repeats
from cases.forms.advisers import AdviserEndForm, AdviserForm
from cases.models import Child, PersonalAdviser, User
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adviser_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Appoint a personal adviser; the one before ends with it."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = AdviserForm(request.POST or None, now=now)
    if form.is_valid():
        try:
            advisers.appoint(child, form.adviser(), by=by, at=now)
        except IllegalMove as refusal:
            field = "starts_at" if isinstance(refusal, advisers.WrongStart) else None
            repeats.refuse(form, refusal, field=field)
        else:
            messages.success(request, _("It is recorded."))
            return redirect("leaving_care", child.reference)
    return _shown(request, "cases/adviser_new.html", child, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adviser_end(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Record that somebody is the adviser no more; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = get_object_or_404(PersonalAdviser, child=child, key=key)
    form = AdviserEndForm(request.POST or None)
    if form.is_valid():
        try:
            said = _answered(row, form, by, now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("leaving_care", child.reference)
    return _shown(request, "cases/adviser_end.html", child, form, row=row)


def _answered(row: PersonalAdviser, form: AdviserEndForm, by: User, now: datetime) -> str:
    """Record what was answered, and return what is told of it."""
    match form.cleaned_data["answer"]:
        case advisers_form.STAYS:
            advisers.confirm(row, by=by, at=now)
            return _("It is recorded.")
        case advisers_form.MISTAKE:
            advisers.withdraw(row, reason=form.cleaned_data["why"], by=by, at=now)
            return _("It is struck through.")
    advisers.end(row, why=form.cleaned_data["why"], by=by, at=now)
    return _("It is recorded. Another is to be appointed.")


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    back = reverse("leaving_care", args=[child.reference])
    context = {"child": child, "form": form, "back_href": back, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
