"""Pages of a home's own history, of closing it, and of taking a closing back."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, administration, clock, closings
from cases.forms import fields
from cases.forms.organisations import ClosingForm, ReopeningForm
from cases.models import ConfigurationChange, Home
from cases.moves import isolated
from cases.states import IllegalMove

WORDS = {
    "home_opened": gettext_lazy("Registered"),
    "home_corrected": gettext_lazy("Corrected"),
    "phone_proved": gettext_lazy("24-hour phone answered in a test call"),
    "phone_unanswered": gettext_lazy("24-hour phone not answered in a test call"),
    "home_closed": gettext_lazy("Closed"),
    "home_reopened": gettext_lazy("Opened again"),
    "home_device_added": gettext_lazy("Device for the roll-call added"),
}
FACTS = {
    "name": gettext_lazy("Name of the home"),
    "address": gettext_lazy("Address"),
    "postcode": gettext_lazy("Postcode"),
    "phone": gettext_lazy("24-hour phone"),
    "provider": gettext_lazy("Who runs it"),
    "ofsted_urn": gettext_lazy("Ofsted number"),
    "force": gettext_lazy("Police force"),
}


@dataclass(frozen=True)
class Line:
    """One line of a home's history: what was done, what it says, by whom and when."""

    title: str
    text: str
    by: str
    at: datetime


@login_required
@require_safe
def home_history(request: HttpRequest, home_id: int) -> HttpResponse:
    """Show one home, open or closed, with all that was done about the house itself, and no child."""
    now = clock.now()
    home = administration.get_home(access.person(request), home_id, at=now)
    context = {"home": home, "lines": _lines(home), "now": now}
    return render(request, "cases/home_history.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_close(request: HttpRequest, home_id: int) -> HttpResponse:
    """Say what stands in the way, ask for the last day and the reason, and close the home."""
    now = clock.now()
    by = access.person(request)
    home = administration.get_home(by, home_id, at=now)
    if home.closed_at is not None:
        return redirect("home_history", home.pk)
    form = ClosingForm(request.POST or None, now=now)
    fields.ask(form, "last_day", lambda day: closings.closed_at(home, day, now))
    if form.is_valid():
        try:
            closings.close_home(home, **form.cleaned_data, by=by, at=now)
        except closings.WrongDay as refusal:
            form.add_error("last_day", str(refusal))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The home is closed. Its history stays here."))
            return redirect("home_history", home.pk)
    context = {
        "home": home,
        "form": form,
        "standing": closings.standing(home, at=now),
        "back_href": reverse("home_history", args=[home.pk]),
        "now": now,
    }
    return render(request, "cases/home_close.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_reopen(request: HttpRequest, home_id: int) -> HttpResponse:
    """Ask why, and take the closing back."""
    now = clock.now()
    by = access.person(request)
    home = administration.get_home(by, home_id, at=now)
    if home.closed_at is None:
        return redirect("home_history", home.pk)
    form = ReopeningForm(request.POST or None)
    if form.is_valid():
        try:
            closings.reopen_home(home, **form.cleaned_data, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The home is open again. Give its staff their roles anew."))
            return redirect("home_history", home.pk)
    context = {
        "form": form,
        "title": _("Open %(home)s again") % {"home": isolated(home.name)},
        "lead": _(
            "Children can be placed there from then on. The roles that ended with it do not come back."
        ),
        "action": _("Open the home again"),
        "back_href": reverse("home_history", args=[home.pk]),
        "now": now,
    }
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)


def _lines(home: Home) -> list[Line]:
    rows = ConfigurationChange.objects.filter(subject_type="home", subject_id=home.pk, kind__in=WORDS)
    return [
        Line(str(WORDS[row.kind]), _text(row), row.actor_label, row.at) for row in rows.order_by("-at", "-pk")
    ]


def _text(row: ConfigurationChange) -> str:
    """The reason of a closing, the number that was rung and its note, or what a correction changed, from what to what."""
    if row.kind in ("phone_proved", "phone_unanswered"):
        return "; ".join(filter(None, (row.data["phone"], row.data.get("note"))))
    changed = [
        _("%(fact)s: %(before)s, now %(after)s") % {"fact": FACTS[name], "before": before, "after": after}
        for name, (before, after) in row.data.get("changed", {}).items()
    ]
    return "; ".join(changed) or str(row.data.get("reason", ""))
