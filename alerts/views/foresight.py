"""The administrator's question: who would be told about this child, at that hour?"""

from datetime import datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from alerts import foresight as ladders
from alerts.forms.foresight import Question
from cases import access, administration, clock
from cases.forms import typed

# The same words for a child of somebody else's and for none at all.
NO_CHILD = _("No child of your authority has this reference")


@login_required
@require_safe
def foresight(request: HttpRequest) -> HttpResponse:
    """Ask for a reference and a moment, and answer with every rung: when, which post, who, by which channel."""
    now = clock.now()
    by = access.person(request)
    administration.authorities(by, at=now)
    asked = "reference" in request.GET
    form = Question(request.GET if asked else None, now=now, initial={"at": sunday_at_three(now)})
    found = None
    if form.is_valid():
        try:
            child = administration.get_child(
                by, str(form.cleaned_data["reference"].child), request=request, at=now
            )
        except Http404:
            form.add_error("reference", NO_CHILD)
        else:
            found = ladders.of(child, about=form.cleaned_data["at"], now=now)
    context = {"form": form, "found": found, "now": now}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "alerts/foresight.html", context, status=status)


def sunday_at_three(now: datetime) -> datetime:
    """The next 3 am on a Sunday, London time: the hour that a rota forgets."""
    today = typed.london(now).date()
    day = today + timedelta(days=(6 - today.weekday()) or 7)
    return datetime.combine(day, time(3), tzinfo=typed.LONDON)
