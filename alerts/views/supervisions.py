"""A manager's queue of supervision: which social workers have children who wait to be discussed, and one of them."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts import sittings
from alerts.views import pages
from alerts.views.workloads import require_manager
from cases import access, clock, drafts
from cases.access import Permission
from cases.models import Draft, Role

# As many social workers as are read at once, each with some children.
SHOWN = 25


@login_required
@require_safe
def supervision_queue(request: HttpRequest) -> HttpResponse:
    """Show whose supervision is due, overdue first, with the children who wait in it."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    rows = sittings.queue(user, now=now)
    page = pages.of(request, rows, SHOWN)
    ids = [wait.child.pk for row in page for wait in row.first]
    access.put_listed_on_record(user, ids, Permission.SEE_RECORD, request=request, at=now)
    in_rows = {wait.child.pk for row in rows for wait in row.late}
    context = {
        "rows": rows,
        "page": page,
        # With a social worker who has left, or of another team: in nobody's supervision here.
        "left": max(0, sittings.late_count(user, now=now) - len(in_rows)),
        "now": now,
        "back_href": f"{reverse('home')}?as={Role.TEAM_MANAGER}",
    }
    return render(request, "alerts/supervision_queue.html", context)


@login_required
@require_safe
def supervision_worker(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show all children of one social worker, who waits longest first, to choose who is talked about."""
    now = clock.now()
    require_manager(request, now)
    user = access.person(request)
    row = sittings.of_worker(user, person_id, now=now)
    if row is None:
        raise Http404
    page = pages.of(request, row.waits)
    ids = [wait.child.pk for wait in page]
    access.put_listed_on_record(user, ids, Permission.SEE_RECORD, request=request, at=now)
    draft = drafts.of(user, Draft.Form.SUPERVISION, person=row.worker, at=now)
    context = {
        "row": row,
        "page": page,
        "draft": draft,
        "now": now,
        "back_href": reverse("supervision_queue"),
    }
    return render(request, "alerts/supervision_worker.html", context)
