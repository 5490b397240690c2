"""The policies as a page that can be read: what each asks for, what its silence climbs to, and who changed it when."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import policy_words
from cases import access, administration, clock


@login_required
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Show every policy in force, in words, with its versions."""
    now = clock.now()
    administration.authorities(access.person(request), at=now)
    context = {"policies": policy_words.all_of(now), "now": now}
    return render(request, "alerts/policies.html", context)
