"""Pages of supervision: record one, what a social worker was told in theirs, what was said of a child, and withdraw."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, drafts, supervising, supervisions
from cases.access import Permission
from cases.forms import repeats
from cases.forms.drafts import put_in
from cases.forms.supervisions import SupervisionForm, WithdrawForm
from cases.models import Child, Discussion, Draft, PlanAction, Role, Supervision, User, worked_by
from cases.moves import SentBefore
from cases.states import IllegalMove
from cases.views import drafts as draft_pages

METHODS = ["GET", "HEAD", "POST"]
# As many as are read on one page.
SHOWN = 20


@login_required
@require_http_methods(METHODS)
def supervision_new(request: HttpRequest, person_id: int) -> HttpResponse:
    """Record, as their manager, the supervision of a social worker, with a part for each child in `children`.

    What was typed so far comes back with the children it is about, whichever are chosen now.
    """
    now = clock.now()
    by = access.person(request)
    worker = _supervised(request, person_id, now)
    if "save_draft" in request.POST:
        draft_pages.keep(request, Draft.Form.SUPERVISION, None, person=worker, at=now)
        return redirect(request.get_full_path())
    draft = drafts.of(by, Draft.Form.SUPERVISION, person=worker, at=now)
    typed = _typed(request, draft, by, now)
    named = [*request.GET.getlist("children"), *typed.getlist("children")]
    # One of somebody’s own hand may hold a sign that PostgreSQL refuses to look for.
    wanted = [one for one in dict.fromkeys(named) if one.isprintable()]
    found = {child.reference: child for child in _theirs(by, worker, now).filter(reference__in=wanted)}
    children = [found[one] for one in wanted if one in found]
    ids = [child.pk for child in children]
    access.put_listed_on_record(by, ids, Permission.SEE_RECORD, request=request, at=now)
    form = SupervisionForm(request.POST or None, children=children, worker=worker, manager=by, now=now)
    put_in(form, draft)
    lost = _lost(typed, wanted, found)
    if lost and form.is_bound:
        form.add_error(None, _("The social worker has not the work of every child any more. See below."))
    elif form.is_valid():
        try:
            supervisions.record(worker, form.held(), by=by, at=now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            drafts.drop(by, Draft.Form.SUPERVISION, person=worker)
            messages.success(request, _("Recorded. What was decided stands on each child’s plan."))
            return redirect("supervision_list", person_id)
    # Once whoever pressed has been told, the next press leaves the others out; what a draft has of them is told at once.
    kept = found if form.is_bound else dict.fromkeys([*request.GET.getlist("children"), *found])
    context = {
        "form": form,
        "worker": worker,
        "lost": lost,
        "draft": draft,
        "now": now,
        "action": f"{request.path}?{urlencode({'children': list(kept)}, doseq=True)}",
        "back_href": reverse("supervision_worker", args=[person_id]),
    }
    status = 422 if form.is_bound else 200
    return render(request, "cases/supervision_new.html", context, status=status)


@login_required
@require_safe
def supervision_list(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a social worker, or their manager, the supervisions that were held and what was decided for the worker to do."""
    now = clock.now()
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    worker = supervising.social_worker(person_id, by=by, at=now)
    seen = access.children(by, Permission.SEE_RECORD, at=now)
    talks = _talks().filter(child__in=seen.values("pk"))
    rows = Supervision.objects.filter(worker=worker).select_related("held_by", "withdrawn_by")
    found = list(rows.prefetch_related(Prefetch("discussions", talks, to_attr="talks"))[: SHOWN + 1])
    asked = PlanAction.objects.open().filter(owner=worker, child__in=seen.open(now).values("pk"))
    decided = list(asked.exclude(discussion=None).select_related("child"))
    ids = {talk.child_id for one in found[:SHOWN] for talk in one.talks} | {one.child_id for one in decided}
    access.put_listed_on_record(by, ids, Permission.SEE_RECORD, request=request, at=now)
    own = by.pk == worker.pk
    context = {
        "worker": worker,
        "own": own,
        "rows": found[:SHOWN],
        "has_more": len(found) > SHOWN,
        "decided": decided,
        "now": now,
        "back_href": f"{reverse('home')}?as={Role.SOCIAL_WORKER}"
        if own
        else reverse("supervision_worker", args=[person_id]),
    }
    return render(request, "cases/supervision_list.html", context)


@login_required
@require_safe
def child_supervisions(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was said of one child in supervision, the newest first."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.SEE_RECORD, request=request, at=now)
    rows = list(_talks().filter(child=child).select_related("supervision__worker")[: SHOWN + 1])
    has = _has_work(child, now)
    manages = has is not None and has.pk != by.pk and access.may(by, child, Permission.ALLOCATE, at=now)
    context = {
        "child": child,
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "worker": has if manages and child.closed_at is None else None,
        "may_withdraw": access.may(by, child, Permission.ALLOCATE, at=now),
        "back_href": reverse("child", args=[child.reference]),
    }
    return render(request, "cases/child_supervisions.html", context)


@login_required
@require_http_methods(METHODS)
def discussion_withdraw(request: HttpRequest, reference: str, discussion_id: int) -> HttpResponse:
    """Strike through, as a manager, what was said of one child; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.ALLOCATE, request=request, at=now)
    one = Discussion.objects.standing().filter(child=child, pk=discussion_id).first()
    if one is None:
        raise Http404
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            supervisions.withdraw_discussion(one, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Withdrawn. The child is due to be discussed as before."))
            return redirect("child_supervisions", child.reference)
    back = reverse("child_supervisions", args=[child.reference])
    return _withdrawing(request, form, back, child=child, moment=one.supervision.held_at)


@login_required
@require_http_methods(METHODS)
def supervision_withdraw(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """Strike a whole supervision through, as a manager of the worker's."""
    now = clock.now()
    by = access.person(request)
    row = Supervision.objects.standing().filter(pk=supervision_id).first()
    worker = _supervised(request, row.worker_id if row is not None else 0, now)
    if row is None:
        raise Http404
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            supervisions.withdraw(row, reason=form.cleaned_data["reason"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Withdrawn, with what was said of each child in it."))
            return redirect("supervision_list", worker.pk)
    back = reverse("supervision_list", args=[worker.pk])
    return _withdrawing(request, form, back, worker=worker, moment=row.held_at)


def _has_work(child: Child, at: datetime) -> User | None:
    """Whose supervision the child belongs in: who has its work now, be it by cover."""
    cover = child.worker_covers.holding(at).select_related("covered_by").first()
    if cover is not None:
        return cover.covered_by
    held = child.allocations.current(at).select_related("worker").first()
    return held.worker if held is not None else None


def _supervised(request: HttpRequest, person_id: int, now: datetime) -> User:
    """The social worker whom this manager supervises; 404 for themself and for all of other teams."""
    by = access.person(request)
    access.require(by, Permission.REGISTER_CHILD, at=now)
    return supervising.supervisee(person_id, by=by, at=now)


def _theirs(by: User, worker: User, now: datetime) -> Any:
    """The children whose work this social worker has, as far as `by` reads of them."""
    seen = access.children(by, Permission.SEE_RECORD, at=now).open(now)
    return seen.filter(pk__in=list(worked_by(worker.pk, now)))


def _talks() -> Any:
    related = ("child", "supervision__held_by", "withdrawn_by")
    return Discussion.objects.select_related(*related).prefetch_related("decisions__owner")


def _typed(request: HttpRequest, draft: Draft | None, by: User, now: datetime) -> MultiValueDict[str, str]:
    """What is sent; else what the draft holds, of the children whom its writer may still open."""
    if request.POST or draft is None:
        return request.POST
    held = MultiValueDict(draft.data)
    seen = access.children(by, Permission.SEE_RECORD, at=now).filter(reference__in=held.getlist("children"))
    readable = set(seen.values_list("reference", flat=True))
    held.setlist("children", [one for one in held.getlist("children") if one in readable])
    return held


def _lost(
    sent: MultiValueDict[str, str], wanted: Sequence[str], found: dict[str, Child]
) -> list[tuple[str, str]]:
    """What was typed of a child who is the worker's no longer: it is shown, for it would be gone."""
    parts = ("discussed", "direction", *(f"what_{number}" for number in (1, 2)))
    lost = []
    for one in wanted:
        if one not in found:
            typed = [sent.get(f"{part}_{one}", "") for part in parts]
            lost.append((one, "\n".join(filter(None, typed))))
    return lost


def _withdrawing(
    request: HttpRequest, form: forms.Form, back_href: str, *, moment: datetime, **about: Any
) -> HttpResponse:
    context = {"form": form, "back_href": back_href, "moment": moment, **about}
    status = 422 if form.is_bound else 200
    return render(request, "cases/supervision_withdraw.html", context, status=status)
