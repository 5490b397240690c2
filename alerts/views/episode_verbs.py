"""What is recorded on an episode's page: confirmed, verified, seen, both parts of the ending, and the end."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alerts import check_ins, escalations, held_phones, police_links, policy_shelf, replies
from alerts.emails import force_numbers
from alerts.forms import episodes as answers
from alerts.forms.endings import End
from alerts.forms.offices import Told
from alerts.forms.police import TellForm
from alerts.models import Message, Verification
from alerts.views import asked_next
from cases import absences, access, clock, contacts, episodes, homecomings, overtaken
from cases.access import Permission
from cases.forms import fields, repeats
from cases.models import ChildPart, MissingEpisode, Placement, PoliceForce, Role, SeenReport, User
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove
from cases.templatetags.govuk import exactly
from cases.views import second_person

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_POST
def episode_confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm what silence opened: the police are told now."""
    now, user, episode = _opened(request, reference, Permission.CONFIRM_EPISODE)
    episodes.confirm(episode, by=user, at=now)
    messages.success(request, _("Confirmed. The police are being told now. Ring 101, in danger 999."))
    return redirect("episode", episode.reference)


@login_required
@require_http_methods(METHODS)
def episode_verify(request: HttpRequest, reference: str) -> HttpResponse:
    """Record the officer and the force's reference: by duty after a call, or by an officer who is signed in."""
    now, user, episode = _opened(request, reference, Permission.VERIFY_POLICE, Permission.ANSWER_FOR_POLICE)
    signed_in = not access.may(user, episode.child, Permission.VERIFY_POLICE, at=now)
    forces = _alerted(episode, user, signed_in=signed_in, now=now)
    method = Verification.Method.SIGNED_IN if signed_in else Verification.Method.SPOKEN
    form = answers.Verify(
        request.POST or None,
        forces=forces,
        signed_in=signed_in,
        initial={
            "officer": user.name if signed_in else "",
            "incident_reference": _reference_held(episode, forces),
            "grade": episode.police_grade,
        },
    )

    def save() -> None:
        escalations.verify(episode, **form.given(), method=method, by=user, at=now)

    again = _asked_again_after(episode, now)
    said = _("Recorded. The call steps are stopped.")
    if again is not None:
        parts = {"span": exactly(again)}
        said = _("Recorded. The call steps are stopped; we ask the police again in %(span)s.") % parts
    return _answer(
        request,
        "alerts/episode_verify.html",
        episode,
        form,
        now=now,
        save=save,
        said=said,
        signed_in=signed_in,
        again=again,
        numbers=() if signed_in else force_numbers.of(forces),
    )


@login_required
@require_http_methods(METHODS)
def episode_seen(request: HttpRequest, reference: str) -> HttpResponse:
    """Somebody saw the child or spoke to them: duty is told, and the police ladder goes on."""
    now, user, episode = _opened(request, reference, Permission.RECORD_CONTACT, Permission.ANSWER_FOR_POLICE)
    may_record = access.may(user, episode.child, Permission.RECORD_CONTACT, at=now)
    force = None if may_record else _own_force(episode, user, now)
    form = answers.Seen(request.POST or None, now=now, left_at=absences.left_at(episode.child, at=now))

    def save() -> None:
        sighting = form.sighting(episode.child, force=force, by=user, at=now)
        contact = contacts.record(episode.child, sighting, by=user, at=now)
        # Of a search no clock waits for it: there every word is told to duty.
        why = "" if episode.police_owed_at is not None else check_ins.why_none(contact, at=now)
        if why:
            messages.warning(request, why)

    said = _("Recorded. Duty is told. Nothing ends until duty and the police have confirmed it.")
    if episode.police_owed_at is None:
        said = _("Recorded.")
    return _answer(request, "alerts/episode_seen.html", episode, form, now=now, save=save, said=said)


@login_required
@require_http_methods(METHODS)
def episode_tell(request: HttpRequest, reference: str) -> HttpResponse:
    """An officer who is signed in tells the council something: duty and the social worker read it."""
    now, user, episode = _opened(request, reference, Permission.ANSWER_FOR_POLICE)
    form = TellForm(request.POST or None)
    force = _own_force(episode, user, now)
    if force is None:
        raise PermissionDenied

    def save() -> None:
        given = form.cleaned_data
        replies.tell(episode, given["text"], force=force, key=given["once"], by=user, at=now)

    said = _("The council has it. It is no acknowledgement: choose “I have this alert” for that.")
    return _answer(request, "alerts/episode_tell.html", episode, form, now=now, save=save, said=said)


@login_required
@require_http_methods(METHODS)
def episode_return(request: HttpRequest, reference: str) -> HttpResponse:
    """The first part of an ending: confirmed with the child, never by whoever said “seen”."""
    now, user, episode = _opened(request, reference, Permission.END_EPISODE)
    phones = held_phones.of(episode, now=now)
    form = answers.Return(request.POST or None, phones=phones, user=user)
    fields.ask(form, "adult", lambda adult: episodes.require_other_voice(episode.child, adult))

    def save() -> None:
        escalations.confirm_with_child(episode, **form.given(), by=user, at=now)

    said = _("Confirmed with the child.")
    if episode.police_owed_at is not None and episode.police_closed_at is None:
        said = _("Confirmed with the child. Still needed: the police close their report.")
    more = {**_refused(_part(episode, user, episode.police_closed_by)), "phones": phones}
    return _answer(
        request, "alerts/episode_return.html", episode, form, now=now, save=save, said=said, **more
    )


@login_required
@require_http_methods(METHODS)
def episode_told(request: HttpRequest, reference: str) -> HttpResponse:
    """The first part of an ending where the placement cannot tell: whoever has the child is rung, or tells of its death."""
    now, user, episode = _opened(request, reference, Permission.END_EPISODE)
    form = Told(request.POST or None, now=now, since=episode.since)

    def save() -> None:
        escalations.hear_from_office(episode, form.given(), by=user, at=now)

    said = _("Recorded: the first part of the ending.")
    if episode.police_owed_at is not None and episode.police_closed_at is None:
        said = _("Recorded: the first part of the ending. Still needed: the police close their report.")
    part = _part(episode, user, episode.police_closed_by)
    # Alone they may still hear of a death: for that there is a rule of its own.
    more = {**part, "refused": part["barred"]}
    return _answer(request, "alerts/episode_told.html", episode, form, now=now, save=save, said=said, **more)


@login_required
@require_http_methods(METHODS)
def episode_police_closing(request: HttpRequest, reference: str) -> HttpResponse:
    """The second part of an ending: the police have closed their report."""
    now, user, episode = _opened(request, reference, Permission.END_EPISODE, Permission.ANSWER_FOR_POLICE)
    signed_in = not access.may(user, episode.child, Permission.END_EPISODE, at=now)
    initial = {"officer": user.name, "closed_at": "now"} if signed_in else {}
    forces = episodes.forces_that_may_close(episode)
    if signed_in:
        # Of a force that has not accepted it: the verb says so, and whose closing is needed.
        own = _alerted(episode, user, signed_in=True, now=now)
        forces = [force for force in forces if force in own] or own
    form = answers.PoliceClosing(request.POST or None, forces=forces, now=now, initial=initial)
    fields.ask(form, "closed_at", lambda closed_at: episodes.require_closing_since(episode, closed_at))

    def save() -> None:
        episodes.record_police_closing(episode, **form.given(), by=user, at=now)

    said = _("Recorded: the police have closed their report.")
    part = _part(episode, user, episode.child_confirmed_by)
    one_voice = not any(part.values()) and episodes.is_one_voice(episode, episode.child_confirmed_by, user)
    more = _refused({**part, "one_voice": one_voice})
    return _answer(
        request, "alerts/episode_police_closing.html", episode, form, now=now, save=save, said=said, **more
    )


@login_required
@require_http_methods(METHODS)
def episode_end(request: HttpRequest, reference: str) -> HttpResponse:
    """End the episode, after both parts where the police were owed word."""
    now, user, episode = _opened(request, reference, Permission.END_EPISODE)
    late_record = episodes.may_be_late_record(episode)
    form = End(
        request.POST or None,
        late_record=late_record,
        is_placed=Placement.objects.current(now).filter(child=episode.child).exists(),
        since=episode.since,
        confirmed_at=episodes.heard_at(episode),
        told_of_death=episode.child_confirmed_how == ChildPart.DEATH,
        now=now,
    )

    agreed_by = _agreed_to_stay(request, episode, form, now)

    def save() -> None:
        homecomings.end(episode, **form.given(), agreed_by=agreed_by, by=user, at=now)
        asked_next.warn(request, episode.child, now=now)

    said = _("The episode has ended. Everybody who was told hears that it has, and no more.")
    if form.is_bound and form.data.get("outcome") == EpisodeOutcome.DIED:
        said = _(
            "Recorded. Every mail and timer that asks for the child has stopped, and the director is rung. Tell the coroner, "
            "notify the Panel within 5 working days, and tell friends, carers and the guardian in person."
        )
    journey = overtaken.would_be(episode.child, episode, at=now)
    # What was typed is kept with the reason why it was refused; before that nobody fills in a form for nothing.
    asked = form.is_bound or episodes.may_end(episode)
    more = {"journey": journey, "asked": asked}
    return _answer(request, "alerts/episode_end.html", episode, form, now=now, save=save, said=said, **more)


def _agreed_to_stay(request: HttpRequest, episode: MissingEpisode, form: End, now: datetime) -> User | None:
    """Who signed that the child stays where it was found; what is wrong with that stands at the form."""
    # Of an episode that has ended the verb says so, before a code is used up.
    if not form.is_valid() or form.stay() is None or episode.status == EpisodeStatus.ENDED:
        return None
    try:
        agreed_by = second_person.signed(request, form, episode.child, Permission.RECORD_ABSENCE, at=now)
        if agreed_by is None or agreed_by == access.person(request):
            raise IllegalMove("This takes two people: the second is somebody other than you.")
        absences.require_may_agree(episode.child, agreed_by, at=now)
    except IllegalMove as refusal:
        second_person.refused(form, refusal)
        return None
    return agreed_by


@login_required
@require_http_methods(METHODS)
def episode_become_missing(request: HttpRequest, reference: str) -> HttpResponse:
    """Away, whereabouts known, becomes missing: the police are told now."""
    now, user, episode = _opened(request, reference, Permission.REPORT_MISSING)
    form = answers.BecomeMissing(request.POST or None)

    def save() -> None:
        episodes.become_missing(episode, reason=form.cleaned_data["reason"], by=user, at=now)

    said = _("Missing now. The police are being told. Ring 101, in danger 999.")
    return _answer(
        request, "alerts/episode_become_missing.html", episode, form, now=now, save=save, said=said
    )


@login_required
@require_POST
def episode_link_revoke(request: HttpRequest, reference: str, message_id: UUID) -> HttpResponse:
    """Close the link of a police mail that went to a wrong mailbox; the link then answers like an expired one."""
    now, user, episode = _opened(request, reference, Permission.VERIFY_POLICE)
    message = get_object_or_404(
        Message.objects.select_related("episode", "force"),
        pk=message_id,
        episode=episode,
        force__isnull=False,
    )
    police_links.revoke(message, by=user, at=now)
    said = _(
        "The link is closed. A reminder carries a new one: have an administrator end a wrong mailbox, and ring the force."
    )
    messages.success(request, said)
    return redirect("episode", episode.reference)


def _opened(
    request: HttpRequest, reference: str, permission: Permission, other: Permission | None = None
) -> tuple[datetime, User, MissingEpisode]:
    """The episode for whoever has the permission, or the other one: officers act for their force by theirs."""
    now = clock.now()
    user = access.person(request)
    roles = {membership.role for membership in access.memberships(user, now)}
    wanted = other if other is not None and roles == {Role.POLICE} else permission
    return now, user, access.get_episode(user, reference, wanted, request=request, at=now)


def _answer(
    request: HttpRequest,
    template: str,
    episode: MissingEpisode,
    form: forms.Form,
    *,
    now: datetime,
    save: Callable[[], None],
    said: str,
    **more: Any,
) -> HttpResponse:
    """Save a good answer and go back to the episode; show it again with what is wrong."""
    if form.is_valid():
        try:
            save()
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, said)
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now, **more}
    context["away_reference"] = episodes.away_reference(episode)
    return render(request, template, context, status=422 if form.is_bound else 200)


def _asked_again_after(episode: MissingEpisode, now: datetime) -> timedelta | None:
    """How long after an answer now the police are asked again by the child's policy; None where the reviews ask."""
    began_at = episode.police_owed_at or now
    times = policy_shelf.calls_of(episode.child_id, at=began_at)
    return times.ask_after if now + times.ask_after <= began_at + times.ask_within else None


def _reference_held(episode: MissingEpisode, forces: Sequence[PoliceForce]) -> str:
    """The reference that is known already, where one force alone could have given it."""
    if len(forces) != 1:
        return ""
    row, away = episode.forces.filter(force=forces[0]).first(), episodes.away_reference(episode)
    # Of the child as away it may be the same: whoever has an officer on the phone says so.
    offered = away.reference if away is not None and away.force_id == forces[0].pk else ""
    return (row.incident_reference if row is not None else "") or offered


def _alerted(episode: MissingEpisode, user: User, *, signed_in: bool, now: datetime) -> list[PoliceForce]:
    """The forces the episode is with; for an officer who is signed in their own, and 404 where theirs has left it."""
    own = {force.pk for force in access.answers_for(user, episode.child, at=now)}
    forces = episodes.alerted(episode, force_ids=own if signed_in else None, at=now)
    if signed_in and not forces:
        raise Http404
    return forces


def _own_force(episode: MissingEpisode, user: User, now: datetime) -> PoliceForce | None:
    return next(iter(access.answers_for(user, episode.child, at=now)), None)


def _part(episode: MissingEpisode, user: User, other: User | None) -> dict[str, Any]:
    """Why this part of an ending is not theirs to record: they said "seen", or alone recorded the other part."""
    said = SeenReport.objects.filter(episode=episode, reported_by=user).exists()
    return {"barred": said, "alone": not said and episodes.is_alone(episode, other, user)}


def _refused(part: dict[str, Any]) -> dict[str, Any]:
    """The same, where none of it hangs on what the form will say: it would be refused, so nobody is asked to save it."""
    return {**part, "refused": any(part.values())}
