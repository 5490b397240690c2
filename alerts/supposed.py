"""The searches of a child as other policies would have had them: what silence began, beside what people did."""

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime

from cases.models import Child, MissingEpisode
from cases.states import EpisodeOutcome, EpisodeStatus

StartedBy = MissingEpisode.StartedBy


class Supposed:
    """The searches of one child, from some instant on, to be asked of one instant after another.

    What only the engine wrote of an episode is left out: that silence opened it, that the fail-safe owed the police
    word, and that proof ended it before they were. Whoever replays says when each of these would have been. What people
    did stays: an episode that they reported, confirmed, answered for or ended is there from when they did.
    """

    def __init__(self, standing: Iterable[MissingEpisode]) -> None:
        """`standing` are the episodes on record at the first instant, as they stood: what was done by then was done."""
        self._own: MissingEpisode | None = None
        self._ended: list[MissingEpisode] = []
        # By key of the episode, its own or the one under which it goes here: when it would have been opened, and when
        # the fail-safe would have owed the police word.
        self._opened: dict[int, datetime] = {}
        self._owed: dict[int, datetime] = {}
        # Under which key an episode on record goes here, where silence would have begun it before.
        self._goes_as: dict[int, int] = {}
        self.is_quiet = False
        for episode in standing:
            if episode.fail_safe and episode.police_owed_at is not None:
                self._owed[episode.pk] = episode.police_owed_at
            if _is_engines(episode) and episode.ended_at is None:
                self._own = copy(episode)

    def at(self, recorded: Sequence[MissingEpisode]) -> list[MissingEpisode]:
        """The episodes there would be, the latest first, where `recorded` is what was on record at that instant."""
        self.is_quiet = False
        found = []
        for episode in sorted(recorded, key=lambda one: one.number):
            if _is_engines(episode):
                continue
            if _is_answered(episode) and not self._is_police_owed(episode):
                self._answer(episode)
                if episode.ended_at is not None:
                    found.append(episode)
                continue
            found.append(self._as_supposed(copy(episode)))
        found += self._ended
        if self._own is not None:
            found.append(copy(self._own))
        return sorted(found, key=lambda one: (one.ended_at is None, one.opened_at), reverse=True)

    def recorded(self, key: int) -> int:
        """The key on record of the episode that goes as `key` here."""
        return next((own for own, here in self._goes_as.items() if here == key), key)

    @property
    def alone(self) -> MissingEpisode | None:
        """The open search that silence began here, in which nobody has had a hand."""
        return self._own

    def open(self, child: Child, *, since: datetime, at: datetime) -> MissingEpisode:
        """Silence opens a search: R3 was owed at `at`."""
        key = -1 - len(self._opened)
        self._opened[key] = at
        self._own = MissingEpisode(
            pk=key,
            child=child,
            number=0,
            status=EpisodeStatus.NOT_CONFIRMED,
            started_by=StartedBy.SILENCE,
            since=since,
            opened_at=at,
        )
        return copy(self._own)

    def owe_police(self, episode: MissingEpisode, owed_at: datetime) -> None:
        """Nobody has confirmed it in time: the fail-safe starts the calls to the police."""
        self._owed[episode.pk] = owed_at
        if self._own is not None and episode.pk == self._own.pk:
            self._own.police_owed_at = self._own.counts_from = owed_at
            self._own.fail_safe = True

    def end_as_late(self) -> None:
        """Proof came before the police were owed word: it was no search."""
        self._own = None

    def end_as_found(self, *, at: datetime) -> None:
        """Proof came after: duty is taken to have ended it at once."""
        if self._own is not None:
            self._own.status, self._own.outcome = EpisodeStatus.ENDED, EpisodeOutcome.RETURNED
            self._own.ended_at = at
            self._ended.append(self._own)
        self._own = None

    def _is_police_owed(self, episode: MissingEpisode) -> bool:
        key = self._goes_as.get(episode.pk, episode.pk)
        return key in self._owed or (self._own is not None and self._own.police_owed_at is not None)

    def _answer(self, episode: MissingEpisode) -> None:
        """People had an answer for what silence had begun, and here the police have heard nothing of it yet."""
        if episode.ended_at is None:
            # Nobody calls the roll for a child whom they take to be looked for.
            self.is_quiet = self._own is None
        elif self._own is not None and episode.ended_at > self._own.opened_at:
            self._own = None

    def _as_supposed(self, episode: MissingEpisode) -> MissingEpisode:
        """An episode in which people had a hand, with what the engine would have written of it."""
        own = self._own
        if own is not None and (episode.ended_at is None or episode.ended_at > own.opened_at):
            self._goes_as[episode.pk] = own.pk
            self._opened[own.pk] = own.opened_at
            self._own = None
        key = self._goes_as.get(episode.pk, episode.pk)
        if key in self._opened:
            episode.opened_at = self._opened[key]
        episode.pk = key
        owed_at, is_anew = _owed_by_people(episode)
        known = [at for at in (owed_at, self._owed.get(key)) if at is not None]
        episode.police_owed_at = owed_at if is_anew else min(known, default=None)
        if episode.confirmed_at is None:
            episode.counts_from = episode.police_owed_at
        return episode


def _is_engines(episode: MissingEpisode) -> bool:
    """Whether nobody has had a hand in it: silence opened it, and proof ended it if anything has."""
    if (
        episode.opened_by_id is not None
        or episode.confirmed_at is not None
        or episode.ended_by_id is not None
    ):
        return False
    if episode.ended_at is not None:
        return True
    said = (episode.reported_seen_at, episode.child_confirmed_at, episode.police_closed_at)
    return all(moment is None for moment in said)


def _is_answered(episode: MissingEpisode) -> bool:
    """Whether people had only an answer for what silence began: that the child was seen, or that it has ended."""
    return episode.opened_by_id is None and episode.confirmed_at is None


def _owed_by_people(episode: MissingEpisode) -> tuple[datetime | None, bool]:
    """When what people did owed the police word, and whether that was for a search that began anew."""
    owed_at, confirmed_at = episode.police_owed_at, episode.confirmed_at
    if owed_at is None or not episode.fail_safe:
        return owed_at, episode.searched_anew_at is not None
    if confirmed_at is None or (episode.started_by == StartedBy.AWAY and owed_at > confirmed_at):
        return None, False
    return (owed_at, True) if owed_at >= confirmed_at else (confirmed_at, False)
