"""On which numbers the police are rung, as the page of a search says it to whoever is to ring them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from alerts import reach
from alerts.emails import force_numbers
from cases import episodes
from cases.access import Permission
from cases.models import ForcePhone, MissingEpisode
from cases.states import EpisodeStatus


@dataclass(frozen=True)
class PolicePhones:
    """Whom to ask for on 101 and 999, and the numbers of those forces that are on record."""

    names: Sequence[str]
    numbers: Sequence[ForcePhone] = ()


class Reads(Protocol):
    """What is to be known of whoever reads a search."""

    @property
    def may(self) -> frozenset[Permission]: ...
    @property
    def for_police(self) -> bool: ...
    @property
    def is_of_another_team(self) -> bool: ...


def of(found: MissingEpisode, reader: Reads, *, now: datetime) -> PolicePhones | None:
    """The forces of a search that goes on, with the numbers that duty rings; before any is alerted the one that would be.

    101 and 999 are for everybody: whoever stands where the child should be is the first who can ring. Another team
    is not told by the name of its force where the child lives.
    """
    if reader.for_police or found.status == EpisodeStatus.ENDED:
        return None
    if reader.is_of_another_team:
        return PolicePhones([_("the police")])
    supposed = reach.force_of(found.child, now=now)
    forces = episodes.alerted(found, at=now) or ([supposed] if supposed is not None else [])
    rings = Permission.VERIFY_POLICE in reader.may
    names = [force.name for force in forces] or [_("the police")]
    return PolicePhones(names, force_numbers.of(forces) if rings else ())
