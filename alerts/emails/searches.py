"""What one call about the searches of one house says of each (docs/adr/0204)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.emails import known_away
from alerts.escalations import one_call
from alerts.models import Message, MessageItem
from cases import bulk
from cases.models import MissingEpisode

# After this a search has not just begun for whoever comes to the child.
JUST_BEGUN = timedelta(hours=1)


def looked_for_since(message: Message) -> datetime | None:
    """Since when the child has been looked for of whom the message tells somebody new; None where that has just begun."""
    episode = message.episode
    if message.wording != "told_missing" or episode is None or episode.confirmed_at is None:
        return None
    return episode.confirmed_at if message.created_at - episode.confirmed_at > JUST_BEGUN else None


@dataclass(frozen=True)
class Search:
    """One search, and the reference that a force gave while the child was away and known where."""

    episode: MissingEpisode
    away: str


@dataclass(frozen=True)
class Searches:
    """Several searches in one message: what each says by itself stands in a line of its own."""

    episodes: tuple[MissingEpisode, ...]

    @property
    def count(self) -> int:
        return len(self.episodes)

    @property
    def back(self) -> int:
        """Of how many somebody has said that the child was seen, or told of it."""
        return sum(one.back_since is not None for one in self.episodes)

    @property
    def lines(self) -> list[Search]:
        return [Search(one, known_away.quoted(one)) for one in self.episodes]


def preload(messages: Iterable[Message]) -> None:
    """Read for a whole claimed batch the searches of its calls for houses: else each child's is asked for by itself."""
    alerts = [row.alert for message in messages if _is_of_house(message) for row in message.told]
    bulk.relate(alerts, ("episode__child",))


def _is_of_house(message: Message) -> bool:
    return message.episode_id is None and message.wording in one_call.WORDINGS


def of(message: Message, rows: Sequence[MessageItem]) -> tuple[MissingEpisode, ...]:
    """The searches of a call for a house, by reference; none of a message that is about one search, or about none."""
    if not _is_of_house(message):
        return ()
    found = {row.alert.episode_id: row.alert.episode for row in rows}
    return tuple(sorted((one for one in found.values() if one is not None), key=lambda one: one.reference))


def police_owed_at(searches: Iterable[MissingEpisode | None]) -> datetime | None:
    """Since when the police are owed word of the first of these."""
    owed = (one.police_owed_at for one in searches if one is not None)
    return min((moment for moment in owed if moment is not None), default=None)
