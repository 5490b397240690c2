"""The page of an escort, who has no account: the next stop of their journey, and one button."""

import uuid

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases import clock, escort_links, log
from cases.journey_pages import read
from cases.journeys import Seen
from cases.models import EscortLink
from cases.states import IllegalMove
from cases.views.private import kept_private


class HereForm(forms.Form):
    """That the child is in sight at the stop that the page named."""

    stop = forms.IntegerField(widget=forms.HiddenInput)
    once = forms.UUIDField(widget=forms.HiddenInput)


@login_not_required
@kept_private
@require_http_methods(["GET", "HEAD", "POST"])
def escort_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the next stop, which changes nothing but the access log; a POST confirms it as given."""
    now = clock.now()
    link = escort_links.find(token)
    if link is None:
        return render(request, "cases/escort_over.html", {"now": now}, status=404)
    if escort_links.is_worn(link, now=now):
        response = render(request, "cases/escort_busy.html", {"now": now}, status=429)
        response.headers["Retry-After"] = str(int(escort_links.WITHIN.total_seconds()))
        return response
    is_live = escort_links.is_live(link, now=now)
    _note(request, link, allowed=is_live)
    if not is_live:
        over = {"handed_over_at": escort_links.handed_over_at(link, now=now), "now": now}
        return render(request, "cases/escort_over.html", over, status=410)
    found = read(link.journey.child, addressed=True, now=now)
    if found is None or found.next is None:
        return render(request, "cases/escort_over.html", {"now": now}, status=410)
    form = HereForm(request.POST or None, initial={"stop": found.next.stop.position, "once": uuid.uuid4()})
    error = ""
    if form.is_valid():
        stops = {line.stop.position: line.stop for line in found.lines}
        stop = stops.get(form.cleaned_data["stop"], found.next.stop)
        seen = Seen(escort=link.escort, happened_at=now, as_given=True, key=form.cleaned_data["once"])
        try:
            escort_links.confirm(link, stop, seen, at=now)
        except IllegalMove as refusal:
            error = str(refusal)
        else:
            return redirect("escort_page", token)
    fresh = HereForm(initial={"stop": found.next.stop.position, "once": uuid.uuid4()})
    context = {
        "link": link,
        "child": link.journey.child,
        "page": found,
        "form": fresh,
        "error": error,
        "now": now,
    }
    return render(request, "cases/escort.html", context, status=422 if form.is_bound else 200)


def _note(request: HttpRequest, link: EscortLink, *, allowed: bool) -> None:
    place = escort_links.place_of(link)
    log.record_access(
        user=None,
        child_id=link.journey.child_id,
        permission=escort_links.PAGE,
        allowed=allowed,
        place=log.Place(path=place, page=escort_links.PAGE, address=request.META.get("REMOTE_ADDR")),
        label=escort_links.LABEL,
        at=clock.now(),
    )
