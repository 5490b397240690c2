"""The verbs of transfers, guardians and actions that a history seldom meets, each walked once, with every invariant after it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alerts.models import Alert
from cases.models import ActionWord, PlanAction, Transfer
from cases.models.plans import OwnerKind
from cases.states import EpisodeOutcome
from guardians.models import CouncilConcern, GuardianAssignment, GuardianCover, GuardianLook, NoGuardian
from tests.alerts.promise import world
from tests.alerts.test_paper_machine import PaperPromise, with_paper

pytestmark = pytest.mark.django_db
Then = Callable[..., None]


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Iterator[PaperPromise]:
    monkeypatch.setattr(world, "note", print)
    walking = with_paper(monkeypatch)()
    walking.begin()
    yield walking
    walking.teardown()


@pytest.fixture
def then(one: PaperPromise) -> Then:
    def act(what: Callable[..., None], *words: Any) -> None:
        what(one, *words)
        one.the_promise_holds()

    return act


def asked(kind: str) -> set[str]:
    rows = Alert.objects.open().filter(clock__kind=kind)
    return set(rows.values_list("clock__duty", flat=True))


def test_a_transfer_is_declined_offered_again_moved_missed_and_read(one: PaperPromise, then: Then) -> None:
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


def test_a_child_has_two_guardians_one_who_is_covered_one_unchecked_and_none(
    one: PaperPromise, then: Then
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
    counts = [model.objects.count() for model in (CouncilConcern, GuardianLook, GuardianCover, NoGuardian)]
    assert counts == [1, 2, 1, 1]


def test_an_action_of_each_owner_is_said_done_sent_back_given_on_and_ended(
    one: PaperPromise, then: Then
) -> None:
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
    then(PaperPromise.end, 0, 0, EpisodeOutcome.RETURNED, True)
    for _ in range(4):
        then(PaperPromise.end_an_action, 0, False, PlanAction.Ending.WITHDRAWN)
    assert not {duty for duty in asked("paperwork") if ":" in duty}
