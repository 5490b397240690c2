"""How the timeline tells what the engine did by itself, and what duty answered."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, and_reason
from alerts.models import DutyStep, DutyTask, StepAnswer
from cases.access import Permission
from cases.models import Event, HeadCount
from cases.templatetags.govuk import gov_time, span

_STEPS: Mapping[str, Callable[[], str]] = {
    "R0": lambda: _("Silence: the home was asked"),
    "R1": lambda: _("Silence: duty was told"),
    "R2": lambda: _("Silence: the team manager was told"),
    "R3": lambda: _("Nobody recorded seeing this child: episode opened, not confirmed"),
    "fail_safe": lambda: _("Nobody confirmed in time: the police were told without more waiting"),
    "R4": lambda: _("Silence: the head of service was told"),
    "R5": lambda: _("Silence: the director was told"),
    "call_0": lambda: _("The police were told"),
    "call_15": lambda: _("Not verified: duty was asked to ring 101 again"),
    "call_30": lambda: _("Not verified: team manager rung, reminder to police who have a mailbox"),
    "call_60": lambda: _("Not verified: head of service rung"),
    "call_120": lambda: _("Not verified: director rung"),
    "ask": lambda: _("Duty was asked to verify with the police again"),
    "ring_again": lambda: _("Not verified again: duty was asked to ring 101 again"),
}
_TOLD_OF_DUTY: Mapping[str, Callable[[], str]] = {
    "R1": lambda: _("A step after the episode is soon due: duty and social worker were told"),
    "R2": lambda: _("A step of the episode was not answered: the team manager was told"),
    "R4": lambda: _("A step of the episode was not answered: the head of service was told"),
    "R5": lambda: _("A step of the episode was not answered: the director was told"),
}
_TOLD_OF_REVIEW: Mapping[str, Callable[[], str]] = {
    "R0": lambda: _("A review is coming: team manager and social worker were told"),
    "R1": lambda: _("A review is due and not recorded: duty was told"),
    "R2": lambda: _("A review is not recorded: the team manager was told"),
    "R4": lambda: _("A review is not recorded: the head of service was told"),
    "R5": lambda: _("A review is not recorded: the director was told"),
}
_TOLD_OF_PAPER: Mapping[str, Callable[[], str]] = {
    "R1": lambda: _("Paper that is due is not recorded: duty and the social worker were told"),
    "R2": lambda: _("Paper that is due is not recorded: the team manager was told"),
    "R4": lambda: _("Paper that is due is not recorded: the head of service was told"),
    "R5": lambda: _("Paper that is due is not recorded: the director was told"),
}
_OF_TRANSFER: Mapping[str, Callable[[], str]] = {
    "pending": lambda: _("The transfer takes longer than was agreed: people of both authorities were told"),
    "reply": lambda: _("The offer of the transfer is not answered: people of both authorities were told"),
    "declined": lambda: _("The transfer was declined: duty was told"),
    "shared": lambda: _(
        "What is known of the child is not with the other authority: people of both authorities were told"
    ),
    "departure": lambda: _("The departure is not recorded: people of both authorities were told"),
    "arrival": lambda: _("The arrival is not confirmed: people of both authorities were told"),
    "missing": lambda: _("Missing before transfer: the receiving authority was told"),
}
_NOTICES: Mapping[str, Callable[[], str]] = {
    "not_here": lambda: _("Not here: duty and the team manager were told"),
    "glass": lambda: _("The glass was broken: duty and the team manager were told"),
    "away": lambda: _("Duty was told: away, whereabouts known"),
    "approach": lambda: _("Duty was told: somebody came, rang or waited"),
    "concern": lambda: _("Duty was told: a serious concern about the child"),
    "message": lambda: _("Duty was told: a message from the missing child"),
    "mate_found": lambda: _("Duty was told: somebody who may know more of this child was found"),
    "head_count": lambda: _("Home and duty were told: another child is missing, and this one is to be seen"),
    "seen": lambda: _("Duty was told: reported seen, to be confirmed"),
}


def _transfer(step: str, owed: str) -> str:
    if step == "R0":
        return _("The receiving authority was told of the offer")
    return _OF_TRANSFER.get(owed, lambda: step)()


def tells_of_another(event: Event) -> bool:
    """Whether the event says that another child is missing, or was not."""
    of_notice = event.kind in ("climbed", "alert_ended") and event.data.get("clock") == "head_count"
    return of_notice or event.kind in ("head_count_asked", "head_count_ended") or _was_needless(event)


def _was_needless(event: Event) -> bool:
    return event.kind == "alert_ended" and event.data.get("reason") == "nobody_missing"


def _climbed(event: Event, facts: Read) -> Words:
    step = str(event.data.get("step", "")).split(":", maxsplit=1)[0]
    clock = event.data.get("clock", "")
    if clock in _NOTICES:
        is_guarded = clock == "head_count" and event.child_id in facts.guarded
        title = _to_be_seen() if is_guarded else _NOTICES[clock]()
    elif clock == "transfer":
        title = _transfer(step, event.data.get("duty", ""))
    elif clock == "second_eyes":
        title = _("Nobody of a second organisation has seen this child: people were told")
    elif clock == "duty":
        title = _TOLD_OF_DUTY.get(step, lambda: step)()
    elif clock == "review":
        title = _TOLD_OF_REVIEW.get(step, lambda: step)()
    elif clock == "paperwork":
        title = _TOLD_OF_PAPER.get(step, lambda: step)()
    elif clock == "guardian":
        title = _("No guardian within reach: people were told")
    elif clock == "no_worker":
        title = _("This child is without a social worker: people were told")
    else:
        title = _STEPS.get(step, lambda: step)()
    late = int(event.data.get("late_seconds", 0))
    text = _("Told %(span)s late") % {"span": span(timedelta(seconds=late))} if late >= 60 else ""
    if event.data.get("met") == "nobody":
        text = and_reason(_("Nobody stood on this rung, so the next was climbed at once"), text)
    return Words(title, text)


_REASONS: Mapping[str, Callable[[], str]] = {
    "accounted_for": lambda: _("The child was accounted for"),
    "nobody_missing": lambda: _("No other child was missing: recording was late"),
    "episode_ended": lambda: _("The episode ended"),
    "case_closed": lambda: _("The case was closed"),
    "searched_anew": lambda: _("The search began anew"),
    "told_anew": lambda: _("Something else of the kind was told, and both wait for an answer"),
    "sought": lambda: _("The child is looked for"),
    "no_longer_owed": lambda: _("Nothing is owed any more"),
}


def _head_count_asked(event: Event, facts: Read) -> Words:
    by = gov_time(datetime.fromisoformat(event.data["due_at"]))
    told = _("to be seen by %(when)s, and watched more closely") % {"when": by}
    if event.child_id in facts.guarded:
        return Words(_to_be_seen(), told)
    why = {
        HeadCount.Reason.HOME: _("A child of the same home is missing"),
        HeadCount.Reason.LINK: _("A child said to belong to this one is missing"),
    }[event.data["reason"]]
    return Words(why, told)


def _to_be_seen() -> str:
    """For whoever may not learn that another child is missing."""
    return _("To be seen at once")


def _head_count_ended(event: Event, facts: Read) -> Words:
    if event.child_id in facts.guarded:
        return Words(_REASONS["no_longer_owed"]())
    return Words(_("No other child was missing: recording was late"))


def _alert_ended(event: Event, facts: Read) -> Words:
    reason = event.data.get("reason", "")
    if _was_needless(event) and event.child_id in facts.guarded:
        reason = "no_longer_owed"
    return Words(_("Alert ended"), _REASONS.get(reason, lambda: "")())


def _on_it(event: Event, facts: Read) -> Words:
    return Words(_("“I am on this” pressed"), _("Holds the fail-safe for 30 minutes"))


def _off_it(event: Event, facts: Read) -> Words:
    return Words(_("“I am on this” holds the fail-safe no longer"))


def _task_done(event: Event, facts: Read) -> Words:
    task: DutyTask | None = facts.of(event)
    if task is None:
        return Words(_("Duty’s task done"))
    return Words(
        _("Duty’s task done: %(task)s") % {"task": DutyTask.Kind(task.kind).label.lower()}, task.answer
    )


def _duty_step_answered(event: Event, facts: Read) -> Words:
    said: StepAnswer | DutyStep | None = facts.of(event)
    if said is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(_("A step of the episode was answered"))
    title = DutyStep.Kind(event.data["step"]).label
    answer = DutyStep.Answer(event.data["answer"]).label.lower()
    if isinstance(said, DutyStep):
        # Before answers could be taken back the event was about the step.
        said = next((one for one in said.answers.all() if one.said_at == event.recorded_at), None)
        if said is None:
            return Words(f"{title}: {answer}")
    text = said.note
    if said.booked_for is not None:
        text = _("For %(moment)s. %(note)s") % {"moment": gov_time(said.booked_for), "note": said.note}
    return Words(f"{title}: {answer}", text, withdrawn_reason=said.withdrawn_reason)


def _duty_step_withdrawn(event: Event, facts: Read) -> Words:
    title = _("An answer to a step of the episode was withdrawn")
    said: StepAnswer | None = facts.of(event)
    if said is None or Permission.SEE_RECORD not in facts.permissions:
        return Words(title)
    return Words(title, f"{DutyStep.Kind(event.data['step']).label}: {said.withdrawn_reason}")


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "climbed": _climbed,
    "head_count_asked": _head_count_asked,
    "head_count_ended": _head_count_ended,
    "alert_ended": _alert_ended,
    "duty_on_it": _on_it,
    "duty_off_it": _off_it,
    "duty_task_done": _task_done,
    "duty_step_answered": _duty_step_answered,
    "duty_step_withdrawn": _duty_step_withdrawn,
}
