"""When a child is not there: the numbers to try first, known where, or missing; each told to duty in the same commit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import plan_words, police_calls, prefills, reach
from alerts.forms.reports import Away, NotHere, QuickReport
from alerts.forms.together import named, say_who_went_along
from alerts.views import report_rows
from alerts.views.missing_report import (
    is_found,
    say_changed,
    say_grade_stands,
    say_nobody_is_told,
    stands_of,
)
from alerts.views.together import gone_along, mates_shown
from cases import access, clock, contacts, drafts, episodes, home_devices, incidents, witnesses
from cases.access import Permission
from cases.forms import repeats
from cases.models import HOME_ROLES, Child, Contact, Draft, MissingEpisode, Role, User, WitnessRole
from cases.moves import Overtaken, SentBefore
from cases.states import IllegalMove

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def not_here(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the numbers to try first; its save tells duty and police at once, and has no undo."""
    now = clock.now()
    user = access.person(request)
    child = access.get_child(user, reference, Permission.RECORD_CONTACT, request=request, at=now)
    mates = mates_shown(request, child, user=user, now=now)
    form = NotHere(request.POST or None, by_phone=_is_duty(user, now), mates=mates)
    if form.is_valid():
        try:
            _look_failed(child, _look(form, child, user, now), named(form, mates), user, now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.warning(request, told_now(request))
            return redirect("missing_report", child.reference)
    says = plan_words.if_missing_for(child, user, at=now)
    numbers = _numbers(user, child, now)
    return _render(request, "alerts/not_here.html", child, form, now, numbers=numbers, plan_says=says)


@login_required
@require_http_methods(METHODS)
def away_report(request: HttpRequest, reference: str) -> HttpResponse:
    """Known where, but not where the child should be: duty is told, no police alert starts."""
    now = clock.now()
    user = access.person(request)
    child = access.get_child(user, reference, Permission.REPORT_MISSING, request=request, at=now)
    form = Away(request.POST or None)
    if form.is_valid():
        try:
            episode = episodes.report_away(child, **form.given(), by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("Recorded. Duty is told now."))
            return redirect("episode", episode.reference)
    return _render(request, "alerts/away_report.html", child, form, now)


@login_required
@require_http_methods(METHODS)
def missing_report_quick(request: HttpRequest, reference: str) -> HttpResponse:
    """Report a child missing on one screen, with what must be known and no more."""
    now = clock.now()
    user = access.person(request)
    child = access.get_child(user, reference, Permission.REPORT_MISSING, request=request, at=now)
    standing = MissingEpisode.objects.open().filter(child=child).first()
    by_part = not access.may(user, child, Permission.SEE_RECORD, at=now)
    known = _known(child, standing, user, by_part=by_part, now=now)
    mates = mates_shown(request, child, user=user, now=now)
    shown = {"stands": stands_of(standing), "initial": known}
    form = QuickReport(request.POST or None, mates=mates, now=now, **shown)
    say_who_went_along(form, mates, gone_along(standing, user=user, now=now))
    if form.is_valid():
        try:
            episode = _report(child, form, named(form, mates), user, now)
        except (Overtaken, SentBefore) as refusal:
            standing = MissingEpisode.objects.open().filter(child=child).first()
            known = _known(child, standing, user, by_part=by_part, now=now)
            _refuse_with(form, refusal, stands_of(standing))
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            _say_reported(request, child, episode)
            say_changed(request, episode, form.read)
            say_grade_stands(request, episode, form.cleaned_data["our_grade"])
            return redirect("episode", episode.reference)
    return _render(
        request,
        "alerts/missing_report_quick.html",
        child,
        form,
        now,
        episode=standing,
        away_reference=episodes.away_reference(standing) if standing is not None else None,
        stands=report_rows.stands(form.cleaned_data, known) if form.is_overtaken and form.stands else (),
        told=reach.told_when_missing(child, by=user, now=now),
        force=reach.force_of(child, now=now),
    )


def _refuse_with(form: QuickReport, refusal: IllegalMove, stands: int) -> None:
    """Say why it is not on record yet; the page shows what stands by now, and the next press is about that."""
    if isinstance(refusal, Overtaken):
        form.overtake(stands)
    else:
        form.look_again(stands)
        repeats.refuse(form, refusal)


def _look_failed(
    child: Child, look: contacts.Sighting, gone_with: Sequence[Child], user: User, now: datetime
) -> None:
    """The look, and the same look for each who went with the child: one commit; one of before reports nobody anew."""
    with episodes.asking_duty(child, "not_here", by=user, at=now), transaction.atomic():
        incidents.lock([child, *gone_with])
        is_again = Contact.objects.filter(key=look.key).exists()
        episode = contacts.look_failed(child, look, by=user, at=now)
        if is_again:
            incidents.require_named(episode, gone_with)
        else:
            incidents.look_failed(episode, gone_with, look=look, by=user, at=now)


@dataclass(frozen=True)
class Number:
    """Somebody to ring before anybody is alarmed."""

    who: str
    phone: str


def _report(
    child: Child, form: QuickReport, gone_with: Sequence[Child], user: User, now: datetime
) -> MissingEpisode:
    """The report, what the police said, and the end of the draft: one commit; a report of before ends no draft."""
    given = {name: form.cleaned_data[name] for name in ("incident_reference", "officer")}
    with episodes.asking_duty(child, "missing", by=user, at=now), transaction.atomic():
        said = replace(form.report(), reporter_role=witnesses.part_of(user, child, at=now))
        given["read"] = form.read
        episode, is_again = police_calls.report(child, said, **given, gone_with=gone_with, by=user, at=now)
        if not is_again:
            drafts.drop(user, Draft.Form.MISSING_REPORT, child)
    return episode


def told_now(request: HttpRequest) -> str:
    """What follows; the report opens to a person, and to no device of a home."""
    if home_devices.is_at(request):
        return _(
            "Duty and the police are being told now. Ring 999 or 101. Then sign in as yourself to complete the report,"
            " or tell duty what you know."
        )
    return _("Duty and the police are being told now. Ring 999 or 101, then complete the report.")


def _say_reported(request: HttpRequest, child: Child, episode: MissingEpisode) -> None:
    if is_found(episode):
        say_nobody_is_told(request, child)
    else:
        messages.success(request, _("Reported. What happens next stands below, with its times."))


def _known(
    child: Child, standing: MissingEpisode | None, user: User, *, by_part: bool, now: datetime
) -> dict[str, Any]:
    """What is held already is never asked again."""
    known = prefills.facts(child, standing, by_part=by_part, now=now)
    known.pop("police_rung", None)
    known |= prefills.reporter(child, standing, user, by_part=by_part, now=now, quick=True)
    return known | prefills.risk(child, standing, {}, by_part=by_part)


def _look(form: NotHere, child: Child, user: User, now: datetime) -> contacts.Sighting:
    """Who looked: the person who saves it, or whoever told duty so on the phone."""
    told = form.cleaned_data.get("witness", "")
    word: Any = witnesses.word_of(user, child, at=now)
    if told:
        word = witnesses.word_of_other(
            told, WitnessRole.PLACEMENT_STAFF, child, at_home=True, seen_at=now, at=now
        )
        word |= {"told_by": told}
    return contacts.Sighting(happened_at=now, key=form.cleaned_data["once"], **word)


def _is_duty(user: User, now: datetime) -> bool:
    roles = {membership.role for membership in access.memberships(user, now)}
    return bool(roles & {Role.DUTY_DESK, Role.TEAM_MANAGER}) and not roles & set(HOME_ROLES)


def _numbers(user: User, child: Child, now: datetime) -> Sequence[Number]:
    """The child's own number for those who may hold it, whoever they are away with, the carer, the placement if another house."""
    found = []
    if access.may(user, child, Permission.SEE_ADDRESS, at=now):
        if child.phone:
            found.append(Number(child.given_name, child.phone))
        found += [Number(who, phone) for who, phone in reach.hosts(child, now=now)]
    for name, phone in reach.carers(child, now=now):
        if phone != user.phone:
            found.append(Number(_("Foster carer, %s") % name, phone))
    placement = reach.placement(child, now=now)
    own = {membership.home_id for membership in access.memberships(user, now)} - {None}
    # Nobody is told to ring the house they stand in.
    if placement is not None and placement.home_id not in own:
        name = placement.home.name if placement.home else _("Placement")
        found.append(Number(name, placement.phone))
    return list({number.phone: number for number in reversed(found)}.values())[::-1]


def _render(
    request: HttpRequest, template: str, child: Child, form: Any, now: datetime, **more: Any
) -> HttpResponse:
    context = {"child": child, "form": form, "now": now, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
