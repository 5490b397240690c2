"""Where a person goes after saving something about a child."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from cases import access
from cases.models import TEAM_ROLES, Child


def after(request: HttpRequest, child: Child, *, at: datetime) -> str:
    """The page that was asked for with `next`, where it is ours; else the child's page, or one's own list of children."""
    return wanted(request) or own_page(request, child, at=at)


def wanted(request: HttpRequest) -> str:
    """The page that was asked for with `next`, where it is ours; else nothing."""
    path = request.GET.get("next", "")
    own = {request.get_host()}
    # Only a path: a bare word would be looked up as the name of an address, and there may be none.
    ours = path.startswith("/") and url_has_allowed_host_and_scheme(
        path, own, require_https=request.is_secure()
    )
    return path if ours else ""


def by_way_of(request: HttpRequest, child: Child, names: Sequence[str]) -> str:
    """The address of the first of these pages about the child, that leads on to the others and then to `next`; else nothing."""
    path = wanted(request)
    for name in reversed(names):
        query = f"?{urlencode({'next': path})}" if path else ""
        path = reverse(name, args=[child.reference]) + query
    return path if names else ""


def own_page(request: HttpRequest, child: Child, *, at: datetime) -> str:
    """The child's page for council staff; for homes and guardians, who work from a list, that list at the child."""
    if any(membership.role in TEAM_ROLES for membership in access.memberships(access.person(request), at)):
        return reverse("child", args=[child.reference])
    return f"{reverse('home')}#{child.reference}"
