"""The real engine, never late, over histories that nobody thought of; and the policy in force replayed over the same facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from alerts import policies, publications, search_replaying, tellings
from alerts.models import PolicyVersion
from alerts.schedule import Row, StepTime
from cases.models import Means
from cases.states import EpisodeOutcome
from tests.alerts.promise.world import a_world, which
from tests.alerts.replays import Punctual, agrees, agrees_beside
from tests.alerts.test_promise_machine import Promise
from tests.alerts.wires import on_the_wire
from tests.counts import FULL, counts
from tests.factories import AT, seen

ROWS = ("first_72_hours", "first_30_days", "high", "ordinary", "not_here")


class Replayed(Promise):
    """The same deeds of people, with an engine that is never late; and policies that change in the middle."""

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.engine = Punctual(AT)
        self.engine.go_to(self.now)
        self.since = None

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

    @rule(key=st.sampled_from(ROWS), half=st.booleans(), wait=st.sampled_from([1, 90, 30 * 60]))
    def change_a_policy(self, key: str, half: bool, wait: int) -> None:
        """Two people agree that its steps come in half the time, or in twice the time."""
        last = PolicyVersion.objects.filter(key=key).latest("version")
        begins = max(self.now, last.takes_effect_at) + timedelta(minutes=wait)
        facts = {"reason": "As the board decided", "takes_effect_at": begins, "at": self.now}
        people = {"seconded_by": self.world.one.manager, "by": self.world.one.head}
        data = policies.row_data(in_other_time(policies.row_of(last), 0.5 if half else 2))
        self.do(publications.publish_figures, key, data, **facts, **people)

    @rule(half=st.booleans())
    def change_the_calls(self, half: bool) -> None:
        last = PolicyVersion.objects.filter(key=policies.CALL).latest("version")
        data = last.data | {"steps": [seconds * (0.5 if half else 2) for seconds in last.data["steps"]]}
        begins = max(self.now, last.takes_effect_at) + timedelta(minutes=1)
        facts = {"reason": "As the board decided", "takes_effect_at": begins, "at": self.now}
        people = {"seconded_by": self.world.one.manager, "by": self.world.one.head}
        self.do(publications.publish_figures, policies.CALL, data, **facts, **people)

    @rule(number=which, times=st.integers(1, 3), hours=st.sampled_from([1, 5]))
    def go_and_come_back(self, number: int, times: int, hours: int) -> None:
        """What happens in one deed of the promise machine is several here: the engine looks between them."""
        for _ in range(times):
            self.report(number)
            self.the_promise_holds()
            self.now += timedelta(hours=hours)
            self.the_promise_holds()
            self.end(number, 0, EpisodeOutcome.RETURNED, True)
            self.the_promise_holds()

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
        for child in self.world.children:
            agrees(child.pk, AT, until)
            agrees_beside([child.pk], AT, until, but_steps=True)
            if self.since is not None:
                agrees(child.pk, self.since, until)
                agrees_beside([child.pk], self.since, until, but_steps=True)


def in_other_time(row: Row, times: float) -> Row:
    steps = [(step, at if at.after is None else StepTime(after=at.after * times)) for step, at in row.steps]
    interval = row.interval if row.interval is None else row.interval * times
    return replace(row, steps=tuple(steps), interval=interval, second_eyes=row.second_eyes * times)


@pytest.mark.django_db
def test_the_policy_in_force_replayed_tells_what_the_engine_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Replayed.wire = on_the_wire(monkeypatch)
    # A replay supposes that somebody stands on every rung.
    monkeypatch.setattr(tellings.StepPlan, "is_met", lambda plan, posts: True)
    Replayed.world = a_world()
    beside = PolicyVersion.objects.filter(key__in=[*search_replaying.KINDS, policies.TRANSFER])
    beside.update(published_at=AT - timedelta(days=100), takes_effect_at=AT - timedelta(days=100))
    run_state_machine_as_test(
        Replayed,
        settings=settings(
            max_examples=counts(5, 200),
            stateful_step_count=counts(25, 40),
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )
