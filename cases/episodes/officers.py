"""The officer in the case at each force of a search: who, on which number, from when until when.

`EpisodeForce.officer` repeats the name for lists, and nothing else writes it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from cases import log
from cases.episodes.openings import locked
from cases.models import EpisodeForce, EpisodeOfficer, KeepFrom, MissingEpisode, PoliceForce, User
from cases.moves import require_read
from cases.states import EpisodeStatus, IllegalMove


def name_officer(
    episode: MissingEpisode,
    *,
    force: PoliceForce,
    name: str,
    collar_number: str = "",
    phone: str = "",
    by: User,
    at: datetime,
) -> EpisodeOfficer:
    """Record the officer in the case at a force that is alerted; whoever it was before stays, with an end."""
    if not name.strip():
        raise IllegalMove("Enter the officer’s name.")
    with transaction.atomic():
        child, episode = locked(episode)
        require_search(episode)
        if not EpisodeForce.objects.filter(episode=episode, force=force, left_at=None).exists():
            raise IllegalMove("This force is not searching for the child.")
        said = {"name": name.strip(), "collar_number": collar_number.strip(), "phone": phone.strip()}
        current = _current(episode, force)
        is_same = current is not None and all(getattr(current, key) == words for key, words in said.items())
        if current is not None and is_same and not _is_doubted(current, at):
            return current
        row = _name(episode, force, said, current, by=by, at=at)
        data = {"force": force.code}
        log.record(child, "officer_named", subject=row, data=data, fields=said, by=by, at=at)
    return row


def spoke(episode: MissingEpisode, *, force: PoliceForce, name: str, by: User, at: datetime) -> None:
    """An officer who gave the reference of the locked child's episode is the one in the case where nobody is yet.

    Whoever is stays until another is named or is said to have left: a call handler who answers when the police are
    asked again has not taken the case over. The event of the reference names them. One whom somebody named from whom the
    child is kept is taken for nobody.
    """
    current = _current(episode, force)
    if name.strip() and (current is None or _is_doubted(current, at)):
        _name(episode, force, {"name": name.strip()}, current, by=by, at=at)


def gone(row: EpisodeForce, *, by: User | None, at: datetime) -> None:
    """Whoever had the case at a force that left it, and is told again, has it no more; without a person nothing is said."""
    current = _current(row.episode, row.force)
    if current is not None and by is not None:
        _end(current, by, at)
        row.officer = ""
        row.save(update_fields=["officer"])


def officer_left(
    episode: MissingEpisode, *, force: PoliceForce, read: int | None = None, by: User, at: datetime
) -> EpisodeOfficer:
    """The officer in the case has gone, and nobody is named yet: who it was stays, and the next one is asked for.

    `read` is the key of the officer who was named last as whoever says so read it: raises `Overtaken` where another was
    named since.
    """
    with transaction.atomic():
        child, episode = locked(episode)
        require_search(episode)
        require_read(read, last_named(episode))
        row = _current(episode, force)
        if row is None:
            raise IllegalMove("No officer in the case is named.")
        _end(row, by, at)
        EpisodeForce.objects.filter(episode=episode, force=force).update(officer="")
        data = {"force": force.code}
        log.record(child, "officer_left", subject=row, data=data, by=by, at=at)
    return row


def last_named(episode: MissingEpisode) -> int:
    """The key of the officer who was named last at any force of the search, 0 for none."""
    return EpisodeOfficer.objects.filter(episode=episode).aggregate(last=Max("pk"))["last"] or 0


def require_search(episode: MissingEpisode) -> None:
    if episode.status == EpisodeStatus.ENDED:
        raise IllegalMove("This episode has ended.")
    if episode.police_owed_at is None:
        raise IllegalMove("The police have not been told of this episode.")


def _current(episode: MissingEpisode, force: PoliceForce) -> EpisodeOfficer | None:
    return EpisodeOfficer.objects.filter(episode=episode, force=force, ends_at=None).first()


def _is_doubted(row: EpisodeOfficer, at: datetime) -> bool:
    """Whether the child is kept from whoever wrote the officer down."""
    return KeepFrom.objects.current(at).filter(child=row.episode.child_id, user=row.recorded_by_id).exists()


def _end(row: EpisodeOfficer, by: User, at: datetime) -> None:
    row.ends_at, row.ended_by = at, by
    row.save(update_fields=["ends_at", "ended_by"])


def _name(
    episode: MissingEpisode,
    force: PoliceForce,
    said: Mapping[str, str],
    current: EpisodeOfficer | None,
    *,
    by: User,
    at: datetime,
) -> EpisodeOfficer:
    if current is not None:
        _end(current, by, at)
    row = EpisodeOfficer.objects.create(
        episode=episode, force=force, **said, starts_at=at, recorded_at=at, recorded_by=by
    )
    EpisodeForce.objects.filter(episode=episode, force=force).update(officer=row.name)
    return row
