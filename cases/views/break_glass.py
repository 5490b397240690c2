"""Pages of breaking the glass: say why, read for an hour how the child is reached, and look at it afterwards."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, break_glass, clock, references
from cases.access import Permission
from cases.forms.break_glass import BreakGlassForm, LookForm
from cases.models import Allocation, BrokenGlass, Child, Placement, Responsibility, Shift, Team, User
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def glass(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask why; then show for an hour the phones of duty and of the home, and no address."""
    now = clock.now()
    by = access.person(request)
    form = BreakGlassForm(request.POST or None)
    asked = Permission.SEE_STATUS if _is_shut(by, reference, form, now) else Permission.BREAK_GLASS
    child = access.get_child(by, reference, asked, request=request, at=now)
    if access.may(by, child, Permission.SEE_RECORD, at=now):
        messages.success(request, _("You may read this record already."))
        return redirect("child", child.reference)
    standing = break_glass.standing_of(child, by, now)
    if standing is None and form.is_valid():
        break_glass.break_glass(child, reason=form.cleaned_data["reason"], by=by, at=now)
        messages.success(request, _("Open for an hour. The team manager and duty are being told."))
        return redirect("glass", child.reference)
    context = {"child": child, "form": form, "now": now, "standing": standing}
    if standing is not None:
        return render(request, "cases/glass_open.html", context | _reached(child, now))
    return render(request, "cases/glass.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def glass_look(request: HttpRequest, reference: str, glass_id: int) -> HttpResponse:
    """Let a manager of the child's team say whether it was right."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    broken = BrokenGlass.objects.filter(child=child, pk=glass_id).select_related("user", "looked_by").first()
    if broken is None:
        raise Http404
    form = LookForm(request.POST or None)
    if form.is_valid():
        try:
            break_glass.look(broken, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("child", child.reference)
    context = {"child": child, "broken": broken, "form": form, "now": now}
    return render(request, "cases/glass_look.html", context, status=422 if form.is_bound else 200)


def _is_shut(by: User, reference: str, form: BreakGlassForm, now: datetime) -> bool:
    """Whether this opens nothing that was shut to somebody who may break the glass: it is on record as no broken glass."""
    wanted = references.parse(reference).child
    child = access.children(by, Permission.BREAK_GLASS, at=now).filter(reference=wanted).first()
    if child is None:
        return False
    if access.may(by, child, Permission.SEE_RECORD, at=now):
        return True
    return break_glass.standing_of(child, by, now) is None and not form.is_valid()


def _reached(child: Child, now: datetime) -> dict[str, object]:
    """By whom and on which number the child is reached: no address, and no name of a home."""
    responsible = Responsibility.objects.at(now).filter(child=child).select_related("authority").first()
    desks = Team.objects.filter(
        authority=responsible.authority if responsible else None, kind=Team.Kind.DUTY
    ).order_by("pk")
    placement = Placement.objects.current(now).filter(child=child).first()
    allocation = Allocation.objects.current(now).filter(child=child).select_related("team", "worker").first()
    return {
        "authority": responsible.authority if responsible else None,
        "shifts": Shift.objects.current(now)
        .filter(team__in=desks)
        .exclude(phone="")
        .select_related("person"),
        "desks": desks.exclude(phone=""),
        "home_phone": placement.phone if placement else "",
        "allocation": allocation,
    }
