"""Pages of the keep-from mark: set it at once, and lift it with a second person."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, concerns, kept_named, kept_outside, kept_people, mark_ends
from cases.access import Permission
from cases.deadlines import end_of
from cases.forms import fields
from cases.forms.keep_from import KeepFromForm, LiftForm
from cases.models import Child, KeepFrom, Matter, User
from cases.models.periods import current
from cases.states import IllegalMove
from cases.views import dated_anew, second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keep_from(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep the child from somebody from now on; show the marks that this reader set, or reads as the one senior."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    people = kept_people.choices(child, by=by, at=now)
    form = KeepFromForm(
        request.POST or None,
        people=people,
        phone=by.phone,
        has_account=lambda name: kept_people.has_account(child, name, by=by, at=now),
    )
    if form.is_valid():
        given = form.cleaned_data
        about = {"reason": given["reason"], "phone": given["phone"]}
        try:
            if "outside" in given:
                kept_outside.keep_from(child, given["outside"], **about, by=by, at=now)
            else:
                concerns.keep_from(child, given["person"], **about, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(form.asked, str(refusal))
        else:
            messages.success(request, _("The child is kept from them from now on. The LADO is being told."))
            dated_anew.tell(request, child, now)
            return redirect("keep_from", child.reference)
    context = {
        "child": child,
        "form": form,
        "marks": [(mark, kept_named.where(child, mark.user)) for mark in _marks(child, by, now)],
        "reported": _reported(child, by, now),
        "now": now,
        "back_href": reverse("child", args=[child.reference]),
    }
    return render(request, "cases/keep_from.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keep_from_lift(request: HttpRequest, reference: str, mark_id: int) -> HttpResponse:
    """Lift a mark that this reader set or reads, with a second person who signs here."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    mark = next((one for one in _marks(child, by, now) if one.pk == mark_id), None)
    if mark is None:
        raise Http404
    form = LiftForm(request.POST or None)
    fields.ask(form, "last_day", lambda day: mark_ends.require(end_of(day), at=now))
    if form.is_valid():
        try:
            second = second_person.signed(request, form, child, Permission.KEEP_FROM, unnamed=True, at=now)
            if second is None:
                raise IllegalMove("This takes two people: the second is somebody other than you.")
            reason, day = form.cleaned_data["reason"], form.cleaned_data["last_day"]
            until = end_of(day) if day else None
            concerns.lift_keep_from(mark, reason=reason, until=until, seconded_by=second, by=by, at=now)
        except IllegalMove as refusal:
            second_person.refused(form, refusal)
        else:
            messages.success(request, _("The mark is lifted."))
            dated_anew.tell(request, child, now)
            return redirect("keep_from", child.reference)
    context = {
        "child": child,
        "form": form,
        "mark": mark,
        "now": now,
        "back_href": reverse("keep_from", args=[child.reference]),
    }
    return render(request, "cases/keep_from_lift.html", context, status=422 if form.is_bound else 200)


def _marks(child: Child, reader: User, now: datetime) -> list[KeepFrom]:
    """The standing marks of the child that `reader` may know of."""
    known = concerns.known_to(child, reader, at=now).filter(current(now))
    return list(known.select_related("user", "set_by").order_by("starts_at", "pk"))


def _reported(child: Child, reader: User, now: datetime) -> list[Matter]:
    """What `reader` said of somebody from whom the child is kept by a mark that they may not know of."""
    known = _marks(child, reader, now)
    marks = KeepFrom.objects.current(now).filter(child=child).exclude(pk__in=[one.pk for one in known])
    own = Matter.objects.filter(kind=Matter.Kind.WORRY, child=child, reported_by=reader)
    rows = own.filter(about__in=marks.values("user")).select_related("about")
    return list(rows.order_by("reported_at", "pk"))
