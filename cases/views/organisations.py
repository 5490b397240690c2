"""Teams, homes and guardian services, as an administrator sets them up and corrects them."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, administration, clock, organisations
from cases.forms import typed
from cases.forms.organisations import (
    HomeForm,
    ServiceForm,
    TeamCorrectionForm,
    TeamForm,
)
from cases.models import Home
from cases.moves import isolated
from cases.states import IllegalMove

PAGE_SIZE = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    """Set up a team."""
    now = clock.now()
    by = access.person(request)
    form = TeamForm(request.POST or None, authorities=administration.authorities(by, at=now))
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            organisations.open_team(given.pop("authority"), **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The team is set up. Add its people, and ring its phone as a test."))
            return redirect("admin_home")
    return _form(request, form, _("Add a team"), reverse("admin_home"), now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_change(request: HttpRequest, team_id: int) -> HttpResponse:
    """Correct how a team is called and rung."""
    now = clock.now()
    by = access.person(request)
    team = administration.get_team(by, team_id, at=now)
    held = {"name": team.name, "phone": team.phone, "second_phone": team.second_phone}
    form = TeamCorrectionForm(request.POST or None, kind=team.kind, initial=held)
    if form.is_valid():
        try:
            organisations.correct_team(team, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The correction is kept."))
            return redirect("admin_home")
    title = _("Name and phones of %(team)s") % {"team": isolated(team.name)}
    return _form(request, form, title, reverse("admin_home"), now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def service_new(request: HttpRequest) -> HttpResponse:
    """Put a guardian service on the list, which is one for every authority."""
    now = clock.now()
    by = access.person(request)
    administration.authorities(by, at=now)
    form = ServiceForm(request.POST or None)
    if form.is_valid():
        try:
            today = typed.london(now).date()
            organisations.open_service(**form.cleaned_data, starts_date=today, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The service is on the list. Add its guardians as people."))
            return redirect("admin_home")
    lead = _("The list is the same for every authority: look first if the service stands there already.")
    return _form(request, form, _("Add a guardian service"), reverse("admin_home"), now, lead=lead)


@login_required
@require_safe
def home_list(request: HttpRequest) -> HttpResponse:
    """Show the homes in the area of the reader's authority, and no child."""
    now = clock.now()
    authorities = administration.authorities(access.person(request), at=now)
    homes = Home.objects.filter(authority__in=authorities).select_related("provider", "force")
    closed = homes.exclude(closed_at=None)
    is_closed = "closed" in request.GET
    shown = closed if is_closed else homes.open()
    # Whose number is to be tested stands first: among many nobody would find it.
    shown = shown.alias(is_tested=Q(closed_at__isnull=False) | Q(phone_verified_at__isnull=False))
    context = {
        "page": Paginator(shown.order_by("is_tested", "name", "pk"), PAGE_SIZE).get_page(
            request.GET.get("page")
        ),
        "is_closed": is_closed,
        "closed": closed.count(),
        "now": now,
    }
    return render(request, "cases/home_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_new(request: HttpRequest) -> HttpResponse:
    """Register a home."""
    now = clock.now()
    by = access.person(request)
    form = HomeForm(request.POST or None, authorities=administration.authorities(by, at=now))
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            organisations.open_home(given.pop("authority"), **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The home is registered. Children can be placed there now."))
            return redirect("home_list")
    return _form(request, form, _("Add a home"), reverse("home_list"), now)


def _form(
    request: HttpRequest, form: forms.Form, title: str, back: str, now: datetime, *, lead: str = ""
) -> HttpResponse:
    context = {"form": form, "title": title, "back_href": back, "lead": lead, "now": now}
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)
