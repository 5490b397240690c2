"""The page of a child for those who look after it where it is placed now."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import looking_after as sheets
from cases import access, clock, faces
from cases.access import Permission


@login_required
@require_safe
def looking_after(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what to do if the child is missing, what is agreed with it, and of the find-me profile what its carers need."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.RECORD_ABSENCE, request=request, at=now)
    permissions = access.permissions_for(by, child, at=now)
    sheet = sheets.of(child, permissions=permissions, now=now)
    context = {
        "child": child,
        "sheet": sheet,
        "plan_says": sheet.plan_says,
        "faces": faces.of([child.pk], user=by, at=now),
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/looking_after.html", context)
