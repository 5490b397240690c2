"""What is written on an episode while it runs: updates by every side, the council's calls, and both grades."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import episode_updates
from alerts.forms import episode_log as answers
from cases import access, clock, episodes, reviewing_officers, reviews
from cases.access import Permission
from cases.forms import fields, repeats
from cases.models import MissingEpisode, User
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.views import second_person

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def episode_update(request: HttpRequest, reference: str) -> HttpResponse:
    """Add an update, from the side of whoever writes it."""
    now, user, episode = _opened(request, reference, Permission.ADD_UPDATE)
    form = answers.Update(request.POST or None)

    def save() -> None:
        text = form.cleaned_data["text"]
        side = episodes.side_of(user, episode.child, at=now)
        episode_updates.add(episode, text=text, side=side, key=form.cleaned_data["once"], by=user, at=now)

    return _answer(request, "alerts/episode_update.html", episode, form, save=save, said=_("Added."), now=now)


@login_required
@require_http_methods(METHODS)
def episode_call(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down one call about the episode."""
    now, user, episode = _opened(request, reference, Permission.WRITE_NOTE)
    form = answers.Call(request.POST or None, now=now)

    def save() -> None:
        episodes.log_call(episode, **form.given(), by=user, at=now)

    said = _(
        "The call is recorded. A police reference and an officer’s name stop the calls: record those too."
    )
    return _answer(request, "alerts/episode_call.html", episode, form, save=save, said=said, now=now)


@login_required
@require_http_methods(METHODS)
def episode_grade(request: HttpRequest, reference: str) -> HttpResponse:
    """Change our grade, or write down the one that the police gave."""
    now, user, episode = _opened(request, reference, Permission.CHANGE_CHILD)
    form = answers.Grade(request.POST or None, initial={"grade": episode.our_grade})

    def save() -> None:
        given = {name: form.cleaned_data[name] for name in ("whose", "grade", "reason", "asked_for_high")}
        if episodes.graded(episode, **given, by=user) is not None:
            # Before anybody signs: a code is good once, and the same form again would be refused for it.
            return
        second = second_person.signed(request, form, episode.child, Permission.CHANGE_CHILD, at=now)
        episodes.regrade(episode, **given, seconded_by=second, by=user, at=now)

    return _answer(
        request, "alerts/episode_grade.html", episode, form, save=save, said=_("Recorded."), now=now
    )


@login_required
@require_http_methods(METHODS)
def episode_review(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a review of a child who stays missing: the earliest that is owed is chosen already."""
    now, user, episode = _opened(request, reference, Permission.CHANGE_CHILD)
    owed = reviews.not_held(episode, at=now)
    if not owed:
        messages.info(request, _("Only a missing episode that is open is reviewed."))
        return redirect("episode", episode.reference)
    form = answers.Review(request.POST or None, owed=owed, held=reviews.held(episode), now=now)
    fields.ask(form, "held_at", lambda held_at: reviews.require_since(episode, held_at))

    def save() -> None:
        given = form.given()
        reviews.record(episode, given.pop("due"), **given, by=user, at=now)

    template, said = "alerts/episode_review.html", _("The review is recorded.")
    more = {"officer": reviewing_officers.serving(episode.child, at=now)}
    return _answer(request, template, episode, form, save=save, said=said, now=now, more=more)


@login_required
@require_http_methods(METHODS)
def episode_review_withdraw(request: HttpRequest, reference: str, review_id: int) -> HttpResponse:
    """Withdraw the record of a review that was wrong: it stays, struck through, and the review is owed again."""
    now, user, episode = _opened(request, reference, Permission.CHANGE_CHILD)
    review = get_object_or_404(episode.reviews, pk=review_id)
    form = answers.WithdrawReview(request.POST or None)

    def save() -> None:
        reviews.withdraw(review, reason=form.cleaned_data["reason"], by=user, at=now)

    said = _("The record is withdrawn.")
    template, more = "alerts/episode_review_withdraw.html", {"review": review}
    return _answer(request, template, episode, form, save=save, said=said, now=now, more=more)


def _opened(
    request: HttpRequest, reference: str, permission: Permission
) -> tuple[datetime, User, MissingEpisode]:
    now = clock.now()
    user = access.person(request)
    return now, user, access.get_episode(user, reference, permission, request=request, at=now)


def _answer(
    request: HttpRequest,
    template: str,
    episode: MissingEpisode,
    form: forms.Form,
    *,
    save: Callable[[], Any],
    said: str,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    if form.is_valid():
        try:
            save()
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            second_person.refused(form, refusal, field=None)
        else:
            messages.success(request, said)
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now, **(more or {})}
    return render(request, template, context, status=422 if form.is_bound else 200)
