"""Pages of the marks that change who watches: the risk, and the live concern."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, children, clock, concerns, mark_ends, risk_ends
from cases.access import Permission
from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.marks import CloseForm, ConcernForm, LiftForm, RiskForm
from cases.models import Child, LiveConcern, User
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def risk(request: HttpRequest, reference: str) -> HttpResponse:
    """Grade the risk: raising it never waits, lowering it needs a second person here, or another assessment."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = RiskForm(request.POST or None, initial={"risk": child.risk}, child=child)
    fields.ask(form, "last_day", lambda day: risk_ends.require_ahead(end_of(day), now))
    if form.is_valid():
        answers = form.cleaned_data
        try:
            second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
            children.set_risk(
                child,
                answers["risk"],
                reason=answers["reason"],
                until=end_of(answers["last_day"]) if answers.get("last_day") else None,
                seconded_by=second,
                by=by,
                at=now,
            )
        except IllegalMove as refusal:
            field = "second_email" if "second_email" in form.fields else "risk"
            second_person.refused(form, refusal, field=field)
        else:
            messages.success(request, _("The risk is graded. The roll-calls follow it from now on."))
            return redirect("child", child.reference)
    return _shown(request, "cases/risk.html", child, form, now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def concern(request: HttpRequest, reference: str) -> HttpResponse:
    """Mark a live concern, also beside one that stands, or lift one of those that stand with a second person."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.MARK_CONCERN, request=request, at=now)
    standing = list(LiveConcern.objects.filter(child=child, ends_at=None).order_by("starts_at", "pk"))
    if (done := _lifted_already(request, child, standing, by)) is not None:
        return done
    lifted = _asked_about(request, standing)
    asks, stands = (LiftForm, lifted.pk) if lifted is not None else (ConcernForm, 0)
    form = asks(request.POST or None, stands=stands)
    fields.ask(form, "last_day", lambda day: mark_ends.require(end_of(day), at=now))
    if form.is_valid():
        try:
            _change(request, form, child=child, standing=lifted, by=by, now=now)
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field="second_email" if lifted else "reason")
        else:
            return redirect("child", child.reference)
    others = [one for one in standing if one != lifted]
    return _shown(request, "cases/concern.html", child, form, now, standing=lifted, others=others)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case_close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close the case, with a second person who signs here: from then on nobody is asked where the child is."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    form = CloseForm(request.POST or None)
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.CHANGE_CHILD, at=now)
            if second is None:
                raise IllegalMove("This takes two people: the second is somebody other than you.")
            children.close(child, reason=form.cleaned_data["reason"], seconded_by=second, by=by, at=now)
        except IllegalMove as refusal:
            second_person.refused(form, refusal)
        else:
            messages.success(request, _("The case is closed."))
            return redirect("child", child.reference)
    return _shown(request, "cases/case_close.html", child, form, now)


def _lifted_already(
    request: HttpRequest, child: Child, standing: Sequence[LiveConcern], by: User
) -> HttpResponse | None:
    """Where the page goes whose concern is lifted by now: by whom and for what is sent once more, or by an old link.

    Another that stands is asked about as such; of what one person pressed twice nothing is left to ask.
    """
    named = (request.POST or request.GET).get("stood", "")
    if not named.isdecimal() or named == "0" or named in {str(one.pk) for one in standing}:
        return None
    lifted = LiveConcern.objects.filter(child=child, ends_at__isnull=False, pk__in=[named[:18]])
    if request.method == "POST":
        lifted = lifted.filter(lifted_by=by, lift_reason=request.POST.get("reason", "").strip())
    if not lifted.exists():
        return None
    messages.info(request, _("That concern is lifted."))
    return redirect("child" if request.method == "POST" else "concern", child.reference)


def _asked_about(request: HttpRequest, standing: Sequence[LiveConcern]) -> LiveConcern | None:
    """Which of those that stand the page is to lift: the one that it names, else the first; None where it marks one.

    What was opened to mark one, beside none or beside another matter, marks it, also where one came meanwhile: raising
    a guard never waits.
    """
    named = (request.POST or request.GET).get("stood", "")
    if named == "0":
        return None
    return next((one for one in standing if str(one.pk) == named), standing[0] if standing else None)


def _change(
    request: HttpRequest,
    form: ConcernForm | LiftForm,
    *,
    child: Child,
    standing: LiveConcern | None,
    by: User,
    now: datetime,
) -> None:
    reason = form.cleaned_data["reason"]
    if standing is None:
        # Pressed twice it is one.
        concerns.mark(child, reason=reason, once=True, by=by, at=now)
        messages.success(request, _("The concern is marked. The child is watched more closely from now on."))
        return
    second = second_person.signed(request, form, child, Permission.MARK_CONCERN, at=now)
    if second is None:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    day = form.cleaned_data["last_day"]
    until = end_of(day) if day else None
    concerns.lift(standing, reason=reason, until=until, seconded_by=second, by=by, at=now)
    messages.success(request, _("The concern is lifted."))


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    context = {
        "child": child,
        "form": form,
        "now": now,
        "back_href": reverse("child", args=[child.reference]),
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)
