"""The pages that place a child, and that say that a placement has ended."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, journeys, links, partings, placement_papers, placements, planned_placements
from cases.access import Permission
from cases.forms import fields, on_record
from cases.forms.placement import ELSEWHERE, PlacementForm
from cases.forms.placement_end import EndForm
from cases.models import Child, Journey, MissingEpisode, Placement, PlannedPlacement, User
from cases.models.placements import OTHERS
from cases.moves import Overtaken
from cases.states import IllegalMove
from cases.views import next_page, open_journey, sent_late, staying

# Where often nobody is there for a part of the day: asked at once, and said what cannot be kept.
ASKS_WHO_IS_THERE = (Placement.Type.SUPPORTED, Placement.Type.EMPLOYMENT, *OTHERS)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Place a child in a home from the list or somewhere else; what stood before ends at that moment."""
    now, by = clock.now(), access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    handed_over = journeys.handed_over(child)
    initial: dict[str, Any] = {"starts_at": handed_over[1]} if handed_over is not None else {}
    planned = planned_placements.open_of(child)
    addressed = access.may(by, child, Permission.SEE_ADDRESS, at=now)
    beside = beside_it(request, child, now)
    said_ahead = ""
    if planned is not None:
        may = {"addressed": addressed, "parts": bool(beside.asked)}
        as_planned, said_ahead = _as_planned(planned, child, **may, by=by, now=now)
        initial |= as_planned
    standing = _standing(child)
    leaving = open_journey.of(child, (Journey.Kind.MOVE, Journey.Kind.TRANSFER), now=now)
    form = PlacementForm(
        request.POST or None, child=child, beside=beside.asked, standing=standing, now=now, initial=initial
    )
    if form.is_valid():
        try:
            partings.place(child, where=form.place(), **form.facts(), stood=form.stands, by=by, at=now)
        except Overtaken:
            form.overtake_with(standing := _standing(child))
        except placements.HomeClosed as refusal:
            form.add_error("where", str(refusal))
        except partings.NotAsked as refusal:
            beside = _ask_anew(request, form, str(refusal), now)
        except placements.WrongStart as refusal:
            form.add_error("starts_at", str(refusal))
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            done = _("The placement is recorded. Roll-calls of the new home begin now.")
            open_journey.say_done(request, done, leaving)
            asked = _asked_at_once(child, form.cleaned_data["placement_type"])
            return redirect(
                next_page.by_way_of(request, child, asked) or next_page.after(request, child, at=now)
            )
    _judge_start(form, standing)
    if form.is_overtaken and standing is not None and on_record.is_all_said(form, standing):
        messages.success(request, _("This placement is on record: nothing was recorded twice."))
        return redirect(next_page.after(request, child, at=now))
    context = {
        "child": child,
        "form": form,
        "now": now,
        "handed_over": handed_over,
        "planned": planned,
        # Words to the plan of some of those who stay, and not of all.
        "said_ahead": said_ahead,
        "untold": beside.not_told,
        "told_ahead": planned_placements.told_of(planned) if planned is not None else None,
        "addressed": addressed,
        # Where the child is picked up from this placement its hand-over ends it.
        "leaving": leaving,
        "standing": standing,
        "back_href": next_page.after(request, child, at=now),
    }
    return render(request, "cases/placement_new.html", context, status=422 if form.is_bound else 200)


def _ask_anew(request: HttpRequest, form: PlacementForm, words: str, now: datetime) -> staying.Names:
    """The journey that had told of it was called off while this was sent: the page had asked of nobody."""
    beside = beside_it(request, form.child, now)
    form.ask_of(beside.asked)
    form.add_error("parted", words)
    return beside


def _judge_start(form: PlacementForm, standing: Placement | None) -> None:
    """A start in the time of the placement that stands is said beside what else is wrong."""
    if standing is not None and not form.is_overtaken:
        fields.ask_beside(form, "starts_at", lambda starts_at: placements.require_after(standing, starts_at))


def _standing(child: Child) -> Placement | None:
    """Where the child lives; also where it began while this page was being sent."""
    return Placement.objects.filter(child=child, ends_at=None).select_related("home").first()


def _sent_of(request: HttpRequest, child: Child) -> Placement | None:
    """The placement that the page was about which is sent, whether it has ended by now or not."""
    rows = Placement.objects.filter(child=child).select_related("home")
    return next((one for one in rows if str(one.pk) == request.POST.get("placement")), None)


def _as_planned(
    planned: PlannedPlacement, child: Child, *, addressed: bool, parts: bool, by: User, now: datetime
) -> tuple[dict[str, Any], str]:
    """What the plan fills in, and what those who stay said to it where not all of them were asked then."""
    initial: dict[str, Any] = {}
    if addressed:
        initial = {"where": planned.home_id or ELSEWHERE, "authority": planned.authority_id}
    said_ahead = partings.said_ahead(planned) if parts else ""
    if said_ahead:
        beside = links.parted_from(child, reader=by, at=now).asked
        if partings.was_asked(planned, said_ahead, beside):
            return {**initial, "parted": said_ahead}, ""
    return initial, said_ahead


def _asked_at_once(child: Child, placement_type: str) -> list[str]:
    """The pages that ask what is to be known of this placement: how the child sleeps, and who is there when."""
    room = child.age_status in placement_papers.DISPUTED
    staffed = placement_type in ASKS_WHO_IS_THERE
    return ["room_review"] * room + ["placement_staffing"] * staffed


def beside_it(request: HttpRequest, child: Child, now: datetime) -> staying.Names:
    """Who stays behind: nobody is told and asked again of a journey that was planned with them."""
    return staying.Names() if partings.is_told(child) else staying.of(request, child, now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def placement_end(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that the placement has ended and there is no other yet; 404 where the child has nowhere recorded already."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.PLACE_CHILD, request=request, at=now)
    form = EndForm(request.POST or None, now=now)
    standing = _sent_of(request, child) or sent_late.placement(request, child, now)
    if standing is None:
        raise Http404
    form.initial["placement"] = standing.pk
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("ends_at", "reason", "where")}
        try:
            placements.end(standing, **said, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("ends_at", str(refusal))
        else:
            messages.success(request, _("The placement has ended: this child has nowhere recorded."))
            return redirect("child", child.reference)
    back = reverse("child_placements", args=[child.reference])
    context = {
        "child": child,
        "form": form,
        "placement": standing,
        "addressed": access.may(by, child, Permission.SEE_ADDRESS, at=now),
        "sought": MissingEpisode.objects.open().filter(child=child).first(),
        "back_href": back,
    }
    return render(request, "cases/placement_end.html", context, status=422 if form.is_bound else 200)
