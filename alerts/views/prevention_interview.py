"""The page of the police's interview after a search: who held it, what the child said, and what follows."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.prevention_interviews import PreventionForm, WithdrawPrevention
from alerts.models import DutyStep
from cases import access, clock, episodes, prevention_interviews
from cases.access import Permission
from cases.forms import repeats
from cases.models import MissingEpisode, PreventionInterview, User
from cases.states import EpisodeStatus, IllegalMove
from cases.templatetags.govuk import gov_time


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_prevention(request: HttpRequest, reference: str) -> HttpResponse:
    """Write it down or correct it, or withdraw it; whoever reads the record reads it."""
    now = clock.now()
    user = access.person(request)
    wanted = Permission.CONFIRM_EPISODE if request.method == "POST" else Permission.SEE_RECORD
    episode = access.get_episode(user, reference, wanted, request=request, at=now)
    if episode.status != EpisodeStatus.ENDED:
        raise Http404
    may_write = access.may(user, episode.child, Permission.CONFIRM_EPISODE, at=now)
    standing = prevention_interviews.latest(episode)
    withdrawing = bool(request.POST.get("withdraw"))
    forms = _forms(request, episode, standing, now, withdrawing=withdrawing)
    if forms["undo" if withdrawing else "form"].is_valid() and _done(
        request, episode, forms, by=user, at=now
    ):
        return redirect("episode_prevention", episode.reference)
    written = PreventionInterview.objects.filter(episode=episode).select_related(
        "recorded_by", "withdrawn_by", "force"
    )
    versions = [(one, _rows(one)) for one in written.order_by("-version")]
    context = {
        "episode": episode,
        "child": episode.child,
        **(forms if may_write else {}),
        "standing": standing,
        "versions": versions,
        "now": now,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "alerts/episode_prevention.html", context, status=status)


def _forms(
    request: HttpRequest,
    episode: MissingEpisode,
    standing: PreventionInterview | None,
    now: datetime,
    *,
    withdrawing: bool,
) -> dict[str, Any]:
    posted = request.POST if request.method == "POST" else None
    return {
        "form": PreventionForm(
            None if withdrawing else posted,
            standing=standing,
            forces=[row.force for row in episodes.told(episode, at=now)],
            since=episode.since,
            now=now,
        ),
        "undo": WithdrawPrevention(posted if withdrawing else None),
    }


def _done(
    request: HttpRequest, episode: MissingEpisode, forms: dict[str, Any], *, by: User, at: datetime
) -> bool:
    """Do what was pressed; what is refused stands at its form, with all that was typed."""
    undo, read = forms["undo"], _read(request)
    try:
        if undo.is_bound:
            why = undo.cleaned_data["reason"]
            prevention_interviews.withdraw(episode, version=read, reason=why, by=by, at=at)
        else:
            prevention_interviews.write(episode, forms["form"].held(), version=read, by=by, at=at)
    except IllegalMove as refusal:
        repeats.refuse(undo if undo.is_bound else forms["form"], refusal)
        return False
    messages.success(request, _withdrawn(episode) if undo.is_bound else _("Recorded."))
    return True


def _withdrawn(episode: MissingEpisode) -> str:
    """What is said of its step: one that somebody has answered by itself is not owed again."""
    step = DutyStep.objects.filter(episode=episode, kind=DutyStep.Kind.PREVENTION_INTERVIEW).first()
    if step is None:
        return _("Withdrawn.")
    if step.done_at is None:
        return _("Withdrawn, and owed again.")
    return _("Withdrawn. Its step stays as it was answered: correct it there.")


def _read(request: HttpRequest) -> int:
    """The version that the writer had before them."""
    text = request.POST.get("read", "")
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _rows(one: PreventionInterview) -> list[tuple[str, str]]:
    found = [
        (_("Held"), gov_time(one.held_at)),
        (_("By"), f"{one.officer}, {one.force}"),
        (_("Police reference"), one.reference),
        (_("Seen alone"), str(one.get_seen_alone_display())),
        (_("What the child said"), one.said),
        (_("Harm it told of"), one.harm),
        (_("Referred to"), one.referred_to),
    ]
    return [(label, value) for label, value in found if value]
