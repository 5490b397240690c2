"""The two duty steps of a referral to the NRM, that it is made and that it is made or considered: one answer is of both."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.duties import Duty
from alerts.models import DutyStep, StepAnswer
from cases import suspicions
from cases.models import Child, MissingEpisode, NrmReferral, Trafficking
from cases.states import NrmStatus

# Of the first the manager hears, of the second the director.
KINDS = (Duty.NRM_REFERRAL, Duty.NRM_CONSIDERED)


def filled_in(standing: Mapping[str, DutyStep], child: Child, episode: MissingEpisode) -> list[DutyStep]:
    """Write into those of these steps that are open what answers them; return these, not stored yet."""
    waiting = [standing[kind] for kind in KINDS if kind in standing and standing[kind].done_at is None]
    return [step for step in waiting if _fill_in(step, child, episode) or _take_over(step, standing)]


def _fill_in(step: DutyStep, child: Child, episode: MissingEpisode) -> bool:
    """Write into the step of a referral what the facts answer, if they do; of signs that were taken back it is not asked."""
    # Whether a child without signs is to be referred is considered all the same.
    is_gone = step.kind == Duty.NRM_REFERRAL and child.trafficking != Trafficking.YES
    is_referred = _is_referred(child, episode)
    # What is written down is English, whoever's button wrote it.
    with translation.override(settings.LANGUAGE_CODE):
        if is_referred:
            step.answer, step.note = DutyStep.Answer.DONE, _("The referral to the NRM is recorded")
        elif is_gone:
            step.answer, step.note = DutyStep.Answer.NOT_NEEDED, _("The signs were taken back")
    return is_referred or is_gone


def _take_over(step: DutyStep, standing: Mapping[str, DutyStep]) -> bool:
    """Write into a step that is asked for only now what somebody had said of the referral before."""
    referral = standing.get(Duty.NRM_REFERRAL)
    if step.kind != Duty.NRM_CONSIDERED or referral is None or referral.done_by_id is None:
        return False
    step.done_by, step.answer, step.note = referral.done_by, referral.answer, referral.note
    return True


def is_open_again(step: DutyStep, child: Child) -> bool:
    """Whether the referral that answered it was withdrawn since, or there are signs that came after the answer.

    What somebody said of it holds as long as the signs are those of then: a referral that is withdrawn opens it not.
    """
    if step.kind not in KINDS or step.done_at is None:
        return False
    unreferred = suspicions.unreferred_since(child)
    if unreferred is None:
        return False
    if step.done_by_id is not None:
        return suspicions.since([child])[child.pk] > step.done_at
    # Signs that were taken back stand again, since whenever they do.
    return step.answer == DutyStep.Answer.NOT_NEEDED or unreferred > step.done_at


def _is_referred(child: Child, episode: MissingEpisode) -> bool:
    """Whether a referral follows the signs; where there are none, whether one is open, or was made in this search."""
    if child.trafficking == Trafficking.YES:
        return suspicions.unreferred_since(child) is None
    referrals = NrmReferral.objects.filter(child=child).exclude(status=NrmStatus.WITHDRAWN)
    return referrals.filter(Q(ends_at=None) | Q(recorded_at__gte=episode.opened_at)).exists()


def answered_with(step: DutyStep) -> list[DutyStep]:
    """The other step of the referral that whoever answers this one answers as well: where both are open."""
    if step.kind not in KINDS:
        return []
    return list(
        DutyStep.objects.filter(episode=step.episode_id, kind__in=KINDS, done_at=None).exclude(pk=step.pk)
    )


def closed_by(said: StepAnswer) -> list[DutyStep]:
    """The other step of the referral that this answer closed: it goes by none of its own, nor by one of before the signs."""
    if said.step.kind not in KINDS:
        return []
    others = DutyStep.objects.filter(episode=said.step.episode_id, kind__in=KINDS).exclude(pk=said.step_id)
    with_it = others.filter(done_by=said.said_by_id, answer=said.answer, note=said.note)
    return [step for step in with_it if not any(one.stands for one in step.answers.standing())]
