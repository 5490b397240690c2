"""The verbs that a history seldom meets, each walked once, with every invariant after it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerts.models import Alert, DutyStep, Release
from cases.models import (
    ActionWord,
    Interview,
    Meeting,
    MissingReport,
    PlanAction,
    SeenAlone,
    Transfer,
    Trigger,
)
from cases.models.plans import OwnerKind
from cases.states import EpisodeOutcome
from guardians.models import CouncilConcern, GuardianAssignment, GuardianCover, GuardianLook, NoGuardian
from tests.alerts.promise.world import World, a_world
from tests.alerts.test_paper_machine import PaperPromise, a_world_of_paper, with_paper
from tests.alerts.test_promise_machine import Promise, Then, acting, walking
from tests.alerts.wires import on_the_wire
from tests.counts import FULL

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_paper(db: None) -> World:
    return a_world_of_paper()


@pytest.fixture
def its_world(db: None) -> World:
    return a_world()


@pytest.fixture
def with_papers(of_paper: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[PaperPromise]:
    yield from walking(with_paper(of_paper, monkeypatch)(), monkeypatch)


@pytest.fixture
def without_paper(its_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Promise]:
    Promise.wire = on_the_wire(monkeypatch)
    Promise.world = its_world
    yield from walking(Promise(), monkeypatch)


if FULL:

    @pytest.fixture
    def one(with_papers: PaperPromise) -> Promise:
        """For a walk that is not about paper: it falls due beside it in ./run faults alone."""
        return with_papers

else:

    @pytest.fixture
    def one(without_paper: Promise) -> Promise:
        return without_paper


@pytest.fixture
def then(one: Promise) -> Then:
    return acting(one)


def owed(*duties: str) -> set[str]:
    """Which of these steps stand open."""
    return set(DutyStep.objects.filter(kind__in=duties, done_at=None).values_list("kind", flat=True))


def asked(kind: str) -> set[str]:
    rows = Alert.objects.open().filter(clock__kind=kind)
    return set(rows.values_list("clock__duty", flat=True))


@pytest.mark.by_turns(8)
def test_a_transfer_is_declined_offered_again_moved_missed_and_read(one: Promise, then: Then) -> None:
    then(PaperPromise.refer_for_transfer, 0, False)
    then(PaperPromise.offer_the_child)
    then(PaperPromise.answer_the_offer, False)
    assert asked("transfer") == {"declined"}
    then(PaperPromise.offer_the_child)
    then(PaperPromise.answer_the_offer, True)
    then(PaperPromise.agree_a_day, 1)
    then(PaperPromise.pass_on_what_is_known, 0, False)
    then(PaperPromise.a_quiet_time, 48)
    assert asked("transfer") == {"shared", "departure"}
    then(PaperPromise.agree_a_day, 0)
    then(PaperPromise.pass_on_what_is_known, 1, True)
    then(PaperPromise.set_out, 1, 2)
    then(PaperPromise.nobody_confirms_the_arrival, 16)
    assert asked("transfer") == {"arrival"}
    then(PaperPromise.report, 0)
    assert asked("transfer") == {"arrival", "missing"}
    then(PaperPromise.end, 0, 0, EpisodeOutcome.RETURNED, True)
    then(PaperPromise.agree_a_day, 0)
    then(PaperPromise.set_out, 0, 1)
    then(PaperPromise.confirm_the_arrival, False, False, 0)
    assert Transfer.objects.get().status == "arrived"
    then(PaperPromise.a_quiet_time, 96)
    then(PaperPromise.read_what_stands_open)
    assert Transfer.objects.get().status == "completed"
    then(PaperPromise.refer_for_transfer, 0, True)
    then(PaperPromise.withdraw_a_transfer)
    assert asked("transfer") == set()


@pytest.mark.by_turns(8)
def test_a_child_has_two_guardians_one_who_is_covered_one_unchecked_and_none(
    one: Promise, then: Then
) -> None:
    # The second child has signs of trafficking, and is owed a guardian.
    then(PaperPromise.stand_beside, 1, 0)
    assert GuardianAssignment.objects.current(one.now).filter(child=one.child(1)).count() == 2
    then(PaperPromise.leave_without_a_guardian, 1)
    assert Alert.objects.open().filter(child=one.child(1), clock__kind="guardian").exists()
    then(PaperPromise.say_why_there_is_none, 1, NoGuardian.Kind.NOT_AVAILABLE, True, 1)
    then(PaperPromise.a_quiet_time, 48)
    assert asked("guardian"), "the reason is to be looked at again"
    then(PaperPromise.change_guardian, 1, 1)
    then(PaperPromise.guardian_goes, 1, 3, 30)
    then(PaperPromise.guardian_covers, 1, 0, None, 3, 30)
    then(PaperPromise.time_passes, 4 * 60)
    assert asked("guardian"), "nobody has accepted"
    then(PaperPromise.answer_about_cover, True)
    assert not asked("guardian")
    then(PaperPromise.end_cover)
    assert asked("guardian")
    then(PaperPromise.guardian_is_back_sooner)
    then(PaperPromise.say_what_a_guardian_can_do, 1, None, 2, 0)
    then(PaperPromise.a_quiet_time, 96)
    assert asked("guardian"), "the checks have lapsed"
    then(PaperPromise.say_what_a_guardian_can_do, 1, None, 60, 0)
    then(PaperPromise.allow_the_address, 1, True)
    then(PaperPromise.put_a_concern_about_the_council, 1, 1, True)
    then(PaperPromise.report, 1)
    then(PaperPromise.leave_without_a_guardian, 1)
    assert GuardianAssignment.objects.current(one.now).filter(child=one.child(1)).exists(), "it is missing"
    then(PaperPromise.look_at_the_guardian_of_a_missing_child, 1, False)
    then(PaperPromise.look_at_the_guardian_of_a_missing_child, 1, True)
    then(PaperPromise.end, 1, 0, EpisodeOutcome.RETURNED, True)
    then(PaperPromise.hand_over_guardian, 1, 0)
    then(PaperPromise.a_quiet_time, 48)
    of_each = [model.objects.count() for model in (CouncilConcern, GuardianLook, GuardianCover, NoGuardian)]
    assert of_each == [1, 2, 1, 1]


@pytest.mark.by_turns(8)
def test_an_action_of_each_owner_is_said_done_sent_back_given_on_and_ended(
    with_papers: PaperPromise,
) -> None:
    then = acting(with_papers)
    for kind in OwnerKind:
        then(PaperPromise.ask_for_an_action, 0, kind, 3, False)
    then(PaperPromise.ask_for_an_action, 0, OwnerKind.COUNCIL, 0, True)
    assert PlanAction.objects.count() == 5
    then(PaperPromise.give_an_action, 0, False, OwnerKind.HOME)
    then(PaperPromise.say_of_an_action, 0, False, ActionWord.Kind.DONE)
    then(PaperPromise.a_quiet_time, 96)
    first = PlanAction.objects.earliest("pk").pk
    assert f"said_done:{first}" in asked("paperwork")
    then(PaperPromise.say_of_an_action, 0, False, ActionWord.Kind.SENT_BACK)
    then(PaperPromise.plan, 0, "high", True)
    then(PaperPromise.sign_the_plan, 0)
    # The shortfall is over with its placement, and what the home was asked for needs another.
    then(PaperPromise.move, 0, 1)
    assert f"unowned:{first}" in asked("paperwork")
    then(PaperPromise.give_an_action, 0, False, OwnerKind.OUTSIDE)
    then(PaperPromise.say_of_an_action, 0, False, ActionWord.Kind.NOT_YET)
    then(PaperPromise.end_an_action, 0, False, PlanAction.Ending.DONE)
    then(PaperPromise.report, 0)
    then(PaperPromise.a_quiet_time, 24)
    then(PaperPromise.end, 0, 0, EpisodeOutcome.SAFE_ELSEWHERE, True)
    for _ in range(4):
        then(PaperPromise.end_an_action, 0, False, PlanAction.Ending.WITHDRAWN)
    assert not {duty for duty in asked("paperwork") if ":" in duty}


@pytest.mark.by_turns(8)
def test_a_child_who_is_missing_loses_its_bed_and_turns_18_and_all_that_is_asked_for_goes_on(
    without_paper: Promise,
) -> None:
    one, then = without_paper, acting(without_paper)
    then(Promise.write_the_profile, 0, "habits", False)
    then(Promise.report, 0)
    search = one.open(0)
    assert search is not None
    # Reads what is kept with the search.
    one.the_promise_holds()
    then(Promise.write_the_profile, 0, "habits", True)
    assert one.frozen[search.pk][1]["habits"][1] == "complete", "as it stood"
    then(Promise.say_more_of_the_report, 0, "A red coat", True)
    assert MissingReport.objects.filter(episode=search).count() == 2
    then(Promise.say_the_compact_number, 0, 0, False)
    then(Promise.say_the_compact_number, 0, 0, True)
    assert [*one.numbers.values()] == ["MP-2"]
    then(Promise.keep_the_bed, 0, 2)
    then(Promise.turn_18, 0, 2)
    assert owed("bed_kept", "turned_18") == {"bed_kept", "turned_18"}
    then(Promise.turn_18, 0, -1)
    assert owed("turned_18") == set(), "18 before it went missing"
    then(Promise.turn_18, 0, 2)
    then(Promise.time_passes, 27 * 60)
    assert asked("duty") >= {"bed_kept", "turned_18"}
    then(Promise.give_up_the_bed, 0)
    assert owed("bed_kept", "turned_18") == {"turned_18"}
    then(Promise.time_passes, 48 * 60)
    then(Promise.turn_18, 0, -1)
    assert owed("turned_18") == {"turned_18"}, "18 while it was missing"
    then(Promise.keep_the_bed, 0, 40)
    assert owed("bed_kept") == set(), "nobody keeps one"
    assert one.open(0) == search, "18, and with no bed"


@pytest.mark.by_turns(8)
def test_a_message_ends_nothing_and_after_the_third_search_a_meeting_is_owed_until_it_is_held(
    without_paper: Promise,
) -> None:
    one, then = without_paper, acting(without_paper)
    then(Promise.go_and_come_back, 0, 2, 1)
    assert owed("repeated") == set(), "twice"
    then(Promise.report, 0)
    for ago in (59, 0):
        then(Promise.hear_from_the_child, 0, 3, ago)
    assert Trigger.objects.filter(kind="message").count() == 1, "that was before the search"
    then(Promise.hear_from_the_child, 0, 2, 0)
    assert asked("message")
    assert one.open(0), "found by nobody"
    then(Promise.end, 0, 0, EpisodeOutcome.RETURNED, True)
    assert owed("repeated")
    one.now += timedelta(days=9)
    then(Promise.call_the_roll)
    assert "repeated" in asked("duty")
    then(Promise.meet, 0, Meeting.Kind.STRATEGY, Meeting.Guardian.THERE, 0)
    assert owed("repeated") == set()
    then(Promise.go_and_come_back, 0, 1, 5)
    assert owed("repeated"), "the fourth is another third"


@pytest.mark.by_turns(8)
def test_the_police_ask_until_it_is_written_down_and_each_line_is_its_sides_alone(
    one: Promise, then: Then
) -> None:
    then(PaperPromise.report, 0)
    then(PaperPromise.the_force_tells_something, 0)
    then(PaperPromise.choose_what_is_released, 0, {Release.Side.HOME}, True)
    then(PaperPromise.end, 0, 0, EpisodeOutcome.ARRESTED, True)
    assert owed("prevention_interview")
    then(PaperPromise.a_quiet_time, 48)
    assert "prevention_interview" in asked("duty")
    for taken_back in (False, False, True, False):
        then(PaperPromise.the_police_say_what_they_asked, 0, SeenAlone.YES, taken_back)
        assert bool(owed("prevention_interview")) == taken_back
    assert "prevention_interview" not in asked("duty")
    then(PaperPromise.write_an_interview, 0, True, Interview.HELD, 0)
    then(PaperPromise.choose_what_is_released, 0, {Release.Side.GUARDIAN, Release.Side.POLICE}, True)
    then(PaperPromise.choose_what_is_released, 0, set(), False)
    assert Release.objects.filter(ends_at=None).count() == 0
    assert Release.objects.count() == 3
