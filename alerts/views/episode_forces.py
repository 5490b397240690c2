"""The page on which duty alerts another force for an episode."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import added_forces
from alerts.forms.episodes import forces_of
from alerts.forms.police import AnotherForce
from cases import access, clock
from cases.access import Permission
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_force(request: HttpRequest, reference: str) -> HttpResponse:
    """Add a force: it is told at once, and the ones before stay alerted."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.VERIFY_POLICE, request=request, at=now)
    forces = forces_of(episode)
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
