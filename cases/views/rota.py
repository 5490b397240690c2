"""The rota: a week of every duty desk with its gaps, one more shift, last week copied, and a shift taken."""

from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import access, clock, configuration
from cases import rota as rotas
from cases.forms import typed
from cases.forms.rota import ShiftChangeForm, ShiftEndForm, ShiftForm
from cases.models import Shift
from cases.moves import isolated
from cases.states import IllegalMove


@login_required
@require_safe
def rota(request: HttpRequest) -> HttpResponse:
    """Show one week of the desks whose rota the reader may see."""
    now = clock.now()
    user = access.person(request)
    authorities = rotas.authorities(user, at=now)
    monday = _monday(request.GET.get("week", ""), typed.london(now).date())
    context = {
        "desks": rotas.week(authorities, monday, at=now),
        "monday": monday,
        "before": monday - rotas.WEEK,
        "after": monday + rotas.WEEK,
        "user_id": user.pk,
        "works_here": rotas.works_here(user, at=now),
        "now": now,
    }
    return render(request, "cases/rota.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shift_new(request: HttpRequest) -> HttpResponse:
    """Write one more shift."""
    now = clock.now()
    user = access.person(request)
    form = ShiftForm(request.POST or None, authorities=rotas.authorities(user, at=now), now=now)
    if form.is_valid():
        given = dict(form.cleaned_data)
        shift = configuration.put_on_duty(given.pop("team"), given.pop("person"), **given, by=user, at=now)
        messages.success(request, _("The shift is on the rota."))
        return redirect(_address(typed.london(shift.starts_at).date()))
    context = {"form": form, "title": _("Add a shift"), "back_href": reverse("rota"), "now": now}
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shift_change(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Correct a shift: who is on duty and second, on which phones, until when."""
    now = clock.now()
    user = access.person(request)
    shift = rotas.get_of_desk(user, shift_id, at=now)
    authorities = rotas.authorities(user, at=now)
    form = ShiftChangeForm(request.POST or None, shift=shift, authorities=authorities, now=now)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            configuration.change_shift(shift, given.pop("person"), **given, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The shift is changed."))
            return redirect(_address(typed.london(max(now, shift.starts_at)).date()))
    return _shift_page(request, form, _("Change the shift of %(name)s"), shift, now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shift_end(request: HttpRequest, shift_id: int) -> HttpResponse:
    """End a shift now, or one that is still to come before it begins."""
    now = clock.now()
    user = access.person(request)
    shift = rotas.get_of_desk(user, shift_id, at=now)
    form = ShiftEndForm(request.POST or None)
    if form.is_valid():
        try:
            configuration.end_shift(shift, reason=form.cleaned_data["reason"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The shift has ended."))
            return redirect(_address(typed.london(shift.starts_at).date()))
    title, action = _("End the shift of %(name)s"), _("End this shift")
    return _shift_page(request, form, title, shift, now, action=action)


def _shift_page(
    request: HttpRequest,
    form: ShiftChangeForm | ShiftEndForm,
    title: str,
    shift: Shift,
    now: datetime,
    *,
    action: str = "",
) -> HttpResponse:
    context = {
        "action": action,
        "form": form,
        "title": title % {"name": isolated(shift.person.name)},
        "back_href": _address(typed.london(shift.starts_at).date()),
        "now": now,
    }
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def rota_copy(request: HttpRequest) -> HttpResponse:
    """Write last week's shifts into the week shown."""
    now = clock.now()
    user = access.person(request)
    authorities = rotas.authorities(user, at=now)
    monday = _monday(request.POST.get("week", ""), typed.london(now).date())
    try:
        count = rotas.copy_last_week(authorities, monday, by=user, at=now)
    except IllegalMove as refusal:
        messages.info(request, str(refusal))
    else:
        words = ngettext("%(count)d shift is copied.", "%(count)d shifts are copied.", count)
        messages.success(request, words % {"count": count})
    return redirect(_address(monday))


@login_required
@require_POST
def shift_take(request: HttpRequest, shift_id: int) -> HttpResponse:
    """ "I take this shift": one's own is confirmed, somebody else's is handed over."""
    now = clock.now()
    user = access.person(request)
    shift = rotas.get_shift(user, shift_id, at=now)
    try:
        taken = configuration.take_shift(shift, by=user, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect(_address(typed.london(shift.starts_at).date()))
    messages.success(request, _("You have the shift. You are rung on %(phone)s.") % {"phone": taken.phone})
    return redirect(_address(typed.london(taken.starts_at).date()))


def _monday(asked: str, today: date) -> date:
    try:
        return rotas.monday_of(date.fromisoformat(asked))
    except ValueError:
        return rotas.monday_of(today)


def _address(day: date) -> str:
    return f"{reverse('rota')}?week={rotas.monday_of(day).isoformat()}"
