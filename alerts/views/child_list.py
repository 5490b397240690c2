"""The list of children a person may open, and the search among them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts import sentences, standings
from alerts.standings import Standing
from alerts.views import cards
from cases import access, clock, faces, references
from cases.access import Permission
from cases.models import Child
from cases.models.children import ChildQuerySet

PAGE_SIZE = 50
# Enough for a common name in a large authority; more letters narrow it.
MOST_FOUND = 30


@dataclass(frozen=True)
class Row:
    """One child of a list: where they stand, the sentence that goes with it, and where they live if that may be read."""

    standing: Standing
    line: str
    where: str


@login_required
@require_safe
def child_list(request: HttpRequest) -> HttpResponse:
    """Show every open case this person may see, by name, with where each child stands."""
    now = clock.now()
    children = access.children(access.person(request), Permission.SEE_STATUS, at=now).open(now)
    page = Paginator(children.order_by("given_name", "family_name", "pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    rows = _rows(request, page.object_list, now, always=False)
    context = {"page": page, "now": now, "rows": rows}
    context["faces"] = faces.of([one.pk for one in page.object_list], user=access.person(request), at=now)
    return render(request, "alerts/child_list.html", context)


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find a child by reference or name among those this person may see; a mistyped reference is called so."""
    now = clock.now()
    # PostgreSQL holds no NUL, so no name has one.
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:100]
    context: dict[str, Any] = {"query": query, "now": now, "mistyped": "", "too_short": False}
    found: list[Child] = []
    # A name has no digits.
    if any(character.isdigit() for character in query):
        try:
            found = list(_mine(request, now).filter(reference=references.parse(query).child))
        except references.Mistyped as slip:
            context["mistyped"] = str(slip)
    elif len(query) > 1:
        found = list(named(_mine(request, now), query)[: MOST_FOUND + 1])
    context["too_short"] = len(query) == 1
    context["has_errors"] = bool(context["mistyped"]) or context["too_short"]
    context["more"] = len(found) > MOST_FOUND
    context["rows"] = _rows(request, found[:MOST_FOUND], now, always=True)
    context["faces"] = faces.of([one.pk for one in found], user=access.person(request), at=now)
    return render(request, "alerts/search.html", context)


def named(children: ChildQuerySet, query: str) -> ChildQuerySet:
    """Those with every word of `query` in one of their names, in any script."""
    for word in query.split():
        children = children.filter(
            Q(given_name__icontains=word)
            | Q(family_name__icontains=word)
            | Q(known_as__icontains=word)
            | Q(script_name__icontains=word)
            | Q(spellings__icontains=word)
        )
    return children.order_by("given_name", "family_name", "pk")


def _mine(request: HttpRequest, now: datetime) -> ChildQuerySet:
    return access.children(access.person(request), Permission.SEE_STATUS, at=now)


def _rows(request: HttpRequest, children: Iterable[Child], now: datetime, *, always: bool) -> list[Row]:
    """Where these children stand, in the order in which they were found, with the read of each on record."""
    ids = [child.pk for child in children]
    access.put_listed_on_record(
        access.person(request), ids, Permission.SEE_STATUS, always=always, request=request, at=now
    )
    found = standings.of(ids, now=now)
    addressed = _of_these(request, ids, Permission.SEE_ADDRESS, now)
    # Whoever may read the status alone reads since when, and neither who saw the child nor who was spoken to.
    close = _of_these(request, ids, Permission.RECORD_CONTACT, now)
    read = _of_these(request, ids, Permission.SEE_RECORD, now)
    for pk in set(ids) - read:
        found[pk] = standings.by_part(found[pk], reader_id=access.person(request).pk)
    return [
        Row(
            found[pk],
            cards.line(found[pk], addressed=pk in addressed, now=now)
            if pk in close
            else sentences.bare(found[pk], now=now),
            _where(found[pk], addressed=pk in addressed),
        )
        for pk in ids
    ]


def _of_these(request: HttpRequest, ids: Collection[int], permission: Permission, now: datetime) -> set[int]:
    allowed = access.children(access.person(request), permission, at=now).filter(pk__in=ids)
    return set(allowed.values_list("pk", flat=True))


def _where(standing: Standing, *, addressed: bool) -> str:
    if standing.placement is None:
        return _("Nowhere recorded")
    if not addressed:
        return _("Placed")
    return standing.placement.home.name if standing.placement.home else standing.placement.postcode
