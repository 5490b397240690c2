"""Which force leads a search, as its page shows it, and what this reader may do about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import unmailed_forces
from cases import episodes
from cases.access import Permission
from cases.models import (
    EpisodeForce,
    EpisodeOfficer,
    ForceInCharge,
    ForceOffer,
    MissingEpisode,
    PoliceForce,
)
from cases.states import EpisodeStatus


@dataclass(frozen=True)
class Shown:
    """The force in charge with its officers, an offer that waits, and the buttons of this reader."""

    start: ForceInCharge
    row: EpisodeForce
    officer: EpisodeOfficer | None
    before: tuple[EpisodeOfficer, ...]
    offer: ForceOffer | None
    may_name: bool
    may_offer: bool
    may_answer: bool
    # To whoever rings the police: the forces alerted that no mail reaches.
    unmailed: Sequence[PoliceForce]


def of(
    episode: MissingEpisode,
    *,
    force_ids: Collection[int] | None,
    may: Collection[Permission],
    now: datetime,
) -> Shown | None:
    """What stands of the lead at `now`; a force, by `force_ids`, reads of officers before its own alone."""
    lead = episodes.lead_of(episode, at=now) if episode.police_owed_at is not None else None
    if lead is None:
        return None
    runs = episode.status != EpisodeStatus.ENDED
    acts = runs and bool({Permission.VERIFY_POLICE, Permission.ANSWER_FOR_POLICE}.intersection(may))
    # A force that handed it on, or declined it, reads of it for a time and answers for nothing.
    acts = acts and (force_ids is None or bool(episodes.alerted(episode, force_ids=force_ids, at=now)))
    asked = {lead.offer.from_force_id, lead.offer.to_force_id} if lead.offer is not None else set()
    rings = force_ids is None and Permission.VERIFY_POLICE in may
    alerted = episodes.alerted(episode, at=now) if rings else []
    return Shown(
        lead.start,
        lead.row,
        lead.officer,
        tuple(one for one in lead.before if force_ids is None or one.force_id in force_ids),
        lead.offer if runs else None,
        may_name=acts,
        may_offer=acts and lead.offer is None and (force_ids is None or lead.start.force_id in force_ids),
        may_answer=acts and bool(asked) and (force_ids is None or not asked.isdisjoint(force_ids)),
        unmailed=unmailed_forces.without_mailbox(alerted, at=now),
    )
