"""The step about those who went along with a found child of a restricted record: over once nobody is left to be told of."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from alerts import duty_steps
from alerts.duties import Duty
from alerts.models import DutyStep
from cases import attempts, found_mates
from cases.catalogue import written
from cases.models import Child
from cases.signals import children_changed


def close(*, now: datetime) -> int:
    """Close it where the others are found, or hear by us since the record is open again; return how many.

    Each in a commit that holds the found child alone: whoever finds another of them need not read this record.
    """
    waiting = DutyStep.objects.open().filter(kind=Duty.OTHERS_TOLD, episode__child__closed_at=None)
    pks = list(waiting.order_by("pk").values_list("pk", flat=True))
    return attempts.each(pks, lambda pk: _close(pk, now), fault="others_told_not_closed")


def _close(pk: int, now: datetime) -> int:
    with transaction.atomic():
        child = Child.objects.filter(episodes__duty_steps=pk).unheld().first()
        step = DutyStep.objects.open().filter(pk=pk).select_related("episode").first()
        if child is None or step is None or found_mates.is_left_to_people(step.episode, at=now):
            return 0
        note = written(
            gettext_lazy("Nobody who went along is looked for any more, or their desks hear by Rollcall")
        )
        duty_steps.close(step, DutyStep.Answer.NOT_NEEDED, note=note, by=None, at=now)
        children_changed.send(sender=None, ids=(child.pk,), at=now)
    return 1
