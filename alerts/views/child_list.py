"""The list of children a person may open."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from alerts import caseload, sentences, standings
from alerts.caseload import Order
from alerts.forms.case_list import CaseListForm
from alerts.standings import Standing
from alerts.views import cards
from cases import access, clock, faces
from cases.access import Permission
from cases.models import TEAM_ROLES, Child, Role
from cases.moves import isolated

PAGE_SIZE = 50


AWAITED = frozenset({"due", "not_seen_yet", "return_interview_due", "out", "seen"})
COLUMNS = {
    "name": gettext_lazy("Child"),
    "reference": gettext_lazy("Reference"),
    "due": gettext_lazy("Must be seen"),
}


@dataclass(frozen=True)
class Column:
    """A heading that is a link: its word, how the list is sorted by it now, and the address that sorts it."""

    text: str
    sorted: str
    query: str

    @property
    def mark(self) -> str:
        """What shows a reader's eye how the list is sorted."""
        return {"ascending": " ▲", "descending": " ▼"}.get(self.sorted, "")


@dataclass(frozen=True)
class Row:
    """One child of a list: where they stand, the sentence that goes with it, and where they live if that may be read."""

    standing: Standing
    line: str
    where: str
    # Whether this reader may read the record, and not the status alone.
    open_record: bool

    @property
    def is_awaited(self) -> bool:
        """Whether a deadline lies ahead; one that has passed is told by the sentence."""
        return self.standing.due_at is not None and self.standing.tag in AWAITED


@login_required
@require_safe
def child_list(request: HttpRequest) -> HttpResponse:
    """Show the open cases this person may see, narrowed and sorted as asked for, with where each child stands."""
    now = clock.now()
    held = access.memberships(access.person(request), now)
    hands_over = any(membership.role in TEAM_ROLES for membership in held)
    reviews = {membership.role for membership in held} == {Role.REVIEWING_OFFICER}
    # As in the navigation: of the children of their council a reviewing officer has a few.
    heading = _("Children you review") if reviews else _("Children")
    return render(
        request,
        "alerts/child_list.html",
        {**_listed(request, now), "hands_over": hands_over, "heading": heading},
    )


@login_required
@require_safe
def child_list_results(request: HttpRequest) -> HttpResponse:
    """Show the results alone, when a filter is chosen; the address of the whole page stays in the bar."""
    context = _listed(request, clock.now())
    response = render(request, "alerts/child_list_results.html", context)
    response.headers["HX-Push-Url"] = f"{context['page_href']}?{context['query']}"
    return response


def _listed(request: HttpRequest, now: datetime) -> dict[str, Any]:
    user = access.person(request)
    form = CaseListForm(request.GET, choices=caseload.choices(user, at=now))
    order = caseload.ORDERS.get(request.GET.get("sort", ""), caseload.ORDERS["name"])
    found = caseload.children(user, form.wanted, at=now)
    after = request.GET.get("after", "")
    shown, last = caseload.page(
        found, order, after=int(after) if after.isdecimal() and len(after) < 16 else None, size=PAGE_SIZE
    )
    rows = rows_of(request, shown, now, always=False)
    asked = form.wanted.status
    chosen = form.chosen
    query = urlencode({**chosen, "sort": order.key})
    return {
        "form": form,
        "faces": faces.of([one.pk for one in shown], user=user, at=now),
        "now": now,
        # The database tells the word nearly; a row whose word is another by the child's own rows is not one asked for.
        "rows": [row for row in rows if not asked or row.standing.tag == asked],
        "count": found.count(),
        "filtered": bool(chosen),
        "after": after,
        "older": f"{query}&after={last}" if last else "",
        "query": query,
        "names": _column("name", order, chosen),
        "references": _column("reference", order, chosen),
        "deadlines": _column("due", order, chosen),
        "page_href": reverse("child_list"),
    }


def _column(key: str, order: Order, chosen: dict[str, str]) -> Column:
    """A heading that sorts: by it, or the other way round where it sorts already."""
    state = {key: "ascending", f"-{key}": "descending"}.get(order.key, "none")
    wanted = f"-{key}" if state == "ascending" else key
    return Column(str(COLUMNS[key]), state, urlencode({**chosen, "sort": wanted}))


def rows_of(request: HttpRequest, children: Iterable[Child], now: datetime, *, always: bool) -> list[Row]:
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
    for pk, ended_at in access.over_for(access.person(request), at=now).items():
        if pk in found:
            found[pk] = standings.over(found[pk].child, ended_at)
    return [
        Row(
            found[pk],
            cards.line(found[pk], addressed=pk in addressed, now=now)
            if pk in close
            else sentences.bare(found[pk], now=now),
            _where(found[pk], addressed=pk in addressed),
            pk in read,
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
    if standing.placement.home:
        return isolated(standing.placement.home.name)
    return standing.placement.where if standing.placement.address_restricted else standing.placement.postcode
