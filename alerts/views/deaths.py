"""What is left to do after a death, on one page for whoever leads and for the duty desk."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import death_steps
from alerts.views import pages
from cases import access, alike_names, clock
from cases.access import Permission

# Each with a handful of steps.
SIZE = 20


@login_required
@require_safe
def death_list(request: HttpRequest) -> HttpResponse:
    """Show each death of which a step is open: by when each is due, what is late, who did which and when."""
    now = clock.now()
    user = access.person(request)
    if not death_steps.may_read(user, now=now):
        raise Http404
    page = pages.of(request, death_steps.of(user, now=now), SIZE)
    ids = [one.child.pk for one in page]
    access.put_listed_on_record(user, ids, Permission.SEE_RECORD, request=request, at=now)
    context = {
        "deaths": list(page),
        "page": page,
        "alike": alike_names.of(one.child for one in page),
        "now": now,
    }
    return render(request, "alerts/death_list.html", context)
