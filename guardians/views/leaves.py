"""Pages of a guardian who is not there: leave, what they can carry, who is asked to cover, and their answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, clock, confirming, supervising
from cases.access import Permission
from cases.asking import NobodyAsked, named
from cases.models import Membership, Role, User
from cases.states import IllegalMove
from cases.views import cover_pages
from guardians import affected, council, covers, leaves, referrals, sittings
from guardians.forms.leaves import CoverForm, LeaveForm, TermsForm
from guardians.models import GuardianAssignment, GuardianCover, GuardianLeave, GuardianTerms

# Children in one table and guardians in the other, on one page.
PAGE_SIZE = 50
METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def guardian_leave(request: HttpRequest, person_id: int) -> HttpResponse:
    """Announce leave of one's own, or of a guardian one supervises; whom it leaves alone stands on the page."""
    now = clock.now()
    by = access.person(request)
    posts = _posts(by, person_id, now)
    form = LeaveForm(request.POST or None, services=[_service(one) for one in posts], now=now)
    if form.is_valid():
        given = {"kind": form.cleaned_data["kind"], **form.span()}
        try:
            leaves.announce_in(posts[0].user, form.chosen(), **given, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("last_day", str(refusal))
        else:
            messages.success(
                request, _("The leave is announced. Ask a colleague to cover for each child below.")
            )
            return redirect("guardian_leave", person_id)
    standing = GuardianLeave.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), called_off_at=None)
    shown = standing.filter(guardian=person_id, service__in=_services(by, person_id, now))
    shown = shown.exclude(child__in=access.closed_to(by, now)).select_related("child", "service")
    return _shown(request, "guardian_leave", form, posts, now, leaves=shown)


@login_required
@require_POST
def leave_end(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Say that a guardian is back, or does not go."""
    now = clock.now()
    by = access.person(request)
    services = supervising.guardian_services(by, at=now)
    leave = GuardianLeave.objects.filter(pk=leave_id, service__in=services).select_related("guardian").first()
    if leave is None or leave.service_id not in _services(by, leave.guardian_id, now):
        raise Http404
    try:
        leaves.end(leave, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Recorded: the guardian is there."))
    return redirect("guardian_leave", leave.guardian_id)


@login_required
@require_http_methods(METHODS)
def guardian_terms(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say how many children a guardian of a service that one leads can carry, and until when their checks hold."""
    now = clock.now()
    by = access.person(request)
    supervising.guardian_services(by, supervised=True, at=now)
    posts = _posts(by, person_id, now, supervised=True)
    member = _of_service(posts, request.GET.get("service"))
    if member is None:
        status = 422 if request.method == "POST" else 200
        return render(request, "guardians/guardian_service.html", {"posts": posts}, status=status)
    last = GuardianTerms.objects.latest_of([member.user_id]).filter(service=member.service_id).first()
    initial = {"capacity": last.capacity, "checks_until": last.checks_until} if last else {}
    form = TermsForm(request.POST or None, assignments=_carried(by, [member], now), initial=initial, now=now)
    if form.is_valid():
        try:
            leaves.set_terms(member.user, _service(member), **form.given(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("checks_until" if person_id == by.pk else "released", str(refusal))
        else:
            messages.success(
                request, _("Saved. Children who have nobody in the next eight weeks are named on this page.")
            )
            return redirect("service_home")
    return _shown(request, "guardian_terms", form, [member], now)


@login_required
@require_http_methods(METHODS)
def guardian_cover(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask a colleague of the service to cover for children of one guardian."""
    now = clock.now()
    by = access.person(request)
    posts = _posts(by, person_id, now)
    carried = _carried(by, posts, now)
    colleagues = _colleagues(by, posts, now)
    form = CoverForm(request.POST or None, assignments=carried, colleagues=colleagues, now=now)
    if form.is_valid():
        try:
            asked = covers.ask(form.chosen(), form.asked(), **form.span(), by=by, at=now)
        except NobodyAsked as refusal:
            for words in named(refusal.refused):
                form.add_error("children", words)
        except IllegalMove as refusal:
            form.add_error("colleague", str(refusal))
        else:
            messages.success(request, _("Asked. It counts when your colleague has accepted."))
            for words in named(asked.refused):
                messages.warning(request, words)
            return redirect("guardian_leave", person_id)
    waiting = GuardianCover.objects.filter(Q(accepted=None) | Q(accepted=True), called_off_at=None)
    mine = waiting.filter(assignment__in=[row.pk for row in carried], ends_at__gt=now)
    return _shown(
        request, "guardian_cover", form, posts, now, covers=mine.select_related("child", "covered_by")
    )


@login_required
@require_http_methods(METHODS)
def cover_end(request: HttpRequest, cover_id: int) -> HttpResponse:
    """End cover sooner, with the reason: who covers, whose child it is, or who supervises them."""
    now = clock.now()
    by = access.person(request)
    services = supervising.guardian_services(by, at=now)
    rows = GuardianCover.objects.filter(pk=cover_id, assignment__service__in=services, ends_at__gt=now)
    rows = rows.exclude(accepted=False).exclude(child__in=access.closed_to(by, now))
    cover = rows.select_related("assignment__guardian", "covered_by", "child").first()
    if cover is None or not _may_end(by, cover, now):
        raise Http404
    whose = cover.assignment.guardian
    return cover_pages.end(request, cover, verb=covers.end, whose=whose, now=now)


@login_required
@require_http_methods(METHODS)
def cover_answer(request: HttpRequest) -> HttpResponse:
    """Say whether one covers: what was asked for the same time is answered together; until then a child is a reference."""
    now = clock.now()
    by = access.person(request)
    supervising.guardian_services(by, at=now)
    closed = access.closed_to(by, now)
    rows = GuardianCover.objects.asked_of(by, now).exclude(child__in=closed)
    waiting = list(rows.select_related("child", "assignment__guardian").order_by("starts_at", "pk"))
    own = GuardianCover.objects.accepted().filter(covered_by=by, ends_at__gt=now).exclude(child__in=closed)
    return cover_pages.answer(
        request,
        waiting,
        verb=covers.answer,
        whose=lambda cover: cover.assignment.guardian,
        covers=own.select_related("child", "assignment__guardian"),
        names=("cover_answer", "cover_end"),
        now=now,
    )


@login_required
@require_http_methods(["GET", "HEAD"])
def service_home(request: HttpRequest) -> HttpResponse:
    """Show a supervisor whom of their guardians' children nobody will watch over, and the guardians."""
    now = clock.now()
    by = access.person(request)
    services = supervising.guardian_services(by, supervised=True, at=now)
    rows = _assignments(by, now).filter(service__in=services)
    children = Paginator(affected.soon(rows, now=now), PAGE_SIZE).get_page(request.GET.get("page"))
    _put_on_record(request, list(children), now)
    concerns = council.standing(by, at=now)
    waiting = referrals.queue(by, at=now)
    listed = [*(one.child_id for one in concerns), *(one.child_id for one in waiting)]
    access.put_listed_on_record(by, listed, Permission.SEE_STATUS, request=request, at=now)
    held = Membership.objects.current(now).filter(service__in=services, role=Role.GUARDIAN)
    roles = held.select_related("user", "service").order_by("user__name", "service__name", "pk")
    members = {(one.user_id, one.service_id or 0): one for one in roles}
    terms = {
        (row.guardian_id, row.service_id): row
        for row in GuardianTerms.objects.latest_of([user_id for user_id, _service_id in members])
    }
    counts = rows.order_by().values_list("guardian_id", "service_id").annotate(Count("pk"))
    carried = {(guardian, service): number for guardian, service, number in counts}
    people = [
        {"member": one, "carried": carried.get(key, 0), "terms": terms.get(key), "own": one.user_id == by.pk}
        for key, one in members.items()
    ]
    shown = Paginator(people, PAGE_SIZE).get_page(request.GET.get("guardians"))
    context = {"children": children, "people": shown, "several": len(services) > 1, "now": now}
    context["until"] = now + affected.AHEAD
    undiscussed = sum(wait.is_late for wait in sittings.queue(by, now=now))
    context |= {"concerns": concerns, "referrals": waiting, "undiscussed": undiscussed}
    context["to_confirm"] = confirming.waiting(by, at=now)
    return render(request, "guardians/service_home.html", context)


def _shown(
    request: HttpRequest,
    page: str,
    form: forms.Form,
    posts: Sequence[Membership],
    now: datetime,
    **more: Any,
) -> HttpResponse:
    by = access.person(request)
    children = affected.of(_carried(by, posts, now), now=now)
    _put_on_record(request, children, now)
    leads = supervising.supervised_by(by, at=now).intersection(one.service_id for one in posts)
    back = reverse("service_home") if leads else reverse("home")
    context = {"form": form, "posts": posts, "children": children, "now": now, "back_href": back, **more}
    status = 422 if form.is_bound else 200
    return render(request, f"guardians/{page}.html", context, status=status)


def _put_on_record(request: HttpRequest, children: Sequence[affected.Affected], now: datetime) -> None:
    shown = [one.child.pk for one in children]
    access.put_listed_on_record(access.person(request), shown, Permission.SEE_STATUS, request=request, at=now)


def _roles(by: User, person_id: int, now: datetime, *, supervised: bool = False) -> list[Membership]:
    """The roles of this guardian that `by` answers for: their own, and those in a service that they supervise."""
    held = Membership.objects.current(now).filter(user=person_id, role=Role.GUARDIAN)
    led = supervising.supervised_by(by, at=now)
    own = by.pk == person_id and not supervised
    held = held.select_related("user", "service").order_by("service__name", "pk")
    return [one for one in held if own or one.service_id in led]


def _services(by: User, person_id: int, now: datetime) -> set[int]:
    return {one.service_id for one in _roles(by, person_id, now) if one.service_id is not None}


def _posts(by: User, person_id: int, now: datetime, *, supervised: bool = False) -> list[Membership]:
    """One of those roles in each service, or 404: to whoever does not lead the service it is as if nobody were there."""
    supervising.guardian_services(by, at=now)
    found = {one.service_id: one for one in _roles(by, person_id, now, supervised=supervised)}
    if not found:
        raise Http404
    return list(found.values())


def _of_service(posts: Sequence[Membership], key: str | None) -> Membership | None:
    """The role in the service that the address names; the only one where it names none."""
    if key is None:
        return posts[0] if len(posts) == 1 else None
    for one in posts:
        if str(one.service_id) == key:
            return one
    raise Http404


def _colleagues(by: User, posts: Sequence[Membership], now: datetime) -> list[User]:
    """The other guardians of these services, without whoever asks."""
    held = Membership.objects.current(now).filter(
        service__in=[one.service_id for one in posts], role=Role.GUARDIAN
    )
    rows = User.objects.filter(pk__in=held.values("user")).exclude(pk__in=[posts[0].user_id, by.pk])
    return list(rows.order_by("name", "pk"))


def _service(member: Membership) -> Any:
    return member.service


def _assignments(by: User, now: datetime) -> Any:
    """What stands of the children whom `by` may see, each once."""
    seen = access.children(by, Permission.SEE_STATUS, at=now)
    rows = GuardianAssignment.objects.current(now).filter(child__in=seen.values("pk"), child__closed_at=None)
    return rows.select_related("child", "guardian", "service").order_by("child__reference", "pk")


def _carried(by: User, posts: Sequence[Membership], now: datetime) -> list[GuardianAssignment]:
    of = [one.service_id for one in posts]
    return list(_assignments(by, now).filter(guardian=posts[0].user_id, service__in=of))


def _may_end(by: User, cover: GuardianCover, now: datetime) -> bool:
    led = supervising.supervised_by(by, at=now)
    return by.pk in (cover.covered_by_id, cover.assignment.guardian_id) or cover.assignment.service_id in led
