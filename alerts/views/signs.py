"""The search for a number plate or a phone number across homes and councils, for those who work on a duty desk."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
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
    # How long whoever has searched too often is to wait.
    wait: timedelta | None = None


@login_required
@require_safe
def signs(request: HttpRequest) -> HttpResponse:
    """Find where a plate or a number is on record; each search, and each child of whom something is shown, is on record."""
    now = clock.now()
    user = access.person(request)
    access.require(user, Permission.WORK_DUTY_DESK, at=now)
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST]
    answer = _answer(user, query, request=request, now=now) if query else Answer("")
    context = {"answer": answer, "query": query, "now": now, "has_errors": bool(answer.mistake)}
    response = render(request, "alerts/signs.html", context, status=429 if answer.wait else 200)
    if answer.wait:
        response.headers["Retry-After"] = str(math.ceil(answer.wait.total_seconds()))
    return response


def _answer(user: User, query: str, *, request: HttpRequest, now: datetime) -> Answer:
    sought = _read(query)
    if sought.mistake:
        return Answer(query, sought.mistake)
    wait = reads.wait_for_signs(user, at=now)
    reads.looked_for_sign(user, allowed=wait is None, request=request, at=now)
    if wait is not None:
        return Answer(query, _too_often(wait), wait=wait)
    replies = Reply.objects.filter(automatic=False)
    told = searching.Source(_("Told from outside about a search"), replies, ("text",), "received_at")
    found = searching.find(user, plate=sought.plate, phone=sought.phone, at=now, beside=[told])
    for permission, named in ((Permission.SEE_RECORD, True), (Permission.WORK_DUTY_DESK, False)):
        shown = (one for one in found.matches if (one.child is not None) == named)
        ids = {one.child_id for one in shown if one.child_id is not None}
        access.put_listed_on_record(user, ids, permission, always=True, request=request, at=now)
    return Answer(query, found=found, nothing=not found.matches)


def _too_often(wait: timedelta) -> str:
    most, minutes = settings.SIGN_SEARCHES_AN_HOUR, -(-wait // timedelta(minutes=1))
    said = ngettext(
        "You have searched %(most)s times within an hour. Search again in %(minutes)s minute; if it cannot wait, ask a"
        " colleague at the desk.",
        "You have searched %(most)s times within an hour. Search again in %(minutes)s minutes; if it cannot wait, ask a"
        " colleague at the desk.",
        minutes,
    )
    return said % {"most": most, "minutes": minutes}


def _read(query: str) -> Sought:
    """What has a letter is a plate, which has a digit too; digits alone are a number."""
    if any(letter.isalpha() for letter in query):
        return _read_plate(sign_keys.plate(query))
    phone = sign_keys.phone(query)
    if len(phone) < sign_keys.LEAST_OF_PHONE:
        return Sought(mistake=_("Enter at least six digits of a phone number, or a number plate"))
    if len(phone) > sign_keys.MOST_OF_PHONE:
        return Sought(mistake=_("A phone number has at most 15 digits: enter one number"))
    return Sought(phone=phone)


def _read_plate(plate: str) -> Sought:
    """Letters alone are no plate: they would be a search for a name in what every council wrote."""
    if not any(sign.isdigit() for sign in plate) or plate.isdigit():
        return Sought(
            mistake=_(
                "Enter the letters and the digits of a number plate, or a phone number: names and other words are not"
                " searched"
            )
        )
    if len(plate) < sign_keys.LEAST_OF_PLATE:
        return Sought(mistake=_("Enter at least three letters or digits of the number plate"))
    if len(plate) > sign_keys.MOST_OF_PLATE:
        return Sought(
            mistake=_("A number plate has at most ten letters and digits: enter it without other words")
        )
    return Sought(plate=plate)
