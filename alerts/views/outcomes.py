"""The page on which duty puts right how a search ended."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import endings
from alerts.forms.outcomes import PutRight
from alerts.views import asked_next
from cases import access, clock, episodes, homecomings
from cases.access import Permission
from cases.episodes import outcomes
from cases.models import MissingEpisode
from cases.moves import Overtaken
from cases.states import EpisodeOutcome, EpisodeStatus, IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_outcome(request: HttpRequest, reference: str) -> HttpResponse:
    """Another outcome than was written: what it opens is asked for from now on."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.END_EPISODE, request=request, at=now)
    if episode.status != EpisodeStatus.ENDED or episode.outcome not in episodes.FOUND_ALIVE:
        raise Http404
    # Of each outcome with which it is asked at all.
    asks_for_bed = homecomings.asks_for_bed(episode.child, EpisodeOutcome.SAFE_ELSEWHERE, at=now)
    asked: dict[str, Any] = {"is_written": episode.outcome, "asks_for_bed": asks_for_bed}
    form = PutRight(request.POST or None, stands=_stands(episode), **asked)
    if form.is_valid():
        try:
            homecomings.put_right(episode, **form.given(), by=user, at=now)
        except Overtaken:
            episode.refresh_from_db(fields=["outcome"])
            form.overtake(_stands(episode))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The outcome is put right. What it opens is asked for from now on."))
            if form.cleaned_data.get("bed") == homecomings.Bed.GIVEN_UP:
                asked_next.warn(request, episode.child, now=now)
            return redirect("episode", episode.reference)
    placed = access.may(user, episode.child, Permission.SEE_ADDRESS, at=now)
    rows = endings.put_right(episode, placed=placed) if form.is_overtaken else ()
    context = {"episode": episode, "child": episode.child, "form": form, "rows": rows, "now": now}
    return render(request, "alerts/episode_outcome.html", context, status=422 if form.is_bound else 200)


def _stands(episode: MissingEpisode) -> int:
    """The key of what put it right last, 0 where it stands as it was written."""
    event = outcomes.last(episode)
    return event.pk if event is not None else 0
