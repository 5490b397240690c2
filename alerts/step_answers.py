"""The verb that takes an answer to a duty step back: it stays on record, and what is owed is owed again."""

from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import Alert, AlertStep, Clock, DutyStep, MessageItem, MessageKind, StepAnswer
from alerts.models.outbox import MessageStatus
from alerts.schedule import Step
from cases import log
from cases.models import Child, User
from cases.states import IllegalMove

# A rung that had heard of it hears again after as long as it had waited at first, and within these.
SOONEST, LATEST = timedelta(hours=1), timedelta(days=1)
# A message in flight counts as told.
_OUT = (MessageStatus.SENT, MessageStatus.SENDING)


def withdraw(said: StepAnswer, *, reason: str, by: User, at: datetime) -> StepAnswer:
    """Withdraw an answer that was wrong: it stays, struck through, and the step is owed again in an open matter.

    A rung whose time passed meanwhile hears at once, and late; one that had heard before the answer was given hears again
    later. Raises `IllegalMove` without a reason, and for one that is withdrawn already.
    """
    if not reason.strip():
        raise IllegalMove("Enter why this answer is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(episodes__duty_steps=said.step_id)
        said = StepAnswer.objects.select_related("step__episode").get(pk=said.pk)
        if said.withdrawn_at is not None:
            raise IllegalMove("This answer is withdrawn already.")
        said.withdrawn_at, said.withdrawn_by, said.withdrawn_reason = at, by, reason.strip()
        said.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        step = said.step
        step.again = dict(step.again) | _heard_again(step, at)
        if said.booked_for is None:
            step.done_at, step.done_by, step.answer, step.note = None, None, "", ""
        booked = StepAnswer.objects.standing().filter(step=step, booked_for__isnull=False)
        step.booked_for = booked.values_list("booked_for", flat=True).last()
        step.save(update_fields=["done_at", "done_by", "answer", "note", "again", "booked_for"])
        log.record(
            child,
            "duty_step_withdrawn",
            subject=said,
            data={"episode": step.episode.number, "step": step.kind, "answer": said.answer},
            fields={"reason": said.withdrawn_reason},
            by=by,
            at=at,
        )
    return said


def _heard_again(step: DutyStep, at: datetime) -> dict[str, str]:
    """When each rung hears again that heard of this step before, or is just hearing of it."""
    rungs = step.rungs
    heard = _heard(step) & rungs.keys()
    waits = {rung: min(max(rungs[rung] - step.planned_at, SOONEST), LATEST) for rung in heard}
    return {rung.value: (at + span).isoformat() for rung, span in waits.items()}


def _heard(step: DutyStep) -> set[Step]:
    """The rungs of which somebody was told, or that had nobody to tell; a mail that never went out tells nobody."""
    alerts = Alert.objects.filter(
        clock__kind=Clock.Kind.DUTY, clock__episode=step.episode_id, clock__duty=step.kind
    )
    items = MessageItem.objects.filter(alert__in=alerts).exclude(kind=MessageKind.ENDING)
    owed, out = set(), set()
    for item in items.select_related("message"):
        owed.add(item.step)
        if item.message.status in _OUT or item.message.may_be_out:
            out.add(item.step)
    climbed = AlertStep.objects.filter(alert__in=alerts).values_list("step", flat=True)
    return {Step(rung) for rung in climbed if rung in out or rung not in owed}
