"""A guardian's first page: the children they look out for, each with the three contact buttons."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alerts import calendars
from alerts.standings import Standing
from alerts.views import cards
from cases import access, action_owners, action_words, alike_names, clock, confirming, faces, supervising
from cases.access import Permission
from cases.deadlines import london_day
from cases.models.children import ChildQuerySet
from guardians import assignments
from guardians.models import GuardianCover


@login_required
@require_http_methods(["GET", "HEAD"])
def guardian_home(request: HttpRequest) -> HttpResponse:
    """Show the children this person looks out for, most urgent first."""
    now = clock.now()
    page = _page(request, now)
    shown = [card.child.pk for card in page["cards"]]
    access.put_listed_on_record(
        access.person(request), shown, Permission.RECORD_CONTACT, request=request, at=now
    )
    user = access.person(request)
    supervises = bool(supervising.supervised_by(user, at=now))
    about = {
        "checks": calendars.groups(calendars.checks_of(shown), now),
        "promised": calendars.groups(calendars.owed_to(user, shown, now=now), now),
        "many": True,
        "asked_of_you": action_words.with_words(action_owners.asked_of_guardian(user, shown, at=now)),
        "today": london_day(now),
        "asked": GuardianCover.objects.asked_of(user, now)
        .exclude(child__in=access.closed_to(user, now))
        .count(),
        "supervises": supervises,
        "to_confirm": len(confirming.waiting(user, at=now)) if supervises else 0,
    }
    return render(request, "alerts/guardian_home.html", {**page, **about})


@login_required
@require_POST
def guardian_record(request: HttpRequest, reference: str) -> HttpResponse:
    """Record what one button said; answers with the one card to htmx, else leads back to the page."""
    now = clock.now()
    if reference not in _watched(request, now).values_list("reference", flat=True):
        raise Http404
    child = cards.press(request, reference, now=now)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('guardian_home')}#{child.reference}")
    page = _page(request, now)
    card = next(card for card in page["cards"] if card.child.pk == child.pk)
    return render(request, "alerts/guardian_card.html", {**page, "card": card, "swapped": True})


def _page(request: HttpRequest, now: datetime) -> dict[str, Any]:
    ids = list(_watched(request, now).values_list("pk", flat=True))
    user = access.person(request)
    found = cards.of(ids, user=user, addressed=False, now=now)
    tags = [card.standing.tag for card in found]
    return {
        "cards": found,
        "faces": faces.of(ids, user=user, at=now),
        "alike": alike_names.of(card.child for card in found),
        "missing": sum(tag in cards.LOOKED_FOR for tag in tags),
        "no_record": tags.count("no_record"),
        "due": sum(_is_due_today(card.standing, now) for card in found),
        "now": now,
    }


def _is_due_today(one: Standing, now: datetime) -> bool:
    """Whether its roll-call is open, or nobody has seen the child yet and it is to be seen by midnight."""
    if one.tag == "not_seen_yet":
        return one.due_at is not None and london_day(one.due_at) <= london_day(now)
    return one.tag == "due"


def _watched(request: HttpRequest, now: datetime) -> ChildQuerySet:
    """Those alive this person watches over as their guardian, whatever other roles they hold."""
    user = access.person(request)
    mine = access.children(user, Permission.RECORD_CONTACT, at=now).filter(assignments.assigned(user, now))
    return mine.open(now).living()
