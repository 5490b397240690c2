"""On which numbers the police are rung beside 101, for mails and texts that ask somebody to ring them."""

from collections.abc import Collection
from datetime import datetime

from cases import episodes
from cases.models import ForcePhone, MissingEpisode, PoliceForce
from cases.templatetags.govuk import phone

Purpose = ForcePhone.Purpose


def inspectors(episode: MissingEpisode | None, *, now: datetime) -> str:
    """The numbers of the duty inspectors of the alerted forces, those in charge first; "" where none is on record."""
    return _numbers(episode, Purpose.INSPECTOR, now)


def chief_officers(episode: MissingEpisode | None, *, now: datetime) -> str:
    """Those of the offices of their chief officers."""
    return _numbers(episode, Purpose.CHIEF_OFFICER, now)


def _numbers(episode: MissingEpisode | None, purpose: str, now: datetime) -> str:
    """The number of the one force, or of each with its name; 101 for those of whom none is on record."""
    if episode is None:
        return ""
    forces = episodes.alerted(episode, at=now)
    rows = ForcePhone.objects.filter(force__in=forces, purpose=purpose, ends_at=None)
    held = dict(rows.values_list("force", "phone"))
    if not held:
        return ""
    numbers = [phone(held.get(force.pk, "101")) for force in forces]
    if len(forces) == 1:
        return numbers[0]
    return ", ".join(f"{force.name} {number}" for force, number in zip(forces, numbers, strict=True))


def of(forces: Collection[PoliceForce]) -> list[ForcePhone]:
    """Every number that is on record of them, for the pages on which somebody is to have rung one."""
    rows = ForcePhone.objects.filter(force__in=forces, ends_at=None).select_related("force")
    return list(rows.order_by("force__name", "purpose"))
