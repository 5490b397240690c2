"""The verb that puts right how a search ended: another outcome was chosen than what is so, and each opens something else."""

from datetime import datetime

from django.db import transaction

from cases import log, triggers
from cases.episodes import child_parts
from cases.episodes.endings import NEEDED
from cases.episodes.openings import locked
from cases.models import Event, MissingEpisode, User
from cases.moves import require_open, require_read
from cases.states import NO_FIND, EpisodeOutcome, EpisodeStatus, IllegalMove

PUT_RIGHT = "outcome_put_right"
# Of these one is put right by another. A late record was no search, and a death is told, and taken back, by two people.
FOUND_ALIVE = tuple(one for one in EpisodeOutcome if one not in {*NO_FIND, EpisodeOutcome.DIED})


def put_right(
    episode: MissingEpisode,
    *,
    outcome: str,
    who: str = "",
    reason: str,
    read: int | None = None,
    by: User,
    at: datetime,
) -> MissingEpisode:
    """Say of the child's last search, which has ended, that it ended with this `outcome`; `who` is whom it cannot go without.

    Nothing of the ending is written over: the words stay as they were, and what is said now stands in the event. The same
    words of the same person twice are one. Raises `IllegalMove` for an outcome that the first part of the ending does not
    bear, for a late record and a death, where the child was missing again since, and of a closed case; `Overtaken` where
    it was put right since by another event than that with the key `read`, 0 for none.
    """
    if not reason.strip():
        raise IllegalMove("Enter why it is put right.")
    with transaction.atomic():
        child, episode = locked(episode)
        said = {"outcome": str(outcome), "who": who.strip(), "reason": reason.strip()}
        before = last(episode)
        if before is not None and before.actor_id == by.pk and before.data.items() >= said.items():
            return episode
        require_read(read, before.pk if before is not None else 0)
        require_open(child.closed_at)
        _require(episode, outcome, who)
        was, episode.outcome = episode.outcome, outcome
        episode.save(update_fields=["outcome"])
        data = {"episode": episode.number, "was": was, **said}
        log.record(child, PUT_RIGHT, subject=episode, data=data, by=by, at=at)
        if outcome == EpisodeOutcome.STILL_AT_RISK:
            triggers.of_end(child, by=by, at=at)
    return episode


def last(episode: MissingEpisode) -> Event | None:
    """When its outcome was put right last, by whom and why; None where it stands as it was written with the end."""
    events = Event.objects.filter(child=episode.child_id, kind=PUT_RIGHT, subject_id=episode.pk)
    return events.select_related("actor").order_by("number").last()


def may_be_put_right(episode: MissingEpisode) -> bool:
    """Whether it is the child's last search, and ended with the child alive."""
    later = MissingEpisode.objects.filter(child=episode.child_id, number__gt=episode.number)
    return episode.status == EpisodeStatus.ENDED and episode.outcome in FOUND_ALIVE and not later.exists()


def _require(episode: MissingEpisode, outcome: str, who: str) -> None:
    if outcome not in FOUND_ALIVE:
        raise IllegalMove("Select how the episode ended.")
    if not may_be_put_right(episode):
        raise IllegalMove("This ending cannot be put right here. Write a note, and ring whoever must know.")
    if outcome == episode.outcome:
        raise IllegalMove("That is how it ended already.")
    if outcome in NEEDED and not who.strip():
        raise IllegalMove(NEEDED[outcome][1])
    child_parts.require_fits(episode, outcome)
