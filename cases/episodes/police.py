"""What the police gave: their reference and officer, and under which number they keep the child."""

from datetime import datetime

from django.db import transaction

from cases import log
from cases.episodes import officers
from cases.episodes.joining import add_force, put_reference
from cases.episodes.openings import locked
from cases.episodes.searches import owe_police, to_missing
from cases.models import EpisodeForce, MissingEpisode, PoliceForce, User
from cases.states import EpisodeStatus, IllegalMove


def record_police_reference(
    episode: MissingEpisode,
    *,
    force: PoliceForce,
    reference: str,
    officer: str,
    grade: str = "",
    by: User,
    at: datetime,
) -> EpisodeForce:
    """Record the force's own reference and officer; doing so confirms the episode too."""
    if not reference.strip():
        raise IllegalMove("Enter the police reference.")
    with transaction.atomic():
        child, episode = locked(episode)
        sought = episode.status != EpisodeStatus.AWAY or episode.police_owed_at is not None
        if episode.status == EpisodeStatus.ENDED or not sought:
            raise IllegalMove("There is no open missing episode to record a police reference on.")
        if episode.status != EpisodeStatus.MISSING:
            to_missing(episode, by=by, at=at)
        owe_police(episode, by=by, at=at)
        if grade:
            episode.police_grade = grade
        episode.save()
        row = add_force(episode, force=force, by=by, at=at)
        put_reference(row, reference, by=by, at=at)
        officers.spoke(episode, force=force, name=officer, by=by, at=at)
        row.refresh_from_db(fields=["officer"])
        log.record(
            child,
            "police_reference_recorded",
            subject=episode,
            data={"force": force.code},
            fields={"reference": reference, "officer": officer, "grade": grade},
            by=by,
            at=at,
        )
    return row


def record_compact(
    episode: MissingEpisode, *, force: PoliceForce, number: str, by: User, at: datetime
) -> EpisodeForce:
    """Record under which number a force that is alerted keeps the child in its missing-person system already."""
    if not number.strip():
        raise IllegalMove("Enter the number.")
    with transaction.atomic():
        child, episode = locked(episode)
        row = EpisodeForce.objects.filter(episode=episode, force=force, left_at=None).first()
        if row is None or episode.status == EpisodeStatus.ENDED:
            raise IllegalMove("This force is not searching for the child.")
        if row.compact_number == number.strip():
            return row
        row.compact_number = number.strip()
        row.save(update_fields=["compact_number"])
        log.record(
            child,
            "compact_recorded",
            subject=episode,
            data={"force": force.code},
            fields={"number": row.compact_number},
            by=by,
            at=at,
        )
    return row
