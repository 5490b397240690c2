"""Pages of the record: a manager asks who has seen a child and what was changed, everybody what they looked at themselves."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases import access, clock, concerns
from cases import changes as changing
from cases import reads as reading
from cases.access import Permission
from cases.models import Child, User


@login_required
@require_safe
def reads(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a manager of the child's team who was shown the child, and who was refused."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    person = _reader(child, request.GET.get("person", ""))
    try:
        found = reading.of_child(
            child,
            person=person.pk if person else None,
            known=concerns.known_people(child, by, at=now),
            before=request.GET.get("before", ""),
        )
    except ValueError as error:
        raise Http404 from error
    query = {"person": person.pk} if person else {}
    context = {"child": child, "person": person, "rows": found.rows, "now": now}
    return render(request, "cases/reads.html", context | _older(query, found.older))


@login_required
@require_safe
def changes(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a manager of the child's team what stood in each field before it was changed, and who changed it."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.KEEP_FROM, request=request, at=now)
    try:
        found = changing.of_child(child, by, before=request.GET.get("before", ""), at=now)
    except ValueError as error:
        raise Http404 from error
    context = {"child": child, "rows": found.rows, "now": now}
    return render(request, "cases/changes.html", context | _older({}, found.older))


@login_required
@require_safe
def own_reads(request: HttpRequest) -> HttpResponse:
    """Show somebody what stands on record of their own looking."""
    now = clock.now()
    by = access.person(request)
    reading.put_own_on_record(by, path=request.path, address=request.META.get("REMOTE_ADDR"), at=now)
    try:
        found = reading.by_person(by, before=request.GET.get("before", ""), at=now)
    except ValueError as error:
        raise Http404 from error
    return render(request, "cases/own_reads.html", {"rows": found.rows, "now": now} | _older({}, found.older))


def _reader(child: Child, given: str) -> User | None:
    """One of those on record with this child: nobody else's name is told by a number."""
    if not given:
        return None
    found = reading.reader_of(child, int(given)) if given.isdecimal() and len(given) < 16 else None
    if found is None:
        raise Http404
    return found


def _older(query: dict[str, int], mark: str) -> dict[str, str]:
    return {"older": urlencode({**query, "before": mark}) if mark else ""}
