"""No act but accepted proof puts off when a child must be accounted for: histories of what people do around one child."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from alerts.models import Alert
from cases import children, reopening
from cases.models import Journey, Means
from cases.states import AgeStatus
from cases.states import TransferStatus as Status
from tests.alerts.promise import world
from tests.alerts.promise.afterwards import Afterwards
from tests.alerts.promise.due_times import Change, DueTimes
from tests.alerts.promise.judgements import Judgements
from tests.alerts.promise.people import People
from tests.alerts.promise.searches import Searches
from tests.alerts.promise.transfers import Transfers
from tests.alerts.promise.travels import Travels
from tests.alerts.promise.world import a_world, which
from tests.alerts.wires import on_the_wire
from tests.counts import FULL, counts
from tests.factories import AT

pytestmark = pytest.mark.django_db


class DueWalk(DueTimes, Searches, Transfers, Travels, People, Judgements, Afterwards):
    """Contacts, outings, stays, searches, journeys, transfers, moves and grades, and the engine as time passes."""

    is_checked = False

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.put_off = []
        self.begin_looking()
        # Who has been there for so long is accounted for as the walk begins.
        self.call_the_roll()

    @rule(span=st.sampled_from([1, 16, 61]))
    def time_passes(self, span: int) -> None:
        self.now += timedelta(minutes=span)
        self.the_engine_looks()

    @rule(hours=st.sampled_from([4, 9]))
    def nobody_does_anything(self, hours: int) -> None:
        self.time_passes(hours * 60)

    @rule(number=which)
    def a_transfer_goes_on(self, number: int) -> None:
        """By its next step to the arrival: few histories would come so far."""
        if self.going(Status.IN_TRANSIT):
            self.confirm_the_arrival(stays=bool(number), whole=True, ago=0)
        elif self.going(Status.DATE_SET):
            self.set_out(ago=0, hours=2)
        elif self.going(Status.ACCEPTED):
            self.agree_a_day(ahead=0)
        elif self.going(Status.ALLOCATED):
            self.answer_the_offer(accepts=True)
        else:
            self.refer_for_transfer(number, offered=True)

    @rule(number=which)
    def close(self, number: int) -> None:
        signed = {"by": self.world.one.worker, "seconded_by": self.world.one.manager, "at": self.now}
        self.do(children.close, self.child(number), reason="Gone to his uncle", **signed)

    @precondition(lambda self: any(self.child(number).closed_at for number in (0, 1)))
    @rule(number=which)
    def open_again(self, number: int) -> None:
        by = self.world.one.worker
        self.do(reopening.reopen, self.child(number), reason="At the door", by=by, at=self.now)

    def history_says_what_was_known(self) -> None:
        """Asked of the promise machine."""


@pytest.fixture
def walk(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[DueWalk]:
    """One that a test walks by hand, of children who are settled: a grade, a plan or a move changes what is owed."""
    monkeypatch.setattr(world, "note", print)
    DueWalk.wire, DueWalk.world = on_the_wire(monkeypatch), a_world(at=AT - timedelta(days=100))
    one = DueWalk()
    one.begin()
    yield one
    one.teardown()


@pytest.mark.by_turns
def test_each_act_of_a_week_leaves_what_is_owed_but_for_what_was_agreed(walk: DueWalk) -> None:
    walk.go_out(0, 1)
    walk.come_back(0)
    walk.plan_a_journey(0, 200, 1, 0)
    # That it was to move has it watched more closely.
    walk.abandon(0, seen=False)
    walk.nobody_does_anything(8)
    # In the evening's roll-call, in which a sight of the child would be proof.
    for means in (Means.PHONE, Means.MESSAGE, Means.HEARSAY):
        walk.see(0, 0, 0, means)
    # Late by now, and asked for until somebody has seen the child.
    walk.go_out(0, 23)
    walk.come_back(0)
    walk.time_passes(1)
    assert Alert.objects.open().filter(child=walk.child(0), clock__kind="contact").exists()
    walk.come_near(0, both=False, seen=True, ago=10, back=0)
    walk.move(0, 1)
    walk.grade(0, "low")
    walk.decide_the_age(0, AgeStatus.ADULT_ELSEWHERE)
    walk.report_away(0)
    assert walk.due_of(0) == AT.replace(hour=21)
    walk.see(0, 1, 0, Means.FACE_TO_FACE)
    assert walk.due_of(0) > walk.now
    assert walk.put_off == [("come_back", Change.ABSENCE), ("break_off", Change.AHEAD)]


@pytest.mark.by_turns(8)
def test_what_escorts_owe_is_put_off_by_nobody_who_does_not_know_the_child(walk: DueWalk) -> None:
    walk.plan_a_journey(0, 20, 1, 0)
    walk.confirm_a_stop(0, 0, 0, first=True, by_link=False)
    stood = walk.due_of(0)
    walk.abandon(0, seen=True, stranger=True)
    assert not Journey.objects.open().exists()
    assert walk.due_of(0) == stood
    assert walk.put_off == []


@pytest.mark.by_turns
def test_a_home_calls_its_roll_later_from_tomorrow_on_and_what_is_late_stays_late(walk: DueWalk) -> None:
    while walk.due_of(0) < AT + timedelta(days=1, hours=3):
        walk.see(0, 0, 0, Means.FACE_TO_FACE)
        if walk.due_of(0) < walk.now + timedelta(hours=12):
            walk.time_passes(61)
    stood = walk.due_of(0)
    for window in range(5):
        walk.move_a_roll_call(0, window, 120, 0)
    assert walk.due_of(0) == stood + timedelta(hours=2)
    assert walk.put_off == [("move", Change.TIMES)]


@pytest.mark.by_turns
def test_no_act_but_proof_puts_off_when_a_child_must_be_accounted_for(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    DueWalk.wire = on_the_wire(monkeypatch)
    # Of children who are settled, so that a grade, a concern, a plan or a move changes which roll-calls are owed.
    DueWalk.world = a_world(at=AT - timedelta(days=100))
    run_state_machine_as_test(
        DueWalk,
        settings=settings(
            max_examples=counts(1, 100),
            stateful_step_count=counts(15, 50),
            deadline=None,
            # The same histories in every ordinary run; others in each full one.
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )
