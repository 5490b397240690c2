"""Who may do what for whom: the table of permissions as a page, the same for everybody."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases import access, clock, permission_words


@login_required
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """Show what each role may do to whoever has one; it names no person and no child."""
    if not access.memberships(access.person(request), clock.now()):
        raise PermissionDenied
    return render(request, "cases/permissions.html", {"chapters": permission_words.chapters()})
