"""Pages of the list of concern: the desk's own, taking one off by two people, and what a force reads of its area."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.views import pages
from cases import access, clock, log, signs
from cases.access import Permission
from cases.forms import repeats
from cases.forms.signs import SignAgreeForm, SignForm, SignOffForm
from cases.models import Sign, User
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_list(request: HttpRequest) -> HttpResponse:
    """Show what the council's desk looks out for, and put something on the list."""
    now = clock.now()
    by = access.person(request)
    authorities = sorted(access.duty_authorities(by, at=now))
    form = SignForm(request.POST or None, authorities=authorities)
    if form.is_valid():
        try:
            signs.note(form.whose, form.told, key=form.cleaned_data["once"], by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="text")
        else:
            messages.success(request, _("It is on the list."))
            return redirect("sign_list")
    return _listed(request, "alerts/sign_list.html", signs.of_desk(by, at=now), by, now=now, form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_end(request: HttpRequest, sign_id: int) -> HttpResponse:
    """Ask that something is taken off the list, and agree to it as the second person."""
    now = clock.now()
    by = access.person(request)
    sign = signs.of_desk(by, at=now).filter(pk=sign_id).first()
    if sign is None:
        raise Http404
    waits = sign.asked_by_id == by.pk
    form = (
        SignOffForm(request.POST or None) if sign.asked_by_id is None else SignAgreeForm(request.POST or None)
    )
    if form.is_valid():
        try:
            said = _answered(form.cleaned_data, sign, by, now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("sign_list")
    context = {"sign": sign, "form": form, "now": now, "waits": waits}
    return render(request, "alerts/sign_end.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def area_signs(request: HttpRequest) -> HttpResponse:
    """Show an officer what the councils of their force's area have let it read."""
    now = clock.now()
    user = access.person(request)
    return _listed(request, "alerts/area_signs.html", signs.of_area(user, at=now), user, now=now)


def _answered(given: dict[str, Any], sign: Sign, by: User, now: datetime) -> str:
    """Do what the form says, and say what was done."""
    if "reason" in given:
        signs.ask_off(sign, reason=given["reason"], by=by, at=now)
        return _("Another person on the desk is asked to agree. It stays on the list until then.")
    if given["agreed"] == "yes":
        signs.take_off(sign, by=by, at=now)
        return _("It is off the list.")
    signs.leave_on(sign, by=by, at=now)
    return _("It stays on the list.")


def _listed(
    request: HttpRequest,
    template: str,
    rows: QuerySet[Sign],
    user: User,
    *,
    now: datetime,
    form: SignForm | None = None,
) -> HttpResponse:
    """A page of the list; that it was read is on record, though it is about no child."""
    page = pages.of(request, rows)
    name = request.resolver_match.url_name if request.resolver_match else ""
    place = log.Place(path=request.path, page=name or "", address=request.META.get("REMOTE_ADDR"))
    as_what = Permission.SEE_EPISODE if template.endswith("area_signs.html") else Permission.WORK_DUTY_DESK
    log.record_access(user=user, child_id=None, permission=as_what, allowed=True, place=place, at=now)
    context = {"page": page, "rows": page.object_list, "form": form, "now": now}
    bound = form is not None and form.is_bound
    return render(request, template, context, status=422 if bound else 200)
