"""A guardian's first page: the children they look out for, each with the three contact buttons."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alerts.standings import MISSING
from alerts.views import cards
from cases import access, clock
from cases.access import Permission
from cases.models import User


@login_required
@require_http_methods(["GET", "HEAD"])
def guardian_home(request: HttpRequest) -> HttpResponse:
    """Show the children this person looks out for, most urgent first."""
    now = clock.now()
    found = _cards(access.person(request), now)
    tags = [card.standing.tag for card in found]
    context = {
        "cards": found,
        "missing": sum(tag in MISSING or tag == "not_here" for tag in tags),
        "no_record": tags.count("no_record"),
        "due": sum(tag in ("due", "not_seen_yet") for tag in tags),
        "now": now,
    }
    return render(request, "alerts/guardian_home.html", context)


@login_required
@require_POST
def guardian_record(request: HttpRequest, reference: str) -> HttpResponse:
    """Record what one button said; answers with the one card to htmx, else leads back to the page."""
    now = clock.now()
    child = cards.press(request, reference, now=now)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('guardian_home')}#{child.reference}")
    (card,) = cards.of([child.pk], user=access.person(request), addressed=False, now=now)
    return render(request, "alerts/guardian_card.html", {"card": card, "now": now, "swapped": True})


def _cards(user: User, now: datetime) -> list[cards.Card]:
    watched = access.children(user, Permission.RECORD_CONTACT, at=now).open(now)
    return cards.of(list(watched.values_list("pk", flat=True)), user=user, addressed=False, now=now)
