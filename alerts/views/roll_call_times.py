"""The page of a home's own roll-call times: the policy's, the home's, and what was moved when by whom."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import policy_words
from alerts import roll_call_times as times
from alerts.forms.roll_call_times import MoveRollCall
from alerts.roll_call_times import words_of
from cases import access, clock
from cases.models import Home
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roll_call_times(request: HttpRequest, home_id: int) -> HttpResponse:
    """Move a roll-call of one's own home; the children's clocks follow in the same commit."""
    now = clock.now()
    user = access.person(request)
    home = access.get_home(user, home_id, at=now)
    shown = times.of(home, now=now)
    form = MoveRollCall(request.POST or None, times=shown, now=now)
    if form.is_valid():
        given = form.cleaned_data
        try:
            times.move(
                home,
                given["window"],
                minutes=given["minutes"],
                from_date=given["from_date"],
                by=user,
                at=now,
            )
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The roll-call is moved. No child is asked for less often."))
            return redirect("roll_call_times", home.pk)
    context = {"home": home, "times": shown, "history": _history(home), "form": form, "now": now}
    return render(request, "alerts/roll_call_times.html", context, status=422 if form.is_bound else 200)


def _history(home: Home) -> list[dict[str, Any]]:
    found = []
    for event in times.history_of(home):
        recorded_at: datetime = event.recorded_at
        found.append(
            {
                "by": event.actor_label,
                "at": recorded_at,
                "label": times.label_of(event.data["window"]),
                "moved": words_of(event.data["minutes"]),
                "from_date": date.fromisoformat(event.data["from_date"]),
                # Of a policy that left it no room.
                "policy": policy_words.TITLES.get(event.data.get("policy", ""), ""),
            }
        )
    return found
