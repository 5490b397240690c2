"""Pages of a manager's post while its holder is away: who is asked to stand in, their answer, and an end before its time."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, clock, manager_covers, supervising
from cases.access import Permission
from cases.forms.manager_covers import ManagerCoverForm
from cases.models import ManagerCover, WorkerLeave
from cases.states import IllegalMove
from cases.views import cover_pages

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def manager_cover(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask another manager to stand in the post of one who is away or will be."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    manager = supervising.absentee(person_id, by=by, at=now)
    posts = list(supervising.posts_of(manager, by=by, at=now))
    if not posts:
        raise Http404
    rows = WorkerLeave.objects.standing(now).filter(worker=manager)
    leaves = [(leave, cover_pages.time_of(leave)) for leave in rows]
    colleagues = manager_covers.colleagues(posts, without=[manager.pk, by.pk], at=now)
    form = ManagerCoverForm(request.POST or None, leaves=leaves, posts=posts, colleagues=colleagues)
    if form.is_valid():
        try:
            manager_covers.ask(*form.chosen(), by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("colleague", str(refusal))
        else:
            messages.success(request, _("Asked. It counts when your colleague has accepted."))
            return redirect("worker_leave", person_id)
    context = {"form": form, "worker": manager, "own": by.pk == manager.pk, "leaves": leaves}
    context |= {"may_ask": bool(leaves and colleagues)}
    status = 422 if form.is_bound else 200
    return render(request, "cases/manager_cover.html", context, status=status)


@login_required
@require_http_methods(METHODS)
def manager_cover_answer(request: HttpRequest) -> HttpResponse:
    """Say whether one stands in for another manager."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    beside = ("leave__worker", "membership__team")
    waiting = list(ManagerCover.objects.asked_of(by, now).select_related(*beside).order_by("starts_at", "pk"))
    own = ManagerCover.objects.open(now).filter(covered_by=by, accepted=True)
    return cover_pages.answer(
        request,
        waiting,
        verb=manager_covers.answer,
        whose=lambda cover: cover.leave.worker,
        covers=own.select_related(*beside),
        names=("manager_cover_answer", "manager_cover_end"),
        now=now,
    )


@login_required
@require_http_methods(METHODS)
def manager_cover_end(request: HttpRequest, cover_id: int) -> HttpResponse:
    """End cover sooner, with the reason: who covers, whose post it is, or who leads the authority."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    theirs = Q(covered_by=by) | Q(leave__worker=by)
    theirs |= Q(membership__in=supervising.posts_led(by, at=now).values("pk"))
    rows = ManagerCover.objects.exclude(accepted=False).filter(theirs, pk=cover_id, called_off_at=None)
    cover = rows.select_related("leave__worker", "covered_by", "membership__team").first()
    if cover is None:
        raise Http404
    return cover_pages.end(request, cover, verb=manager_covers.end, whose=cover.leave.worker, now=now)
