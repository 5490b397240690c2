"""A manager's sheet for the morning, to print, and the figures of how many alerts people get."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts import message_loads, mornings, workloads
from alerts.views.workloads import require_manager
from cases import access, clock
from cases.access import Permission


@login_required
@require_safe
def manager_morning(request: HttpRequest) -> HttpResponse:
    """Show the morning on one sheet; paper leaves the building, so each time is an export on record."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    morning = mornings.read(user, now=now)
    access.put_listed_on_record(
        user, morning.child_ids, Permission.SEE_RECORD, always=True, request=request, at=now
    )
    return render(
        request, "alerts/manager_morning.html", {"morning": morning, "most": mornings.MOST, "now": now}
    )


@login_required
@require_safe
def manager_alert_load(request: HttpRequest) -> HttpResponse:
    """Show how many alerts each person of the team gets and what came of them, and of those to each mailbox."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    authorities = workloads.authorities_of(user, now=now)
    # Or a count tells that a child is looked for of whom the reader is not to learn.
    shut = access.closed_to(user, now)
    weeks = message_loads.of_mailboxes(
        workloads.mailboxes_of(authorities, now=now),
        authority_ids=[one.pk for one in authorities],
        without=shut,
        now=now,
    )
    people = message_loads.of_people(workloads.people_of(user, now=now), without=shut, now=now)
    context = {
        "people": message_loads.with_answers(people, without=shut, now=now),
        "weeks": weeks,
        "most": message_loads.MOST_A_DAY,
        "now": now,
    }
    return render(request, "alerts/manager_alert_load.html", context)
