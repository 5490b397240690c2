"""The pages on which one duty step of an episode is answered, and an answer is taken back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts import duty_steps, meeting_steps, step_answers, step_rows
from alerts.duties import Duty
from alerts.forms.duty_steps import Answered, WithdrawAnswer
from alerts.models import DutyStep, StepAnswer
from cases import access, clock
from cases.access import Permission
from cases.states import IllegalMove


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_step(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """Answer one step of the episode; one that decisions answer leads on to the first that is not made."""
    now = clock.now()
    user = access.person(request)
    wanted = Permission.DECIDE_HOME_OFFICE if kind == Duty.HOME_OFFICE else Permission.CONFIRM_EPISODE
    episode = access.get_episode(user, reference, wanted, request=request, at=now)
    step = get_object_or_404(DutyStep, episode=episode, kind=kind)
    if (step.is_decided or step.kind == Duty.TAKEN_DOWN) and step.done_at is None:
        return redirect("episode_decision", episode.reference, step_rows.waits_for(step))
    if step.kind == Duty.BED_KEPT and step.done_at is None:
        return redirect("episode_bed", episode.reference)
    if step.is_answered_by_facts and not step.is_decided:
        raise Http404
    booked = meeting_steps.booked(step, episode.child, at=now)
    form = Answered(request.POST or None, step=step, booked=booked, now=now)
    if form.is_valid():
        try:
            duty_steps.answer(step, **form.cleaned_data, by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "step": step, "form": form, "now": now}
    may = access.permissions_for(user, episode.child, at=now)
    context["booked"] = booked
    context["record"] = step_rows.record_of(step, episode, may=may)
    if step.kind == Duty.TELL_ENDED:
        context["names"] = step_rows.told_also(episode)
    return render(request, "alerts/episode_step.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def episode_step_withdraw(request: HttpRequest, reference: str, kind: str, answer_id: int) -> HttpResponse:
    """Withdraw an answer that was wrong: it stays, struck through, and the step is owed again."""
    now = clock.now()
    user = access.person(request)
    episode = access.get_episode(user, reference, Permission.CONFIRM_EPISODE, request=request, at=now)
    answers = StepAnswer.objects.select_related("step__episode", "said_by")
    said = get_object_or_404(answers, pk=answer_id, step__episode=episode, step__kind=kind)
    form = WithdrawAnswer(request.POST or None)
    if form.is_valid():
        try:
            step_answers.withdraw(said, reason=form.cleaned_data["reason"], by=user, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The answer is withdrawn."))
            return redirect("episode", episode.reference)
    context = {"episode": episode, "child": episode.child, "said": said, "form": form, "now": now}
    context["is_owed"] = step_answers.is_owed_again(said)
    status = 422 if form.is_bound else 200
    return render(request, "alerts/episode_step_withdraw.html", context, status=status)
