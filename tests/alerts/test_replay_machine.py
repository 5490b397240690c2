"""The real engine, never late, over histories that nobody thought of; and the policy in force replayed over the same facts."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from alerts import policies, step_answers, tellings
from alerts.models import PolicyVersion, StepAnswer
from cases.models import Meeting
from cases.states import NO_FIND, EpisodeOutcome
from tests.alerts.lives import LONG_BEFORE
from tests.alerts.promise.afterwards import Afterwards
from tests.alerts.promise.judgements import Judgements
from tests.alerts.promise.long_missing import LongMissing, has_ended
from tests.alerts.promise.machines import Machines
from tests.alerts.promise.people import People
from tests.alerts.promise.punctual import ROWS, Replayed, in_other_time
from tests.alerts.promise.searches import Searches
from tests.alerts.promise.world import World, a_world, which
from tests.alerts.replays import policies_began_long_ago
from tests.alerts.test_promise_machine import Promise
from tests.alerts.wires import on_the_wire
from tests.counts import FULL, counts
from tests.factories import AT, seen

spans = st.sampled_from([4, 25, 49, 73, 8 * 24])
# What an ending opens is to be done within three days: the shortest history waits so long.
waits = st.sampled_from([73, 25, 8 * 24])
finds = st.sampled_from([outcome for outcome in EpisodeOutcome if outcome not in NO_FIND])


class Lived(Replayed, Promise):
    """All that the promise machine knows."""

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


class Sought(Replayed, Searches, LongMissing, Afterwards, Machines):
    """Children who go missing and are found: what is asked in a search, and after it, until somebody has answered."""

    grade = Judgements.grade
    assess = Judgements.assess
    refer_or_decide = People.refer_or_decide
    mark_a_concern = People.mark_a_concern

    @initialize(outcome=finds, sought=spans, waited=waits)
    def begin(self, outcome: str = EpisodeOutcome.RETURNED, sought: int = 4, waited: int = 73) -> None:
        """One is missing, and the other was, and is found."""
        super().begin()
        self.report(0)
        self.the_promise_holds()
        self.find(1, 0, outcome, sought, waited)

    @rule(hours=spans)
    def nobody_answers(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(number=which, desk=which, outcome=st.sampled_from(EpisodeOutcome), sought=spans, waited=waits)
    def find(self, number: int, desk: int, outcome: str, sought: int, waited: int) -> None:
        """After so many hours of a search; and nobody answers for so long what its end has opened."""
        if self.open(number) is None:
            self.report(number)
            self.the_promise_holds()
        self.nobody_answers(sought)
        self.the_promise_holds()
        self.end(number, desk, outcome, True)
        self.the_promise_holds()
        self.nobody_answers(waited)

    @precondition(has_ended)
    @rule(number=which, kind=st.just(Meeting.Kind.STRATEGY), there=st.sampled_from(Meeting.Guardian))
    def hold_a_strategy_meeting(self, number: int, kind: str, there: str) -> None:
        People.meet(self, number, kind, there, 1)

    @precondition(lambda self: StepAnswer.objects.standing().exists())
    @rule(number=which, latest=st.booleans())
    def take_an_answer_back(self, number: int, latest: bool) -> None:
        rows = StepAnswer.objects.standing().filter(step__episode__child=self.world.children[number])
        if said := rows.order_by("-pk" if latest else "pk").first():
            given = {"reason": "Another child", "by": self.world.one.worker, "at": self.now}
            self.do(step_answers.withdraw, said, **given)


def a_settled_world() -> World:
    """Whose children nobody looks for while they are at home: what an ending opened waits for people alone.

    A child who is back is to be seen in each window, and silence would begin the next search that evening, in which what
    the last one left to do rests: so its rungs come much later here. The other machine has searches that silence began.
    """
    world = a_world(LONG_BEFORE, risk="low")
    for row in PolicyVersion.objects.filter(key__in=ROWS):
        row.data = policies.row_data(in_other_time(policies.row_of(row), 1000))
        row.save(update_fields=["data"])
    for child in world.children:
        seen(child, by=world.one.carer, at=AT - timedelta(hours=2))
        seen(child, by=world.one.worker, at=AT - timedelta(hours=1))
    return world


def replayed(
    machine: type[Replayed], world: World, monkeypatch: pytest.MonkeyPatch, *, histories: int, deeds: int
) -> Counter[str]:
    """So many histories of this machine, of so many deeds each; returns how many alerts of each policy were the same."""
    machine.wire = on_the_wire(monkeypatch)
    # A replay supposes that somebody stands on every rung.
    monkeypatch.setattr(tellings.StepPlan, "is_met", lambda plan, posts: True)
    machine.world, machine.compared = world, Counter()
    policies_began_long_ago()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=deeds,
            deadline=None,
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return machine.compared


@pytest.mark.by_turns
@pytest.mark.django_db
def test_the_policy_in_force_replayed_tells_what_the_engine_told(monkeypatch: pytest.MonkeyPatch) -> None:
    replayed(Lived, a_world(), monkeypatch, histories=counts(2, 200), deeds=counts(16, 40))


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_each_step_of_a_search_and_after_it_replayed_is_told_as_the_engine_told_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = {"histories": counts(2, 40), "deeds": counts(4, 40)}
    compared = replayed(Sought, a_settled_world(), monkeypatch, **number)
    assert compared[policies.DUTY], "nothing of a search"
    assert compared[policies.AFTER], "nothing after one"
