"""Pages of data breaches and complaints: report one, see what waits for the officer, write what was decided."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, audits, clock, matters
from cases.access import Permission
from cases.forms import repeats
from cases.forms.matters import EntryForm, ReportForm, WorryForm
from cases.models import Matter
from cases.reads import PAGE_SIZE
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def breach_new(request: HttpRequest) -> HttpResponse:
    """Let anybody with a role report a data breach in words."""
    return _report(request, Matter.Kind.BREACH)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_new(request: HttpRequest) -> HttpResponse:
    """Let anybody with a role complain about how data is handled."""
    return _report(request, Matter.Kind.COMPLAINT)


@login_required
@require_safe
def matter_list(request: HttpRequest) -> HttpResponse:
    """Show the data protection officer what waits for an answer, and what was answered lately."""
    now = clock.now()
    own = audits.authorities(access.person(request), Permission.PROTECT_DATA, at=now)
    context = {
        "waiting": matters.waiting(own, at=now),
        "over": matters.over(own, at=now)[:PAGE_SIZE],
        "now": now,
    }
    return render(request, "cases/matter_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def matter(request: HttpRequest, matter_id: int) -> HttpResponse:
    """Show one matter to whoever answers for it, and write what was found, decided or done."""
    now = clock.now()
    by = access.person(request)
    one = matters.get(by, matter_id, request=request, at=now)
    form = EntryForm(request.POST or None, matter=one, now=now)
    if form.is_valid():
        given = dict(form.cleaned_data)
        try:
            matters.write(one, given.pop("kind"), key=given.pop("once"), **given, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("matter", one.pk)
    context = {
        "matter": one,
        "entries": one.entries.select_related("written_by"),
        "senior": matters.senior_of(one, at=now),
        "is_over": bool(matters.answered([one.pk])),
        "form": form,
        "now": now,
    }
    return render(request, "cases/matter.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def worry_new(request: HttpRequest) -> HttpResponse:
    """Let anybody with a role say that they are worried about a colleague: it goes to the LADO past every manager."""
    now = clock.now()
    by = access.person(request)
    if not access.memberships(by, now):
        raise PermissionDenied
    known = matters.authorities_of(by, at=now)
    form = WorryForm(request.POST or None, authorities=known, phone=by.phone)
    if form.is_valid():
        try:
            one = matters.worry(**form.given(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            words = _("Recorded as %(reference)s. The LADO is being told.") % {"reference": one.reference}
            messages.success(request, words)
            return redirect("worry_new")
    own = Matter.objects.filter(reported_by=by, kind=Matter.Kind.WORRY)[:PAGE_SIZE]
    context = {"form": form, "own": own, "now": now}
    return render(request, "cases/worry_new.html", context, status=422 if form.is_bound else 200)


def _report(request: HttpRequest, kind: Matter.Kind) -> HttpResponse:
    now = clock.now()
    by = access.person(request)
    if not access.memberships(by, now):
        raise PermissionDenied
    known = matters.authorities_of(by, at=now)
    form = ReportForm(request.POST or None, kind=kind, authorities=known, now=now)
    if form.is_valid():
        try:
            one = matters.report(kind, **form.given(), by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            words = _("Recorded as %(reference)s. The data protection officer is being told.")
            messages.success(request, words % {"reference": one.reference})
            return redirect("breach_new" if kind == Matter.Kind.BREACH else "complaint_new")
    own = Matter.objects.filter(reported_by=by, kind=kind)[:PAGE_SIZE]
    done = matters.answered([one.pk for one in own])
    context = {
        "form": form,
        "kind": kind,
        "own": [(one, one.pk in done) for one in own],
        "now": now,
    }
    return render(request, "cases/matter_new.html", context, status=422 if form.is_bound else 200)
