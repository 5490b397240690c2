"""The page of one child: who they are, where they stand now, and their story."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import (
    calendar_events,
    calendars,
    care_words,
    child_facts,
    find_me_lines,
    paper_dues,
    profiles,
    whereabouts,
)
from alerts.paper_rules import Paper
from alerts.profiles import Profile
from alerts.views import child_timeline
from cases import access, clock, faces, link_desk, links, reviewing_officers
from cases.access import Permission
from cases.models import Child, HeldPaper, User

POLL_EVERY = 60
# So long after the registration the page asks who came with the child: the days of the closer watch.
ARRIVING = timedelta(days=30)


@login_required
@require_safe
def child(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the child with the timeline; whoever may read the status alone gets that, and the team to ask."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_STATUS, request=request, at=now)
    context = _page(request, one, now)
    profile: Profile = context["profile"]
    if profile.open_record:
        context |= child_timeline.story(request, one, profile.permissions, now=now)
    return render(request, "alerts/child.html", {**context, "section": "timeline"})


@access.part_of("child")
@login_required
@require_safe
def child_now(request: HttpRequest, reference: str) -> HttpResponse:
    """The part of the child's page that refreshes itself."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_STATUS, request=request, at=now)
    return render(request, "alerts/child_now.html", _page(request, one, now))


@login_required
@require_safe
def child_placements(request: HttpRequest, reference: str) -> HttpResponse:
    """Show where the child has been, newest first, with the gaps in which nowhere is recorded."""
    now = clock.now()
    user = access.person(request)
    one = access.get_child(user, reference, Permission.SEE_RECORD, request=request, at=now)
    stays = whereabouts.stays(one, reader=user, now=now)
    context = {**_page(request, one, now), "section": "placements", "stays": stays}
    context |= whereabouts.papers(one, now=now)
    context["may_place"] = Permission.PLACE_CHILD in context["profile"].permissions
    return render(request, "alerts/child.html", context)


@login_required
@require_safe
def child_people(request: HttpRequest, reference: str) -> HttpResponse:
    """Show whose work the child is, and which other children belong with them that the reader may open."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_RECORD, request=request, at=now)
    context = _page(request, one, now)
    people = whereabouts.people(context["profile"], now=now)
    user = access.person(request)
    beside = whereabouts.beside(one, reader=user, now=now)
    shown = {row.child.pk for row in beside}
    access.put_listed_on_record(user, shown, Permission.SEE_STATUS, request=request, at=now)
    may_link = Permission.CHANGE_CHILD in context["profile"].permissions
    more = {"section": "people", "people": people, "beside": beside, "may_link": may_link}
    more["elsewhere"] = links.elsewhere(one, reader=user, at=now)
    more |= _reviewing(one, now)
    more["asked"] = link_desk.of(one, reader=user, at=now) if may_link else []
    return render(request, "alerts/child.html", {**context, **more})


def _reviewing(one: Child, now: datetime) -> dict[str, Any]:
    """Who reviews the care of the child, who did before, and by when somebody is to be named."""
    rows = list(one.reviewing_officers.select_related("user", "withdrawn_by"))
    named = next((row for row in rows if row.ends_at is None and row.withdrawn_at is None), None)
    # Whoever has lost account or role stands with those before.
    officer = reviewing_officers.serving(one, at=now) if named is not None else None
    user = officer.user if officer is not None else None
    return {
        "officer": officer,
        "officer_named": named,
        "officers_before": [row for row in rows if row != officer],
        "officer_due": calendars.paper_due(one, Paper.REVIEWING_OFFICER),
        "officer_depends": user is not None and bool(reviewing_officers.dependence(one, user, at=now)),
    }


@login_required
@require_safe
def child_due(request: HttpRequest, reference: str) -> HttpResponse:
    """Show everything that is due for the child, overdue first, then by working day, and what the arrival's list lacks."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_RECORD, request=request, at=now)
    context = _page(request, one, now)
    found = calendars.entries(list(calendars.rows_of([one.pk])))
    found += [*calendars.promises([one.pk]), *calendar_events.coming([one.pk], now=now)]
    found.sort(key=lambda entry: entry.due_at)
    rows = HeldPaper.objects.standing().filter(child=one).order_by("kind", "-held_at", "-pk").distinct("kind")
    last = {row.kind: row for row in rows}
    held = [(kind, label, last.get(kind)) for kind, label in HeldPaper.Kind.choices]
    more = {
        "groups": calendars.groups(found, now),
        "held": held,
        "lacks": paper_dues.lacks_of(one),
        "to_add": _to_add(context["profile"], access.person(request), now),
        "may_allocate": Permission.ALLOCATE in context["profile"].permissions,
        "reads_only": Permission.CHANGE_CHILD not in context["profile"].permissions,
        "here": request.path,
        "section": "due",
    }
    return render(request, "alerts/child.html", {**context, **more})


@login_required
@require_safe
def child_profile(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the find-me profile as a list of tasks, how complete it is, who went through it last, and all it says."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_RECORD, request=request, at=now)
    context = _page(request, one, now)
    permissions = context["profile"].permissions
    found = find_me_lines.of(one, permissions=permissions, now=now)
    may_write = Permission.CHANGE_CHILD in permissions
    more = {
        "found": found,
        "reviewed": found.reviewed(now),
        "due_at": find_me_lines.due_at(one),
        "may_write": may_write,
        "section": "profile",
    }
    return render(request, "alerts/child.html", {**context, **more})


@login_required
@require_safe
def child_details(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the child's own facts by topic, with who last changed each, when, and the way to correct it."""
    now = clock.now()
    one = access.get_child(access.person(request), reference, Permission.SEE_RECORD, request=request, at=now)
    context = _page(request, one, now)
    permissions = context["profile"].permissions
    cards = child_facts.of(one, permissions=permissions, now=now)
    text = child_facts.text_of(one, cards, now=now)
    may_change, may_hold = Permission.CHANGE_CHILD in permissions, Permission.KEEP_FROM in permissions
    cards.append(care_words.card(one, may_change=may_change, now=now))
    cards.append(child_facts.kept(one, may_hold=may_hold, now=now))
    return render(
        request, "alerts/child.html", {**context, "section": "details", "cards": cards, "copy_text": text}
    )


def _to_add(profile: Profile, user: User, now: datetime) -> list[str]:
    """What the registration leaves to these next steps and nobody has recorded: whose work, who watches, who came along."""
    child = profile.child
    if not profile.watched or Permission.CHANGE_CHILD not in profile.permissions:
        return []
    is_new = now - child.registered_at < ARRIVING
    lacking = {
        "worker": profile.allocation is None or profile.allocation.worker is None,
        "guardian": profile.guardian is None and profile.gap is not None,
        "beside": is_new and not links.of(child, reader=user, at=now).bonds().exists(),
    }
    return [name for name, lacks in lacking.items() if lacks]


def _page(request: HttpRequest, one: Child, now: datetime) -> dict[str, Any]:
    user = access.person(request)
    profile = profiles.of(one, user=user, now=now)
    named = [notice.child_id for notice in profile.notices if notice.child_id is not None]
    access.put_listed_on_record(user, named, Permission.SEE_STATUS, request=request, at=now)
    return {
        "profile": profile,
        "faces": faces.of([one.pk], user=user, at=now),
        "child": one,
        "title": profiles.title_of(one),
        "once": uuid.uuid4(),
        "now": now,
        "page_href": reverse("child", args=[one.reference]),
        "poll_id": "now",
        "poll_url": reverse("child_now", args=[one.reference]),
        "poll_every": POLL_EVERY,
    }
