"""The page of a permitted absence: out or away."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import absences, access, clock, contacts
from cases.access import Permission
from cases.forms import repeats
from cases.forms.absence import AbsenceForm
from cases.models import Absence, Child, MissingEpisode, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.views import next_page, second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absence_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that a child is out, or away with permission, until a time."""
    now = clock.now()
    child = access.get_child(
        access.person(request), reference, Permission.RECORD_ABSENCE, request=request, at=now
    )
    unseen = absences.unseen_since(child, at=now)
    form = AbsenceForm(request.POST or None, now=now, unseen_since=unseen)
    if form.is_valid():
        try:
            _leave(request, child, form, now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field="second_email" if form.is_away else None)
            _keep_sight(request, child, form, now)
        else:
            messages.success(request, _told_when(form, unseen))
            return redirect(next_page.after(request, child, at=now))
    return _shown(request, "cases/absence_new.html", child, form, now, unseen_since=unseen)


def _told_when(form: AbsenceForm, unseen: datetime | None) -> str:
    if unseen is None or form.cleaned_data.get("seen_now"):
        return _("Recorded. Duty hears of it if the child is not back by that time.")
    # Outings between which nobody saw the child are one, and end after a day.
    return _(
        "Recorded. Duty hears of it by then, or sooner if nobody sees the child: outings unseen count as one."
    )


def _leave(request: HttpRequest, child: Child, form: AbsenceForm, now: datetime) -> None:
    by, stay, key = access.person(request), form.stay(), form.cleaned_data["once"]
    if not form.is_away:
        with transaction.atomic():
            _see_off(child, form, by=by, at=now)
            absences.go_out(child, stay, key=key, by=by, at=now)
        return
    # Before anybody signs: a code is good once, and the same form again would be refused for it.
    standing = absences.sent_before(child, stay, kind=Absence.Kind.AWAY, key=key, by=by, at=now)
    if standing is not None and form.names(standing.agreed_by):
        return
    # A password that was wrong stays on record, so what is recorded together begins behind it.
    agreed_by = second_person.signed(request, form, child, Permission.RECORD_ABSENCE, at=now)
    if agreed_by is None:
        raise IllegalMove("This takes two people: the second is somebody other than you.")
    with transaction.atomic():
        _see_off(child, form, by=by, at=now)
        absences.go_away(child, stay, agreed_by=agreed_by, key=key, by=by, at=now)


def _see_off(child: Child, form: AbsenceForm, *, by: User, at: datetime) -> None:
    sighting = form.sighting(child, by=by, at=at)
    if sighting is not None:
        contacts.record(child, sighting, by=by, at=at)


def _keep_sight(request: HttpRequest, child: Child, form: AbsenceForm, now: datetime) -> None:
    """Of a child who is looked for it is on record that somebody sees them, though they may not go out."""
    by = access.person(request)
    if (
        form.sighting(child, by=by, at=now) is None
        or not MissingEpisode.objects.open().filter(child=child).exists()
    ):
        return
    _see_off(child, form, by=by, at=now)
    messages.warning(
        request, _("That you see the child is recorded. The outing is not: the missing episode ends first.")
    )


def _shown(
    request: HttpRequest,
    template: str,
    child: Child,
    form: forms.Form,
    now: datetime,
    **more: datetime | None,
) -> HttpResponse:
    context = more | {
        "child": child,
        "form": form,
        "now": now,
        "absence": Absence.objects.current(now).filter(child=child).first(),
        "kept_bed": absences.kept_bed(child, at=now),
        "back_href": next_page.after(request, child, at=now),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)
