"""A sheet of paper for the child, to print and to go through with them, and its words for translators."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from alerts import child_sheets
from alerts.sheet_words import language, languages, words
from cases import access, clock
from cases.access import Permission
from cases.models import TEAM_ROLES, Membership


@login_required
@require_safe
def child_sheet(request: HttpRequest, reference: str) -> HttpResponse:
    """Show who looks out for the child, what is written of them, and how they say that they are safe; a read on record.

    The paper is in the language of the page unless another of this service is asked for.
    """
    now, user = clock.now(), access.person(request)
    child = access.get_child(user, reference, Permission.SEE_RECORD, request=request, at=now)
    chosen = language(request.GET.get("language") or get_language() or settings.LANGUAGE_CODE)
    with override(chosen.code):
        people = child_sheets.people(child, now=now)
    context = {
        "child": child,
        "people": people,
        "languages": languages(),
        "chosen": chosen,
        "reads_words": _reads_words(access.memberships(user, now)),
        "now": now,
    }
    return render(request, "alerts/child_sheet.html", context)


@login_required
@require_safe
def sheet_words(request: HttpRequest) -> HttpResponse:
    """Show every sentence of the sheet in English with its place, and room for another language beside it: of no child."""
    if not _reads_words(access.memberships(access.person(request), clock.now())):
        raise PermissionDenied
    return render(request, "alerts/sheet_words.html", {"words": words()})


def _reads_words(held: Iterable[Membership]) -> bool:
    return any(one.role in TEAM_ROLES for one in held)
