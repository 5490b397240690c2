"""The page on which the sender of a child who is recorded as arrived says where the child is."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.not_arrived import LeftForm
from cases import access, clock, doubted_arrivals, handovers, responsibilities
from cases.forms import repeats
from cases.handovers import Side
from cases.models import Child, Team
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def not_arrived(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the sender whether the child has left; of whom nothing is asked, lead to what is theirs to read."""
    now, user = clock.now(), access.person(request)
    child, side = handovers.get_child(user, reference, request=request, at=now)
    if side != Side.SENT:
        return redirect("child" if side == Side.OWN else "transfer", child.reference)
    form = LeftForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            doubted_arrivals.say_left(child, text=given["text"], key=given["once"], by=user, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("Recorded: the child has left you. Nothing more is asked of you."))
            return redirect("handed_over", child.reference)
    matter = doubted_arrivals.standing(child)
    if matter is None and not form.is_bound:
        return redirect("handed_over", child.reference)
    context = {
        "child": child,
        "form": form,
        "there": responsibilities.responsible_authority(child, at=now),
        "desks": desks(child, now),
        "now": now,
    }
    return render(request, "alerts/not_arrived.html", context, status=422 if form.is_bound else 200)


def desks(child: Child, now: datetime) -> list[Team]:
    """The duty desks of whoever is responsible now, by name."""
    there = responsibilities.responsible_authority(child, at=now)
    rows = Team.objects.filter(authority=there, kind=Team.Kind.DUTY).exclude(phone="")
    return list(rows.order_by("name"))
