"""Pages on which an administrator corrects a guardian service, closes it, or takes a closing back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, administration, clock, organisations
from cases.closings import WrongDay
from cases.forms import fields
from cases.forms.organisations import ClosingForm, ReopeningForm, ServiceForm
from cases.models import ConfigurationChange
from cases.moves import isolated
from cases.states import IllegalMove
from guardians import closings

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def service_change(request: HttpRequest, service_id: int) -> HttpResponse:
    """Correct how a service is called and rung, for every authority at once."""
    now = clock.now()
    by = access.person(request)
    service = administration.get_service(by, service_id, at=now)
    form = ServiceForm(request.POST or None, initial={"name": service.name, "phone": service.phone})
    if form.is_valid():
        try:
            organisations.correct_service(service, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The correction is kept."))
            return redirect("admin_home")
    context = {
        "form": form,
        "title": _("Name and phone of %(service)s") % {"service": isolated(service.name)},
        "lead": _(
            "The list is the same for every authority: each that has a child with this service hears of the correction. "
            "The phone stands on the paper that a child is given: ring it before you save, and have the paper of each "
            "child printed anew."
        ),
        "back_href": reverse("admin_home"),
        "now": now,
    }
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def service_close(request: HttpRequest, service_id: int) -> HttpResponse:
    """Say what stands in the way, ask for the last day and the reason, and close the service."""
    now = clock.now()
    by = access.person(request)
    service = administration.get_service(by, service_id, at=now)
    form = ClosingForm(request.POST or None, now=now)
    fields.ask(form, "last_day", lambda day: closings.require_day(service, day, now))
    if form.is_valid():
        try:
            closings.close(service, **form.cleaned_data, by=by, at=now)
        except WrongDay as refusal:
            form.add_error("last_day", str(refusal))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The guardian service is closed."))
            return redirect("admin_home")
    context = {"service": service, "form": form, "standing": closings.standing(service, at=now), "now": now}
    return render(request, "guardians/service_close.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def service_reopen(request: HttpRequest, service_id: int) -> HttpResponse:
    """Ask why, and take the closing back."""
    now = clock.now()
    by = access.person(request)
    service = administration.get_service(by, service_id, at=now)
    form = ReopeningForm(request.POST or None)
    if form.is_valid():
        try:
            closings.reopen(service, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The guardian service is open again. Add its guardians as people."))
            return redirect("admin_home")
    closed = ConfigurationChange.objects.filter(
        subject_type="guardianservice", subject_id=service.pk, kind="service_closed"
    ).last()
    context = {
        "form": form,
        "title": _("Open %(service)s again") % {"service": isolated(service.name)},
        "lead": _("It was closed with this reason: %(reason)s") % {"reason": closed.data["reason"]}
        if closed
        else "",
        "back_href": reverse("admin_home"),
        "now": now,
    }
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)
