"""Clocks follow facts: recomputed by a pure function in the commit that changed the facts, by one child or by set."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts import call_ladder, ladder, readings
from alerts.call_ladder import CallStanding
from alerts.holds import Hold
from alerts.models import Alert, Clock
from alerts.readings import Key, Reading
from alerts.schedule import Step
from alerts.urgency import LEAST_URGENT, urgency_of
from alerts.watching import Watched, watch
from cases import bulk
from cases.worded import Question

Decision = (
    ladder.Climb
    | ladder.StandDown
    | ladder.Rest
    | call_ladder.Climb
    | call_ladder.StandDown
    | call_ladder.Rest
)


# Whether an alert of these children stands open.
OPEN_ALERT = ("open alert", "alerts_alert WHERE child_id = ANY (%(ids)s) AND status = 'open'")


_OF_CHILDREN = Question(lambda ids: Clock.objects.filter(child__among=ids))
_OPEN = Question(lambda clocks: Alert.objects.open().filter(clock__among=clocks).prefetch_related("climbed"))


def recompute(
    ids: Collection[int], *, papers: bool = True, there: Collection[str] | None = None, at: datetime
) -> None:
    """Read these children's facts and write the difference to their clocks; the caller holds the children's locks.

    Without their `papers` the clocks of these stay as they are. `there` is what was found of them just now, OPEN_ALERT
    with it.
    """
    if not ids:
        return
    watched = watch(ids, papers=papers, there=there, at=at)
    standing = {(c.child_id, *c.key): c for c in _OF_CHILDREN(watched.keys())}
    none_open = there is not None and OPEN_ALERT[0] not in there
    alerts = {} if none_open else open_alerts([clock.pk for clock in standing.values()])
    written = Written(standing, alerts, at)
    for one in watched.values():
        written.take(one)
    bulk.create(written.new)
    bulk.change(written.changed, FIELDS)
    bulk.change(written.led, ["episode"])


@dataclass
class Written:
    """What the facts of some children change on their clocks, those that stand by child and key."""

    standing: Mapping[tuple[int, str, int | None, str], Clock]
    alerts: Mapping[int, Alert]
    at: datetime
    changed: list[Clock] = field(default_factory=list)
    new: list[Clock] = field(default_factory=list)
    led: list[Alert] = field(default_factory=list)

    def take(self, one: Watched) -> None:
        """Take over what can be read of one child; what cannot stands as it stood, is looked at again and reported.

        Raises what kept roll-calls or the call to the police from being read where no such clock runs yet.
        """
        unread: dict[str, Exception] = {}
        read = set()
        for reading in readings.readable(one, unread):
            try:
                self._write(reading, one)
                read.add(reading.key)
            except Exception as error:  # noqa: BLE001 - any fault of one record
                readings.report(one, {reading.kind}, error)
                unread[reading.kind] = error
        if unread:
            self._look_again(one.child.child.pk, unread, read)

    def _write(self, reading: Reading, one: Watched) -> None:
        child_id = one.child.child.pk
        clock = self.standing.get((child_id, *reading.key))
        fresh = clock or Clock(
            child_id=child_id, kind=reading.kind, episode=reading.episode, duty=reading.duty
        )
        before = _fields(fresh)
        alert = self.alerts.get(fresh.pk)
        write(fresh, reading, one, alert, at=self.at)
        if alert is not None and alert.episode_id is None and fresh.resting:
            # An episode overtook this alert, which ends with it.
            alert.episode = one.child.open_episode
            self.led.append(alert)
        if clock is None:
            self.new.append(fresh)
        elif before != _fields(fresh):
            self.changed.append(fresh)

    def _look_again(self, child_id: int, unread: Mapping[str, Exception], read: Collection[Key]) -> None:
        """The sweep tries what runs of these; the contact clock, which each child has, carries the fault for all to see."""
        mine = {key[1:]: clock for key, clock in self.standing.items() if key[0] == child_id}
        running = [clock for clock in mine.values() if clock.next_at is not None or clock.pk in self.alerts]
        contact = mine.get((Clock.Kind.CONTACT, None, ""))
        if contact is None or (
            Clock.Kind.CALL in unread and Clock.Kind.CALL not in {c.kind for c in running}
        ):
            # Nobody would be asked for this child at all: what opens the clock is refused instead.
            raise next(iter(unread.values()))
        for clock in running:
            if clock.kind in unread and clock.key not in read:
                clock.next_at = min(clock.next_at or self.at, self.at)
                self.changed.append(clock)
        contact.faults, contact.fault = max(contact.faults, 1), f"not read: {', '.join(sorted(unread))}"
        # A clock that has no row yet is read again with this one.
        contact.next_at = min(contact.next_at or self.at + UNREAD_AGAIN, self.at + UNREAD_AGAIN)
        self.changed.append(contact)


def _fields(clock: Clock) -> tuple[object, ...]:
    return tuple(getattr(clock, name) for name in FIELDS)


# What could not be read is read again after so long.
UNREAD_AGAIN = timedelta(minutes=1)
FIELDS = [
    "opens_at",
    "due_at",
    "window",
    "rows",
    "steps",
    "resting",
    "rung",
    "next_at",
    "urgency",
    "faults",
    "fault",
    "set_aside_until",
]


def write(clock: Clock, reading: Reading, one: Watched, alert: Alert | None, *, at: datetime) -> None:
    """Set the clock's fields from the reading: due, the steps to come, and when the sweep must look."""
    decided, steps = decide(reading, one, alert, at)
    clock.resting = bool(reading.expected and reading.expected.resting)
    if reading.expected is not None and not reading.expected.asleep:
        clock.due_at, clock.opens_at = reading.expected.due_at, reading.expected.opens_at
        clock.window, clock.rows = reading.expected.window, list(reading.expected.rows)
    else:
        clock.due_at = reading.call.police_owed_at if reading.call else None
        clock.opens_at, clock.window, clock.rows = None, "", []
    climbed = climbed_steps(alert)
    clock.rung = min(climbed, key=urgency_of, default="")
    clock.faults, clock.fault, clock.set_aside_until = 0, "", None
    left = {step: moment for step, moment in steps.items() if step not in climbed}
    clock.steps = {step: moment.isoformat() for step, moment in left.items()}
    if isinstance(decided, ladder.Climb | call_ladder.Climb):
        clock.next_at = decided.steps[0][1]
        clock.urgency = min(urgency_of(step) for step, _ in decided.steps)
    elif isinstance(decided, ladder.StandDown | call_ladder.StandDown):
        clock.next_at, clock.urgency = (at, LEAST_URGENT) if alert is not None else (None, LEAST_URGENT)
    else:
        clock.next_at = decided.next_at
        coming = [step for step, moment in left.items() if moment == decided.next_at]
        clock.urgency = min((urgency_of(step) for step in coming), default=LEAST_URGENT)


def decide(
    reading: Reading, one: Watched, alert: Alert | None, at: datetime
) -> tuple[Decision, Mapping[str, datetime]]:
    """Ask the pure ladder what is owed at `at`, and return with it every step's instant."""
    return decide_on(reading, one, standing_of(alert), at)


def standing_of(alert: Alert | None) -> ladder.Standing:
    """Where the clock of this alert stands; of none, where one without an open alert does."""
    if alert is None:
        return ladder.Standing()
    frozen = {Step(step): datetime.fromisoformat(moment) for step, moment in alert.steps.items()}
    police_at = next((row.owed_at for row in alert.climbed.all() if row.step == Step.R3), None)
    done = frozenset(climbed_steps(alert))
    return ladder.Standing(alert.due_at, frozen, done, alert.on_it_at, police_at=police_at)


def decide_on(
    reading: Reading, one: Watched, standing: ladder.Standing, at: datetime
) -> tuple[Decision, Mapping[str, datetime]]:
    """The same of a clock that stands so, whatever is on record of its alert."""
    if reading.call is not None:
        began = CallStanding(standing.climbed, standing.due_at)
        called = dict(call_ladder.schedule(reading.call, one.times))
        if standing.due_at is None and reading.call.ended_at is not None:
            return call_ladder.Rest(None), {}
        return call_ladder.decide(reading.call, began, at, times=one.times), called
    steps: dict[str, datetime] = {step.value: moment for step, moment in standing.steps.items()}
    holds = [Hold(o.began_at, o.ended_at, o.held_until) for o in one.outages]
    if reading.expected is not None and reading.expected.asleep:
        # No step is to come while the child is looked for; the alert keeps its own.
        steps = {}
    elif reading.expected is not None:
        owed = ladder.instants(reading.expected, standing, holds)
        steps = {step.value: moment for step, moment in owed.items()}
    return ladder.decide(reading.expected, standing, at, holds=holds), steps


def climbed_steps(alert: Alert | None) -> set[str]:
    return set() if alert is None else {row.step for row in alert.climbed.all()}


def open_alerts(clock_ids: Collection[int]) -> dict[int, Alert]:
    """The open alert of each of these clocks, with the steps it climbed."""
    return {alert.clock_id: alert for alert in _OPEN(set(clock_ids))}
