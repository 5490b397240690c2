"""Pages of a social worker or a manager who is not there: leave and sickness, who is asked to cover, and their answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, clock, posts_away, supervising, worker_absences, worker_covers, worker_leaves
from cases.access import Permission
from cases.asking import NobodyAsked, named
from cases.forms.worker_leaves import LookForm, WorkerCoverForm, WorkerLeaveForm
from cases.models import (
    Allocation,
    ManagerCover,
    Membership,
    Role,
    Shift,
    User,
    WorkerCover,
    WorkerLeave,
)
from cases.posts_away import Away
from cases.states import IllegalMove
from cases.views import cover_pages

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def worker_leave(request: HttpRequest, person_id: int) -> HttpResponse:
    """Record one's own leave, or that of whose absence one answers for; whom it leaves alone stands on the page."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    worker = supervising.absentee(person_id, by=by, at=now)
    form = WorkerLeaveForm(request.POST or None, now=now)
    if form.is_valid():
        try:
            supervising.require_posts_of_one_authority(worker, by=by, at=now)
            worker_leaves.announce(worker, **form.given(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("last_day", str(refusal))
        else:
            messages.success(request, _("Recorded. Ask a colleague to cover below."))
            return redirect("worker_leave", person_id)
    return _shown(request, "worker_leave", worker, form, now)


@login_required
@require_POST
def worker_leave_end(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Say that they are back, or do not go."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    leave = _leave(WorkerLeave.objects.filter(pk=leave_id), by=by, at=now)
    try:
        supervising.require_posts_of_one_authority(leave.worker, by=by, at=now)
        worker_leaves.end(leave, by=by, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Recorded: they are there. Nobody covers for them any more."))
    return redirect("worker_leave", leave.worker_id)


@login_required
@require_http_methods(METHODS)
def worker_leave_look(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Record, as their manager, that one has asked whether somebody who is sick comes back."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    leave = _leave(WorkerLeave.objects.current(now).filter(pk=leave_id, ends_at=None), by=by, at=now)
    worker = leave.worker
    if worker.pk == by.pk:
        raise Http404
    form = LookForm(request.POST if request.method == "POST" else None, now=now)
    if form.is_valid():
        try:
            worker_leaves.look_again(leave, ends_at=form.ends_at(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("last_day", str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("worker_leave", worker.pk)
    context = {"form": form, "leave": leave, "worker": worker}
    status = 422 if form.is_bound else 200
    return render(request, "cases/worker_leave_look.html", context, status=status)


@login_required
@require_http_methods(METHODS)
def worker_cover(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask a colleague to have the work of children whose social worker is away or will be."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    worker = supervising.social_worker(person_id, by=by, at=now)
    held = _held(by, worker, now)
    leaves = [
        (leave, cover_pages.time_of(leave))
        for leave in WorkerLeave.objects.standing(now).filter(worker=worker)
    ]
    colleagues = worker_covers.colleagues(held, without=[worker.pk, by.pk], at=now)
    form = WorkerCoverForm(request.POST or None, leaves=leaves, allocations=held, colleagues=colleagues)
    if form.is_valid():
        leave, children, colleague = form.chosen()
        try:
            asked = worker_covers.ask(leave, children, colleague, by=by, at=now)
        except NobodyAsked as refusal:
            for words in named(refusal.refused):
                form.add_error("children", words)
        except IllegalMove as refusal:
            form.add_error("colleague", str(refusal))
        else:
            messages.success(request, _("Asked. It counts when your colleague has accepted."))
            for words in named(asked.refused):
                messages.warning(request, words)
            return redirect("worker_leave", person_id)
    return _shown(request, "worker_cover", worker, form, now, may_ask=bool(leaves and held and colleagues))


@login_required
@require_http_methods(METHODS)
def worker_cover_answer(request: HttpRequest) -> HttpResponse:
    """Say whether one covers: what was asked for the same time is answered together; until then a child is a reference."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    closed = access.closed_to(by, now)
    rows = WorkerCover.objects.asked_of(by, now).exclude(child__in=closed)
    waiting = list(rows.select_related("child", "leave__worker").order_by("starts_at", "pk"))
    own = WorkerCover.objects.standing(now).filter(covered_by=by).exclude(child__in=closed)
    return cover_pages.answer(
        request,
        waiting,
        verb=worker_covers.answer,
        whose=lambda cover: cover.leave.worker,
        covers=own.select_related("child", "leave"),
        names=("worker_cover_answer", "worker_cover_end"),
        now=now,
    )


@login_required
@require_http_methods(METHODS)
def worker_cover_end(request: HttpRequest, cover_id: int) -> HttpResponse:
    """End cover sooner, with the reason: who covers, whose work it is, or a manager of the team."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    rows = WorkerCover.objects.exclude(accepted=False).exclude(child__in=access.closed_to(by, now))
    # In one question with the rest: a second one for a cover that there is would tell a stranger of it.
    theirs = Q(covered_by=by) | Q(leave__worker=by) | Q(allocation__team__in=supervising.teams(by, at=now))
    found = rows.filter(theirs, pk=cover_id, called_off_at=None)
    cover = found.select_related("leave__worker", "covered_by", "child", "allocation").first()
    if cover is None:
        raise Http404
    return cover_pages.end(request, cover, verb=worker_covers.end, whose=cover.leave.worker, now=now)


def _held(by: User, worker: User, now: datetime) -> list[Allocation]:
    """The work of this social worker, as far as `by` may read of it."""
    seen = access.children(by, Permission.SEE_RECORD, at=now).open(now).values("pk")
    rows = Allocation.objects.current(now).filter(worker=worker, child__in=seen)
    return list(rows.select_related("child", "team").order_by("child__reference"))


def _shown(
    request: HttpRequest, page: str, worker: User, form: forms.Form, now: datetime, **more: Any
) -> HttpResponse:
    by = access.person(request)
    held = _held(by, worker, now)
    ids = [row.child_id for row in held]
    access.put_listed_on_record(by, ids, Permission.SEE_RECORD, request=request, at=now)
    absences, covers = worker_absences.of(ids, now), _covers(ids, now)
    rows = [(row, absences.get(row.child_id), covers.get(row.child_id, [])) for row in held]
    own = by.pk == worker.pk
    leaves = list(WorkerLeave.objects.standing(now).filter(worker=worker))
    posts = list(supervising.posts_of(worker, by=by, at=now))
    works = any(one.role == Role.SOCIAL_WORKER for one in access.memberships(by, now))
    role = Role.SOCIAL_WORKER if own and works else Role.TEAM_MANAGER
    context = {
        "form": form,
        "worker": worker,
        "own": own,
        "leaves": leaves,
        "rows": rows,
        "posts": _posts(posts, by, now),
        "shifts": _shifts(worker, posts, leaves) if posts else (),
        "now": now,
        "back_href": f"{reverse('home')}?as={role}",
        **more,
    }
    status = 422 if form.is_bound else 200
    return render(request, f"cases/{page}.html", context, status=status)


def _posts(
    posts: Sequence[Membership], by: User, now: datetime
) -> list[tuple[Membership, Away | None, str, list[ManagerCover]]]:
    """Each post, whether its holder is away or will be, who acts in it, and what was asked of somebody and not declined."""
    away = {one.membership.pk: one for one in posts_away.read(posts, now)}
    rows = ManagerCover.objects.open(now).filter(membership__in=posts).select_related("covered_by", "leave")
    asked: dict[int, list[ManagerCover]] = {}
    for cover in rows:
        asked.setdefault(cover.membership_id, []).append(cover)
    found = ((post, away.get(post.pk)) for post in posts)
    return [
        (post, one, one.words(by, at=now) if one is not None else "", asked.get(post.pk, []))
        for post, one in found
    ]


def _shifts(person: User, posts: Sequence[Membership], leaves: Sequence[WorkerLeave]) -> QuerySet[Shift]:
    """Their part of the rotas of these posts' authorities while they are away: of a shift the rota alone says whose it is."""
    authorities = {one.team.authority_id for one in posts if one.team is not None}
    meanwhile = Q(pk__in=())
    for leave in leaves:
        begun = Q(starts_at__lt=leave.ends_at) if leave.ends_at is not None else Q()
        meanwhile |= begun & (Q(ends_at=None) | Q(ends_at__gt=leave.starts_at))
    here = Shift.objects.filter(meanwhile, team__authority__in=authorities)
    rows = here.filter(Q(person=person) | Q(second=person))
    return rows.select_related("team").order_by("starts_at", "pk")


def _covers(ids: Sequence[int], now: datetime) -> dict[int, list[WorkerCover]]:
    """What was asked of somebody and was not declined, by child."""
    found: dict[int, list[WorkerCover]] = {}
    rows = WorkerCover.objects.open(now).filter(child__in=ids).select_related("covered_by", "leave", "child")
    for cover in rows:
        found.setdefault(cover.child_id, []).append(cover)
    return found


def _leave(leaves: QuerySet[WorkerLeave], *, by: User, at: datetime) -> WorkerLeave:
    """The one of these whose worker `by` answers for; the 404 of one that is another's asks no more than that of none."""
    leave = leaves.select_related("worker").first()
    supervising.absentee(leave.worker_id if leave is not None else 0, by=by, at=at)
    if leave is None:
        raise Http404
    return leave
