"""Pages of a room of one's own where an age is disputed, and of what comes after a placement."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, placement_papers
from cases.access import Permission
from cases.forms.placement_papers import NextForm, RoomForm
from cases.models import Child
from cases.states import IllegalMove
from cases.views import next_page, sent_late


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_review(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whether the child sleeps alone, and by when somebody looks again; 404 where no age is disputed.

    What was typed comes back where it is disputed no more, or the child lives there no more.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    placement = sent_late.placement(request, child, now)
    disputed = child.age_status in placement_papers.DISPUTED
    if placement is None or not (disputed or request.POST):
        raise Http404
    form = RoomForm(request.POST or None, standing=placement)
    if form.is_valid():
        try:
            placement_papers.review_room(child, **form.said(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("review_by" if disputed and placement.ends_at is None else None, str(refusal))
        else:
            messages.success(request, _("It is recorded how the child sleeps."))
            return redirect(next_page.wanted(request) or reverse("child_placements", args=[child.reference]))
    last = placement_papers.last_room(placement)
    more = {"placement": placement, "disputed": disputed, "last": last, "now": now}
    return _shown(request, "cases/room_review.html", child, form, **more)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_next(request: HttpRequest, reference: str) -> HttpResponse:
    """Say until when the placement is meant to last, and what comes after it; 404 where none stands.

    What was typed of one that has ended meanwhile comes back with its words.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    placement = sent_late.placement(request, child, now)
    if placement is None:
        raise Http404
    last = {"last_date": placement.expected_end_date}
    form = NextForm(request.POST or None, standing=placement, initial=last)
    if form.is_valid():
        try:
            placement_papers.say_next(placement, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("last_date" if placement.ends_at is None else None, str(refusal))
        else:
            messages.success(request, _("It is recorded what comes after this placement."))
            return redirect("child_placements", child.reference)
    addressed = access.may(by, child, Permission.SEE_ADDRESS, at=now)
    more = {"placement": placement, "addressed": addressed, "now": now}
    return _shown(request, "cases/placement_next.html", child, form, **more)


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    back = next_page.wanted(request) or reverse("child_placements", args=[child.reference])
    context = {"child": child, "form": form, "back_href": back, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
