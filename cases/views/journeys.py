"""Pages of a journey: plan it, see its stops, confirm the child at one, and break it off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import access, clock, drafts, escort_links, journey_plans, journeys, partings
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import lines, prefilled, put_in
from cases.forms.journeys import BreakOffForm, ConfirmForm, JourneyForm, OfJourneyForm, stops_of
from cases.journey_pages import Page, read
from cases.models import Child, Draft, Journey, Placement, User
from cases.states import IllegalMove
from cases.views import drafts as draft_pages
from cases.views import journey_kinds, staying


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def journey_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Plan a journey; what the child said is asked first, and the announcement is a trigger."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    draft = drafts.of(by, Draft.Form.JOURNEY, child, at=now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.JOURNEY, child, at=now)
        return redirect("journey_new", child.reference)
    if Journey.objects.open().filter(child=child).exists() and not request.POST:
        return redirect("journey", child.reference)
    beside = staying.of(request, child, now)
    departure, ahead = _departure(child, by, now), journey_kinds.ahead_of(child)
    filled_in = departure.initial | ahead.initial
    form = JourneyForm(
        request.POST or None,
        beside=beside.asked,
        untold=departure.untold,
        ahead=ahead.hint,
        now=now,
        initial=filled_in | stops_of(draft),
    )
    put_in(form, draft)
    kept = {"draft": draft, "prefilled": prefilled(filled_in), "untold": beside.not_told}
    if form.grows:
        context = {"child": child, "form": form, "now": now, **kept}
        return render(request, "cases/journey_new.html", context)
    if form.is_valid():
        try:
            made = journeys.plan(child, form.plan(), by=by, at=now)
        except journey_plans.WrongStop as refusal:
            form.add_error(f"{form.names_of_places()[refusal.position]}_at", str(refusal))
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            drafts.drop(by, Draft.Form.JOURNEY, child)
            done = _("The journey is planned. The closer watch of a move stands round it.")
            messages.success(request, " ".join(filter(None, (done, ahead.differs(made)))))
            return redirect("journey", child.reference)
    return _shown(request, "cases/journey_new.html", child, form, now, **kept)


@login_required
@require_safe
def journey(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the child’s open journey, or the last one: escorts, vehicle, and each stop with what was confirmed."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = _read(child, request, now)
    draft = drafts.of(by, Draft.Form.JOURNEY, child, at=now)
    unsent = list(lines(JourneyForm(now=now, initial=stops_of(draft)), draft)) if draft is not None else []
    parted = _parted(found, by, now)
    context = {"child": child, "page": found, "parted": parted, "draft": draft, "unsent": unsent, "now": now}
    return render(request, "cases/journey.html", context)


@login_required
@require_POST
def journey_link(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Make the link of one escort and show it this once; one made before opens nothing any more."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = _read(child, request, now)
    if number not in (1, 2):
        raise Http404
    if found is None:
        return redirect("journey", child.reference)
    form = OfJourneyForm(request.POST, journey=found.journey)
    if not form.is_valid():
        # Else the escort of another journey would lose the link they have.
        messages.error(request, str(form.overtaken))
        return redirect("journey", child.reference)
    if not found.addressed:
        # Its page names both ends: whoever was shown the link could open it.
        messages.error(
            request, _("A link is shown to the social worker, duty and manager. Send it by mail or text.")
        )
        return redirect("journey", child.reference)
    try:
        token = escort_links.make(found.journey, number, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("journey", child.reference)
    link = request.build_absolute_uri(reverse("escort_page", args=[token]))
    parted = _parted(found, by, now)
    context = {"child": child, "page": found, "parted": parted, "now": now, "link": link}
    response = render(request, "cases/journey.html", context | {"link_of": found.journey.escorts[number - 1]})
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def journey_confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """Confirm the child at a stop, as an escort says; the hand-over ends the journey."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = _read(child, request, now)
    if found is None or (found.journey.ended_at is not None and not request.POST):
        return redirect("journey", child.reference)
    # What is sent is asked of every stop: the same form again is about one that it has confirmed.
    stops = found.stops if request.POST else found.to_confirm
    form = ConfirmForm(request.POST or None, journey=found.journey, stops=stops, now=now)
    if form.is_valid():
        stop = form.stops[form.cleaned_data["stop"]]
        try:
            journeys.confirm(stop, form.seen(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            return _confirmed(request, child, found, stop.position)
    return _shown(request, "cases/journey_confirm.html", child, form, now, page=found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def journey_break_off(request: HttpRequest, reference: str) -> HttpResponse:
    """Break the journey off, with the reason, and from the departure on with who has seen the child."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    found = _read(child, request, now)
    if found is None or (found.journey.ended_at is not None and not request.POST):
        return redirect("journey", child.reference)
    form = BreakOffForm(request.POST or None, journey=found.journey, now=now)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        named = Journey.objects.filter(child=child, pk=form.cleaned_data["journey"]).first()
        try:
            journeys.break_off(named or found.journey, reason=reason, seen=form.seen(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("seen_by", str(refusal))
        else:
            messages.success(request, _("The journey is broken off. The home is asked for the child again."))
            return redirect("child", child.reference)
    return _shown(request, "cases/journey_break_off.html", child, form, now, page=found)


def _confirmed(request: HttpRequest, child: Child, found: Page, position: int) -> HttpResponse:
    if position < found.last.stop.position:
        messages.success(request, _("Confirmed. The next stop is owed by its time."))
        return redirect("journey", child.reference)
    if found.journey.kind != Journey.Kind.OTHER and found.may_place(access.person(request), at=clock.now()):
        messages.success(request, _("Handed over. Record now where the child lives from today."))
        return redirect("placement_new", child.reference)
    messages.success(request, _("Handed over: the journey has ended."))
    return redirect("child", child.reference)


def _read(child: Child, request: HttpRequest, now: datetime) -> Page | None:
    may = access.may(access.person(request), child, Permission.SEE_ADDRESS, at=now)
    return read(child, addressed=may, now=now)


def _parted(found: Page | None, reader: User, now: datetime) -> str | None:
    """Who stays behind, as far as this reader may be told; None where it is not theirs to read."""
    if found is None:
        return ""
    journey = found.journey
    return partings.words_to(reader, journey.child, journey.parted, said_at=journey.planned_at, at=now)


@dataclass(frozen=True)
class Departure:
    """What the form has filled in, and the address that is meant where its writer may not read it and leaves it empty."""

    initial: dict[str, Any]
    untold: str = ""


def _departure(child: Child, by: User, now: datetime) -> Departure:
    placement = Placement.objects.current(now).filter(child=child).select_related("home").first()
    if placement is None:
        return Departure({"kind": Journey.Kind.MOVE})
    where = (placement.home.name if placement.home is not None else placement.where)[:200]
    # Of one who lives somewhere somebody says whether the hand-over ends that.
    known = {"from_force": placement.force_id}
    if placement.home is None and not access.may(by, child, Permission.SEE_ADDRESS, at=now):
        return Departure(known, untold=where)
    return Departure(known | {"from_place": where})


def _shown(
    request: HttpRequest, template: str, child: Child, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    context = {"child": child, "form": form, "now": now, **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
