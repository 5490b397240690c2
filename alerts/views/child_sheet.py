"""A sheet of paper for the child, to print and to go through with them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import child_sheets
from cases import access, clock
from cases.access import Permission


@login_required
@require_safe
def child_sheet(request: HttpRequest, reference: str) -> HttpResponse:
    """Show who looks out for the child, what is written of them, and how they say that they are safe; a read on record."""
    now = clock.now()
    child = access.get_child(
        access.person(request), reference, Permission.SEE_RECORD, request=request, at=now
    )
    context = {"child": child, "people": child_sheets.people(child, now=now), "now": now}
    return render(request, "alerts/child_sheet.html", context)
