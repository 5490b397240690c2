"""A social worker's children as their manager sees them, and giving them to another: tick, choose, confirm."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from alerts import sentences, worklists, workloads
from alerts.forms.workloads import AllocateForm
from alerts.views import pages
from alerts.worklists import Line
from cases import access, children, clock, faces
from cases.access import Permission
from cases.models import Child, Role
from cases.moves import isolated
from cases.states import IllegalMove

# What a column is called in the address, and in words.
COLUMNS = {
    "missing": gettext_lazy("missing or not here"),
    "no-record": gettext_lazy("no record"),
    "due": gettext_lazy("due now"),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manager_worker(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Show the children of one social worker, or those behind one figure, and give the ticked ones to another."""
    now = clock.now()
    require_manager(request, now)
    loads = workloads.read(access.person(request), of=worker_id, now=now)
    load = next((load for load in loads if load.worker.pk == worker_id), None)
    if load is None:
        raise Http404
    column = request.GET.get("show", "")
    context = {"worker": load.worker, "here": load.here, "column": COLUMNS.get(column, "")}
    return _allocation(request, load.shown(column), context, now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manager_unallocated(request: HttpRequest) -> HttpResponse:
    """Show the children without a social worker, and give the ticked ones to one."""
    now = clock.now()
    require_manager(request, now)
    ids = list(worklists.unallocated(access.person(request), now=now).values_list("pk", flat=True))
    return _allocation(request, ids, {"worker": None, "here": True, "column": ""}, now)


def require_manager(request: HttpRequest, now: datetime) -> None:
    """Raise `PermissionDenied` for whoever manages no team."""
    if not any(m.role == Role.TEAM_MANAGER for m in access.memberships(access.person(request), now)):
        raise PermissionDenied


def _allocation(
    request: HttpRequest, ids: Collection[int], context: dict[str, Any], now: datetime
) -> HttpResponse:
    user = access.person(request)
    held = list(Child.objects.filter(pk__in=ids).order_by("registered_at", "pk"))
    page = pages.of(request, worklists.lines_of(ids, now=now))
    ticked = [line.child.reference for line in page] if request.GET.get("all") == "1" else []
    form = AllocateForm(
        request.POST or None,
        initial={"children": ticked},
        held=held,
        workers=[one for one in workloads.workers(user, now=now) if one.user != context["worker"]],
    )
    if form.is_valid() and "confirm" in request.POST:
        try:
            return _given(request, form, now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
    elif form.is_valid():
        _put_on_record(request, [child.pk for child in form.chosen], now)
        return render(request, "alerts/manager_allocate.html", {**context, "form": form, "now": now})
    shown = [line.child.pk for line in page]
    _put_on_record(request, shown, now)
    lines = _readable(request, list(page), now)
    context |= {"form": form, "lines": lines, "page": page, "all_ticked": bool(ticked), "now": now}
    context["faces"] = faces.of(shown, user=user, at=now)
    return render(request, "alerts/manager_caseload.html", context, status=422 if form.is_bound else 200)


def _put_on_record(request: HttpRequest, ids: Collection[int], now: datetime) -> None:
    access.put_listed_on_record(access.person(request), ids, Permission.ALLOCATE, request=request, at=now)


def _readable(request: HttpRequest, lines: Sequence[Line], now: datetime) -> list[Line]:
    """Of a child whom no team has yet a manager reads since when, and neither where nor by whom the child was seen."""
    user = access.person(request)
    read = access.children(user, Permission.SEE_RECORD, at=now).filter(
        pk__in=[line.child.pk for line in lines]
    )
    own = set(read.values_list("pk", flat=True))
    return [
        line
        if line.child.pk in own
        else replace(line, text=sentences.bare(line.standing, now=now), last_seen="")
        for line in lines
    ]


def _given(request: HttpRequest, form: AllocateForm, now: datetime) -> HttpResponse:
    chosen, role = form.chosen, form.membership
    if role.team is None:
        raise IllegalMove("This social worker is in no team.")
    given = children.reassign(chosen, team=role.team, worker=role.user, by=access.person(request), at=now)
    words = ngettext(
        "%(number)d child is now with %(name)s.", "%(number)d children are now with %(name)s.", len(given)
    )
    messages.success(request, words % {"number": len(given), "name": isolated(role.user.name)})
    return redirect(f"{reverse('home')}?as={Role.TEAM_MANAGER}")
