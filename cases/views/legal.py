"""Pages that record a child's legal status, how it ended and what follows, and that one was recorded by mistake."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock
from cases import legal as verbs
from cases.access import Permission
from cases.forms import fields, repeats
from cases.forms.legal import EndForm, StatusForm, WithdrawForm
from cases.models import Child, LegalStatus, Placement
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def legal_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that a legal status began; what stood before ends with it."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    placement = Placement.objects.current(now).filter(child=child).first()
    initial = {"force": placement.force_id} if placement is not None else {}
    form = StatusForm(request.POST or None, now=now, initial=initial)
    if form.is_valid():
        try:
            verbs.record(child, form.status(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field=_field(refusal))
        else:
            messages.success(request, _("It is recorded."))
            return redirect("legal", child.reference)
    fields.ask_beside(form, "starts_at", lambda starts_at: verbs.require_start(child, starts_at, now))
    return _shown(request, "cases/legal_new.html", child, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def legal_end(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Record how a legal status ended and what follows; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = get_object_or_404(LegalStatus, child=child, key=key)
    form = EndForm(request.POST or None, now=now, code=row.code)
    fields.ask(form, "ended_at", lambda ended_at: verbs.require_end(row, ended_at, now))
    if form.is_valid():
        try:
            verbs.end(row, form.over(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("ended_at" if isinstance(refusal, verbs.WrongEnd) else None, str(refusal))
        else:
            messages.success(request, _("It is recorded. Whoever was told of it hears that it has ended."))
            return redirect("legal", child.reference)
    return _shown(request, "cases/legal_end.html", child, form, row=row, now=now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def legal_withdraw(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Strike through a legal status that was recorded by mistake; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = get_object_or_404(LegalStatus, child=child, key=key)
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            verbs.withdraw(row, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is struck through."))
            return redirect("legal", child.reference)
    return _shown(request, "cases/legal_withdraw.html", child, form, row=row, now=now)


def _field(refusal: IllegalMove) -> str | None:
    if isinstance(refusal, verbs.WrongStart):
        return "starts_at"
    return "occasion" if isinstance(refusal, verbs.Unexplained) else None


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": reverse("legal", args=[child.reference]), **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
