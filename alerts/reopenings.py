"""A duty step is owed again that was answered: when each rung hears of it that had heard before."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts import step_pasts
from alerts.models import Alert, AlertStep, Clock, DutyStep, MessageItem, MessageKind, StepAnswer
from alerts.models.outbox import MessageStatus
from alerts.schedule import Step
from alerts.tiers import by_day
from cases.states import EpisodeOutcome

# A rung that had heard of it hears again after as long as it had waited at first, and within these.
SOONEST, LATEST = timedelta(hours=1), timedelta(days=1)
# A message in flight counts as told.
_OUT = (MessageStatus.SENT, MessageStatus.SENDING)
FIELDS = (*step_pasts.ANSWER, "due_at", "steps", "again")


def reopen(step: DutyStep, *, at: datetime) -> None:
    """Take the answer away that does not hold; a rung that had heard is not told twice at once."""
    step.again = dict(step.again) | heard_again(step, at)
    _open(step, at)


def reopen_anew(step: DutyStep, due_at: datetime, steps: Mapping[str, str], *, at: datetime) -> None:
    """The same of one that is owed for a new reason, counted from it: whatever was told before was about another."""
    step.due_at, step.steps, step.again = due_at, dict(steps), {}
    _open(step, at)


def unbook(step: DutyStep, *, at: datetime, soonest: datetime | None = None) -> None:
    """Have it wait for no time that is booked, but for an earlier one that stands; the step stays answered if it is.

    No rung hears of it before `soonest`.
    """
    again = heard_again(step, at)
    booked = StepAnswer.objects.standing().filter(step=step, booked_for__isnull=False)
    step.booked_for = booked.values_list("booked_for", flat=True).last()
    if soonest is not None:
        again = {rung.value: soonest.isoformat() for rung in step.rungs} | again
    step.again = dict(step.again) | again
    step_pasts.write(step, "again", "booked_for", at=at)


def _open(step: DutyStep, at: datetime) -> None:
    step.done_at, step.done_by, step.answer, step.note = None, None, "", ""
    step_pasts.write(step, *FIELDS, at=at)


def heard_again(step: DutyStep, at: datetime) -> dict[str, str]:
    """When each rung hears again that heard of this step before, or is just hearing of it.

    After a death none hears by night, nor does one whose time passed meanwhile.
    """
    rungs = step.rungs
    heard = _heard(step) & rungs.keys()
    moments = {rung: at + min(max(rungs[rung] - step.planned_at, SOONEST), LATEST) for rung in heard}
    if step.episode.outcome == EpisodeOutcome.DIED:
        passed = {rung: at for rung, moment in rungs.items() if moment < at}
        moments = {rung: by_day(moment) for rung, moment in (passed | moments).items()}
    return {rung.value: moment.isoformat() for rung, moment in moments.items()}


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
