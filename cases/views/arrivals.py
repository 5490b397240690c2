"""Pages of a night of arrivals: one screen for each child, and the list of what is then still to fill in."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, arrivals, clock, duplicates, faces, handed_over, placements
from cases.access import Permission
from cases.deadlines import london_day
from cases.forms import repeats
from cases.forms.arrivals import FillInForm, GroupForm, IntakeForm
from cases.models import ArrivalGroup, Authority, Child, Membership, Placement, Role
from cases.search.matches import Match
from cases.states import IllegalMove
from cases.views import reopening
from cases.views.photos import is_dropped
from cases.views.registrations import teams_of

WORDS = {
    "photo": gettext_lazy("photo"),
    "trafficking": gettext_lazy("signs of trafficking"),
    "needs": gettext_lazy("what cannot wait"),
    "languages": gettext_lazy("languages"),
    "interpreter_needed": gettext_lazy("interpreter"),
    "birth_date": gettext_lazy("birth date"),
    "photo_ground": gettext_lazy("ask about the photo"),
    "worker": gettext_lazy("social worker"),
}
# What is filled in on the page of the photos.
OF_PHOTOS = ("photo", "photo_ground")
# Enough for a night; the list says so where there are more.
MOST_SHOWN = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def arrival_new(request: HttpRequest, group_id: int | None = None) -> HttpResponse:
    """Take one child in; then the same screen again, with the home, the language and the arrival still there."""
    now = clock.now()
    held = access.require(access.person(request), Permission.REGISTER_CHILD, at=now)
    group = None if group_id is None else _group(held, group_id, now)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    about = None if group is not None else GroupForm(*sent[:1], now=now)
    form = IntakeForm(
        *sent,
        now=now,
        came_at=_came_at(group, about),
        dropped=is_dropped(request),
        initial=_kept(request, group),
        **teams_of(held),
    )
    if "same" in request.POST:
        return _found_again(request, group, now)
    same: list[Match] = []
    # Both are cleaned, so that all the mistakes are told at once.
    if all([form.is_valid(), about is None or about.is_valid()]):
        known = _known(request, form, group, about, now)
        same = known if _untold(known, form) else []
        if not same:
            try:
                with transaction.atomic():
                    new = group or _new_group(request, form, about, now)
                    return _taken_in(request, form, new, known, now)
            except placements.HomeClosed as refusal:
                form.add_error("home", str(refusal))
            except IllegalMove as refusal:
                repeats.refuse(form, refusal)
    context = {
        "form": form,
        "about": about,
        "has_errors": about is not None and bool(about.errors),
        "group": group,
        "same": [(one, [str(duplicates.ALIKE[why]) for why in one.why]) for one in same],
        "told": " ".join(one.child.reference for one in same),
        "now": now,
        "taken": _taken(request, group, now),
    }
    return render(request, "cases/arrival_new.html", context, status=_status(form, about))


@login_required
@require_safe
def arrival_list(request: HttpRequest) -> HttpResponse:
    """Show what is still missing of each child who was taken in quickly, with the way to fill it in."""
    now = clock.now()
    user = access.person(request)
    access.require(user, Permission.REGISTER_CHILD, at=now)
    reached = access.children(user, Permission.CHANGE_CHILD, at=now)
    found = list(arrivals.unfinished(reached, at=now).select_related("arrival_group")[: MOST_SHOWN + 1])
    shown = found[:MOST_SHOWN]
    ids = [child.pk for child in shown]
    access.put_listed_on_record(user, ids, Permission.CHANGE_CHILD, request=request, at=now)
    allocates = any(one.role == Role.TEAM_MANAGER for one in access.memberships(user, now))
    context = {
        "rows": [(child, _missing(child, allocates=allocates)) for child in shown],
        "more": len(found) > MOST_SHOWN,
        "faces": faces.of(ids, user=user, at=now),
        "now": now,
    }
    return render(request, "cases/arrival_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def arrival_fill_in(request: HttpRequest, reference: str) -> HttpResponse:
    """Fill in what was not asked in the night."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = FillInForm(request.POST or None, now=now, wanted=arrivals.missing_of(child))
    if form.is_valid():
        try:
            arrivals.fill_in(child, form.answered(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Filled in. The list shows what is still open."))
            return redirect("arrival_list")
    context = {"child": child, "form": form, "now": now, "back_href": reverse("arrival_list")}
    return render(request, "cases/arrival_fill_in.html", context, status=422 if form.is_bound else 200)


def _found_again(request: HttpRequest, group: ArrivalGroup | None, now: datetime) -> HttpResponse:
    """Go to the child on record, who needs a bed too; the next child is one press away."""
    by = access.person(request)
    child = access.get_child(by, request.POST["same"], Permission.SEE_STATUS, request=request, at=now)
    duplicates.find_again(child, by=by, at=now)
    if (reopened := reopening.instead(request, child)) is not None:
        return reopened
    text = _("Nobody new is registered: this is the child on record. {} when this one has a bed.")
    href = reverse("arrival_new") if group is None else reverse("arrival_next", args=[group.pk])
    link = format_html('<a class="govuk-link" href="{}">{}</a>', href, _("Take the next child in"))
    messages.success(request, format_html(text, link))
    return redirect("child", child.reference)


def _taken_in(
    request: HttpRequest, form: IntakeForm, group: ArrivalGroup, known: list[Match], now: datetime
) -> HttpResponse:
    arrival, said = form.arrival(group, now=now), request.POST.getlist("different")
    child = arrivals.take_in(arrival, shown=known, said=said, by=access.person(request), at=now)
    if not arrivals.photo_is_kept(child, arrival):
        _say_without_photo(request, child)
    text = _("{} is registered and placed. Write the reference on the wristband. Next child:")
    reference = format_html('<strong class="rc-nowrap">{}</strong>', child.reference)
    messages.success(request, format_html(text, reference))
    return redirect("arrival_next", group.pk)


def _say_without_photo(request: HttpRequest, child: Child) -> None:
    """The child is on record and the photo is not: with the way to add it, while the child is still there."""
    text = _("The photo of {} could not be kept: {}. Tell whoever runs this service if that fails too.")
    href = reverse("photo_list", args=[child.reference])
    link = format_html('<a class="govuk-link" href="{}">{}</a>', href, _("add the photo again"))
    reference = format_html('<span class="rc-nowrap">{}</span>', child.reference)
    messages.error(request, format_html(text, reference, link))


def _new_group(
    request: HttpRequest, form: IntakeForm, about: GroupForm | None, now: datetime
) -> ArrivalGroup:
    """The group of the first child; the first form sent twice is one group, too."""
    by = access.person(request)
    standing = Child.objects.filter(key=form.cleaned_data["once"], registered_by=by).first()
    if standing is not None and standing.arrival_group is not None:
        return standing.arrival_group
    if about is None:
        raise Http404
    authority = form.cleaned_data["team"].authority
    arrivals.hold(form.newcomer(about.cleaned_data["arrived_at"]), form.cleaned_data["home"], by=by, at=now)
    return arrivals.start_group(authority, **about.cleaned_data, by=by, at=now)


def _group(held: list[Membership], group_id: int, now: datetime) -> ArrivalGroup:
    """A group of one's own authority, or of one that has ended since in whose place it is or whose team this was; or 404."""
    teams = {one.team.pk: one.team.authority_id for one in held if one.team is not None}
    before = [pk for some in handed_over.authorities_before(teams).values() for pk in some]
    own = Authority.objects.answered_by(set(teams.values()), day=london_day(now)).values("pk")
    group = ArrivalGroup.objects.filter(Q(authority__in=own) | Q(authority__in=before), pk=group_id).first()
    if group is None:
        raise Http404
    return group


def _came_at(group: ArrivalGroup | None, about: GroupForm | None) -> datetime | None:
    """When these children arrived, as far as that is read."""
    if group is not None:
        return group.arrived_at
    if about is None or not about.is_bound:
        return None
    about.full_clean()
    return about.cleaned_data.get("arrived_at")


def _kept(request: HttpRequest, group: ArrivalGroup | None) -> dict[str, Any]:
    """What stays the same from one child to the next: what this person wrote for the last one of the group."""
    last = (
        Placement.objects.filter(child__arrival_group=group, recorded_by=access.person(request))
        .select_related("child")
        .order_by("-starts_at", "-pk")
        .first()
        if group is not None
        else None
    )
    if last is None:
        return {"once": uuid.uuid4()}
    return {
        "once": uuid.uuid4(),
        "home": last.home_id,
        "placement_type": last.type,
        "provided_by": last.provided_by,
        "languages": ", ".join(last.child.languages),
        **_team_of(last.child),
    }


def _team_of(child: Child) -> dict[str, int]:
    """Whose work the last one is, until it is somebody else's."""
    allocation = child.allocations.filter(ends_at=None).first()
    return {} if allocation is None else {"team": allocation.team_id}


def _known(
    request: HttpRequest, form: IntakeForm, group: ArrivalGroup | None, about: GroupForm | None, now: datetime
) -> list[Match]:
    """Who may be the same, each a read on record."""
    by = access.person(request)
    came_at = _came_at(group, about) or now
    found = arrivals.known(form.details(came_at), key=form.cleaned_data["once"], by=by, at=now)
    ids = [one.child.pk for one in found]
    access.put_listed_on_record(by, ids, Permission.SEE_STATUS, request=request, at=now)
    return found


def _untold(known: list[Match], form: IntakeForm) -> set[str]:
    """The references of those of whom nobody was told yet on this form."""
    return {one.child.reference for one in known} - set(form.cleaned_data["told"].split())


def _taken(request: HttpRequest, group: ArrivalGroup | None, now: datetime) -> int:
    """How many of the group; a restricted child is counted for nobody to whom it is closed."""
    if group is None:
        return 0
    hidden = access.restricted(access.person(request), now)
    return Child.objects.filter(arrival_group=group).exclude(hidden).count()


def _missing(child: Child, *, allocates: bool) -> list[tuple[str, str]]:
    """What is missing in words, each with the form that fills it; a social worker is for a manager to give."""
    found = []
    for key in arrivals.missing_of(child):
        if key == "worker":
            href = reverse("manager_unallocated") if allocates else ""
        else:
            href = reverse("photo_list" if key in OF_PHOTOS else "arrival_fill_in", args=[child.reference])
        found.append((str(WORDS[key]), href))
    return found


def _status(form: IntakeForm, about: GroupForm | None) -> int:
    return 422 if form.errors or (about is not None and about.errors) else 200
