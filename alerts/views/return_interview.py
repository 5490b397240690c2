"""The pages of a return interview: written by the child’s own team, and what of it goes to the police by itself."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts import releases
from alerts.forms.return_interviews import InterviewForm, WithdrawInterview
from alerts.models import DutyStep
from cases import access, clock, drafts, prevention_interviews, return_interviews
from cases.access import Permission
from cases.forms import fields, repeats
from cases.forms.action_owners import askable_of
from cases.forms.drafts import put_in
from cases.models import Draft, EpisodeEnding, MissingEpisode, ReturnInterview, User
from cases.states import EpisodeStatus, IllegalMove
from cases.templatetags.govuk import gov_date, gov_time
from cases.views import drafts as draft_pages

# What stands in the heading of a version, or by itself.
APART = frozenset({"outcome", "once", "intelligence"})
DRAFT = Draft.Form.RETURN_INTERVIEW


@dataclass(frozen=True)
class Version:
    """One version of the interview, with what was written in it by the form’s own questions."""

    interview: ReturnInterview
    rows: list[tuple[str, str]]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def return_interview(request: HttpRequest, reference: str) -> HttpResponse:
    """Write the interview about one episode, or correct it; whoever reads the record reads it."""
    now = clock.now()
    user = access.person(request)
    posted = request.method == "POST"
    wanted = Permission.WRITE_RETURN_INTERVIEW if posted else Permission.SEE_RECORD
    episode = _ended(access.get_episode(user, reference, wanted, request=request, at=now))
    if not (posted or access.may(user, episode.child, Permission.WRITE_RETURN_INTERVIEW, at=now)):
        return _page(request, episode, None, None, now)
    draft = _own_draft(user, episode, now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, DRAFT, episode.child, at=now)
        return redirect("return_interview", episode.reference)
    form = InterviewForm(
        request.POST or None,
        standing=return_interviews.latest(episode),
        askable=askable_of(episode.child, at=now),
        by_police=prevention_interviews.latest(episode),
        now=now,
    )
    fields.ask(
        form, "offered_at", lambda offered_at: return_interviews.require_offered_since(episode, offered_at)
    )
    fields.ask(form, "held_at", lambda held_at: return_interviews.require_held_since(episode, held_at))
    put_in(form, draft)
    if form.is_valid() and _written(form, episode, _read(request), by=user, at=now):
        if draft is not None:
            # One about another episode of the child stays.
            drafts.drop(user, DRAFT, episode.child)
        messages.success(request, _saved(episode))
        return redirect("return_interview", episode.reference)
    return _page(request, episode, form, draft, now)


@login_required
@require_safe
def return_interview_police(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what of the interview goes to the police, as text to copy; the record of reads names this page."""
    now = clock.now()
    user = access.person(request)
    episode = _ended(access.get_episode(user, reference, Permission.SEE_RECORD, request=request, at=now))
    standing = return_interviews.latest(episode)
    if standing is None or not standing.intelligence:
        raise Http404
    lines = [
        _("For the police, about %(reference)s") % {"reference": episode.reference},
        standing.intelligence,
    ]
    context = {"episode": episode, "child": episode.child, "now": now, "copy_text": "\n".join(lines)}
    return render(request, "alerts/return_interview_police.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def return_interview_withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Withdraw what says by mistake that the interview was held or not wanted: it stays, and is owed again."""
    now = clock.now()
    user = access.person(request)
    wanted = Permission.WRITE_RETURN_INTERVIEW
    episode = _ended(access.get_episode(user, reference, wanted, request=request, at=now))
    form = WithdrawInterview(request.POST or None)
    if form.is_valid():
        try:
            why = form.cleaned_data["reason"]
            return_interviews.withdraw(episode, version=_read(request), reason=why, by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("The interview is withdrawn, and owed again."))
            return redirect("return_interview", episode.reference)
    standing = return_interviews.latest(episode)
    context = {"episode": episode, "child": episode.child, "standing": standing, "form": form, "now": now}
    status = 422 if form.is_bound else 200
    return render(request, "alerts/return_interview_withdraw.html", context, status=status)


@login_required
@require_safe
def return_interview_of(request: HttpRequest, reference: str) -> HttpResponse:
    """Lead to the interview of the child that somebody is writing, else to the one that has waited longest."""
    now = clock.now()
    user = access.person(request)
    child = access.get_child(user, reference, Permission.WRITE_RETURN_INTERVIEW, request=request, at=now)
    ended = MissingEpisode.objects.filter(child=child, status=EpisodeStatus.ENDED).select_related("child")
    draft = drafts.of(user, DRAFT, child, at=now)
    number = _number(draft) if draft is not None else None
    about = ended.filter(number=number).first() if number is not None else None
    asked = (
        DutyStep.objects.open().filter(episode__in=ended, kind="return_interview").order_by("due_at").first()
    )
    found = about or (ended.get(pk=asked.episode_id) if asked else ended.first())
    if found is None:
        raise Http404
    return redirect("return_interview", found.reference)


def _ended(episode: MissingEpisode) -> MissingEpisode:
    if episode.status != EpisodeStatus.ENDED:
        raise Http404
    return episode


def _own_draft(user: User, episode: MissingEpisode, now: datetime) -> Draft | None:
    """The writer’s draft, if it is about this episode."""
    draft = drafts.of(user, DRAFT, episode.child, at=now)
    return draft if draft is not None and _number(draft) == episode.number else None


def _number(draft: Draft) -> int | None:
    text = (draft.data.get("about") or [""])[-1]
    return int(text) if str(text).isdecimal() else None


def _read(request: HttpRequest) -> int:
    """The version that the writer had before them."""
    text = request.POST.get("read", "")
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _written(form: InterviewForm, episode: MissingEpisode, version: int, *, by: User, at: datetime) -> bool:
    try:
        told, promised = form.told(), form.promised()
        return_interviews.write(episode, told, promised=promised, version=version, by=by, at=at)
    except IllegalMove as refusal:
        repeats.refuse(form, refusal)
        return False
    return True


def _saved(episode: MissingEpisode) -> str:
    """What a save says: a correction takes back what was released of the version before."""
    if releases.taken_back(episode):
        return _("The return interview is saved. Released lines are taken back: release them again.")
    return _("The return interview is saved.")


def _page(
    request: HttpRequest,
    episode: MissingEpisode,
    form: InterviewForm | None,
    draft: Draft | None,
    now: datetime,
) -> HttpResponse:
    written = ReturnInterview.objects.filter(episode=episode).select_related("recorded_by", "withdrawn_by")
    versions = [Version(one, _rows(one)) for one in written.order_by("-version")]
    standing = next((one for one in versions if one.interview.withdrawn_at is None), None)
    step = DutyStep.objects.filter(episode=episode, kind="return_interview").first()
    context: dict[str, Any] = {
        "episode": episode,
        "child": episode.child,
        "form": form,
        "draft": draft,
        "standing": standing,
        "earlier": [one for one in versions if one is not standing],
        "read": standing.interview.version if standing else 0,
        "step": step,
        "promises": return_interviews.promises(episode),
        "taken_back": releases.taken_back(episode) if form is not None else 0,
        "offered": _offered_with_the_end(episode) if form is not None and standing is None else None,
        "now": now,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "alerts/return_interview.html", context, status=status)


def _offered_with_the_end(episode: MissingEpisode) -> EpisodeEnding | None:
    """Who wrote with the end that the interview had been offered: whoever writes it asks them when, and not the child."""
    ended = EpisodeEnding.objects.filter(episode=episode, interview_offered=True)
    return ended.select_related("recorded_by").first()


def _rows(interview: ReturnInterview) -> list[tuple[str, str]]:
    found = []
    for name, box in InterviewForm.base_fields.items():
        if name in APART:
            continue
        value = getattr(interview, name)
        if isinstance(value, datetime):
            value = gov_time(value)
        elif isinstance(value, date):
            value = gov_date(value)
        elif value and hasattr(interview, f"get_{name}_display"):
            value = getattr(interview, f"get_{name}_display")()
        if value:
            found.append((str(box.label), str(value)))
    return found
