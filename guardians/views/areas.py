"""Pages on which an administrator says which guardian service takes children of the authority, and how they are referred."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, administration, clock
from cases.deadlines import london_day
from cases.models import Authority
from cases.moves import isolated
from cases.states import IllegalMove
from guardians import areas
from guardians.forms.areas import AreaForm, ChangeForm, EndedForm, NoneForm
from guardians.models import ServiceArea

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_safe
def service_areas(request: HttpRequest) -> HttpResponse:
    """Show which services take children of the reader's authorities, what was before, and where there is none."""
    now = clock.now()
    own = administration.authorities(access.person(request), at=now)
    day = london_day(now)
    rows = ServiceArea.objects.of(own).select_related("authority", "service", "recorded_by")
    over = rows.filter(ends_date__lt=day).order_by("-ends_date", "pk")
    context = {
        "areas": rows.exclude(pk__in=over.values("pk")).order_by("authority__name", "starts_date", "pk"),
        "over": over,
        "without": Authority.objects.filter(pk__in=own)
        .exclude(pk__in=rows.on(day).values("authority"))
        .order_by("name"),
        "day": day,
        "now": now,
    }
    return render(request, "guardians/service_areas.html", context)


@login_required
@require_http_methods(METHODS)
def service_area_new(request: HttpRequest) -> HttpResponse:
    """Say that a service takes children of an authority of the reader's, from when on, and how they are referred."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    form = AreaForm(request.POST or None, authorities=own, now=now)
    if form.is_valid():
        given = {
            name: form.cleaned_data[name] for name in ("authority", "service", "starts_date", "ends_date")
        }
        try:
            areas.cover(given.pop("authority"), given.pop("service"), form.way(), **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("ends_date" if isinstance(refusal, areas.WrongDay) else "service", str(refusal))
        else:
            messages.success(request, _("Recorded. It stands where a guardian is sought for a child."))
            return redirect("service_areas")
    return _shown(request, form, _("Add a guardian service to your area"))


@login_required
@require_http_methods(METHODS)
def service_area_none(request: HttpRequest) -> HttpResponse:
    """Say that no service takes children of an authority of the reader's, and who stands in; until a day."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    form = NoneForm(request.POST or None, authorities=own, now=now)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            areas.say_none(given.pop("authority"), **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("review_date" if isinstance(refusal, areas.WrongDay) else None, str(refusal))
        else:
            messages.success(request, _("Recorded. You are told when it is to be looked at again."))
            return redirect("service_areas")
    return _shown(request, form, _("No guardian service in your area"))


@login_required
@require_http_methods(METHODS)
def service_area_change(request: HttpRequest, area_id: int) -> HttpResponse:
    """Put right how a child is referred there, or write the last day; 404 for the area of another authority."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    rows = ServiceArea.objects.of(own).served().select_related("authority", "service")
    area = rows.filter(pk=area_id).first()
    if area is None or area.service is None:
        raise Http404
    form = ChangeForm(request.POST or None, area=area, now=now)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("ends_date", "children_stay", "why")}
        try:
            areas.change(area, form.way(), **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("ends_date" if isinstance(refusal, areas.WrongDay) else None, str(refusal))
        else:
            messages.success(request, _("Recorded. It stands where a guardian is sought for a child."))
            return redirect("service_areas")
    said = {"service": isolated(area.service.name), "authority": isolated(area.authority.said_name)}
    return _shown(request, form, _("%(service)s in %(authority)s") % said)


@login_required
@require_http_methods(METHODS)
def service_area_ended(request: HttpRequest, area_id: int) -> HttpResponse:
    """Say of a service whose time in the area is over whether children keep its guardians; 404 for that of another authority."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    rows = ServiceArea.objects.of(own).served().filter(ends_date__lt=london_day(now))
    area = rows.select_related("authority", "service").filter(pk=area_id).first()
    if area is None or area.service is None:
        raise Http404
    form = EndedForm(request.POST or None, area=area)
    if form.is_valid():
        try:
            areas.say_of_ended(area, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded. It stands where a guardian is sought for a child."))
            return redirect("service_areas")
    said = {"service": isolated(area.service.name), "authority": isolated(area.authority.said_name)}
    return _shown(request, form, _("%(service)s in %(authority)s") % said)


def _shown(request: HttpRequest, form: forms.Form, title: str) -> HttpResponse:
    context = {"form": form, "title": title, "back_href": reverse("service_areas"), "now": clock.now()}
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)
