"""The pages on which it is said that children went missing together, and taken back."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.together import Apart, Together
from cases import access, clock, incidents
from cases.access import Permission
from cases.models import Child, MissingEpisode, User
from cases.references import Reference
from cases.states import IllegalMove

METHODS = ["GET", "HEAD", "POST"]


def mates_shown(request: HttpRequest, child: Child, *, user: User, now: datetime) -> list[Child]:
    """Who may have gone with the child, as a form is about to list them: each is a read."""
    found = incidents.mates(child, reporter=user, at=now)
    shown = [one.pk for one in found]
    access.put_listed_on_record(user, shown, Permission.REPORT_MISSING, request=request, at=now)
    return found


def gone_along(episode: MissingEpisode | None, *, user: User, now: datetime) -> set[str]:
    """The references of those who went with the child and are looked for as well, as far as `user` may know."""
    found = incidents.others_for(episode, reader=user, at=now) if episode is not None else ()
    return {one.child.reference for one in found if incidents.is_searched(one)}


@login_required
@require_http_methods(METHODS)
def episode_together(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that another missing child went with this one, whom the writer may report missing too."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.REPORT_MISSING, request=request, at=now)
    form = Together(request.POST or None)
    if form.is_valid():
        other = _other(request, form.cleaned_data["reference"], user=user, now=now)
        try:
            if other is None:
                raise IllegalMove(_("You can open no missing episode with this reference"))
            incidents.join(episode, other, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error("reference", str(refusal))
        else:
            messages.success(request, _("Recorded: they went together. Each is looked for by itself."))
            return redirect("episode", episode.reference)
    return _shown(request, "alerts/episode_together.html", episode, form, now)


@login_required
@require_http_methods(METHODS)
def episode_apart(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that this child did not go with the others; for whoever may open one of them."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.CONFIRM_EPISODE, request=request, at=now)
    others = incidents.others_for(episode, reader=user, at=now)
    if not others:
        raise Http404
    form = Apart(request.POST or None)
    if form.is_valid():
        try:
            incidents.leave(episode, reason=form.cleaned_data["reason"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Taken back. Each is looked for as before."))
            return redirect("episode", episode.reference)
    shown = [one.child_id for one in others]
    access.put_listed_on_record(user, shown, Permission.SEE_EPISODE, request=request, at=now)
    return _shown(request, "alerts/episode_apart.html", episode, form, now, others=others)


def _other(request: HttpRequest, typed: Reference, *, user: User, now: datetime) -> MissingEpisode | None:
    """The episode of this reference, of a child's the latest; the same nothing for none at all and for a stranger's."""
    try:
        child = access.get_child(user, typed.child, Permission.REPORT_MISSING, request=request, at=now)
    except Http404:
        return None
    rows = MissingEpisode.objects.filter(child=child).select_related("child")
    if typed.episode is not None:
        rows = rows.filter(number=typed.episode)
    found = rows.order_by("-opened_at").first()
    may = found is not None and access.may_reach_episode(user, found, Permission.REPORT_MISSING, now)
    return found if may else None


def _shown(
    request: HttpRequest,
    template: str,
    episode: MissingEpisode,
    form: Together | Apart,
    now: datetime,
    **more: object,
) -> HttpResponse:
    context = {"episode": episode, "child": episode.child, "form": form, "now": now, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
