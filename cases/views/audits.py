"""Pages of the auditor: who was shown which page, who changed which field, which marks stand; no record, no name of a child."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases import access, audits, clock, log
from cases.access import Permission
from cases.forms.audits import AuditForm


@login_required
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Show what was read in the auditor's authority: today, or of one person, one child, one day."""
    return _listed(request, "audit", audits.across)


@login_required
@require_safe
def audit_changes(request: HttpRequest) -> HttpResponse:
    """Show who changed which field in the auditor's authority, narrowed in the same way; no value of any."""
    return _listed(request, "audit_changes", audits.changed_across)


@login_required
@require_safe
def audit_marks(request: HttpRequest) -> HttpResponse:
    """Show that marks stand, since when and by whom; not whom they keep from the child, and not why."""
    now = clock.now()
    by = access.person(request)
    own = audits.authorities(by, Permission.AUDIT_READS, at=now)
    audits.put_on_record(by, "audit_marks", None, place=_place(request), at=now)
    try:
        found = audits.marks(own, by=by, before=request.GET.get("before", ""), at=now)
    except ValueError as error:
        raise Http404 from error
    hidden = audits.unnamed(by, at=now)
    context = {"rows": found.rows, "hidden": hidden, "older": _older(request, found.older), "now": now}
    return render(request, "cases/audit_marks.html", context)


def _listed(request: HttpRequest, page: str, across: Callable[..., Any]) -> HttpResponse:
    now = clock.now()
    by = access.person(request)
    own = audits.authorities(by, Permission.AUDIT_READS, at=now)
    form = AuditForm(request.GET or None, now=now)
    if form.is_bound and not form.is_valid():
        return render(request, f"cases/{page}.html", {"form": form, "now": now}, status=422)
    asked = form.asked()
    child = audits.child_of(own, asked.reference, by=by, at=now) if asked.reference else None
    audits.put_on_record(by, page, child, place=_place(request), at=now)
    try:
        found = across(own, asked, child, by=by, before=request.GET.get("before", ""), at=now)
    except ValueError as error:
        raise Http404 from error
    context = {"form": form, "rows": found.rows, "own": own, "asked": asked, "now": now}
    context |= {"hidden": audits.unnamed(by, at=now), "older": _older(request, found.older)}
    return render(request, f"cases/{page}.html", context)


def _older(request: HttpRequest, mark: str) -> str:
    query = request.GET.copy()
    query["before"] = mark
    return query.urlencode() if mark else ""


def _place(request: HttpRequest) -> log.Place:
    return log.Place(path=request.path, address=request.META.get("REMOTE_ADDR"))
