"""The page that registers a child, and beside the names the children on record who may be the same."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from alerts.views import search
from alerts.views.search import Result
from cases import access, children, clock, drafts, duplicates, ended, reads
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import put_in
from cases.forms.listed_names import parts
from cases.forms.registration import RegistrationForm
from cases.models import Child, Draft, Team
from cases.search import matches
from cases.search.matches import Match, Newcomer
from cases.states import AgeStatus, IllegalMove
from cases.views import drafts as draft_pages
from cases.views import reopening
from cases.views.registrations import teams_of, workers_of

LONGEST = 250


@dataclass(frozen=True)
class Shown:
    """One child who may be the same, as the panel tells of them."""

    result: Result
    why: list[str]
    is_another: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def child_new(request: HttpRequest) -> HttpResponse:
    """Register a child for one's own authority, then go straight to the placement.

    Who may be the same child is shown once before anything is saved, and keeps nobody from saving.
    """
    now = clock.now()
    held = access.require(access.person(request), Permission.REGISTER_CHILD, at=now)
    by = access.person(request)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.REGISTRATION, None, at=now)
        return redirect("child_new")
    if "same" in request.POST:
        return _found_again(request, now)
    draft = drafts.of(by, Draft.Form.REGISTRATION, at=now)
    workers = workers_of(held, by=by, at=now)
    form = RegistrationForm(request.POST or None, now=now, workers=workers, by=by, **teams_of(held))
    put_in(form, draft)
    found = _matches(request, now) if form.is_bound else []
    untold = {one.child.reference for one in found} - set(request.POST.getlist("told"))
    if form.is_valid() and not untold:
        try:
            with ended.in_words(), transaction.atomic():
                hidden = matches.behind(_newcomer(request), user=by, at=now)
                duplicates.hold(hidden)
                child = _register(request, form, now)
                duplicates.tell_apart(child, found, said=request.POST.getlist("different"), by=by, at=now)
                duplicates.tell_named(child, hidden, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal, field="arrived_date")
        else:
            return _registered(request, child, now, decided=form.decided_before)
    authority = held[0].team.authority if held[0].team else None
    context = {"form": form, "draft": draft, "now": now, "authority": authority, "asked": not form.errors}
    context |= _panel(request, found, now)
    return render(request, "alerts/child_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
@access.part_of("child_new")
def child_new_matches(request: HttpRequest) -> HttpResponse:
    """Show who may be the same child, while somebody types; what was typed stands in no address."""
    now = clock.now()
    access.require(access.person(request), Permission.REGISTER_CHILD, at=now)
    return render(request, "alerts/child_new_matches.html", _panel(request, _matches(request, now), now))


def _found_again(request: HttpRequest, now: datetime) -> HttpResponse:
    """Go to the child on record; what was typed stays as a draft, for there may be something new in it."""
    by = access.person(request)
    child = access.get_child(by, request.POST["same"], Permission.SEE_STATUS, request=request, at=now)
    draft_pages.keep(request, Draft.Form.REGISTRATION, None, quiet=True, at=now)
    duplicates.find_again(child, by=by, at=now)
    if (reopened := reopening.instead(request, child)) is not None:
        return reopened
    messages.success(
        request,
        _("Nobody new is registered: this is the child on record. What you typed is kept as your draft."),
    )
    return redirect("child", child.reference)


def _registered(request: HttpRequest, child: Child, now: datetime, *, decided: str) -> HttpResponse:
    """Go on to the placement, and from there to what stands beside the form: photo, guardian, who came along."""
    drafts.drop(access.person(request), Draft.Form.REGISTRATION)
    text = _("Registered as {}. Write the reference on anything you send.")
    reference = format_html('<strong class="rc-nowrap">{}</strong>', child.reference)
    messages.success(request, format_html(text, reference))
    placement = reverse("placement_new", args=[child.reference])
    if access.may(access.person(request), child, Permission.SEE_RECORD, at=now):
        beside = reverse("child_due", args=[child.reference])
        placement = f"{placement}?{urlencode({'next': beside})}"
    if not decided:
        return redirect(placement)
    by_two = _(
        "Until you and a colleague have recorded here where the child is treated as an adult and who decided it,"
        " the child is watched as any other."
    )
    by_one = _("Record here who decided about the age, when and why. Until then it is on record as disputed.")
    messages.warning(request, by_two if decided == AgeStatus.ADULT_ELSEWHERE else by_one)
    decision = reverse("age_decision", args=[child.reference])
    return redirect(f"{decision}?{urlencode({'decided': decided, 'next': placement})}")


def _matches(request: HttpRequest, now: datetime) -> list[Match]:
    found = matches.of(_newcomer(request), user=access.person(request), at=now)
    # The same form sent twice is the child that it registered.
    return [one for one in found if str(one.child.key) != request.POST.get("once")]


def _newcomer(request: HttpRequest) -> Newcomer:
    """What was typed so far, as it was typed: a form that is half filled in has no clean answers yet."""

    def typed(name: str) -> str:
        return " ".join(request.POST.get(name, "").replace("\0", " ").split())[:LONGEST]

    year = typed("birth_date_year")
    return Newcomer(
        given_name=typed("given_name"),
        family_name=typed("family_name"),
        known_as=typed("known_as"),
        script_name=typed("script_name"),
        spellings=tuple(parts(typed("spellings"))),
        birth_year=int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None,
        nationality=typed("nationality"),
        phones=tuple(phone for name in ("phone", "safe_phone") if (phone := typed(name))),
        references={name: typed(name) for name in duplicates.REFERENCES},
    )


def _panel(request: HttpRequest, found: Collection[Match], now: datetime) -> dict[str, Any]:
    """The matches as rows, each a read on record; whoever has typed a name is told when nobody is like it."""
    answer = search.Answer([one.child for one in found])
    results = {
        result.row.standing.child.pk: result for result in search.results(request, answer, now, always=False)
    }
    different = request.POST.getlist("different")
    looked = bool(request.POST.get("given_name", "").strip())
    if looked and not found:
        reads.looked_in_vain(access.person(request), page="child_new", always=False, request=request, at=now)
    return {
        "matches": [
            Shown(
                results[one.child.pk],
                [str(duplicates.ALIKE[why]) for why in one.why],
                one.child.reference in different,
            )
            for one in found
        ],
        "looked": looked,
    }


def _register(request: HttpRequest, form: RegistrationForm, now: datetime) -> Child:
    team: Team = form.cleaned_data["team"]
    return children.register(
        form.details(),
        authority=team.authority,
        team=team,
        worker=form.named_worker.user if form.named_worker is not None else None,
        birth_date_source=form.cleaned_data["birth_date_source"],
        key=form.cleaned_data["once"],
        by=access.person(request),
        at=now,
    )
