"""Pages of the meetings about a child: those that were held, and the form that records one."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, bookings, clock, drafts, meetings
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import put_in
from cases.forms.meetings import BookingForm, CallOffForm, InvitationForm, MeetingForm
from cases.models import Draft, GuardianInvitation, MeetingBooking
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_time
from cases.views import drafts as draft_pages

# As many as are read on one page.
SHOWN = 50


@login_required
@require_safe
def meeting_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the meetings about the child, the newest first."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = list(child.meetings.select_related("recorded_by", "mistake__recorded_by")[: SHOWN + 1])
    context = {
        "child": child,
        "rows": rows[:SHOWN],
        "booked": bookings.open_of(child),
        "now": now,
        "has_more": len(rows) > SHOWN,
        "may_record": child.closed_at is None and access.may(by, child, Permission.CHANGE_CHILD, at=now),
        "back_href": reverse("child", args=[child.reference]),
    }
    return render(request, "cases/meeting_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a meeting that was held."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    draft = drafts.of(by, Draft.Form.MEETING, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.MEETING, child, at=now)
        return redirect("meeting_new", child.reference)
    form = MeetingForm(request.POST or None, now=now)
    put_in(form, draft)
    if form.is_valid():
        try:
            meetings.record(child, form.held(), by=by, at=now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            drafts.drop(by, Draft.Form.MEETING, child)
            messages.success(
                request, _("It is recorded. Ask for what was agreed on the plan, by name and day.")
            )
            return redirect("meeting_list", child.reference)
    context = {
        "child": child,
        "form": form,
        "now": now,
        "draft": draft,
        "back_href": reverse("meeting_list", args=[child.reference]),
    }
    return render(request, "cases/meeting_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_book(request: HttpRequest, reference: str) -> HttpResponse:
    """Book a meeting that is to be held."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = BookingForm(request.POST or None, now=now)
    if form.is_valid():
        try:
            bookings.book(child, form.booked(), beside=form.beside, by=by, at=now)
        except bookings.OneStands as refusal:
            form.ask_if_another(refusal.rows, _stand(refusal.rows))
        except IllegalMove as refusal:
            field = "planned_date" if isinstance(refusal, bookings.NotAhead) else None
            repeats.refuse(form, refusal, field=field)
        else:
            messages.success(request, _("It is booked, and asked about until it is recorded as held."))
            return redirect("meeting_list", child.reference)
    context = {"child": child, "form": form, "back_href": reverse("meeting_list", args=[child.reference])}
    return render(request, "cases/meeting_book.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_call_off(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Record that a booked meeting is called off, or was booked by mistake; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = get_object_or_404(MeetingBooking, child=child, key=key)
    form = CallOffForm(request.POST or None)
    if form.is_valid():
        try:
            bookings.call_off(row, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is recorded. Nobody is asked about it any more."))
            return redirect("meeting_list", child.reference)
    context = {
        "child": child,
        "form": form,
        "row": row,
        "back_href": reverse("meeting_list", args=[child.reference]),
    }
    return render(request, "cases/meeting_call_off.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_guardian(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Say whether the guardian is invited to a meeting that stands, where that has changed; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    row = get_object_or_404(MeetingBooking.objects.with_guardian(), child=child, key=key)
    form = InvitationForm(request.POST or None, was_told=row.invites is True)
    if form.is_valid():
        try:
            said = bookings.say_guardian(
                row, invited=form.is_invited, why=form.cleaned_data["why"], by=by, at=now
            )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said_of_guardian(said))
            return redirect("meeting_list", child.reference)
    context = {
        "child": child,
        "form": form,
        "row": row,
        "back_href": reverse("meeting_list", args=[child.reference]),
    }
    return render(request, "cases/meeting_guardian.html", context, status=422 if form.is_bound else 200)


def _stand(rows: Sequence[MeetingBooking]) -> str:
    text = _(
        "%(what)s is booked for %(when)s. If it is the same, nothing more is needed; if not, tick that it is another."
    )
    when = ", ".join(gov_time(row.planned_at) for row in rows)
    return text % {"what": rows[0].get_kind_display(), "when": when}


def _said_of_guardian(said: GuardianInvitation | None) -> str:
    if said is None:
        return _("That is on record already.")
    if said.invited:
        return _("It is recorded. The guardian is told by mail that they are invited.")
    return _("It is recorded. A guardian who was told of the meeting hears that it is held without them.")
