"""The timeline of one child: on the child's page, and as a sheet of its own to print."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from alerts import gaps, profiles, timeline, values, watching
from alerts.forms.timeline import COMPACT, TimelineForm
from alerts.gaps import Gap
from alerts.timeline import SYSTEM
from cases import access, clock
from cases.access import Permission
from cases.models import Child, Contact

# The filters of the timeline, in the order of their links.
GROUPS = {
    "": gettext_lazy("All"),
    "contacts": gettext_lazy("Contacts"),
    "placements": gettext_lazy("Placements"),
    "missing": gettext_lazy("Missing"),
    "alerts": gettext_lazy("Alerts"),
    "notes": gettext_lazy("Notes"),
    "documents": gettext_lazy("Documents"),
    "decisions": gettext_lazy("Decisions"),
    SYSTEM: gettext_lazy("System events"),
}
# What fits on two sides of A4.
PRINTED = 40
# More than stand on any page, and the one before them.
SIGHTINGS = 4 * timeline.PAGE


@dataclass(frozen=True)
class Link:
    """A filter of the timeline: its word, how many entries it leaves, and the rest of its address."""

    text: str
    count: int
    query: str
    chosen: bool


@login_required
@require_safe
def child_timeline(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the newest of the story, narrowed as on the child's page, to print; the record of reads names this page."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_RECORD, request=request, at=now)
    permissions = access.permissions_for(access.person(request), one, at=now)
    context = story(request, one, permissions, now=now, size=PRINTED)
    return render(
        request,
        "alerts/child_timeline_sheet.html",
        {**context, "child": one, "name": profiles.name_of(one), "now": now},
    )


def story(
    request: HttpRequest,
    one: Child,
    permissions: frozenset[Permission],
    *,
    now: datetime,
    size: int = timeline.PAGE,
) -> dict[str, Any]:
    """Return what the template of the timeline needs: the page asked for, and the links that lead on."""
    form = TimelineForm(request.GET, now=now)
    until = _moment(request.GET.get("until", ""))
    asked = form.asked(until=until)
    found = timeline.of(
        one,
        permissions=permissions,
        asked=asked,
        gaps=_gaps(one, asked, now),
        reader=access.person(request),
        now=now,
        size=size,
    )
    chosen = form.chosen
    other_view = {**chosen, "view": "" if form.compact else COMPACT}
    older = {**chosen, "until": found.older.isoformat()} if found.older else {}
    return {
        "timeline": found,
        "timeline_form": form,
        "timeline_asked": asked,
        "groups": [_link(key, chosen, found.counts) for key in GROUPS],
        "timeline_query": urlencode(chosen),
        "other_view": _query(other_view),
        "system_query": urlencode({"kind": SYSTEM}),
        "older": urlencode(older),
        "until": until,
        "has_errors": bool(form.errors),
    }


def _gaps(one: Child, asked: timeline.Asked, now: datetime) -> Sequence[Gap]:
    """The gaps among the sightings of one page: what is due next is reckoned from fewer, and would call the others gaps."""
    facts = watching.pure_facts(watching.watch([one.pk], at=now)[one.pk])
    until = min(moment for moment in (asked.until, asked.ends_at, now) if moment is not None)
    seen = Contact.objects.seen().believed([one.pk]).filter(happened_at__lte=until)
    newest = list(seen.order_by("-happened_at", "-pk")[:SIGHTINGS])
    watch_from = facts.watch_from
    if len(newest) == SIGHTINGS:
        watch_from = max(watch_from, newest[-1].happened_at)
    sightings = tuple(values.sighting(contact) for contact in reversed(newest))
    return gaps.unproved(replace(facts, sightings=sightings, watch_from=watch_from), now=now)


def _link(key: str, chosen: dict[str, str], counts: Any) -> Link:
    return Link(
        str(GROUPS[key]), counts.get(key, 0), _query({**chosen, "kind": key}), chosen.get("kind", "") == key
    )


def _query(wanted: dict[str, str]) -> str:
    return urlencode({name: value for name, value in wanted.items() if value})


def _moment(text: str) -> datetime | None:
    """The instant from which older entries are asked for; 404 for one that no page of ours wrote."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Http404
    return moment
