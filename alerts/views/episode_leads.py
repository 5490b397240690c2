"""The pages of who leads a search: its officer in the case, the lead offered to another force, and the answer."""

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import force_offers
from alerts.forms.forces import Answer, Offer, Officer
from cases import access, clock, episodes
from cases.access import Permission
from cases.episodes import officers
from cases.models import ForceOffer, MissingEpisode, Role, User
from cases.moves import Overtaken
from cases.states import IllegalMove

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def episode_officer(request: HttpRequest, reference: str) -> HttpResponse:
    """Name the officer in the case, or say that there is none any more: duty, or an officer of that force."""
    now, user, episode, own = _opened(request, reference)
    forces = episodes.alerted(episode, force_ids=own, at=now)
    if own is not None and not forces:
        raise Http404
    form = Officer(request.POST or None, forces=forces, stands=officers.last_named(episode))

    def save() -> None:
        if form.cleaned_data["gone"]:
            episodes.officer_left(episode, force=form.force_named, read=form.read, by=user, at=now)
        else:
            episodes.name_officer(episode, force=form.force_named, **form.given(), by=user, at=now)

    template, said = "alerts/episode_officer.html", _("Recorded.")
    rows = episodes.alerted_of([episode.pk], at=now).get(episode.pk, ())
    named = [row for row in rows if row.officer and row.force in forces]
    return _answer(request, template, episode, form, now=now, save=save, said=said, named=named)


@login_required
@require_http_methods(METHODS)
def episode_offer(request: HttpRequest, reference: str) -> HttpResponse:
    """Offer the lead to another force: an officer of the one in charge, or duty by the word of one."""
    now, user, episode, own = _opened(request, reference)
    lead = episodes.lead_of(episode, at=now)
    if lead is None or (own is not None and lead.start.force_id not in own):
        raise Http404
    initial = {} if own is None else {"said_by": user.name}
    form = Offer(request.POST or None, force=lead.start.force, initial=initial)

    def save() -> None:
        force_offers.offer(episode, **form.cleaned_data, by=user, at=now)

    said = _("Offered. Until the other force accepts, the one before leads the search.")
    return _answer(
        request, "alerts/episode_offer.html", episode, form, now=now, save=save, said=said, lead=lead
    )


@login_required
@require_http_methods(METHODS)
def episode_offer_answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer an offer: an officer of the force that is asked, or duty by the word of one; or it is taken back."""
    now, user, episode, own = _opened(request, reference)
    given = episodes.open_offer(episode)
    answers = _answers(given, own)
    if given is None or not answers:
        raise Http404
    initial = {} if own is None else {"officer": user.name}
    form = Answer(request.POST or None, answers=answers, stands=given.pk, initial=initial)

    def save() -> None:
        _take(given, form, signed_in=own is not None, by=user, at=now)

    said = _("Recorded. Both forces and the duty desk are told.")
    return _answer(
        request, "alerts/episode_offer_answer.html", episode, form, now=now, save=save, said=said, offer=given
    )


def _answers(given: ForceOffer | None, own: set[int] | None) -> list[str]:
    """Duty writes down whatever either force said; an officer answers for their own."""
    if given is None:
        return []
    answers: list[str] = []
    if own is None or given.to_force_id in own:
        answers += [ForceOffer.Answer.ACCEPTED, ForceOffer.Answer.DECLINED]
    if own is None or given.from_force_id in own:
        answers.append(ForceOffer.Answer.WITHDRAWN)
    return answers


def _take(given: ForceOffer, form: Answer, *, signed_in: bool, by: User, at: datetime) -> None:
    said = form.cleaned_data
    if said["answer"] == ForceOffer.Answer.ACCEPTED:
        force_offers.accept(
            given, officer=said["officer"], reference=said["reference"], signed_in=signed_in, by=by, at=at
        )
        return
    refuse = force_offers.decline
    if said["answer"] == ForceOffer.Answer.WITHDRAWN:
        refuse = force_offers.take_back
    refuse(given, officer=said["officer"], reason=said["reason"], by=by, at=at)


def _opened(request: HttpRequest, reference: str) -> tuple[datetime, User, MissingEpisode, set[int] | None]:
    """The episode, and for an officer alone the forces that they answer for."""
    now = clock.now()
    user = access.person(request)
    roles = access.memberships(user, now)
    is_officer = {m.role for m in roles} == {Role.POLICE}
    wanted = Permission.ANSWER_FOR_POLICE if is_officer else Permission.VERIFY_POLICE
    episode = access.get_episode(user, reference, wanted, request=request, at=now)
    own = {force.pk for force in access.answers_for(user, episode.child, at=now)} if is_officer else None
    return now, user, episode, own


def _answer(
    request: HttpRequest,
    template: str,
    episode: MissingEpisode,
    form: forms.Form,
    *,
    now: datetime,
    save: Callable[[], None],
    said: str,
    **more: object,
) -> HttpResponse:
    if form.is_valid():
        try:
            save()
        except IllegalMove as refusal:
            if isinstance(refusal, Overtaken) and isinstance(form, Officer):
                form.overtake(officers.last_named(episode))
            else:
                form.add_error(None, str(refusal))
        else:
            messages.success(request, said)
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
