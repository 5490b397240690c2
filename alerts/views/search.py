"""The search for a child: one box for a name as it was heard, a reference or a phone number."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts import ages
from alerts.views import child_list
from alerts.views.child_list import Row
from cases import access, clock, faces, reads, references
from cases.access import Permission
from cases.forms.typed import london
from cases.models import AgeDecision, Child, NameKey, Responsibility, User
from cases.models.children import ChildQuerySet
from cases.search import finding
from cases.search.finding import Found
from cases.sorting import ByName

# Enough for a common name in a large authority; another name narrows it.
MOST_FOUND = 30
LONGEST = 100
SHORTEST = 2
# A name has no digits, and a phone number nothing else.
PHONE = re.compile(r"[\d\s()+./-]+")
# What may be a reference without its two letters, once no phone number has it.
DIGITS_OF_A_REFERENCE = re.compile(r"\d{2}[\s./-]?\d{6}")


@dataclass(frozen=True)
class Result:
    """One child found: how old, whose, where they stand, and by which other name they were found."""

    row: Row
    age: str
    authority: str
    matched: str = ""
    matched_kind: str = ""


@dataclass(frozen=True)
class Answer:
    """What a search came to: the children in order, or what is wrong with what was typed."""

    children: list[Child] = field(default_factory=list)
    found: Mapping[int, Found] = field(default_factory=dict)
    more: bool = False
    mistake: str = ""
    by_phone: bool = False


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find a child among those this person may see, by a name in any spelling and script, a reference or a phone number."""
    now = clock.now()
    return render(request, "alerts/search.html", _context(request, now, typing=False))


@login_required
@require_safe
@access.part_of("search")
def search_results(request: HttpRequest) -> HttpResponse:
    """Show the results alone, while somebody types."""
    return render(request, "alerts/search_results.html", _context(request, clock.now(), typing=True))


def _context(request: HttpRequest, now: datetime, *, typing: bool) -> dict[str, Any]:
    # PostgreSQL holds no NUL, so no name has one.
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST]
    user = access.person(request)
    # Whoever is still typing has made no mistake yet.
    answer = Answer() if typing and len(query) < SHORTEST else _answer(user, query, now)
    ids = [child.pk for child in answer.children]
    nobody = len(query) >= SHORTEST and not answer.mistake and not ids
    if nobody:
        reads.looked_in_vain(user, page="search", always=not typing, request=request, at=now)
    return {
        "query": query,
        "now": now,
        "mistake": "" if typing else answer.mistake,
        "has_errors": bool(answer.mistake) and not typing,
        "nobody": nobody,
        "by_phone": answer.by_phone,
        "more": answer.more,
        "results": results(request, answer, now, always=not typing),
        "faces": faces.of(ids, user=user, at=now),
    }


def _answer(user: User, query: str, now: datetime) -> Answer:
    if not query:
        return Answer()
    if len(query) < SHORTEST:
        return Answer(mistake=_("Enter at least two letters"))
    mine = access.children(user, Permission.SEE_STATUS, at=now)
    if any(character.isdigit() for character in query):
        return _by_number(user, mine, query, now)
    found = finding.by_name(mine, query, most=MOST_FOUND + 1)
    shown = found[:MOST_FOUND]
    return Answer(finding.in_order(shown), {one.child_id: one for one in shown}, len(found) > MOST_FOUND)


def _by_number(user: User, mine: ChildQuerySet, query: str, now: datetime) -> Answer:
    """By a reference, whose check digit is looked at first; what has digits alone is a phone number."""
    if PHONE.fullmatch(query) and (whole := _by_its_digits(mine, query)):
        return Answer(whole)
    if not PHONE.fullmatch(query):
        try:
            return Answer(list(mine.filter(reference=references.parse(query).child)))
        except references.Mistyped as slip:
            return Answer(mistake=_("“%(typed)s” is mistyped. %(slip)s") % {"typed": query, "slip": slip})
    if len(re.sub(r"\D", "", query)) < finding.LEAST_DIGITS:
        return Answer(mistake=_("Enter at least six digits of a phone number, or a whole reference"))
    rung = finding.by_phone(user, query, at=now)
    found = list(rung.order_by(ByName("given_name"), ByName("family_name"), "pk")[: MOST_FOUND + 1])
    if not found and DIGITS_OF_A_REFERENCE.fullmatch(query):
        try:
            references.parse(f"MC{query}")
        except references.Mistyped as slip:
            return Answer(mistake=_("“%(typed)s” is mistyped. %(slip)s") % {"typed": query, "slip": slip})
    return Answer(found[:MOST_FOUND], more=len(found) > MOST_FOUND, by_phone=True)


def _by_its_digits(mine: ChildQuerySet, query: str) -> list[Child]:
    """The child whose reference was read out without its two letters."""
    try:
        return list(mine.filter(reference=references.parse(f"MC{query}").child))
    except references.Mistyped:
        return []


def results(request: HttpRequest, answer: Answer, now: datetime, *, always: bool) -> list[Result]:
    """The children found as rows, each a read on record."""
    rows = child_list.rows_of(request, answer.children, now, always=always)
    authorities = _authorities([child.pk for child in answer.children], now)
    decided = ages.decisions(row.standing.child for row in rows if row.open_record)
    return [_result(row, answer.found, authorities, decided, now) for row in rows]


def _result(
    row: Row,
    by_name: Mapping[int, Found],
    authorities: Mapping[int, str],
    decided: Mapping[int, AgeDecision],
    now: datetime,
) -> Result:
    child = row.standing.child
    found = by_name.get(child.pk)
    other = found is not None and found.kind in (NameKey.Kind.KNOWN_AS, NameKey.Kind.SPELLING)
    return Result(
        row,
        ages.in_words(child, decided.get(child.pk), today=london(now).date()),
        authorities.get(child.pk, ""),
        matched=found.name if found and other else "",
        matched_kind=found.kind if found and other else "",
    )


def _authorities(ids: Collection[int], now: datetime) -> dict[int, str]:
    """Who is responsible for each now: one question."""
    starts = Responsibility.objects.filter(child__in=ids, starts_at__lte=now).select_related("authority")
    latest = starts.order_by("child", "-starts_at").distinct("child")
    return {start.child_id: start.authority.said_name for start in latest}
