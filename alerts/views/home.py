"""The first page: for each role the one that answers what to do now."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.views.decorators.http import require_safe

from cases import access, clock
from cases.models import HOME_ROLES, Membership, Role


@dataclass(frozen=True)
class FirstPage:
    """A role's own page, by the name of its address."""

    role: str
    name: str


# Whoever has several roles gets the most urgent; the navigation leads to the others.
FIRST_PAGES = (
    FirstPage(Role.DUTY_DESK, "duty_desk"),
    FirstPage(Role.PLACEMENT_STAFF, "roll_call"),
    FirstPage(Role.FOSTER_CARER, "roll_call"),
    FirstPage(Role.GUARDIAN, "guardian_home"),
    FirstPage(Role.TEAM_MANAGER, "manager_home"),
    FirstPage(Role.SOCIAL_WORKER, "today"),
    FirstPage(Role.POLICE, "police_home"),
    FirstPage(Role.ADMINISTRATOR, "admin_home"),
    FirstPage(Role.STATISTICIAN, "oversight"),
)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Answer with the first page of the person's most urgent role, or of the role asked for with `as`."""
    now = clock.now()
    roles = access.memberships(access.person(request), now)
    page = _page(roles, request.GET.get("as", ""))
    match = resolve(_path(page, roles))
    # What it shows is read on the page that answers, whichever address led there.
    request.resolver_match = match
    return match.func(request, *match.args, **match.kwargs)


def _page(roles: list[Membership], wanted: str) -> FirstPage:
    held = {membership.role for membership in roles}
    pages = [page for page in FIRST_PAGES if page.role in held]
    if not pages:
        raise PermissionDenied
    return next((page for page in pages if page.role == wanted), pages[0])


def _path(page: FirstPage, roles: list[Membership]) -> str:
    if page.role not in HOME_ROLES:
        return reverse(page.name)
    homes = [m.home for m in roles if m.role == page.role and m.home is not None]
    return reverse(page.name, args=[min(homes, key=lambda home: (home.name, home.pk)).pk])
