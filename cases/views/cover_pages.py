"""What the pages of cover share, whoever is away: in what time, the answer of whoever is asked, and an end before its time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.forms.covers import YES, AnswerForm, CoverEndForm, answered, of_one_asking
from cases.models import User, WorkerLeave
from cases.models.covers import AskedCover
from cases.states import IllegalMove
from cases.templatetags.govuk import gov_date


def time_of(leave: WorkerLeave) -> str:
    """From when to when somebody is away, in days."""
    start = gov_date(leave.starts_at)
    if leave.last_day is None:
        return _("From %(start)s, without an end") % {"start": start}
    return _("From %(start)s to %(end)s") % {"start": start, "end": gov_date(leave.last_day)}


def answer(
    request: HttpRequest,
    waiting: Sequence[Any],
    *,
    verb: Callable[..., object],
    whose: Callable[[Any], User],
    covers: QuerySet[Any],
    names: tuple[str, str],
    now: datetime,
) -> HttpResponse:
    """Take the answer to the first asking of `waiting` by `verb`.

    `names` are those of this page and of the page that ends one of `covers`, what is covered already.
    """
    page, end_name = names
    asked = of_one_asking(waiting)
    if request.method == "POST":
        # What is answered is what was read, be another asking the first by now.
        asked = answered(waiting, request.POST.get("asking", ""))
        if not asked:
            gone = _("That asking was answered or taken back in the meantime. What waits now stands here.")
            messages.error(request, gone)
            return redirect(page)
    form = AnswerForm(request.POST or None, asked=asked)
    if form.is_valid():
        given = form.cleaned_data
        accepted = given["answer"] == YES
        try:
            verb(asked, accepted=accepted, reason=given["reason"], by=request.user, at=now)
        except IllegalMove as refusal:
            form.add_error("answer", str(refusal))
        else:
            done = _("You cover in that time.") if accepted else _("You have declined.")
            messages.success(request, done)
            return redirect(page)
    context = {"form": form, "asked": asked, "more": len(waiting) - len(asked), "now": now}
    context |= {"covers": covers, "whose": whose(asked[0]) if asked else None, "end_name": end_name}
    status = 422 if form.is_bound else 200
    return render(request, "cases/cover_answer.html", context, status=status)


def end(
    request: HttpRequest, cover: Any, *, verb: Callable[..., AskedCover], whose: User, now: datetime
) -> HttpResponse:
    """End `cover`, which is of `whose` work, by `verb` with a reason; a request that waits is taken back."""
    form = CoverEndForm(request.POST or None, waits=cover.accepted is None)
    if form.is_valid():
        try:
            ended = verb(cover, reason=form.cleaned_data["reason"], by=request.user, at=now)
        except IllegalMove as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _said(ended))
            return redirect("home")
    context = {"form": form, "cover": cover, "whose": whose, "now": now, "back_href": reverse("home")}
    status = 422 if form.is_bound else 200
    return render(request, "cases/cover_end.html", context, status=status)


def _said(ended: AskedCover) -> str:
    """What has become of it, as it was by then: it may have been accepted since its page was read."""
    if ended.accepted is None:
        return _("The request is taken back.")
    return _("The cover has ended.") if ended.called_off_at is None else _("The cover is called off.")
