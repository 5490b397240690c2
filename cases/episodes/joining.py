"""Forces that join a search: added by somebody, or because they gave a reference while the child was away."""

from collections.abc import Sequence
from datetime import datetime

from cases import force_ends, grants, log
from cases.deadlines import london_day
from cases.episodes import officers
from cases.models import AwayReference, EpisodeForce, KeepFrom, MissingEpisode, PoliceForce, User
from cases.people import force_group


def add_force(episode: MissingEpisode, *, force: PoliceForce, by: User | None, at: datetime) -> EpisodeForce:
    """Add a force to the locked child's episode, with its grant; the ones before stay alerted."""
    row, _ = EpisodeForce.objects.get_or_create(
        episode=episode, force=force, defaults={"added_at": at, "added_by": by}
    )
    if row.left_at is not None:
        # Told again, whatever it once handed on or declined; who had the case then has it no more.
        officers.gone(row, by=by, at=at)
        row.left_at = None
        row.save(update_fields=["left_at"])
    grants.give(episode.child, grants.SEARCH_FOR, force_group(force.pk))
    return row


def put_reference(row: EpisodeForce, reference: str, *, by: User, at: datetime) -> None:
    """Write the force's own reference down; one that stands stays whose it was, unless the child is kept from them."""
    writer = KeepFrom.objects.current(at).filter(child=row.episode.child_id, user=row.reference_by_id)
    if row.incident_reference == reference and not writer.exists():
        return
    row.incident_reference, row.reference_by = reference, by
    row.save(update_fields=["incident_reference", "reference_by"])


def away_reference(episode: MissingEpisode) -> AwayReference | None:
    """What a force gave last for the child as away, with the force; of whoever was missing from the start None."""
    if episode.started_by != MissingEpisode.StartedBy.AWAY:
        return None
    return AwayReference.objects.filter(episode=episode).select_related("force", "recorded_by").last()


def join_who_knows(episodes: Sequence[MissingEpisode], *, by: User | None, at: datetime) -> None:
    """As the police are first owed word: a force that knows the child as away is alerted with the others.

    Its reference was for no missing child, and does not stand as that of the search.
    """
    for episode in episodes:
        given = away_reference(episode)
        if given is None:
            continue
        # By now another may stand in its place.
        force = force_ends.standing(given.force, day=london_day(at))
        if episode.forces.filter(force=force, left_at=None).exists():
            continue
        row = add_force(episode, force=force, by=by, at=at)
        entry = log.Entry(
            child_id=episode.child_id, kind="force_added", subject=row, data={"force": force.code}
        )
        log.record_many([entry], by=by, at=at)
