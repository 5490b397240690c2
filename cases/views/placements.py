"""The page that places a child."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, placement_papers, placements
from cases.access import Permission
from cases.forms.placement import PlacementForm
from cases.models import Placement
from cases.states import IllegalMove
from cases.views import next_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Place a child in a home from the list or somewhere else; what stood before ends at that moment."""
    now = clock.now()
    child = access.get_child(
        access.person(request), reference, Permission.PLACE_CHILD, request=request, at=now
    )
    form = PlacementForm(request.POST or None, child=child, now=now)
    if form.is_valid():
        try:
            placements.start(child, where=form.place(), **form.facts(), by=access.person(request), at=now)
        except placements.HomeClosed as refusal:
            form.add_error("where", str(refusal))
        except IllegalMove as refusal:
            form.add_error("starts_at", str(refusal))
        else:
            messages.success(request, _("The placement is recorded. Roll-calls of the new home begin now."))
            if child.age_status in placement_papers.DISPUTED:
                return redirect("room_review", child.reference)
            return redirect(next_page.after(request, child, at=now))
    context = {
        "child": child,
        "form": form,
        "now": now,
        "standing": Placement.objects.current(now).filter(child=child).select_related("home").first(),
        "back_href": next_page.after(request, child, at=now),
    }
    return render(request, "cases/placement_new.html", context, status=422 if form.is_bound else 200)
