"""The verb that takes an answer to a duty step back: it stays on record, and what is owed is owed again."""

from datetime import datetime

from django.db import transaction

from alerts import readings, referral_steps, reopenings
from alerts.models import DutyStep, StepAnswer
from cases import facts, log
from cases.models import Child, MissingEpisode, User
from cases.moves import require_open
from cases.states import EpisodeOutcome, IllegalMove


def withdraw(said: StepAnswer, *, reason: str, by: User, at: datetime) -> StepAnswer:
    """Withdraw an answer that was wrong: it stays, struck through, and the step is owed again in an open matter.

    A rung whose time passed meanwhile hears at once, and late; one that had heard before the answer was given hears again
    later. One that the step goes by no more, as it was owed anew since, opens nothing. The same words of the same person
    twice are one. Raises `IllegalMove` without a reason, for one that is withdrawn already, and in a closed case but of
    what a death leaves to do.
    """
    if not reason.strip():
        raise IllegalMove("Enter why this answer is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(episodes__duty_steps=said.step_id)
        said = StepAnswer.objects.select_related("step__episode").get(pk=said.pk)
        if (said.withdrawn_by_id, said.withdrawn_reason) == (by.pk, reason.strip()):
            return said
        if not outlasts_closing(said.step, said.step.episode):
            require_open(child.closed_at)
        if said.withdrawn_at is not None:
            raise IllegalMove("This answer is withdrawn already.")
        stood = said.stands
        said.withdrawn_at, said.withdrawn_by, said.withdrawn_reason = at, by, reason.strip()
        said.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        step = said.step
        if said.booked_for is not None:
            reopenings.unbook(step, at=at)
        elif stood:
            for one in (step, *referral_steps.closed_by(said)):
                reopenings.reopen(one, at=at)
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


def outlasts_closing(step: DutyStep, episode: MissingEpisode) -> bool:
    """Whether this step of the episode is asked for in a closed case too: what a death leaves to do is."""
    return episode.outcome == EpisodeOutcome.DIED and step.outlasts(episode.outcome)


def is_owed_again(said: StepAnswer) -> bool:
    """Whether its step is asked for once this answer does not stand.

    In a closed case none is but what a death opened.
    """
    episode = said.step.episode
    child = facts.load([episode.child_id])[episode.child_id]
    is_closed = child.child.closed_at is not None and not outlasts_closing(said.step, episode)
    return said.stands and not is_closed and readings.is_asked(said.step, episode, child)
