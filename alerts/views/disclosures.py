"""Pages of the disclosure log: of one child, and of an authority for its data protection officer, by reference alone."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.duties import Duty
from alerts.models import DutyStep
from cases import access, audits, clock, disclosures, log, reads
from cases.access import Permission
from cases.deadlines import at_london, end_of
from cases.forms import repeats, typed
from cases.forms.disclosures import DisclosureForm, SpanForm
from cases.models import Child, Disclosure, EpisodeDecision, MissingEpisode, User
from cases.states import IllegalMove

COLUMNS = (
    "happened_at", "recorded_at", "child", "outcome", "organisation", "person", "what", "reason", "basis", "recorded_by",
)  # fmt: skip
# A cell that begins with one of these is run by a spreadsheet.
RUN = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """One disclosure, or one decision about telling others, as somebody reads it who knows the child by reference alone."""

    row: Disclosure | EpisodeDecision

    @property
    def child(self) -> Child:
        """Whom it is about."""
        return self.row.episode.child if isinstance(self.row, EpisodeDecision) else self.row.child

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.row, name)
        return disclosures.without_names(value, self.child) if isinstance(value, str) else value


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def child_disclosures(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was told of the child to whom, and record one more."""
    now = clock.now()
    by = access.person(request)
    wanted = Permission.SEE_RECORD if request.method in access.SAFE else Permission.WRITE_NOTE
    child = access.get_child(by, reference, wanted, request=request, at=now)
    form = DisclosureForm(request.POST or None, now=now)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            disclosures.record(child, key=given.pop("once"), **given, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("It is in the disclosure log."))
            return redirect("child_disclosures", child.reference)
    context = {
        "child": child,
        "form": form,
        "may_write": access.may(by, child, Permission.WRITE_NOTE, at=now),
        "rows": Disclosure.objects.filter(child=child).select_related("recorded_by")[: reads.PAGE_SIZE],
        "decisions": _decisions(child),
        "back_href": reverse("child", args=[child.reference]),
        "now": now,
    }
    return render(request, "alerts/child_disclosures.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def disclosure_list(request: HttpRequest) -> HttpResponse:
    """Show the data protection officer what was disclosed in their authority: a child by reference, never by name."""
    now = clock.now()
    by = access.person(request)
    own = audits.authorities(by, Permission.PROTECT_DATA, at=now)
    form = SpanForm(request.GET or None, now=now)
    if form.is_bound and not form.is_valid():
        return render(request, "alerts/disclosure_list.html", {"form": form, "now": now}, status=422)
    told, older = _page(_within(disclosures.of_authorities(own, by=by, at=now), form), request, "before")
    decided, earlier = _page(
        _within(disclosures.decided_by_authorities(own, by=by, at=now), form), request, "decided_before"
    )
    rows, decisions = [Line(row) for row in told], [Line(row) for row in decided]
    _put_on_record(request, by, [*rows, *decisions], now)
    context = {
        "form": form,
        "rows": rows,
        "older": _query(request, before=older) if older else "",
        "decisions": decisions,
        "earlier": _query(request, decided_before=earlier) if earlier else "",
        "query": _query(request),
        "now": now,
    }
    return render(request, "alerts/disclosure_list.html", context)


@login_required
@require_safe
def disclosure_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file; that it was made is on record with every child in it."""
    now = clock.now()
    by = access.person(request)
    own = audits.authorities(by, Permission.PROTECT_DATA, at=now)
    form = SpanForm(request.GET or None, now=now)
    if form.is_bound and not form.is_valid():
        raise Http404
    told = _within(disclosures.of_authorities(own, by=by, at=now), form)
    decided = _within(disclosures.decided_by_authorities(own, by=by, at=now), form)
    rows = sorted((Line(row) for row in (*told, *decided)), key=lambda one: one.row.recorded_at, reverse=True)
    _put_on_record(request, by, rows, now)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="disclosures-{typed.london(now):%Y-%m-%d}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in _cells(row)])
    return response


def _cells(one: Line) -> tuple[str, ...]:
    row = one.row
    if isinstance(row, EpisodeDecision):
        what = f"{row.episode.reference}, {one.decided_by}"
        happened, said = row.decided_at, (row.answer, row.kind, one.spoken_to, what, one.reason, one.consent)
    else:
        happened, said = row.happened_at, (row.outcome, one.body, one.person, one.what, one.reason, row.basis)
    moments = (typed.london(moment).isoformat(timespec="minutes") for moment in (happened, row.recorded_at))
    return (*moments, one.child.reference, *said, row.recorded_by.name)


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(RUN) else value


@dataclass(frozen=True)
class Decided:
    """What a manager decided about telling the Home Office in one search."""

    episode: MissingEpisode
    is_told: bool
    by: str
    at: datetime


def _decisions(child: Child) -> list[Decided]:
    """Every decision about telling the Home Office, the latest first: it stands with its episode, and is led to from here.

    A search from before decisions had a record of their own has the answer of its step.
    """
    written = EpisodeDecision.objects.filter(episode__child=child, kind=EpisodeDecision.Kind.HOME_OFFICE)
    rows = [
        Decided(row.episode, row.answer == EpisodeDecision.Answer.TOLD, row.decided_by, row.decided_at)
        for row in written.select_related("episode__child")
    ]
    done = DutyStep.objects.filter(episode__child=child, kind=Duty.HOME_OFFICE, done_at__isnull=False)
    rows += [
        Decided(step.episode, step.answer == DutyStep.Answer.DONE, step.done_by.name, step.done_at)
        for step in done.exclude(episode__in=written.values("episode")).select_related(
            "episode__child", "done_by"
        )
        if step.done_by is not None and step.done_at is not None
    ]
    return sorted(rows, key=lambda one: one.at, reverse=True)


def _within(rows: QuerySet[Any], form: SpanForm) -> QuerySet[Any]:
    given = form.cleaned_data if form.is_bound else {}
    if given.get("begins"):
        rows = rows.filter(recorded_at__gte=at_london(given["begins"], time()))
    if given.get("ends"):
        rows = rows.filter(recorded_at__lt=end_of(given["ends"]))
    return rows


def _page(rows: QuerySet[Any], request: HttpRequest, mark: str) -> tuple[list[Any], str]:
    try:
        return reads.newest(rows, request.GET.get(mark, ""), moment="recorded_at")
    except ValueError as error:
        raise Http404 from error


def _put_on_record(request: HttpRequest, by: User, rows: Sequence[Line], now: datetime) -> None:
    match = request.resolver_match
    place = log.Place(
        path=request.path,
        page=match.url_name or "" if match else "",
        address=request.META.get("REMOTE_ADDR"),
    )
    log.record_access(
        user=by, child_id=None, permission=Permission.PROTECT_DATA, allowed=True, place=place, at=now
    )
    ids = [one.child.pk for one in rows]
    access.put_listed_on_record(by, ids, Permission.PROTECT_DATA, always=True, request=request, at=now)


def _query(request: HttpRequest, **more: str) -> str:
    query = request.GET.copy()
    for mark in ("before", "decided_before"):
        query.pop(mark, None)
    query.update(more)
    return query.urlencode()
