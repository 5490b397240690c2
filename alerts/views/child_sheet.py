"""A sheet of paper for the child, to print and to go through with them, and its words for translators."""

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
from cases.models import TEAM_ROLES


@login_required
@require_safe
def child_sheet(request: HttpRequest, reference: str) -> HttpResponse:
    """Show who looks out for the child, what is written of them, and how they say that they are safe; a read on record.

    The paper is in the language of the page unless another of this service is asked for.
    """
    now = clock.now()
    child = access.get_child(
        access.person(request), reference, Permission.SEE_RECORD, request=request, at=now
    )
    chosen = language(request.GET.get("language") or get_language() or settings.LANGUAGE_CODE)
    with override(chosen.code):
        people = child_sheets.people(child, now=now)
    context = {
        "child": child,
        "people": people,
        "languages": languages(),
        "chosen": chosen,
        "now": now,
    }
    return render(request, "alerts/child_sheet.html", context)


@login_required
@require_safe
def sheet_words(request: HttpRequest) -> HttpResponse:
    """Show every sentence of the sheet in English with its place, and room for another language beside it: of no child."""
    held = access.memberships(access.person(request), clock.now())
    if not any(one.role in TEAM_ROLES for one in held):
        raise PermissionDenied
    return render(request, "alerts/sheet_words.html", {"words": words()})
