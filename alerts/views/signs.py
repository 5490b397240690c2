"""The search for a number plate or a phone number across homes and councils, for those who work on a duty desk."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alerts.models import Reply
from cases import access, clock, reads, sign_keys
from cases.access import Permission
from cases.models import User
from cases.search import signs as searching
from cases.search.signs import Found

LONGEST = 100


@dataclass(frozen=True)
class Sought:
    """What was typed, read as a plate or as a number; or what is wrong with it."""

    plate: str = ""
    phone: str = ""
    mistake: str = ""


@dataclass
class Answer:
    """What is shown of a search."""

    query: str
    mistake: str = ""
    found: Found = field(default_factory=Found)
    nothing: bool = False


@login_required
@require_safe
def signs(request: HttpRequest) -> HttpResponse:
    """Find where a plate or a number is on record; each child of whom something is shown is read, on record."""
    now = clock.now()
    user = access.person(request)
    access.require(user, Permission.WORK_DUTY_DESK, at=now)
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST]
    answer = _answer(user, query, request=request, now=now) if query else Answer("")
    context = {"answer": answer, "query": query, "now": now, "has_errors": bool(answer.mistake)}
    return render(request, "alerts/signs.html", context)


def _answer(user: User, query: str, *, request: HttpRequest, now: datetime) -> Answer:
    sought = _read(query)
    if sought.mistake:
        return Answer(query, sought.mistake)
    replies = Reply.objects.filter(automatic=False)
    told = searching.Source(_("Told from outside about a search"), replies, ("text",), "received_at")
    found = searching.find(user, plate=sought.plate, phone=sought.phone, at=now, beside=[told])
    if not found.matches:
        reads.looked_in_vain(user, page="signs", always=True, request=request, at=now)
    for permission, named in ((Permission.SEE_RECORD, True), (Permission.WORK_DUTY_DESK, False)):
        shown = (one for one in found.matches if (one.child is not None) == named)
        ids = {one.child_id for one in shown if one.child_id is not None}
        access.put_listed_on_record(user, ids, permission, always=True, request=request, at=now)
    return Answer(query, found=found, nothing=not found.matches)


def _read(query: str) -> Sought:
    """What has a letter is a plate; digits alone are a number."""
    plate, phone = sign_keys.plate(query), sign_keys.phone(query)
    if any(letter.isalpha() for letter in query):
        if len(plate) < sign_keys.LEAST_OF_PLATE:
            return Sought(mistake=_("Enter at least three letters or digits of the number plate"))
        return Sought(plate=plate)
    if len(phone) < sign_keys.LEAST_OF_PHONE:
        return Sought(mistake=_("Enter at least six digits of a phone number, or a number plate"))
    return Sought(phone=phone)
