"""A promise machine whose engine is never late, and at whose end the policy in force is replayed over what it did."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from alerts import pasts, policies, publications
from alerts.models import Clock, PolicyVersion
from alerts.schedule import Row, StepTime
from cases.models import Means
from tests.alerts.promise.world import Stage, which
from tests.alerts.replays import KINDS_BESIDE, Punctual, agrees, agrees_beside
from tests.counts import counts
from tests.factories import AT, seen

ROWS = ("first_72_hours", "first_30_days", "high", "ordinary", "not_here")
SPANS = ("after", "after_high")
RUNGS = ("escalates", "escalates_high")
halves = st.booleans()
# For whose clocks the engine is never late: those that are compared.
NEVER_LATE = counts({*pasts.REPLAYED, *KINDS_BESIDE}, {*Clock.Kind.values})


class Replayed(Stage):
    """The same deeds of people, with an engine that is never late; and policies that change in the middle."""

    # How many alerts of each policy beside that of contact were the same, over all histories.
    compared: Counter[str]

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.since = None
        self.engine = Punctual(AT, NEVER_LATE)
        self.engine.go_to(self.now)

    def teardown(self) -> None:
        if hasattr(self, "held"):
            try:
                self.the_replay_agrees()
            finally:
                transaction.set_rollback(True)
                self.held.__exit__(None, None, None)

    @rule(number=which, hours=st.sampled_from([3, 9, 26]))
    def write_late(self, number: int, hours: int) -> None:
        """A sighting of hours ago is written down now."""
        fields = {"means": Means.FACE_TO_FACE, "happened_at": self.now - timedelta(hours=hours)}
        by = self.world.one.carer
        self.do(seen, self.child(number), by=by, at=self.now, knows_child=True, **fields)

    @rule(key=st.sampled_from(ROWS), half=halves, wait=st.sampled_from([1, 90, 30 * 60]))
    def change_a_policy(self, key: str, half: bool, wait: int) -> None:
        """Two people agree that its steps come in half the time, or in twice the time."""
        last = PolicyVersion.objects.filter(key=key).latest("version")
        self.agree(last, policies.row_data(in_other_time(policies.row_of(last), 0.5 if half else 2)), wait)

    @rule(half=halves)
    def change_the_calls(self, half: bool) -> None:
        last = PolicyVersion.objects.filter(key=policies.CALL).latest("version")
        data = last.data | {"steps": [seconds * (0.5 if half else 2) for seconds in last.data["steps"]]}
        self.agree(last, data, 1)

    @rule(
        key=st.sampled_from([policies.DUTY, policies.AFTER]), half=halves, wait=st.sampled_from([1, 30 * 60])
    )
    def change_the_steps(self, key: str, half: bool, wait: int) -> None:
        """Of a search, or of what its end opens."""
        last = PolicyVersion.objects.filter(key=key).latest("version")
        self.agree(last, steps_in_other_time(last.data, 0.5 if half else 2), wait)

    def agree(self, last: PolicyVersion, data: dict[str, Any], wait: int) -> None:
        """Two people agree on what follows this version, which begins so many minutes from now, or after the last."""
        begins = max(self.now, last.takes_effect_at) + timedelta(minutes=wait)
        facts = {"reason": "As the board decided", "takes_effect_at": begins, "at": self.now}
        people = {"seconded_by": self.world.one.manager, "by": self.world.one.head}
        self.do(publications.publish_figures, last.key, data, **facts, **people)

    @rule()
    def begin_a_period(self) -> None:
        """A replay may begin in the middle of anything."""
        self.since = self.now

    @invariant()
    def the_promise_holds(self) -> None:
        """No two things happen at one instant, and nothing is late; the promise itself is another machine's."""
        if not hasattr(self, "held"):
            return
        self.engine.go_to(self.now + timedelta(seconds=1))
        self.engine.go_to(self.now + timedelta(seconds=2))
        self.now = self.engine.now

    def the_replay_agrees(self) -> None:
        until = self.now
        ids = [child.pk for child in self.world.children]
        for start in (AT, self.since):
            if start is not None:
                for child_id in ids:
                    agrees(child_id, start, until)
                self.compared.update(agrees_beside(ids, start, until))


def in_other_time(row: Row, times: float) -> Row:
    steps = [(step, at if at.after is None else StepTime(after=at.after * times)) for step, at in row.steps]
    interval = row.interval if row.interval is None else row.interval * times
    return replace(row, steps=tuple(steps), interval=interval, second_eyes=row.second_eyes * times)


def steps_in_other_time(data: dict[str, Any], times: float) -> dict[str, Any]:
    """The stored steps of a search, or after it, with their hours and rungs so much longer; working days stay."""

    def longer(name: str, stored: Any) -> Any:
        if name in SPANS:
            return stored if stored is None else stored * times
        return stored if stored is None else [[step, seconds * times] for step, seconds in stored]

    changed = [{name: longer(name, rule[name]) for name in (*SPANS, *RUNGS)} for rule in data["steps"]]
    return data | {"steps": [rule | new for rule, new in zip(data["steps"], changed, strict=True)]}
