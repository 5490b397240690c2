"""Pages on which a council asks another for a sibling or companion, and on which its desk answers."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import access, clock, link_desk, link_requests, log
from cases.access import Permission
from cases.forms import repeats
from cases.forms.link_requests import PASSED, LinkAnswerForm, LinkAskForm, LinkWithdrawForm
from cases.models import Child, LinkRequest, User
from cases.states import IllegalMove

METHODS = ["GET", "HEAD", "POST"]
# Of those that are over.
LATELY = 20


@login_required
@require_http_methods(METHODS)
def link_ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask another council, or three at most, whether it looks after a sibling or companion of the child."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    form = LinkAskForm(request.POST or None, child=child, councils=link_requests.askable(child, at=now))
    if form.is_valid():
        once = form.cleaned_data["once"]
        try:
            link_requests.ask(child, form.said(), of=form.chosen, together=once, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(
                request, _("Asked. Their duty desk is told now, and you when there is an answer.")
            )
            return redirect("child_people", child.reference)
    context = {"child": child, "form": form, "now": now}
    return render(request, "cases/link_ask.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(METHODS)
def link_ask_withdraw(request: HttpRequest, reference: str, request_id: int) -> HttpResponse:
    """Ask no more; what reads as answered, or as withdrawn, has no such page."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    asked = next(
        (
            one
            for one in link_desk.of(child, reader=by, at=now)
            if one.request.pk == request_id and one.is_open
        ),
        None,
    )
    if asked is None:
        raise Http404
    form = LinkWithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            link_requests.withdraw(asked.request, why=form.cleaned_data["why"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error("why", str(refusal))
        else:
            messages.success(request, _("Withdrawn. The desk that was asked hears that it is over."))
            return redirect("child_people", child.reference)
    context = {"child": child, "asked": asked, "form": form, "now": now}
    return render(request, "cases/link_ask_withdraw.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def link_asked_list(request: HttpRequest) -> HttpResponse:
    """List what other councils ask of the desks that somebody works on, the soonest due first, and the last answered."""
    now = clock.now()
    rows = link_desk.at_desk(access.person(request), at=now)
    waiting = list(rows.asked().order_by("due_at", "pk"))
    limits = link_desk.limits(waiting)
    waiting.sort(key=lambda row: limits.get(row.pk, row.due_at))
    over = list(rows.exclude(status=LinkRequest.Status.ASKED).order_by("-asked_at", "-pk")[:LATELY])
    askers, urgent = link_desk.askers(waiting, at=now), link_desk.urgent(waiting)
    lines = [(row, askers.get(row.pk), row.pk in urgent, limits.get(row.pk, row.due_at)) for row in waiting]
    context = {"lines": lines, "over": over, "now": now}
    return render(request, "cases/link_asked_list.html", context)


@login_required
@require_http_methods(METHODS)
def link_asked(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the desk what another council asks, its own children who may be meant, and take the answer."""
    now = clock.now()
    user = access.person(request)
    asked = _opened(request, user, request_id, now)
    takes = asked.status in (LinkRequest.Status.ASKED, *LinkRequest.NO_LINK)
    form = LinkAnswerForm(request.POST or None, asked=asked) if takes else None
    if form is not None and form.is_valid():
        try:
            said = _answer(request, asked, form, user, now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            if said:
                messages.success(request, said)
                return redirect("link_asked_list")
    likely = link_desk.likely(asked, user, at=now) if takes else []
    access.put_listed_on_record(
        user, [one.pk for one in likely], Permission.SEE_RECORD, request=request, at=now
    )
    is_bound = form is not None and form.is_bound
    context = {
        "asked": asked,
        "asker": link_desk.askers([asked], at=now).get(asked.pk),
        "is_urgent": asked.pk in link_desk.urgent([asked]),
        "limit": link_desk.limits([asked]).get(asked.pk, asked.due_at),
        "likely": likely,
        "form": form,
        "now": now,
    }
    return render(request, "cases/link_asked.html", context, status=422 if is_bound else 200)


def _answer(request: HttpRequest, asked: LinkRequest, form: LinkAnswerForm, user: User, now: datetime) -> str:
    """Take the answer; what is said of it, and nothing where the child that it names is none of theirs."""
    answer, note = form.cleaned_data["answer"], form.cleaned_data["note"]
    if answer in LinkRequest.NO_LINK:
        link_requests.refuse(asked, answer, note=note, by=user, at=now)
        return _("Recorded. Whoever asks reads that no link was made, when the time is over.")
    typed = str(form.cleaned_data["reference"].child)
    if answer == PASSED:
        other = Child.objects.filter(reference=typed).first()
        may = other is not None and link_requests.was_own(asked, other, at=now)
        may = may and other is not None and not link_requests.is_own(asked, other, at=now)
        # Nobody hands on the question for a child from whom they are kept.
        may = may and other is not None and other.pk not in access.closed_to(user, now)
        _put_on_record(request, user, now, allowed=may, child=other)
        if other is None or not may:
            words = _("There is no child with this reference whom another council took over from yours")
            form.add_error("reference", words)
            return ""
        link_requests.pass_on(asked, other, by=user, at=now)
        return _("Handed on. The desk of the council that has the child is told now.")
    try:
        # A read of the child, or a refusal on its record, like every other.
        own = access.get_child(user, typed, Permission.SEE_RECORD, request=request, at=now)
    except Http404:
        own = None
    if own is None or own.pk == asked.child_id or not link_requests.is_own(asked, own, at=now):
        form.add_error("reference", _("You can open no child of your council with this reference"))
        return ""
    link_requests.say_yes(asked, own, by=user, at=now)
    return _("The two children are linked, on both their pages, and both social workers are told.")


def _opened(request: HttpRequest, user: User, request_id: int, now: datetime) -> LinkRequest:
    """What is asked of a desk that the reader works on, or 404; either is on record."""
    asked = link_desk.at_desk(user, at=now).filter(pk=request_id).first()
    _put_on_record(request, user, now, allowed=asked is not None)
    if asked is None:
        raise Http404
    return asked


def _put_on_record(
    request: HttpRequest, user: User, at: datetime, *, allowed: bool, child: Child | None = None
) -> None:
    log.record_access(
        user=user,
        child_id=child.pk if child is not None else None,
        permission=Permission.WORK_DUTY_DESK,
        allowed=allowed,
        place=log.Place(path=request.path, page="link_asked", address=request.META.get("REMOTE_ADDR")),
        at=at,
    )
