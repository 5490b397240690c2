"""Pages of building checks: the home records who went round and when, and duty writes down what a home said of it."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alerts import check_tasks, duty_tasks, home_alerts
from alerts.forms.building_checks import BuildingChecked, CheckTold, Said, WithdrawCheck
from alerts.models import DutyTask
from cases import access, building_checks, clock
from cases.forms import repeats
from cases.models import BuildingCheck, Home, User
from cases.moves import SentBefore
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def building_check(request: HttpRequest, home_id: int) -> HttpResponse:
    """Record a check of the building, by somebody else or earlier; below stand those of the last week."""
    now = clock.now()
    user = access.person(request)
    home = access.get_home(user, home_id, at=now)
    form = BuildingChecked(request.POST or None, now=now, initial={"checked_by": user.name})
    if form.is_valid():
        try:
            building_checks.record(home, form.round(by=user), by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("The building check is recorded. It is no sighting of any child."))
            return redirect("roll_call", home.pk)
    context = {"next_check": check_tasks.next_of(home, now=now), "week": check_tasks.week_of(home, now=now)}
    return _shown(request, "alerts/building_check.html", home, form, now, **context)


@login_required
@require_POST
def building_check_now(request: HttpRequest, home_id: int) -> HttpResponse:
    """ "Building checked": the person who presses it went round just now."""
    now = clock.now()
    user = access.person(request)
    home = access.get_home(user, home_id, at=now)
    try:
        key = uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        # A page that was cut off: the form asks what the button would have said.
        return redirect("building_check", home.pk)
    check = building_checks.Round(checked_by_user=user, happened_at=now, key=key)
    try:
        building_checks.record(home, check, by=user, at=now)
    except SentBefore as refusal:
        messages.error(request, str(refusal))
        return redirect("building_check", home.pk)
    messages.success(request, _("The building check is recorded. It is no sighting of any child."))
    return redirect("roll_call", home.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def building_check_withdraw(request: HttpRequest, home_id: int, key: uuid.UUID) -> HttpResponse:
    """Withdraw a check that one wrote down oneself: it stays, struck through, and the home's clock goes back."""
    now = clock.now()
    user = access.person(request)
    home = access.get_home(user, home_id, at=now)
    check = BuildingCheck.objects.filter(home=home, key=key, recorded_by=user).first()
    if check is None:
        raise Http404
    form = WithdrawCheck(request.POST or None)
    if form.is_valid():
        try:
            building_checks.withdraw(check, reason=form.cleaned_data["reason"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The check is withdrawn. The home’s clock is back where it was."))
            return redirect("building_check", home.pk)
    return _shown(request, "alerts/building_check_withdraw.html", home, form, now, check=check)


@login_required
@require_POST
def check_take(request: HttpRequest, task_id: int) -> HttpResponse:
    """ "I am ringing": nobody else is asked to."""
    now = clock.now()
    user = access.person(request)
    duty_tasks.take(check_tasks.get_task(user, task_id, at=now), by=user, at=now)
    messages.success(request, _("You are ringing. Say here what came of it."))
    return redirect("duty_desk")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_told(request: HttpRequest, task_id: int) -> HttpResponse:
    """Write down what a home said about its check: who made it and when, that nobody did, or that nobody was reached."""
    now = clock.now()
    user = access.person(request)
    task = check_tasks.get_task(user, task_id, at=now)
    form = CheckTold(request.POST or None, now=now)
    if form.is_valid():
        try:
            said = _say(task, form, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("duty_desk")
    context = {"task": task, "form": form, "now": now}
    return render(request, "alerts/check_told.html", context, status=422 if form.is_bound else 200)


def _say(task: DutyTask, form: CheckTold, *, by: User, at: datetime) -> str:
    said, note = form.cleaned_data["said"], form.cleaned_data["note"]
    if said == Said.NOT_REACHED:
        home_alerts.could_not_reach(task, by=by, at=at)
        return _("Recorded: could not reach. It stays on the desk.")
    if said == Said.NOT_CHECKED:
        home_alerts.finish(task, answer=f"{Said.NOT_CHECKED.label}. {note}".strip()[:300], by=by, at=at)
        return _("Recorded: nobody checked. The home is asked again for its next check.")
    home_alerts.record_told(task, form.round(), by=by, at=at)
    return _("The building check is recorded. It is no sighting of any child.")


def _shown(
    request: HttpRequest, template: str, home: Home, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    context = {"home": home, "form": form, "now": now, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
