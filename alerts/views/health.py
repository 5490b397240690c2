"""The monitor's page: whether the engine is on time, and nothing about any child."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from alerts import health as reading
from cases import clock


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when all that is urgent is well, else 503, with each check by name."""
    try:
        checks = reading.read(clock.now())
    except DatabaseError:
        return JsonResponse(
            {"ok": False, "checks": {"database": {"ok": False, "detail": "does not answer"}}}, status=503
        )
    ok = reading.healthy(checks)
    body = {"ok": ok, "checks": {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}}
    return JsonResponse(body, status=200 if ok else 503)
