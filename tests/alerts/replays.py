"""A punctual engine for the tests of replays: it sweeps at the instant at which anything is due, and after every deed."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet

from alerts import pasts, policies, replaying, search_replaying, transfer_replaying
from alerts.duties import OF_SEARCH
from alerts.models import Alert, Clock, DutyStep, PolicyVersion
from alerts.replaying import Book, Raised
from tests.alerts.outgoing import tick_until_still
from tests.factories import AT

# The policies beside those of contact and of the calls that are replayed.
BESIDE = (*search_replaying.KINDS, policies.TRANSFER)
# The clocks of these. Where they alone are compared the engine may be late for others: it does then what it would have done.
KINDS_BESIDE = {*search_replaying.KINDS.values(), Clock.Kind.TRANSFER}
# A sweep opens what may owe something at once: so many are enough for all of it.
SWEEPS = 4


class Punctual:
    """The real engine, at the instant `now` and never late: for clocks of these kinds, by default of all."""

    def __init__(self, now: datetime, kinds: Collection[str] = Clock.Kind.values) -> None:
        self.now, self.kinds = now, kinds

    def go_to(self, instant: datetime) -> None:
        """Sweep at every instant before this one at which anything is due."""
        while True:
            clocks = Clock.objects.filter(next_at__lt=instant, kind__in=self.kinds)
            coming = clocks.aggregate(at=Min("next_at"))["at"]
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
    return lines_of(alerts, start, until)


def lines_of(
    alerts: QuerySet[Alert], start: datetime, until: datetime, *, by_duty: bool = False
) -> list[Line]:
    """Those of these alerts that were open in the period; `by_duty` each goes by what it is about, and not by its clock."""
    return sorted(
        Line(
            alert.opened_at,
            alert.clock.duty if by_duty else str(alert.clock.kind),
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


def happened_beside(child_id: int, key: str, start: datetime, until: datetime) -> list[Line]:
    """What the engine has on record of what a policy of steps, reviews or transfers asked for; each by what it is about."""
    kind = search_replaying.KINDS.get(key, Clock.Kind.TRANSFER)
    alerts = Alert.objects.filter(child=child_id, clock__kind=kind, opened_at__lt=until)
    if key in (policies.DUTY, policies.AFTER):
        steps = DutyStep.objects.filter(episode__child=child_id)
        kinds = {step.kind for step in steps if step.is_after == (key == policies.AFTER)}
        alerts = alerts.filter(clock__duty__in=kinds | (OF_SEARCH if key == policies.DUTY else set()))
    return lines_of(alerts, start, until, by_duty=True)


def replayed_beside(
    child_id: int, key: str, start: datetime, until: datetime, book: Book | None = None
) -> list[Line]:
    """What a replay says of the same."""
    return all_replayed_beside([child_id], key, start, until, book)[child_id]


def all_replayed_beside(
    child_ids: Collection[int], key: str, start: datetime, until: datetime, book: Book | None = None
) -> dict[int, list[Line]]:
    """The same of several children, which are read at once."""
    book = book or replaying.in_force(key)
    raised: dict[int, list[Raised]]
    if key == policies.TRANSFER:
        moved = transfer_replaying.read(child_ids, start=start)
        raised = {pk: transfer_replaying.replay(one, book, until=until) for pk, one in moved.items()}
    else:
        searched = search_replaying.read(child_ids, key, start=start)
        raised = {pk: search_replaying.replay(one, book, key, until=until) for pk, one in searched.items()}
    for alert in (one for of_child in raised.values() for one in of_child):
        alert.kind = alert.about
    return {pk: told(of_child, until) for pk, of_child in raised.items()}


def agrees(child_id: int, start: datetime, until: datetime) -> list[Line]:
    """The policy in force, replayed, tells the same alerts, instants and rungs; returns them."""
    real = happened(child_id, start, until)
    are_same(real, told(replayed(child_id, start, until), until))
    return real


def agrees_beside(child_ids: Collection[int], start: datetime, until: datetime) -> Counter[str]:
    """The same of transfers, of reviews, and of each step of a search and after it; returns how many alerts of each key."""
    compared: Counter[str] = Counter()
    for key in BESIDE:
        for child_id, again in all_replayed_beside(child_ids, key, start, until).items():
            are_same(happened_beside(child_id, key, start, until), again, about=key)
            compared[key] += len(again)
    return compared


def policies_began_long_ago() -> None:
    """What a replay asks of was in force before the first fact, and not only since the first migration."""
    began = AT - timedelta(days=100)
    PolicyVersion.objects.filter(key__in=BESIDE).update(published_at=began, takes_effect_at=began)


def are_same(real: list[Line], again: list[Line], *, about: str = "") -> None:
    if real != again:
        missing = [str(line) for line in real if line not in again]
        extra = [str(line) for line in again if line not in real]
        raise AssertionError("\n".join([f"{about} the engine alone:", *missing, "the replay alone:", *extra]))


def _ended(at: datetime | None, until: datetime) -> str:
    return "" if at is None or at >= until else f"{at:%d %H:%M:%S}"


def _in_order(steps: Any) -> tuple[tuple[str, datetime, datetime], ...]:
    return tuple(sorted(steps, key=lambda one: (one[2], one[1], one[0])))
