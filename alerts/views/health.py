"""The monitor's page: whether the engine is on time, and nothing about any child."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from alerts import health as reading
from alerts.health import Check
from cases import access, clock
from cases.models import Role


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when all that is urgent is well, else 503; each check by name for the monitor and administrators.

    A monitor does not wait for minutes: where PostgreSQL is slow it hears of that, and of nothing else.
    """
    try:
        checks = reading.at_once(clock.now())
        figures = _may_read_figures(request)
    except DatabaseError:
        checks = [Check("database", ok=False, detail="does not answer")]
        figures = _has_token(request)
    ok = reading.healthy(checks)
    body: dict[str, object] = {"ok": ok}
    if figures:
        body["checks"] = {check.name: _said(check, named=_has_token(request)) for check in checks}
    return JsonResponse(body, status=200 if ok else 503)


def _said(check: Check, *, named: bool) -> dict[str, object]:
    """An administrator reads figures; which records they are of whoever keeps the service."""
    said: dict[str, object] = {"ok": check.ok, "detail": check.detail}
    return said | {"references": list(check.references)} if named and check.references else said


def _may_read_figures(request: HttpRequest) -> bool:
    if _has_token(request):
        return True
    if not request.user.is_authenticated:
        return False
    held = access.memberships(access.person(request), clock.now())
    return any(membership.role == Role.ADMINISTRATOR for membership in held)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    right = settings.HEALTH_TOKEN
    return bool(right) and scheme.lower() == "bearer" and constant_time_compare(token.strip(), right)
