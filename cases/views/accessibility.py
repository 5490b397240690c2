"""The accessibility statement that the law asks of a public body, for everybody who reads a page."""

from datetime import date

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

# When somebody last read the statement against the tests and the pages: each release moves it, or finds it wrong.
REVIEWED = date(2026, 12, 2)


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what standard the pages keep, how that is known, what does not work, and whom to tell; it shows no person."""
    context = {"support": settings.SUPPORT_EMAIL, "reviewed": REVIEWED}
    return render(request, "cases/accessibility.html", context)
