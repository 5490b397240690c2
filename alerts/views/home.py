"""The first page: for each role the one that answers what to do now."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.views.decorators.http import require_safe

from cases import access, clock
from cases.context import FIRST_PAGES
from cases.models import HOME_ROLES, Membership, Role


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Answer with the first page of the person's most urgent role, or of the role asked for with `as`."""
    now = clock.now()
    roles = access.memberships(access.person(request), now)
    match = resolve(_path(_role(roles, request.GET.get("as", "")), roles))
    # What it shows is read on the page that answers, whichever address led there.
    request.resolver_match = match
    return match.func(request, *match.args, **match.kwargs)


def _role(roles: list[Membership], wanted: str) -> str:
    """The role whose first page answers: the one asked for, else the most urgent; the navigation leads to the others."""
    held = {membership.role for membership in roles}
    pages = [role for role in FIRST_PAGES if role in held]
    if not pages:
        raise PermissionDenied
    return next((role for role in pages if role == wanted), pages[0])


def _path(role: str, roles: list[Membership]) -> str:
    name = FIRST_PAGES[Role(role)]
    if role not in HOME_ROLES:
        return reverse(name)
    homes = [m.home for m in roles if m.role == role and m.home is not None]
    return reverse(name, args=[min(homes, key=lambda home: (home.name, home.pk)).pk])
