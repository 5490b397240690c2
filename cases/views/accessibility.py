"""The accessibility statement that the law asks of a public body, for everybody who reads a page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what standard the pages keep, how that is known, what does not work, and whom to tell; it shows no person."""
    return render(request, "cases/accessibility.html")
