"""Pages of a child's looked-after status: two people end it, one lets it begin again."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, care, clock
from cases.access import Permission
from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.care import CareAgainForm, CareEndForm
from cases.models import Child
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def care_end(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that care has ended, with a manager who signs here: from then on no day of care is owed."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = CareEndForm(request.POST or None, now=now)
    fields.ask(form, "ended_date", lambda day: care.require_ended(child, day, now))
    fields.ask(form, "last_day", lambda day: care.require_back(end_of(day), now))
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.KEEP_FROM, at=now)
            if second is None:
                raise IllegalMove("This takes two people: the second is somebody other than you.")
            care.end(child, form.ending(), seconded_by=second, by=by, at=now)
        except care.WrongDay as refusal:
            form.add_error("ended_date", str(refusal))
        except care.WrongCode as refusal:
            form.add_error("code", str(refusal))
        except care.WrongLast as refusal:
            form.add_error("last_day", str(refusal))
        except IllegalMove as refusal:
            second_person.refused(form, refusal)
        else:
            messages.success(request, _("Care has ended. Contacts go on as they were."))
            return redirect("child", child.reference)
    return _shown(request, "cases/care_end.html", child, form, now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def care_again(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that the child is looked after again, which takes one person and counts at once."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = CareAgainForm(request.POST or None)
    if form.is_valid():
        try:
            care.begin_again(child, reason=form.cleaned_data["reason"].strip(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The child is looked after again. What care owes begins anew."))
            return redirect("child", child.reference)
    return _shown(request, "cases/care_again.html", child, form, now)


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime
) -> HttpResponse:
    context = {
        "child": child,
        "form": form,
        "standing": care.standing(child, at=now),
        "now": now,
        "back_href": reverse("child_details", args=[child.reference]) + "#care",
    }
    return render(request, template, context, status=422 if form.is_bound else 200)
