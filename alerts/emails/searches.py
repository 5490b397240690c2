"""What one call about the searches of one house says of each (docs/adr/0204)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.emails import known_away
from alerts.escalations import one_call
from alerts.models import Message, MessageItem
from cases.models import MissingEpisode


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


def of(message: Message, rows: Sequence[MessageItem]) -> tuple[MissingEpisode, ...]:
    """The searches of a call for a house, by reference; none of a message that is about one search, or about none."""
    if message.episode_id is not None or message.wording not in one_call.WORDINGS:
        return ()
    found = {row.alert.episode_id: row.alert.episode for row in rows}
    return tuple(sorted((one for one in found.values() if one is not None), key=lambda one: one.reference))


def police_owed_at(searches: Iterable[MissingEpisode | None]) -> datetime | None:
    """Since when the police are owed word of the first of these."""
    owed = (one.police_owed_at for one in searches if one is not None)
    return min((moment for moment in owed if moment is not None), default=None)
