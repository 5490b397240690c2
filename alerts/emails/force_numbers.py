"""On which numbers the police are rung beside 101, for mails and texts that ask somebody to ring them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from cases import episodes
from cases.models import ForcePhone, MissingEpisode, PoliceForce
from cases.templatetags.govuk import phone

Purpose = ForcePhone.Purpose


# Of a text, which has room for two numbers and for so much of each name.
IN_TEXT, NAME_LIMIT = 2, 18


@dataclass(frozen=True)
class Numbers:
    """The number of the one force, or of each with its name; false where none is on record."""

    of: Sequence[tuple[str, str]] = ()

    def __bool__(self) -> bool:
        return bool(self.of)

    def __str__(self) -> str:
        return _line(self.of)

    @property
    def short(self) -> str:
        """For a text, which is cut where it is too long: a number in two halves rings somebody else."""
        named = [(Truncator(name).chars(NAME_LIMIT), number) for name, number in self.of[:IN_TEXT]]
        more = len(self.of) - IN_TEXT
        if more <= 0:
            return _line(named)
        return _("%(numbers)s and %(number)d more, on the desk") % {"numbers": _line(named), "number": more}


def _line(of: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {number}".strip() for name, number in of)


def inspectors(episode: MissingEpisode | None, *, now: datetime) -> Numbers:
    """The numbers of the duty inspectors of the alerted forces, those in charge first; none where none is on record."""
    return _numbers([episode], Purpose.INSPECTOR, now)


def chief_officers(*of: MissingEpisode | None, now: datetime) -> Numbers:
    """Those of the offices of the chief officers of all that were alerted of these searches."""
    return _numbers(of, Purpose.CHIEF_OFFICER, now)


def _numbers(of: Sequence[MissingEpisode | None], purpose: str, now: datetime) -> Numbers:
    """Each with the name of its force where there are several; 101 for those of whom none is on record."""
    alerted = (force for one in of if one is not None for force in episodes.alerted(one, at=now))
    forces = list({force.pk: force for force in alerted}.values())
    rows = ForcePhone.objects.filter(force__in=forces, purpose=purpose, ends_at=None)
    held = dict(rows.values_list("force", "phone"))
    if not held:
        return Numbers()
    is_one = len(forces) == 1
    return Numbers([("" if is_one else force.name, phone(held.get(force.pk, "101"))) for force in forces])


def of(forces: Collection[PoliceForce]) -> list[ForcePhone]:
    """Every number that is on record of them, the control room's first, for the pages on which one is to have been rung."""
    rows = ForcePhone.objects.filter(force__in=forces, ends_at=None).select_related("force")
    order = ForcePhone.Purpose.values
    return sorted(rows, key=lambda one: (one.force.name, order.index(one.purpose)))
