"""The page on which it is said through which day the bed of a missing child is kept."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.beds import BedKept
from cases import access, beds, clock
from cases.access import Permission
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_bed(request: HttpRequest, reference: str) -> HttpResponse:
    """Record until when the bed is kept; what was said before is shown."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.PLACE_CHILD, request=request, at=now)
    form = BedKept(request.POST or None)
    if form.is_valid():
        try:
            beds.keep(episode, **form.cleaned_data, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error("last_date", str(refusal))
        else:
            messages.success(request, _("Recorded until when the bed is kept. It is asked about before."))
            return redirect("episode", episode.reference)
    placement = beds.kept_for(episode)
    context = {"episode": episode, "child": episode.child, "placement": placement, "form": form, "now": now}
    return render(request, "alerts/episode_bed.html", context, status=422 if form.is_bound else 200)
