"""Who looks out for a child, as a sheet of paper for the child says it: the part, the name, the phone, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases import facts
from cases.models import Allocation, Child, Placement
from guardians.models import GuardianAssignment, NoGuardian


@dataclass(frozen=True)
class Somebody:
    """One person or place on the sheet; a place has no name: the paper may be lost."""

    part: str
    name: str
    phone: str


def people(child: Child, *, now: datetime) -> Sequence[Somebody]:
    """Return those to whom the child can turn, the nearest first, less whomever the child is kept from."""
    kept = facts.kept_from([child.pk], now).get(child.pk, set())
    found = []
    placement = Placement.objects.current(now).filter(child=child).first()
    if placement is not None:
        found.append(Somebody(_("Where you live, day and night"), "", placement.phone))
    held = Allocation.objects.current(now).filter(child=child).select_related("worker").first()
    if held is not None and held.worker is not None and held.worker_id not in kept:
        found.append(Somebody(_("Your social worker"), held.worker.name, held.worker.phone))
    guardians = GuardianAssignment.objects.current(now).filter(child=child).exclude(guardian__in=kept)
    found += [
        Somebody(_("Your guardian"), row.guardian.name, row.guardian.phone)
        for row in guardians.select_related("guardian").order_by("-lead", "starts_at")
    ]
    instead = NoGuardian.objects.current(now).filter(child=child).exclude(fallback_name="").first()
    if instead is not None:
        part = str(instead.get_fallback_kind_display())
        found.append(Somebody(part, instead.fallback_name, instead.fallback_phone))
    return found
