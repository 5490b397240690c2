"""The verb of a corrected area: where the child is searched for from there, the right force hears at once."""

from datetime import datetime

from django.db import transaction

from alerts import added_forces
from cases import episodes, placements
from cases.models import Authority, Child, MissingEpisode, Placement, PoliceForce, User
from cases.states import EpisodeStatus


def correct(
    placement: Placement,
    *,
    authority: Authority,
    force: PoliceForce,
    reason: str,
    by: User | None,
    at: datetime,
) -> Placement:
    """Correct the area of a standing placement; an open episode that began there has the right force beside the wrong one.

    Raises `IllegalMove` as `placements.correct_area` does.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=placement.child_id)
        placement = placements.correct_area(
            placement, authority=authority, force=force, reason=reason, by=by, at=at
        )
        episode = MissingEpisode.objects.open().filter(child=child, placement=placement).first()
        if episode is not None and not episode.forces.filter(force=force, left_at=None).exists():
            alert_too(episode, force, by=by, at=at)
    return placement


def alert_too(episode: MissingEpisode, force: PoliceForce, *, by: User | None, at: datetime) -> None:
    """Tell another force of an open episode, in its time."""
    if episode.status == EpisodeStatus.AWAY and episode.police_owed_at is None:
        # It is known where the child is: the force hears once it is missing, and not before.
        episodes.add_force(episode, force=force, by=by, at=at)
        return
    added_forces.add(episode, force, by=by, at=at)
