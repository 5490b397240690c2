"""A due clock of a locked child, with what its ladder decided."""

from dataclasses import dataclass

from alerts.clocks import Decision, Reading, Watched
from alerts.models import Alert, Clock
from cases.models import Child, MissingEpisode


@dataclass
class Due:
    """One clock of a locked child with what the ladder decided for it."""

    clock: Clock
    reading: Reading
    watched: Watched
    alert: Alert | None
    decision: Decision

    @property
    def child(self) -> Child:
        return self.watched.child.child

    @property
    def episode(self) -> MissingEpisode | None:
        return self.reading.episode or self.watched.child.open_episode

    @property
    def not_here(self) -> bool:
        expected = self.reading.expected
        return bool(expected and expected.resting and self.clock.kind == Clock.Kind.CONTACT)


def alert_of(due: Due) -> Alert:
    if due.alert is None:
        raise TypeError("no alert was opened for this clock")
    return due.alert
