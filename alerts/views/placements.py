"""The page of the placement that stands: its area corrected, and who provides it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import areas
from cases import access, clock, placements
from cases.access import Permission
from cases.forms.placement_area import AreaForm
from cases.forms.providers import ProviderForm
from cases.models import MissingEpisode
from cases.states import IllegalMove
from cases.views import sent_late


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_area(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct the area of the standing placement, host authority and force, or say who provides it; 404 where there is none.

    What was typed of one that has ended meanwhile comes back with its words.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    placement = sent_late.placement(request, child, now)
    if placement is None:
        raise Http404
    of_provider = "provided_by" in request.POST
    form = AreaForm(None if of_provider else request.POST or None, placement=placement, now=now)
    provider = ProviderForm(request.POST if of_provider else None, placement=placement)
    asked: forms.Form = provider if of_provider else form
    if asked.is_valid():
        verb = placements.say_provider if of_provider else areas.correct
        try:
            verb(placement, **asked.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            asked.add_error(None, str(refusal))
        else:
            said = _("Recorded.") if of_provider else _("The area is corrected. Nothing begins anew.")
            messages.success(request, said)
            return redirect("child_placements", child.reference)
    context = {
        "child": child,
        "form": form,
        "provider": provider,
        "has_errors": bool(asked.errors),
        "placement": placement,
        "episode": MissingEpisode.objects.open().filter(child=child, placement=placement).first(),
        "back_href": reverse("child_placements", args=[child.reference]),
    }
    return render(request, "alerts/placement_area.html", context, status=422 if asked.is_bound else 200)
