"""The verb of a bed that is kept for a missing child: through which day, by the word of whom at the placement."""

from datetime import date, datetime, timedelta

from django.db import transaction

from cases import log
from cases.deadlines import london_day
from cases.episodes.openings import locked
from cases.models import MissingEpisode, Placement, User
from cases.states import EpisodeStatus, IllegalMove

# [proposal] Nobody is heard of a bed for longer than this without asking again.
WITHIN = timedelta(days=366)


def keep(episode: MissingEpisode, *, last_date: date, said_by: str, by: User, at: datetime) -> MissingEpisode:
    """Record through which day the bed is kept; what is said later takes its place, and both stay in the record.

    It ends no placement and no search. The same day by the same name again is one. Raises `IllegalMove` for a day that
    is over or more than a year off, without who said so, after the search, and where the placement has ended.
    """
    if not said_by.strip():
        raise IllegalMove("Enter who at the placement said so.")
    if not london_day(at) <= last_date <= london_day(at) + WITHIN:
        raise IllegalMove("The day must be today or later, and within a year.")
    with transaction.atomic():
        child, episode = locked(episode)
        if episode.status == EpisodeStatus.ENDED:
            raise IllegalMove("This episode has ended.")
        if kept_for(episode) is None:
            raise IllegalMove("The placement that the child is missing from has ended.")
        before = episode.bed_kept_date
        if (before, episode.bed_kept_by) == (last_date, said_by.strip()):
            return episode
        episode.bed_kept_date, episode.bed_kept_by = last_date, said_by.strip()
        episode.save(update_fields=["bed_kept_date", "bed_kept_by"])
        log.record(
            child,
            "bed_kept",
            subject=episode,
            data={"until": last_date.isoformat(), "before": before.isoformat() if before else ""},
            fields={"said_by": said_by.strip()},
            by=by,
            at=at,
        )
    return episode


def kept_for(episode: MissingEpisode) -> Placement | None:
    """The placement that the child is missing from, as long as it stands."""
    return Placement.objects.filter(episodes=episode, ends_at=None).first()
