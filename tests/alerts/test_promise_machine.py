"""The promise against histories that nobody thought of: verbs, time, sending and crashes, and every invariant after each."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from alerts.models import Alert, DutyStep
from cases import episodes
from cases.models import (
    FoundMatch,
    Interview,
    LinkMatter,
    LinkRequest,
    Means,
    MissingEpisode,
    ReturnInterview,
    Trigger,
)
from cases.states import AgeStatus, EpisodeOutcome
from tests.alerts.promise import world
from tests.alerts.promise.actions import Actions
from tests.alerts.promise.afterwards import Afterwards
from tests.alerts.promise.deaths import Deaths
from tests.alerts.promise.found_children import FoundChildren
from tests.alerts.promise.guardians import Guardians
from tests.alerts.promise.invariants import Invariants
from tests.alerts.promise.judgements import Judgements
from tests.alerts.promise.link_requests import LinkRequests
from tests.alerts.promise.long_missing import LongMissing
from tests.alerts.promise.machines import Machines
from tests.alerts.promise.messages import Messages
from tests.alerts.promise.people import People
from tests.alerts.promise.repeats import Repeats
from tests.alerts.promise.transfers import Transfers
from tests.alerts.promise.travels import Travels
from tests.alerts.promise.world import World, a_world
from tests.alerts.wires import on_the_wire
from tests.counts import FULL, counts, one_in

Then = Callable[..., None]


# What ends a search in no other walk.
OF_THIS_WALK = [
    EpisodeOutcome.RECORDING_LATE,
    EpisodeOutcome.TREATED_AS_ADULT,
    EpisodeOutcome.STILL_AT_RISK,
    EpisodeOutcome.DIED,
]


class Promise(
    Repeats,
    LongMissing,
    Messages,
    Deaths,
    Afterwards,
    People,
    Judgements,
    Guardians,
    Transfers,
    Actions,
    FoundChildren,
    LinkRequests,
    Travels,
    Machines,
    Invariants,
):
    """Every rule is what somebody does, or what happens to a machine; `now` only moves on."""


@pytest.fixture
def its_world(db: None) -> World:
    return a_world()


def test_no_history_of_people_time_and_crashes_breaks_the_promise(
    its_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Promise.wire = on_the_wire(monkeypatch)
    Promise.world = its_world
    run_state_machine_as_test(
        Promise,
        settings=settings(
            # Two more are those of the machine that has paper as well.
            max_examples=counts(2, 100),
            stateful_step_count=counts(10, 40),
            deadline=None,
            # The same histories in every ordinary run; others in each full one.
            derandomize=not FULL,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def machine(
    its_world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Promise]:
    """One that a test walks by hand, from its beginning on; in each run one in three is checked at its end."""
    Promise.wire = on_the_wire(monkeypatch)
    Promise.world = its_world
    one = Promise()
    one.is_checked = FULL or not one_in(request.node.name, 3)
    yield from walking(one, monkeypatch)


M = TypeVar("M", bound=Promise)


def walking(machine: M, monkeypatch: pytest.MonkeyPatch) -> Iterator[M]:
    """The machine from its beginning to the end of the walk, where all that is promised holds."""
    # Outside a search for histories there is nobody to take notes.
    monkeypatch.setattr(world, "note", print)
    machine.begin()
    yield machine
    try:
        machine.the_promise_holds()
    finally:
        machine.teardown()


@pytest.fixture
def then(machine: Promise) -> Then:
    return acting(machine)


def acting(machine: Promise) -> Then:
    """One deed, after which the promise holds; how often it is asked hangs on the run."""

    def act(what: Callable[..., None], *words: Any) -> None:
        what(machine, *words)
        machine.it_goes_on()

    return act


def test_the_promise_holds_on_each_way_into_a_search_and_after_each_ending(
    machine: Promise, then: Then
) -> None:
    # A death that was another child's is no way to end a search: it is said of one that has ended.
    ways = [outcome for outcome in EpisodeOutcome if outcome != EpisodeOutcome.ANOTHER_CHILD]
    # In each run those of which another walk of the promise makes nothing, in turn by silence and after an absence.
    for number, outcome in enumerate(counts(OF_THIS_WALK, ways)):
        if number % 2 == 0:
            # Silence opens it, duty is on it and confirms it; or the record was only late.
            while machine.open(0) is None:
                then(Promise.time_passes, 9 * 60)
            machine.on_it(0, 0)
            if outcome != EpisodeOutcome.RECORDING_LATE:
                machine.confirm(0, 0)
        else:
            machine.see(0, 1, 0, Means.FACE_TO_FACE)
            machine.report_away(0)
            then(Promise.become_missing, 0)
        machine.end(0, 0, outcome, False)
        assert machine.open(0) is not None, "an end without its two parts"
        machine.end(0, 0, outcome, True)
        machine.the_promise_holds()
        assert machine.open(0) is None, outcome
        then(Promise.time_passes, 31)
    # Coroner, friends and Panel are late by then, each with all of its rungs; one of them is answered.
    then(Promise.time_passes, 15 * 24 * 60)
    then(Promise.answer_a_step, 0, 0, 0, DutyStep.Answer.DONE)
    ended = MissingEpisode.objects.filter(child=machine.child(0))
    assert set(ended.values_list("outcome", flat=True)) == set(counts(OF_THIS_WALK, ways))
    died, by = ended.get(outcome=EpisodeOutcome.DIED), machine.world.desks[0].person
    was = {"told_by": "The coroner's officer", "reason": "Other fingerprints"}
    episodes.was_another(died, **was, seconded_by=machine.world.one.manager, by=by, at=machine.now)
    machine.the_promise_holds()
    assert machine.open(0) is not None, "looked for again"


def test_who_is_treated_as_an_adult_elsewhere_is_asked_for_at_each_stop_of_a_journey(
    machine: Promise, then: Then
) -> None:
    then(Promise.decide_the_age, 0, AgeStatus.ADULT_ELSEWHERE)
    then(Promise.plan_a_journey, 0, 40, 1, 4)
    then(Promise.time_passes, 41)
    then(Promise.confirm_a_stop, 0, 0, 0, True, False)
    for late in (16, 61, 91):
        then(Promise.miss_a_stop, 0, late)
    search = machine.open(0)
    assert search is not None
    assert search.police_owed_at is not None
    then(Promise.end, 0, 0, EpisodeOutcome.RETURNED, True)
    then(Promise.plan_a_journey, 0, 40, 0, 4)
    then(Promise.hand_the_child_over, 0)
    then(Promise.time_passes, 27 * 60)
    machine.the_promise_holds()
    assert machine.read[machine.child(0).pk].nowhere_since is not None


def test_a_found_child_is_asked_about_until_it_is_somebodys_whatever_becomes_of_the_searches(
    machine: Promise, then: Then
) -> None:
    for number in (0, 1):
        then(Promise.report, number)
    then(Promise.write_down_a_found_child, 1, 31)
    for number in (0, 1):
        then(Promise.go_on_with_a_found_child, number, True, "ask")
    then(Promise.time_passes, 61)
    then(Promise.say_whether_it_is, 0, FoundMatch.Answer.CANNOT_SAY)
    then(Promise.time_passes, 9 * 60)
    then(Promise.end, 1, 0, EpisodeOutcome.HOSPITAL, True)
    then(Promise.say_whether_it_is, 0, FoundMatch.Answer.IT_IS)
    then(Promise.time_passes, 13 * 60)
    then(Promise.write_down_a_found_child, 0, 0)
    then(Promise.go_on_with_a_found_child, 0, True, "ask")
    then(Promise.go_on_with_a_found_child, 0, True, "add")
    then(Promise.go_on_with_a_found_child, 0, False, "identify")
    then(Promise.time_passes, 61)
    then(Promise.go_on_with_a_found_child, 0, True, "close")
    then(Promise.say_whether_it_is, 0, FoundMatch.Answer.IT_IS_NOT)
    then(Promise.time_passes, 27 * 60)
    asked = FoundMatch.objects.standing().order_by("found_id", "-answer")
    found_so = asked.values_list("found__outcome", "answer")
    assert list(found_so) == [("identified", "it_is"), ("identified", ""), ("handed", "it_is_not")]


def test_an_interview_answers_its_step_while_it_stands_and_who_came_is_asked_about_until_somebody_says(
    machine: Promise, then: Then
) -> None:

    def owed() -> bool:
        return DutyStep.objects.filter(kind="return_interview", done_at=None).exists()

    then(Promise.come_near, 0, True, True, 31, 0)
    then(Promise.come_near, 0, False, False, 1, 9)
    then(Promise.time_passes, 61)
    assert Alert.objects.open().filter(clock__kind="approach").count() == 2
    for rung in (False, True):
        then(Promise.answer_for_who_came, 0, 0, rung)
    then(Promise.answer_for_who_came, 1, 0, True)
    assert not Trigger.objects.filter(kind="approach", answered_at=None).exists()
    then(Promise.report, 0)
    then(Promise.end, 0, 0, EpisodeOutcome.ABROAD, True)
    assert owed()
    then(Promise.write_an_interview, 0, True, Interview.WAITING, 2)
    assert owed(), "it was only offered"
    then(Promise.write_an_interview, 0, True, Interview.DID_NOT_WANT, 0)
    assert not owed()
    then(Promise.withdraw_an_interview, 0)
    assert owed(), "what was withdrawn answers nothing"
    then(Promise.time_passes, 27 * 60)
    then(Promise.write_an_interview, 0, True, Interview.HELD, 9)
    assert not owed()
    assert ReturnInterview.objects.count() == 3


def test_a_council_is_asked_for_a_sibling_until_it_answers_whatever_becomes_of_the_children(
    machine: Promise, then: Then
) -> None:
    for number in (0, 1):
        then(Promise.ask_for_a_sibling, number, 1)
    then(Promise.answer_about_a_sibling, 0, "no_such")
    then(Promise.report, 1)
    for _ in range(2):
        then(Promise.word_goes_to_who_asked)
    then(Promise.time_passes, 5 * 60)
    then(Promise.word_goes_to_who_asked)
    then(Promise.answer_about_a_sibling, 1, "withdraw")
    then(Promise.end, 1, 0, EpisodeOutcome.WITH_FAMILY, True)
    then(Promise.word_goes_to_who_asked)
    then(Promise.time_passes, 27 * 60)
    assert sorted(LinkRequest.objects.values_list("status", flat=True)) == ["no_such", "withdrawn"]
    assert LinkMatter.objects.filter(episode__isnull=False).count() == 1
