"""The page that registers a child."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, children, clock, drafts
from cases.access import Permission
from cases.forms.drafts import put_in
from cases.forms.registration import RegistrationForm
from cases.models import Child, Draft, Membership, Role, Team
from cases.states import IllegalMove
from cases.views import drafts as draft_pages


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def child_new(request: HttpRequest) -> HttpResponse:
    """Register a child for one's own authority, then go straight to the placement."""
    now = clock.now()
    held = access.require(access.person(request), Permission.REGISTER_CHILD, at=now)
    by = access.person(request)
    draft = drafts.of(by, Draft.Form.REGISTRATION, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.REGISTRATION, None, at=now)
        return redirect("child_new")
    form = RegistrationForm(request.POST or None, now=now, **teams_of(held))
    put_in(form, draft)
    if form.is_valid():
        try:
            child = _register(request, form, held, now)
        except IllegalMove as refusal:
            form.add_error("arrived_date", str(refusal))
        else:
            drafts.drop(by, Draft.Form.REGISTRATION)
            text = _("Registered as {}. Write the reference on anything you send.")
            reference = format_html('<strong class="rc-nowrap">{}</strong>', child.reference)
            messages.success(request, format_html(text, reference))
            return redirect("placement_new", child.reference)
    authority = held[0].team.authority if held[0].team else None
    context = {"form": form, "draft": draft, "now": now, "authority": authority}
    return render(request, "cases/child_new.html", context, status=422 if form.is_bound else 200)


def _register(request: HttpRequest, form: RegistrationForm, held: list[Membership], now: datetime) -> Child:
    team: Team = form.cleaned_data["team"]
    works_in = [m for m in held if m.role == Role.SOCIAL_WORKER and m.team_id == team.pk]
    return children.register(
        form.details(),
        authority=team.authority,
        team=team,
        worker=works_in[0].user if works_in else None,
        key=form.cleaned_data["once"],
        by=access.person(request),
        at=now,
    )


def teams_of(held: list[Membership]) -> dict[str, Any]:
    """The teams that may be given the child: a social worker's own; duty and managers choose among the authority's."""
    own = [m.team for m in held if m.team is not None]
    wide = [m.team.authority_id for m in held if m.team is not None and m.role != Role.SOCIAL_WORKER]
    social_work = Q(authority__in=wide, kind=Team.Kind.SOCIAL_WORK)
    found: QuerySet[Team] = Team.objects.filter(Q(pk__in=[team.pk for team in own]) | social_work)
    return {"teams": found.select_related("authority").order_by("name"), "own": own[0]}
