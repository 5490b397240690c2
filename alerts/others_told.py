"""The step about those who went along with a found child of a restricted record: over once nobody is left to be told of.

It is asked again where that holds no more: one of them is gone again, or nobody told their desk as we were to.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from alerts import duty_steps, reopenings
from alerts.duties import Duty
from alerts.models import DutyStep
from cases import attempts, found_mates
from cases.catalogue import written
from cases.models import Child
from cases.signals import children_changed
from cases.states import EpisodeOutcome


def close(*, now: datetime) -> int:
    """Close it where the others are found, or hear by us since the record is open again; return how many.

    Each in a commit that holds the found child alone: whoever finds another of them need not read this record.
    """
    pks = list(_waiting().order_by("pk").values_list("pk", flat=True))
    return attempts.each(pks, lambda pk: _close(pk, now), fault="others_told_not_closed")


def ask_again(*, now: datetime) -> int:
    """Open it again where nobody had answered it and somebody is left to be told of; return how many.

    What a person answered stays answered.
    """
    sought = found_mates.beside_sought().values("episode")
    pks = list(_let_go().filter(episode__in=sought).order_by("pk").values_list("pk", flat=True))
    return attempts.each(pks, lambda pk: _ask_again(pk, now), fault="others_told_not_asked_again")


def _waiting() -> QuerySet[DutyStep]:
    return DutyStep.objects.open().filter(kind=Duty.OTHERS_TOLD, episode__child__closed_at=None)


def _let_go() -> QuerySet[DutyStep]:
    """Those that ended in nobody's name, of children who are still found."""
    steps = DutyStep.objects.filter(kind=Duty.OTHERS_TOLD, episode__child__closed_at=None)
    steps = steps.filter(answer=DutyStep.Answer.NOT_NEEDED, done_at__isnull=False, done_by=None)
    is_found = Q(episode__child_confirmed_at__isnull=False) | Q(episode__ended_at__isnull=False)
    return steps.filter(is_found).exclude(episode__outcome=EpisodeOutcome.ANOTHER_CHILD)


def _close(pk: int, now: datetime) -> int:
    with transaction.atomic():
        child = Child.objects.filter(episodes__duty_steps=pk).unheld().first()
        step = _waiting().filter(pk=pk).select_related("episode").first()
        if child is None or step is None or found_mates.is_unheard(step.episode, at=now):
            return 0
        note = written(
            gettext_lazy("Nobody who went along is looked for any more, or their desks hear by Rollcall")
        )
        duty_steps.close(step, DutyStep.Answer.NOT_NEEDED, note=note, by=None, at=now)
        children_changed.send(sender=None, ids=(child.pk,), at=now)
    return 1


def _ask_again(pk: int, now: datetime) -> int:
    with transaction.atomic():
        child = Child.objects.filter(episodes__duty_steps=pk).unheld().first()
        step = _let_go().filter(pk=pk).select_related("episode").first()
        if child is None or step is None or not found_mates.is_unheard(step.episode, at=now):
            return 0
        reopenings.reopen(step, at=now)
        children_changed.send(sender=None, ids=(child.pk,), at=now)
    return 1
