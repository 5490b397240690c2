"""A manager's list of all that waits for a second pair of eyes."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import sign_off_queue
from alerts.views import pages
from alerts.views.workloads import require_manager
from cases import access, alike_names, clock
from cases.access import Permission
from cases.models import Role


@login_required
@require_safe
def sign_off_list(request: HttpRequest) -> HttpResponse:
    """Show what waits for a signature or a decision of a manager, who waits longest first."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    page = pages.of(request, sign_off_queue.of(user, now=now))
    ids = [row.child.pk for row in page]
    access.put_listed_on_record(user, ids, Permission.SEE_RECORD, request=request, at=now)
    context = {
        "rows": list(page),
        "page": page,
        "alike": alike_names.of(row.child for row in page),
        "now": now,
        "back_href": f"{reverse('home')}?as={Role.TEAM_MANAGER}",
    }
    return render(request, "alerts/sign_off_list.html", context)
