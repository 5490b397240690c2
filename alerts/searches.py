"""The searches for a child, in which its paper rests: which have ended, and since when one runs."""

from collections.abc import Iterator
from datetime import datetime

from cases.facts import ChildFacts
from cases.models import MissingEpisode
from cases.states import NO_FIND, EpisodeOutcome, EpisodeStatus


def returns(one: ChildFacts) -> Iterator[tuple[MissingEpisode, datetime]]:
    """Each episode that has ended, and when the child was back from it; of an ending that is no find nobody was."""
    return ((episode, back_at) for episode, back_at in _over(one) if episode.outcome not in NO_FIND)


def _over(one: ChildFacts) -> Iterator[tuple[MissingEpisode, datetime]]:
    """Each episode that has ended in which the child was gone, be it that the one who was found was another."""
    for episode in one.episodes:
        was_gone = episode.status == EpisodeStatus.ENDED and episode.outcome != EpisodeOutcome.RECORDING_LATE
        if was_gone and episode.ended_at is not None:
            yield episode, episode.found_at or episode.ended_at


def ended(one: ChildFacts) -> Iterator[tuple[datetime, datetime]]:
    """From when to when paper rested: since the child was missing, or the police were owed word of a silence.

    While nobody has confirmed a silence, or it is known where the child is, paper is owed as ever.
    """
    for episode, back_at in _over(one):
        began_at = began(episode)
        if began_at is not None:
            yield began_at, back_at


def began(episode: MissingEpisode | None) -> datetime | None:
    """Since when an episode is a search; None of one in which the police were owed no word."""
    owed_at = episode.police_owed_at if episode is not None else None
    if episode is None or owed_at is None:
        return None
    return min(owed_at, episode.counts_from or owed_at)


def is_sought(one: ChildFacts) -> bool:
    """Whether nobody knows where the child is; who is away is visited where they are."""
    episode = one.open_episode
    return one.is_sought and episode is not None and episode.status != EpisodeStatus.AWAY
