"""The figures of the whole country, for whoever may read them and no child."""

import csv

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts.oversight import Figures, figures
from cases import access, clock
from cases.forms import typed


@login_required
@require_safe
def oversight(request: HttpRequest) -> HttpResponse:
    """Say how many arrived alone, how many of them are missing now and for how long."""
    now = clock.now()
    access.require_oversight(access.person(request), request=request, at=now)
    return render(request, "alerts/oversight.html", {"figures": figures(now=now), "now": now})


@login_required
@require_safe
def oversight_csv(request: HttpRequest) -> HttpResponse:
    """The same figures as a table, one a line, each with the instant it was counted at."""
    now = clock.now()
    access.require_oversight(access.person(request), request=request, at=now)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="missing-{typed.london(now):%Y-%m-%d}.csv"'
    _write(response, figures(now=now))
    return response


def _write(response: HttpResponse, found: Figures) -> None:
    writer = csv.writer(response)
    as_at = typed.london(found.as_at).isoformat(timespec="seconds")
    # Days of a London calendar: in UTC the first of April would read as the last of March.
    years = tuple(
        typed.london(end).date().isoformat() for end in (found.cohort.starts_at, found.cohort.ends_at)
    )
    writer.writerow(["as_at", "arrived_from", "arrived_before", "measure", "missing_for", "children"])
    writer.writerow([as_at, *years, "arrived", "", found.arrived])
    for line in found.lines:
        writer.writerow([as_at, *years, "missing_now", line.key, line.cohort])
    for line in found.lines:
        writer.writerow([as_at, "", "", "missing_now_arrived_outside_these_years", line.key, line.others])
