"""Who looks out for a child, as a sheet of paper for the child says it: the part, the name, the phone, and no more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases import facts, worker_absences
from cases.models import Allocation, Child, Membership, Placement, User
from guardians import within_reach
from guardians.models import NoGuardian


@dataclass(frozen=True)
class Somebody:
    """One person or place on the sheet; a place has no name: the paper may be lost."""

    part: str
    name: str
    phone: str


def people(child: Child, *, now: datetime) -> Sequence[Somebody]:
    """Return those to whom the child can turn today, the nearest first, less whomever the child is kept from.

    Whoever has left, is away or may not see children is not on it; who covers is, and the team where the worker has gone.
    """
    kept = facts.kept_from([child.pk], now).get(child.pk, set())
    found = []
    placement = Placement.objects.current(now).filter(child=child).first()
    if placement is not None:
        found.append(Somebody(_("Where you live, day and night"), "", placement.phone))
    held = Allocation.objects.current(now).filter(child=child).select_related("worker", "team").first()
    if held is not None:
        found.append(_of_council(held, _instead(child, now), kept, now))
    found += [
        Somebody(_("Your guardian"), person.name, person.phone)
        for person in within_reach.reached_at([child.pk], now).get(child.pk, [])
    ]
    instead = NoGuardian.objects.current(now).filter(child=child).exclude(fallback_name="").first()
    if instead is not None:
        part = str(instead.get_fallback_kind_display())
        found.append(Somebody(part, instead.fallback_name, instead.fallback_phone))
    return found


def _instead(child: Child, now: datetime) -> tuple[bool, User | None]:
    """Whether the social worker is away, and who covers."""
    absence = worker_absences.of([child.pk], now).get(child.pk)
    if absence is None or not absence.is_away(now):
        return False, None
    cover = absence.cover(now)
    return True, cover.covered_by if cover is not None else None


def _of_council(
    held: Allocation, instead: tuple[bool, User | None], kept: Collection[int], now: datetime
) -> Somebody:
    is_away, cover = instead
    worker = cover if is_away else held.worker
    there = Membership.objects.current(now).filter(user=worker, team__authority=held.team.authority_id)
    if worker is None or worker.pk in kept or not there.exists():
        return Somebody(_("Your social worker’s team"), "", held.team.phone)
    return Somebody(_("Your social worker"), worker.name, worker.phone)
