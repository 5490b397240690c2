"""The promise of paper against the same histories: whatever happens, each paper asks whom it must and nobody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from alerts import policies, watching
from alerts.models import Alert, AlertStep, PolicyVersion
from cases import held_papers, mistakes, visits
from cases.deadlines import london_day
from cases.models import HeldPaper, Mailbox
from cases.states import EpisodeOutcome
from tests.alerts.everything import said, watched_from_every_table
from tests.alerts.paper_promise import PAPERS, RUNGS, PaperWatch
from tests.alerts.promise.world import World, a_world, minutes, which
from tests.alerts.test_promise_machine import Promise, acting, walking
from tests.alerts.wires import on_the_wire
from tests.counts import FULL, counts
from tests.factories import AT, an_authority_mailbox

# What others are asked for because of a search, the reviews of a long one, and paper: nobody else's tests have them.
OF_PAPER = (policies.AFTER, policies.REVIEW, policies.PAPER)


class PaperPromise(Promise):
    """The same people, machines and time, with paper owed from the start and those who record it."""

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.papers = PaperWatch()

    def turn_18(self, number: int, ahead: int) -> None:
        """No rule here: what paper is owed of whoever is of age other tests know (test_ages_watched.py)."""

    @rule(hours=st.sampled_from([5, 24, 48, 96, 192, 360, 744]))
    def a_quiet_time(self, hours: int) -> None:
        """The house calls its rolls, so that nobody looks for a child, and paper falls due."""
        self.now += timedelta(hours=hours)
        self.call_the_roll()

    @rule(number=which, ago=minutes, seen=st.booleans())
    def visit(self, number: int, ago: int, seen: bool) -> None:
        said = {
            "seen": seen,
            "seen_alone": True if seen else None,
            "place": "The kitchen",
            "note": "Nobody in",
        }
        visited = visits.Visited(**said, visited_at=self.now - timedelta(minutes=ago))
        self.do(visits.record, self.child(number), visited, by=self.world.one.worker, at=self.now)

    @rule(number=which, ago=which)
    def review_the_care(self, number: int, ago: int) -> None:
        day = london_day(self.now) - timedelta(days=ago)
        said = {"held_date": day, "led_by": "I. Ferreira", "by": self.world.one.worker, "at": self.now}
        self.do(held_papers.record, self.child(number), "care_review", **said)

    @rule(number=which)
    def strike_through(self, number: int) -> None:
        rows = HeldPaper.objects.standing().filter(child=self.world.children[number])
        if row := rows.first():
            self.do(mistakes.withdraw, row, reason="Another child", by=self.world.one.worker, at=self.now)

    def nothing_is_broken(self, at: datetime) -> None:
        super().nothing_is_broken(at)
        self.nothing_is_left_unread()

    def nothing_is_left_unread(self) -> None:
        """Tables that have no row of these children are not read: whoever reads all of them knows no more."""
        ids = [child.pk for child in self.world.children]
        whole = said(watching.whole(ids, papers=True, at=self.now))
        for some in (*([pk] for pk in ids), ids):
            read = watching.watch(some, papers=True, at=self.now)
            assert read == watched_from_every_table(some, at=self.now)
            assert said(read) == {pk: whole[pk] for pk in some}

    @invariant()
    def the_promise_holds(self) -> None:
        super().the_promise_holds()
        if hasattr(self, "held"):
            self.papers.ask(self.world.children, self.now - timedelta(seconds=1))
            self.what_is_promised_is_asked_for()


def a_world_of_paper() -> World:
    """With the policies of paper in force since long before."""
    PolicyVersion.objects.filter(key__in=OF_PAPER).update(takes_effect_at=AT - timedelta(days=100))
    made = a_world()
    an_authority_mailbox(made.one.authority, purpose=Mailbox.Purpose.REVIEWING)
    return made


def with_paper(made: World, monkeypatch: pytest.MonkeyPatch) -> type[PaperPromise]:
    """The machine in this world."""
    PaperPromise.wire = on_the_wire(monkeypatch)
    PaperPromise.world = made
    return PaperPromise


@pytest.fixture
def its_world(db: None) -> World:
    return a_world_of_paper()


@pytest.fixture
def machine(its_world: World, monkeypatch: pytest.MonkeyPatch) -> type[PaperPromise]:
    return with_paper(its_world, monkeypatch)


@pytest.mark.by_turns
def test_no_history_lets_paper_lie_or_asks_for_what_is_done(machine: type[PaperPromise]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=counts(2, 40),
            stateful_step_count=counts(6, 40),
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def one(machine: type[PaperPromise], monkeypatch: pytest.MonkeyPatch) -> Iterator[PaperPromise]:
    yield from walking(machine(), monkeypatch)


@pytest.mark.by_turns(8)
def test_each_rung_of_late_paper_hears_and_what_is_recorded_stands_it_down(one: PaperPromise) -> None:
    # Whom a paper may tell is read when it is asked, and people come and go here.
    one.asked_each = counts(5, 1)
    then = acting(one)
    for hours in (24, 5, 20, 60):
        then(PaperPromise.a_quiet_time, hours)
    then(PaperPromise.assess, 0, "high", True)
    for hours in (96, 96):
        then(PaperPromise.a_quiet_time, hours)
    # What was late before the search is asleep in it, and is late as before.
    then(PaperPromise.report, 1)
    then(PaperPromise.a_quiet_time, 24)
    then(PaperPromise.end, 1, 0, EpisodeOutcome.RETURNED, True)
    then(PaperPromise.assess, 1, "medium", True)
    then(PaperPromise.keep_from, 0, 0)
    then(PaperPromise.hand_over, 1, 1)
    for hours in (360, 360, 192):
        then(PaperPromise.a_quiet_time, hours)
    for number in (0, 1):
        then(PaperPromise.assess, number, "low", True)
        then(PaperPromise.visit, number, 31, True)
        then(PaperPromise.plan, number, "high", True)
        then(PaperPromise.review_the_care, number, 0)
    then(PaperPromise.strike_through, 0)
    then(PaperPromise.withdraw, 1, 0)
    alerts = Alert.objects.filter(clock__kind="paperwork", clock__duty__in=PAPERS)
    steps = AlertStep.objects.filter(alert__in=alerts).values_list("alert__clock__duty", "step")
    assert {*steps} == {(paper, rung) for paper in PAPERS for rung in RUNGS}
    recorded = alerts.filter(end_reason="no_longer_owed").values_list("clock__duty", flat=True)
    assert {*recorded} == {*PAPERS}
