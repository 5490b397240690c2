"""Pages of the placement that stands: its area corrected."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import areas
from cases import access, clock
from cases.access import Permission
from cases.forms.placement import AreaForm
from cases.models import MissingEpisode, Placement
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_area(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct the host authority and the police force of the standing placement; 404 where there is none."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    rows = Placement.objects.current(now).filter(child=child)
    placement = rows.select_related("home", "host_authority", "force").first()
    if placement is None:
        raise Http404
    form = AreaForm(request.POST or None, placement=placement, now=now)
    if form.is_valid():
        try:
            areas.correct(placement, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The area is corrected. Nothing begins anew."))
            return redirect("child_placements", child.reference)
    context = {
        "child": child,
        "form": form,
        "placement": placement,
        "episode": MissingEpisode.objects.open().filter(child=child, placement=placement).first(),
        "back_href": reverse("child_placements", args=[child.reference]),
    }
    return render(request, "alerts/placement_area.html", context, status=422 if form.is_bound else 200)
