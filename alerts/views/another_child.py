"""The page on which two people say that a death on record was that of another child."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.another_child import AnotherChild
from cases import access, clock, episodes
from cases.access import Permission
from cases.models import MissingEpisode, User
from cases.states import IllegalMove
from cases.views import second_person


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_another(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a recorded death back: the child is watched and looked for again at once."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.END_EPISODE, request=request, at=now)
    form = AnotherChild(request.POST or None)
    if form.is_valid():
        goes_on = _taken_back(request, form, episode, by=user, at=now)
        if goes_on is not None:
            messages.success(request, _said(is_sought=goes_on.pk != episode.pk))
            return redirect("episode", goes_on.reference)
    context = {"episode": episode, "child": episode.child, "form": form, "now": now}
    return render(request, "alerts/episode_another.html", context, status=422 if form.is_bound else 200)


def _taken_back(
    request: HttpRequest, form: AnotherChild, episode: MissingEpisode, *, by: User, at: datetime
) -> MissingEpisode | None:
    """What goes on from now; None where nothing was done, which the form says.

    Whoever presses twice is asked for no second sign-in: the code of the first is used up.
    """
    try:
        before = episodes.taken_back(episode, **form.given(), by=by)
    except IllegalMove as refusal:
        form.add_error(None, str(refusal))
        return None
    if before is not None:
        return before
    try:
        second = second_person.signed(request, form, episode.child, Permission.END_EPISODE, at=at)
        if second is None:
            raise IllegalMove("This takes two people: the second is somebody other than you.")
        return episodes.was_another(episode, **form.given(), seconded_by=second, by=by, at=at)
    except IllegalMove as refusal:
        second_person.refused(form, refusal)
    return None


def _said(*, is_sought: bool) -> str:
    if is_sought:
        return _("The child is looked for again, and the police are being told now. Ring 101, in danger 999.")
    return _("The child is watched again from now on. Ring the police: the death was of another child.")
