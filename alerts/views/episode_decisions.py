"""What is decided in a search, what forces and partners found, and the intelligence apart from it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts import findings, step_rows
from alerts.forms.episode_decisions import Decision, Finding
from alerts.views.episode import read_as
from cases import access, clock, episodes
from cases.access import Permission
from cases.episodes import decisions
from cases.forms import fields
from cases.models import EpisodeDecision
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_decision(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """Record one decision of this kind; what stood before is shown and stays."""
    now = clock.now()
    user = access.person(request)
    wanted = step_rows.deciding(kind)
    episode = access.get_episode(user, reference, wanted, request=request, at=now)
    if kind not in dict(findings.rows(episode)):
        raise Http404
    # Whether Ofsted is told is decided by those who run the placement.
    name = "" if kind == EpisodeDecision.Kind.OFSTED else user.name
    form = Decision(request.POST or None, kind=kind, now=now, initial={"decided_by": name})
    fields.ask(form, "decided_at", lambda decided_at: decisions.require_since(episode, decided_at))
    if form.is_valid():
        try:
            episodes.decide(episode, kind, episodes.Decided(**form.cleaned_data), by=user, at=now)
        except decisions.WrongMoment as refusal:
            form.add_error("decided_at", str(refusal))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("episode", episode.reference)
    before, gone = decisions.standing(episode).get(kind), decisions.out(episode).get(kind)
    context = {
        "episode": episode,
        "child": episode.child,
        "kind": EpisodeDecision.Kind(kind),
        "notice": findings.notice(episode) if kind == EpisodeDecision.Kind.HOME_OFFICE else "",
        "before": before,
        # What is out stands by itself where something else was decided since.
        "gone": None if gone == before else gone,
        "form": form,
        "now": now,
    }
    return render(request, "alerts/episode_decision.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_finding(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down what a force or a partner found."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.WRITE_NOTE, request=request, at=now)
    form = Finding(request.POST or None, now=now)
    if form.is_valid():
        try:
            episodes.find_out(episode, **form.cleaned_data, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now}
    return render(request, "alerts/episode_finding.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def episode_intelligence(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the intelligence of one search, to copy as text; the record of reads names this page."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = findings.intelligence(episode)
    reader = read_as(user, episode, now)
    context = {
        "episode": episode,
        "child": episode.child,
        "rows": rows,
        "copy_text": findings.text(episode, rows, now=now) if rows and reader.copies else "",
        "may_write": Permission.WRITE_NOTE in reader.may,
        "now": now,
    }
    return render(request, "alerts/episode_intelligence.html", context)
