"""Pages of a visit by the social worker, and of the word to the authority in whose area a child is placed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, placement_papers, placements, visits
from cases.access import Permission
from cases.forms import repeats
from cases.forms.visits import HostNoticeForm, VisitAskedForm, VisitForm
from cases.models import Child
from cases.states import IllegalMove
from cases.views import sent_late

# As many of what the child asked are read beneath the form.
SHOWN = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record a visit; a child who was seen is a contact with it, in one commit."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    standing = placement_papers.standing(child, at=now)
    fostered = standing is not None and standing.is_long_term
    form = VisitForm(request.POST or None, fostered=fostered, now=now)
    if form.is_valid():
        try:
            visits.record(child, form.visited(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("The visit is saved."))
            return redirect("child", child.reference)
    return _shown(request, "cases/visit_new.html", child, form, now=now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit_ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the child asked for a visit, or complained, and show the last times."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = VisitAskedForm(request.POST or None, now=now)
    if form.is_valid():
        said = dict(form.cleaned_data)
        try:
            visits.ask(child, said.pop("kind"), key=said.pop("once"), **said, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("It is recorded. A visit is owed at once."))
            return redirect("child_due", child.reference)
    rows = child.visit_requests.select_related("recorded_by", "mistake__recorded_by")[:SHOWN]
    return _shown(request, "cases/visit_ask.html", child, form, now=now, rows=rows)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def host_notice_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that the authority of the area was told; 404 where it is the child's own, or was told before.

    What was typed while a colleague recorded it, or the child left, comes back below what stands by then.
    """
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    placement = visits.host_to_tell(child, at=now)
    if placement is None and request.POST:
        placement = sent_late.placement(request, child, now)
    if placement is None:
        raise Http404
    form = HostNoticeForm(request.POST or None, standing=placement, now=now)
    if form.is_valid():
        given = form.cleaned_data
        try:
            sent_late.require_hosted(child, placement, at=now)
            placements.tell_host(placement, whom=given["told_whom"], told_at=given["told_at"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is on record that the authority of the area was told."))
            return redirect("child_placements", child.reference)
    told = placement.host_notices.standing().order_by("-pk").select_related("recorded_by").first()
    more = {"placement": placement, "told": told if placement.host_notified else None, "now": now}
    return _shown(request, "cases/host_notice_new.html", child, form, **more)


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": reverse("child", args=[child.reference]), **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
