"""The pages on which duty alerts another force, and on which what a force gives for the child is kept: number, reference."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import added_forces, reach
from alerts.forms.police import AnotherForce, AwayReferenceForm, Compact
from cases import access, clock, episodes
from cases.access import Permission
from cases.forms import repeats
from cases.models import Role
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_force(request: HttpRequest, reference: str) -> HttpResponse:
    """Add a force: it is told at once, and the ones before stay alerted."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.VERIFY_POLICE, request=request, at=now)
    forces = episodes.alerted(episode, at=now)
    form = AnotherForce(request.POST or None, alerted=forces)
    if form.is_valid():
        try:
            added_forces.add(episode, form.cleaned_data["force"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added: the force is being told. Ring it now."))
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "forces": forces, "form": form, "now": now}
    return render(request, "alerts/episode_force.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_compact(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that a force has the child in its missing-person system already: duty, or an officer for their own force."""
    now = clock.now()
    user = access.person(request)
    roles = access.memberships(user, now)
    is_officer = {m.role for m in roles} == {Role.POLICE}
    wanted = Permission.ANSWER_FOR_POLICE if is_officer else Permission.VERIFY_POLICE
    episode = access.get_episode(user, reference, wanted, request=request, at=now)
    own = {force.pk for force in access.answers_for(user, episode.child, at=now)} if is_officer else None
    forces = episodes.alerted(episode, force_ids=own, at=now)
    if is_officer and not forces:
        raise Http404
    form = Compact(request.POST or None, forces=forces)
    if form.is_valid():
        try:
            episodes.record_compact(episode, **form.given(), by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now}
    return render(request, "alerts/episode_compact.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_away_reference(request: HttpRequest, reference: str) -> HttpResponse:
    """Record what a force gave for a child who is away, and known where: nobody is alerted by it."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.VERIFY_POLICE, request=request, at=now)
    form = AwayReferenceForm(request.POST or None, initial={"force": reach.force_of(episode.child, now=now)})
    if form.is_valid():
        try:
            episodes.record_away_reference(episode, **form.cleaned_data, by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("Recorded. No force is alerted by it."))
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now}
    context["away_reference"] = episodes.away_reference(episode)
    status = 422 if form.is_bound else 200
    return render(request, "alerts/episode_away_reference.html", context, status=status)
