"""The administrator's pages of who may refer to the National Referral Mechanism: organisations, and who of the council."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, administration, clock, first_responders
from cases.forms.nrm import AgainForm, LastDayForm, OrganisationForm, ReferrerForm
from cases.models import FirstResponder, Membership, NrmReferrer, User
from cases.models.people import TEAM_ROLES
from cases.moves import isolated
from cases.states import IllegalMove

# Which of the page's forms was sent.
SENT, ORGANISATION, PERSON = "form", "organisation", "person"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_responder_list(request: HttpRequest) -> HttpResponse:
    """Show who may refer, add an organisation to the list of all, and name somebody of one's own council."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    staff = Membership.objects.current(now).filter(role__in=TEAM_ROLES, team__authority__in=own)
    offered = staff.select_related("user", "team").order_by("user__name", "pk")
    sent = request.POST.get(SENT, "")
    organisation = OrganisationForm(request.POST if sent == ORGANISATION else None)
    person = ReferrerForm(request.POST if sent == PERSON else None, offered=offered)
    form = {ORGANISATION: organisation, PERSON: person}.get(sent)
    if form is not None and form.is_valid():
        try:
            said = _save(form, by, now)
        except IllegalMove as refusal:
            form.add_error(next(iter(form.fields)), str(refusal))
        else:
            messages.success(request, said)
            return redirect("first_responder_list")
    # Of whoever has no role in a team there any more nobody reads the name.
    stands = Exists(staff.filter(user=OuterRef("person")))
    people = NrmReferrer.objects.current().of(own).annotate(stands=stands)
    context = {
        "rows": FirstResponder.objects.order_by("name", "pk"),
        "people": people.select_related("person", "authority").order_by("person__name", "pk"),
        "organisation": organisation,
        "person": person,
        "form": form,
        "now": now,
    }
    return render(
        request, "cases/first_responder_list.html", context, status=422 if form is not None else 200
    )


def _save(form: forms.Form, by: User, now: datetime) -> str:
    if isinstance(form, ReferrerForm):
        first_responders.name(form.cleaned_data["member"], by=by, at=now)
        return _("They are on the list. Whoever records a referral sees their name.")
    first_responders.add(form.cleaned_data["name"], by=by, at=now)
    return _("The organisation is on the list of every authority.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_responder_change(request: HttpRequest, responder_id: int) -> HttpResponse:
    """Say until which day an organisation may refer, or take that back."""
    now = clock.now()
    by = access.person(request)
    administration.authorities(by, at=now)
    row = get_object_or_404(FirstResponder, pk=responder_id)
    ended = row.ended_date is not None
    form = AgainForm(request.POST or None) if ended else LastDayForm(request.POST or None, now=now)
    if form.is_valid():
        try:
            change = first_responders.again if ended else first_responders.end
            change(row, **form.cleaned_data, by=by, at=now)
        except first_responders.WrongDay as refusal:
            form.add_error("last_day", str(refusal))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved, for every authority."))
            return redirect("first_responder_list")
    title = _("%(name)s may refer again") if ended else _("%(name)s may no longer refer")
    context = {
        "form": form,
        "title": title % {"name": isolated(row.name)},
        "lead": _(
            "Every authority has the same list. Referrals that it made while it still could can be recorded later."
        ),
        "back_href": reverse("first_responder_list"),
        "now": now,
    }
    return render(request, "cases/admin_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def nrm_referrer_end(request: HttpRequest, referrer_id: int) -> HttpResponse:
    """Take somebody of one's own council off the list; 404 for another council's."""
    now = clock.now()
    by = access.person(request)
    own = administration.authorities(by, at=now)
    row = get_object_or_404(NrmReferrer.objects.of(own), pk=referrer_id)
    try:
        first_responders.unname(row, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("They are off the list."))
    return redirect("first_responder_list")
