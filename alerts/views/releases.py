"""The page on which the child's own team releases lines to a guardian, a home and the police."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import release_reads, releases
from alerts.forms.releases import ReleaseForm
from cases import access, clock, return_interviews
from cases.access import Permission
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_release(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose line by line what a guardian, a home and a force read of the interview and of the police's replies."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.WRITE_RETURN_INTERVIEW, request=request, at=now)
    lines, standing = releases.lines(episode), releases.standing(episode)
    form = ReleaseForm(request.POST if request.method == "POST" else None, lines=lines, standing=standing)
    reads = release_reads.of_episode(episode, now=now)
    context = {"episode": episode, "child": episode.child, "reads": reads, "now": now}
    if form.is_valid():
        try:
            # A version or reply that is not on this page: what was ticked was another text.
            if {*request.POST} - {*form.fields, "csrfmiddlewaretoken"}:
                raise IllegalMove("What was written has changed since. Read it again, then choose.")
            shown = form.cleaned_data["shown"]
            changed = releases.choose(episode, form.chosen(), shown=shown, by=user, at=now)
        except IllegalMove as refusal:
            # What was ticked was ticked beside another text: the page shows what stands, and nothing is saved.
            fresh = ReleaseForm(None, lines=releases.lines(episode), standing=releases.standing(episode))
            context |= {
                "form": fresh,
                "refused": str(refusal),
                "interview": return_interviews.latest(episode),
            }
            return render(request, "alerts/episode_release.html", context, status=409)
        said = _("Released as chosen.") if changed else _("Nothing was different, so nothing was changed.")
        messages.success(request, said)
        return redirect("episode", episode.reference)
    context |= {"form": form, "interview": return_interviews.latest(episode)}
    return render(request, "alerts/episode_release.html", context, status=422 if form.is_bound else 200)
