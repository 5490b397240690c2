"""The pages for a database that is away, and for a role that does not include what was asked for."""

import sys

import structlog
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import PermissionDenied
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views import defaults

from alerts import parted_words
from cases import clock, drafts, parted, reads
from cases.access import NotTheirs
from cases.kept_forms import Typed
from cases.models import User
from config import came_from, sent

logger = structlog.get_logger(__name__)

# Of a database that has become the copy of another since we connected [PostgreSQL, appendix A].
READ_ONLY = "25006"
# Of one of two that would have waited for each other for ever, and of one that read what another has changed since.
OVERTAKEN = frozenset({"40P01", "40001"})


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the database is away, too busy, full, or takes no writing.

    As a rule nothing was saved then. Where the answer to a COMMIT was lost all of it was, and sent again it is there once.
    """
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return _code(error) == READ_ONLY


def is_overtaken(error: BaseException | None) -> bool:
    """Whether PostgreSQL undid this for somebody who was at the same at that moment: sent again it is done."""
    return _code(error) in OVERTAKEN


def _code(error: BaseException | None) -> str:
    return getattr(error.__cause__, "pgcode", None) or "" if isinstance(error, Error) else ""


def database_away(error: BaseException) -> HttpResponse:
    """The page that says so, rendered without the request: the frame of a page would ask the database again."""
    logger.error("database_away", error=" ".join(str(error).split())[:300])
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "10"})


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what no view caught: reading who is signed in asks the database before any view is called."""
    error = sys.exc_info()[1]
    return database_away(error) if error is not None and is_away(error) else defaults.server_error(request)


def refused(
    request: HttpRequest, reason: str, *, is_changed: bool = False, stands: Typed | None = None
) -> HttpResponse:
    """Say why what was sent is not recorded, with the words that were typed and the way back to where they were.

    `is_changed`: something else came first, be it `stands`. Else it is not possible as things stand, whoever tries.
    """
    context = {
        "reason": reason,
        "is_changed": is_changed,
        "stands": sent.in_words(stands or {}),
        "typed": sent.in_words(dict(request.POST.lists())),
        "back_href": came_from.page(request) or (request.path if is_changed else came_from.about(request)),
    }
    return render(request, "409.html", context, status=409)


def parted_from(request: HttpRequest, asked: NotTheirs) -> HttpResponse | None:
    """Give back what was typed of a child who was theirs until a while ago; to everybody else it is not found.

    It is what they send, else their own drafts.
    """
    sends = request.method == "POST"
    begun = [] if sends else drafts.about(asked.user, asked.reference, at=asked.at)
    found = parted.of(asked) if sends or begun else None
    if found is None:
        return None
    texts = [dict(request.POST.lists())] if sends else [draft.data for draft in begun]
    context = {
        "reason": parted_words.words(found, now=asked.at),
        "typed": [words for one in texts for words in sent.in_words(one)],
        "back_href": "/",
    }
    return render(request, "409.html", context, status=409)


def overtaken(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Say that somebody else was faster and nothing was saved, with a button that sends all of it once more."""
    logger.warning("overtaken", error=" ".join(str(error).split())[:300])
    typed = dict(request.POST.lists())
    context = {
        "is_overtaken": True,
        "is_read": request.method in ("GET", "HEAD"),
        "typed": sent.in_words(typed),
        "again": sent.again(typed, has_files=bool(request.FILES)),
        "again_href": request.get_full_path(),
        "back_href": came_from.page(request) or request.path,
    }
    return render(request, "409.html", context, status=409)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer whoever is signed in with a role that does not include the page, with that on record as any refusal is."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        reads.refused_by_role(user, request=request, at=clock.now())
    return defaults.permission_denied(request, exception or PermissionDenied())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a session that could not be written: the database is away, or somebody signed it out meanwhile.

    Django calls both a bad request: its session store takes any error of the database for a row that is gone.
    """
    if not isinstance(exception, SessionInterrupted):
        return defaults.bad_request(request, exception)
    update_error = exception.__context__
    error = update_error and update_error.__context__
    return database_away(error) if error and is_away(error) else redirect("account_login")
