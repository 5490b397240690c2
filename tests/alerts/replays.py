"""A punctual engine for the tests of replays: it sweeps at the instant at which anything is due, and after every deed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min

from alerts import pasts, replaying
from alerts.models import Alert, Clock
from alerts.replaying import Book, Raised
from tests.alerts.outgoing import tick_until_still

# A sweep opens what may owe something at once: so many are enough for all of it.
SWEEPS = 4


class Punctual:
    """The real engine, at the instant `now` and never late."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def go_to(self, instant: datetime) -> None:
        """Sweep at every instant before this one at which anything is due."""
        while True:
            coming = Clock.objects.filter(next_at__lt=instant).aggregate(at=Min("next_at"))["at"]
            if coming is None:
                break
            self.now = max(self.now, coming)
            self.sweep()
            assert not Clock.objects.filter(next_at__lte=self.now).exists()
        self.now = instant

    def sweep(self) -> None:
        tick_until_still(self.now, at_most=SWEEPS)


@dataclass(frozen=True, order=True)
class Line:
    """One alert, and every step with when it was owed and climbed, as one value to compare."""

    opened_at: datetime
    kind: str
    due_at: datetime
    ended_at: str
    climbed: tuple[tuple[str, datetime, datetime], ...]

    def __str__(self) -> str:
        steps = ", ".join(f"{step} {owed:%d %H:%M:%S}" for step, owed, _at in self.climbed)
        return f"{self.kind} due {self.due_at:%d %H:%M:%S} [{self.opened_at:%d %H:%M:%S}, {self.ended_at}) {steps}"


def happened(child_id: int, start: datetime, until: datetime) -> list[Line]:
    """What the engine has on record of this child's alerts that were open in the period."""
    alerts = Alert.objects.filter(child=child_id, clock__kind__in=pasts.REPLAYED, opened_at__lt=until)
    return sorted(
        Line(
            alert.opened_at,
            str(alert.clock.kind),
            alert.due_at,
            _ended(alert.ended_at, until),
            _in_order(
                (row.step, row.owed_at, row.climbed_at)
                for row in alert.climbed.all()
                if start <= row.climbed_at < until
            ),
        )
        for alert in alerts.exclude(ended_at__lt=start).select_related("clock").prefetch_related("climbed")
    )


def told(raised: Collection[Raised], until: datetime) -> list[Line]:
    """What a replay says, as the same values."""
    return sorted(
        Line(
            alert.opened_at,
            alert.kind,
            alert.due_at,
            _ended(alert.ended_at, until),
            _in_order((one.step, one.owed_at, one.at) for one in alert.climbed),
        )
        for alert in raised
    )


def replayed(child_id: int, start: datetime, until: datetime, book: Book | None = None) -> list[Raised]:
    past = pasts.read([child_id], start=start)[child_id]
    return replaying.replay(past, book or replaying.in_force(), until=until)


def agrees(child_id: int, start: datetime, until: datetime) -> list[Line]:
    """The policy in force, replayed, tells the same alerts, instants and rungs; returns them."""
    real, again = happened(child_id, start, until), told(replayed(child_id, start, until), until)
    if real != again:
        missing = [str(line) for line in real if line not in again]
        extra = [str(line) for line in again if line not in real]
        raise AssertionError("\n".join(["the engine alone:", *missing, "the replay alone:", *extra]))
    return real


def _ended(at: datetime | None, until: datetime) -> str:
    return "" if at is None or at >= until else f"{at:%d %H:%M:%S}"


def _in_order(steps: Any) -> tuple[tuple[str, datetime, datetime], ...]:
    return tuple(sorted(steps, key=lambda one: (one[2], one[1], one[0])))
