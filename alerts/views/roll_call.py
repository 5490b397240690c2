"""The roll-call of a home: every child placed there now, each row blank until somebody writes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from alerts import check_tasks, room_words, staffing_words
from alerts.models import Clock
from alerts.views import cards
from alerts.views.cards import Card
from cases import access, action_owners, action_words, alike_names, clock, faces
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import HOME_ROLES, Child, Home, Placement, User
from cases.models import HeadCount as HeadCountRow
from cases.models.children import ChildQuerySet


@dataclass(frozen=True)
class NextWindow:
    """The roll-call that is asked for now, or the next one."""

    opens_at: datetime | None
    due_at: datetime
    is_open: bool


@dataclass(frozen=True)
class HeadCount:
    """Another child is missing: who of this house is to be seen by when, and whom this reader knows to be missing."""

    due_at: datetime
    count: int
    missing: Sequence[Child]


@login_required
@require_http_methods(["GET", "HEAD"])
def roll_call(request: HttpRequest, home_id: int) -> HttpResponse:
    """Show every child placed in this home now; looking changes nothing."""
    now = clock.now()
    user = access.person(request)
    home = access.get_home(user, home_id, at=now)
    page = _page(request, home, now)
    shown = [card.child.pk for card in page["cards"]]
    access.put_listed_on_record(user, shown, Permission.RECORD_CONTACT, request=request, at=now)
    asked = action_owners.asked_of_home(home, shown, at=now)
    page |= {"asked_of_you": action_words.with_words(asked), "today": london_day(now)}
    return render(request, "alerts/roll_call.html", page)


@login_required
@require_POST
def roll_call_record(request: HttpRequest, home_id: int, reference: str) -> HttpResponse:
    """Record what one button said; answers with the one card to htmx, else leads back to the page."""
    now = clock.now()
    home = access.get_home(access.person(request), home_id, at=now)
    if reference not in _present(access.person(request), home, now).values_list("reference", flat=True):
        raise Http404
    child = cards.press(request, reference, now=now)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('roll_call', args=[home.pk])}#{child.reference}")
    page = _page(request, home, now)
    card = next(card for card in page["cards"] if card.child.pk == child.pk)
    return render(request, "alerts/roll_call_card.html", {**page, "card": card, "swapped": True})


def _page(request: HttpRequest, home: Home, now: datetime) -> dict[str, Any]:
    user = access.person(request)
    ids = list(_present(user, home, now).values_list("pk", flat=True))
    found = sorted(cards.of(ids, user=user, addressed=True, now=now), key=_in_order)
    rooms = room_words.on_cards((card.child for card in found), at=now)
    unkept = staffing_words.by_child([card.child.pk for card in found], at=now)
    found = [
        replace(card, room_flag=rooms.get(card.child.pk, ""), unkept=unkept.get(card.child.pk, ""))
        for card in found
    ]
    homes = {m.home_id: m.home for m in access.memberships(user, now) if m.role in HOME_ROLES}
    return {
        "home": home,
        "is_own": home.pk in homes,
        "other_homes": [other for pk, other in homes.items() if pk != home.pk],
        "cards": found,
        "faces": faces.of(ids, user=user, at=now),
        "alike": alike_names.of(card.child for card in found),
        "to_record": sum(card.to_record for card in found),
        "looked_for": [card for card in found if card.standing.tag in cards.LOOKED_FOR],
        "window": _window(found, now),
        "head_count": _head_count(found),
        "next_check": check_tasks.next_of(home, now=now),
        "check_once": uuid.uuid4(),
        "now": now,
    }


def _present(user: User, home: Home, now: datetime) -> ChildQuerySet:
    """The children placed here now, less any that is kept from this person or has died."""
    placed = Placement.objects.current(now).filter(home=home).values("child")
    return access.children(user, Permission.RECORD_CONTACT, at=now).filter(pk__in=placed).open(now).living()


def _in_order(card: Card) -> tuple[str, str, int]:
    """A roll keeps its order from one press to the next, as on paper: by room, then by name."""
    placement = card.standing.placement
    return (placement.room if placement else "", card.child.given_name.casefold(), card.child.pk)


def _head_count(found: Sequence[Card]) -> HeadCount | None:
    """Who has not been seen since another child went missing, by the earliest that is owed of any; two may be missing.

    The name of a missing child is on a card of its own, or nowhere.
    """
    shown = {card.child.pk: card for card in found}
    asked = Clock.objects.filter(child__in=shown, kind=Clock.Kind.HEAD_COUNT, due_at__isnull=False)
    told = dict(asked.values_list("child", "due_at"))
    rows = HeadCountRow.objects.filter(child__in=told, ended_at=None).select_related("episode")
    owed = [one for one in rows if one.raised_at == told[one.child_id] or _waits(one, shown[one.child_id])]
    if not owed:
        return None
    missing = {one.episode.child_id for one in owed}
    children = [card.child for pk, card in shown.items() if pk in missing]
    return HeadCount(min(one.due_at for one in owed), len({one.child_id for one in owed}), children)


def _waits(one: HeadCountRow, card: Card) -> bool:
    return card.standing.seen is None or card.standing.seen.happened_at < one.since


def _window(found: Sequence[Card], now: datetime) -> NextWindow | None:
    """The earliest roll-call still to close; one that has passed stands on its card as “No record”."""
    coming = [
        (card.standing.due_at, card.standing.opens_at)
        for card in found
        if card.standing.due_at is not None and card.standing.due_at > now
    ]
    if not coming:
        return None
    due_at, opens_at = min(coming, key=lambda pair: pair[0])
    return NextWindow(opens_at, due_at, is_open=opens_at is not None and opens_at <= now)
