"""Pages of an action of a plan: ask somebody for it, give it to another, say that it is done, and record how it ended."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, action_owners, action_words, clock, plans
from cases.access import Permission
from cases.deadlines import london_day
from cases.forms import repeats
from cases.forms.action_owners import ActionEndForm, OwnerForm, SaidDoneForm, askable_of
from cases.forms.plans import ActionForm
from cases.models import ActionWord, Child, Placement, PlanAction, User
from cases.moves import SentBefore
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask somebody for an action of the plan."""
    return _asked(request, reference, of_placement=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shortfall_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Record what the placement that stands cannot keep of the plan; 404 where none stands."""
    return _asked(request, reference, of_placement=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_end(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Record that an action is done or withdrawn, send it back, or write down what its owner says; 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    action = _action(child, key)
    word = action_words.latest(action)
    waits = _waits(request, action, word, by=by)
    form = ActionEndForm(request.POST or None, waits=waits, outside=action.is_outside)
    if form.is_valid():
        try:
            _answer(action, form, waits=waits, by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(request, _answered(form))
            return redirect("plan", child.reference)
    return _shown(request, "cases/action_end.html", child, form, action=action, word=word, waits=waits)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_give(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Give an action to another owner; its day stays. 404 for another child's."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    action = _action(child, key)
    form = OwnerForm(request.POST or None, askable=askable_of(child, at=now))
    if form.is_valid():
        try:
            action_words.give(action, form.said, by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is theirs now. Its day stays as it was."))
            return redirect("plan", child.reference)
    return _shown(request, "cases/action_give.html", child, form, action=action)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_said(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Say, at the home or as the guardian, that one's action is done; 404 for whose it is not, as for no such action."""
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.RECORD_CONTACT, request=request, at=now)
    action = _action(child, key)
    if not action_owners.holds(action, by, at=now):
        raise Http404
    form = SaidDoneForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            action_words.say_done(action, said=given["said"], key=given["once"], by=by, at=now)
        except IllegalMove as refusal:
            repeats.refuse(form, refusal)
        else:
            messages.success(
                request, _("It is recorded. The child’s social worker confirms it or asks you again.")
            )
            return redirect("home")
    word = action_words.latest(action)
    context = {"action": action, "word": word, "back_href": reverse("home")}
    return _shown(request, "cases/action_said.html", child, form, **context)


def _asked(request: HttpRequest, reference: str, *, of_placement: bool) -> HttpResponse:
    now = clock.now()
    by = access.person(request)
    child = access.get_child(by, reference, Permission.CHANGE_CHILD, request=request, at=now)
    placement = Placement.objects.current(now).filter(child=child).first() if of_placement else None
    if of_placement and placement is None:
        raise Http404
    form = ActionForm(
        request.POST or None,
        askable=askable_of(child, at=now),
        of_placement=of_placement,
        today=london_day(now),
        initial={"owner": by.pk},
    )
    if form.is_valid():
        given = form.cleaned_data
        said = {"owner": form.said, "by_date": given["by_date"], "key": given["once"]}
        try:
            plans.ask(child, given["what"], **said, placement=placement, by=by, at=now)
        except SentBefore as refusal:
            repeats.send_anew(form, refusal)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is on the plan, and in the calendar of the child."))
            return redirect("plan", child.reference)
    return _shown(request, "cases/action_new.html", child, form, of_placement=of_placement)


def _action(child: Child, key: str) -> PlanAction:
    rows = PlanAction.objects.select_related("child", "owner", "owner_placement__home", "placement")
    return get_object_or_404(rows, child=child, key=key)


def _waits(request: HttpRequest, action: PlanAction, word: ActionWord | None, *, by: User) -> bool:
    """Whether what was called done waits for its answer; of a form that comes again, whether it did the first time."""
    try:
        sent = ActionWord.objects.filter(
            action=action, recorded_by=by, key=uuid.UUID(request.POST.get("once", ""))
        )
    except ValueError:
        sent = ActionWord.objects.none()
    if (standing := sent.first()) is not None:
        return standing.kind == ActionWord.Kind.SENT_BACK
    return word is not None and word.kind == word.Kind.DONE and action.stands


def _answer(action: PlanAction, form: ActionEndForm, *, waits: bool, by: User, at: datetime) -> None:
    given = form.cleaned_data
    if given["ending"] != form.GO_ON:
        plans.end(action, given["ending"], said=given["said"], by=by, at=at)
        return
    say = action_words.send_back if waits else action_words.not_yet
    say(action, said=given["said"], key=given["once"], by=by, at=at)


def _answered(form: ActionEndForm) -> str:
    if form.cleaned_data["ending"] == form.GO_ON:
        return _("It is recorded. The action is due as before.")
    return _("It is recorded. Whoever was told of it hears that it has ended.")


def _shown(request: HttpRequest, template: str, child: Child, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"child": child, "form": form, "back_href": reverse("plan", args=[child.reference]), **more}
    return render(request, template, context, status=422 if form.is_bound else 200)
