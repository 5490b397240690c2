"""Who looks out for a child, as a sheet of paper for the child says it: the part and the phone, and no name.

Whom the child is kept from cannot stand on the paper, and a name that is missing on one sheet alone tells whoever
prints it of the mark: so no sheet names anybody, and whoever gives it to the child writes the names on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy

from cases import reviewing_officers
from cases.models import Allocation, Child, Placement
from guardians.models import GuardianAssignment, NoGuardian

PLACE = gettext_lazy("Where you live, day and night")
TEAM, WORKER = gettext_lazy("Your social worker’s team"), gettext_lazy("Your social worker is")
SERVICE, GUARDIAN = gettext_lazy("Your guardian’s service"), gettext_lazy("Your guardian is")
REVIEWING = gettext_lazy("Who looks that the council cares for you well, and is not your social worker")
REVIEWER = gettext_lazy("Your independent reviewing officer is")
# Translators find them beside the words of the paper.
PARTS = (PLACE, TEAM, WORKER, SERVICE, GUARDIAN, REVIEWING, REVIEWER)


@dataclass(frozen=True)
class Somebody:
    """One person, team or place on the sheet; a place has no name: the paper may be lost."""

    part: str
    phone: str
    name: str = ""
    # What the giver of the paper writes beside it by hand.
    by_hand: str = ""


def people(child: Child, *, now: datetime) -> Sequence[Somebody]:
    """Return those to whom the child can turn today, the nearest first, the same for every child.

    In the language in force: that of the paper.
    """
    found = []
    placement = Placement.objects.current(now).filter(child=child).first()
    if placement is not None:
        found.append(Somebody(str(PLACE), placement.phone))
    held = Allocation.objects.current(now).filter(child=child).select_related("team").first()
    if held is not None:
        found.append(Somebody(str(TEAM), held.team.phone, by_hand=str(WORKER)))
    rows = GuardianAssignment.objects.current(now).in_role(now).filter(child=child).select_related("service")
    services = {row.service_id: row.service for row in rows.order_by("-lead", "starts_at", "pk")}
    found += [Somebody(str(SERVICE), one.phone, by_hand=str(GUARDIAN)) for one in services.values()]
    officer = reviewing_officers.serving(child, at=now)
    if officer is not None:
        found.append(Somebody(str(REVIEWING), officer.said_phone, by_hand=str(REVIEWER)))
    instead = NoGuardian.objects.current(now).filter(child=child).exclude(fallback_name="").first()
    if instead is not None:
        part = str(instead.get_fallback_kind_display())
        found.append(Somebody(part, instead.fallback_phone, instead.fallback_name))
    return found
