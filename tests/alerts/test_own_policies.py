"""Councils with policies of their own, side by side: each child goes by that of whoever is responsible."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts import (
    clocks,
    default_policies,
    policies,
    policy_shelf,
    publications,
    sweep,
    transfer_dues,
    transfer_policies,
    watching,
)
from alerts.call_ladder import CallTimes
from alerts.models import Alert, AlertStep, Clock, DutyTask, PolicyVersion
from alerts.schedule import Row, Step
from cases import mergers, responsibilities
from cases.models import Authority, Team, Transfer
from tests import factories
from tests.alerts.everything import keep_no_policy
from tests.alerts.test_replaying import Life
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# As delivered the team manager hears half an hour after the time, the police one hour.
OTHER = {
    Step.R0: 5 * MINUTE,
    Step.R1: 5 * MINUTE,
    Step.R2: 10 * MINUTE,
    Step.R3: 20 * MINUTE,
    Step.FAIL_SAFE: 40 * MINUTE,
}
ALL = {"R0", "R1", "R2", "R3"}


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def other() -> Watched:
    return factories.a_watched_child()


def quicker(row: Row, spans: dict[Step, timedelta]) -> Row:
    steps = tuple(
        (step, replace(at, after=spans.get(step, at.after)) if at.after is not None else at)
        for step, at in row.steps
    )
    return replace(row, steps=steps)


def agreed(
    of: Watched,
    *,
    begins: datetime,
    at: datetime | None = None,
    authority: Authority | None = None,
    spans: dict[Step, timedelta] = OTHER,
    ends: bool = False,
) -> PolicyVersion:
    """The council of `of` agrees on other spans for whoever came a few hours ago, or goes back to what is delivered."""
    row = quicker(default_policies.FIRST_72_HOURS, spans)
    return publications.publish_figures(
        row.key,
        policies.row_data(row),
        reason="As the board decided",
        takes_effect_at=begins,
        seconded_by=of.head,
        authority_id=(authority or of.authority).pk,
        follows_delivered=ends,
        by=of.director,
        at=at or begins,
    )


def steps(of: Watched) -> set[str]:
    """Of its silence and of the calls to the police; who looks after a child that moves is asked by another alert."""
    kinds = (Clock.Kind.CONTACT, Clock.Kind.CALL)
    rows = AlertStep.objects.filter(alert__child=of.child, alert__clock__kind__in=kinds)
    return set(rows.values_list("step", flat=True))


def tick(at: datetime) -> None:
    sweep.sweep_all(now=at)


def contact_of(of: Watched) -> Clock:
    return Clock.objects.get(child=of.child, kind=Clock.Kind.CONTACT)


@pytest.mark.by_turns
def test_two_councils_side_by_side_each_climb_by_their_own(watched: Watched, other: Watched) -> None:
    agreed(watched, begins=NOON)
    tick(CLOSES + 21 * MINUTE)
    assert steps(watched) == ALL
    assert steps(other) == set()
    tick(CLOSES + 31 * MINUTE)
    assert {"R0", "R1"} <= steps(other)
    assert "R3" not in steps(other)


@pytest.mark.by_turns
def test_before_it_begins_and_after_it_has_ended_what_is_delivered_holds(watched: Watched) -> None:
    agreed(watched, begins=NOON + DAY, at=NOON)
    tick(CLOSES + 21 * MINUTE)
    assert steps(watched) == set()
    agreed(watched, begins=NOON + 3 * DAY, at=NOON, ends=True)
    shelf = policy_shelf.of_contact([watched.authority.pk])
    turns = policy_shelf.turns_of([watched.child.pk])[watched.child.pk]
    own = [(v.takes_effect_at, v.row.version) for v in shelf.rows(turns) if v.row.key == "first_72_hours"]
    assert [version for _at, version in own] == [1, 2, 1]
    assert [since for since, _version in own[1:]] == [NOON + DAY, NOON + 3 * DAY]


@pytest.mark.by_turns
def test_a_number_names_one_version_whosever_it_is(watched: Watched, other: Watched) -> None:
    numbers = [agreed(watched, begins=NOON).version, agreed(other, begins=NOON).version]
    assert numbers == [2, 3]


@pytest.mark.by_turns
def test_a_later_version_wakes_the_clocks_of_its_own_children_alone(watched: Watched, other: Watched) -> None:
    before = {of.child.pk: contact_of(of).next_at for of in (watched, other)}
    begins = NOON + 5 * MINUTE
    assert all(at is not None and at > begins for at in before.values())
    agreed(watched, begins=begins, at=NOON)
    assert contact_of(watched).next_at == begins
    assert contact_of(other).next_at == before[other.child.pk]


@pytest.mark.by_turns
def test_a_child_who_comes_before_it_begins_is_looked_at_when_it_does(
    watched: Watched, other: Watched
) -> None:
    agreed(watched, begins=NOON + 30 * MINUTE, at=NOON)
    responsibilities.start(other.child, authority=watched.authority, by=watched.manager, at=NOON + MINUTE)
    tick(CLOSES + 21 * MINUTE)
    assert steps(other) == ALL


@pytest.mark.by_turns
def test_a_child_who_moves_goes_by_the_council_that_it_came_to(watched: Watched, other: Watched) -> None:
    agreed(watched, begins=NOON - HOUR)
    responsibilities.start(watched.child, authority=other.authority, by=watched.manager, at=NOON - MINUTE)
    responsibilities.start(other.child, authority=watched.authority, by=other.manager, at=NOON - MINUTE)
    tick(CLOSES + 21 * MINUTE)
    assert steps(watched) == set()
    assert steps(other) == ALL


@pytest.mark.by_turns
def test_an_open_alert_keeps_its_times_when_the_child_moves(watched: Watched, other: Watched) -> None:
    agreed(watched, begins=NOON)
    tick(CLOSES + 11 * MINUTE)
    assert "R2" in steps(watched)
    responsibilities.start(
        watched.child, authority=other.authority, by=watched.manager, at=CLOSES + 12 * MINUTE
    )
    tick(CLOSES + 21 * MINUTE)
    assert "R3" in steps(watched), "never put off"
    assert Alert.objects.open().filter(child=watched.child, clock__kind=Clock.Kind.CONTACT).count() == 1


@pytest.mark.by_turns
def test_a_roll_call_that_is_open_at_the_move_stays_with_the_policy_that_it_opened_under(
    watched: Watched, other: Watched
) -> None:
    agreed(other, begins=NOON - HOUR)
    responsibilities.start(
        watched.child, authority=other.authority, by=watched.manager, at=CLOSES - 10 * MINUTE
    )
    tick(CLOSES + 21 * MINUTE)
    assert steps(watched) == set()
    tick(CLOSES + 61 * MINUTE)
    assert "R3" in steps(watched)


@pytest.mark.by_turns
def test_a_search_keeps_the_spacing_of_the_council_that_it_began_under(
    watched: Watched, other: Watched
) -> None:
    times = CallTimes(steps=tuple(n * HOUR for n in (0, 5, 6, 7, 8)))
    publications.publish_figures(
        policies.CALL,
        policies.call_data(times),
        reason="As the board decided",
        takes_effect_at=NOON - HOUR,
        seconded_by=watched.head,
        authority_id=watched.authority.pk,
        by=watched.director,
        at=NOON - HOUR,
    )
    for of in (watched, other):
        factories.not_here(of.child, by=of.carer, at=NOON)
        tick(NOON)
    tick(NOON + 31 * MINUTE)
    assert "call_15" not in steps(watched)
    assert {"call_15", "call_30"} <= steps(other)
    responsibilities.start(
        watched.child, authority=other.authority, by=watched.manager, at=NOON + 32 * MINUTE
    )
    tick(NOON + 33 * MINUTE)
    assert "call_15" not in steps(watched)
    for of, expected in ((watched, 5 * HOUR), (other, 15 * MINUTE)):
        assert policy_shelf.calls_of(of.child.pk, at=NOON).steps[1] == expected
    assert policy_shelf.calls_of(watched.child.pk, at=NOON + HOUR).steps[1] == 15 * MINUTE


@pytest.mark.by_turns
def test_a_task_is_rung_through_after_the_time_of_its_desk_s_own_policy(
    watched: Watched, other: Watched
) -> None:
    publications.publish_figures(
        policies.CALL,
        policies.call_data(CallTimes(), 7 * MINUTE),
        reason="As the board decided",
        takes_effect_at=NOON,
        seconded_by=watched.head,
        authority_id=watched.authority.pk,
        by=watched.director,
        at=NOON,
    )
    at = CLOSES + 30 * MINUTE
    tick(at)
    waits = {
        task.authority_id: task.next_at - at
        for task in DutyTask.objects.filter(kind=DutyTask.Kind.RING_HOME)
        if task.next_at is not None
    }
    assert waits == {watched.authority.pk: 7 * MINUTE, other.authority.pk: 15 * MINUTE}


@pytest.mark.by_turns(8)
def test_a_transfer_keeps_what_its_sender_had_agreed(watched: Watched, other: Watched) -> None:
    limits = replace(transfer_policies.at_referral([], NOON), pending=4)
    for of, days in ((watched, 4), (other, 6)):
        publications.publish_figures(
            policies.TRANSFER,
            transfer_policies.data_of(replace(limits, pending=days)),
            reason="As the board decided",
            takes_effect_at=NOON,
            seconded_by=of.head,
            authority_id=of.authority.pk,
            by=of.director,
            at=NOON,
        )
    factories.referred(watched.child, receiver=other.authority, by=watched.manager, at=NOON + HOUR)
    one = watching.watch([watched.child.pk], at=NOON + HOUR)[watched.child.pk]
    assert one.transfers is not None
    assert one.transfers.pending == 4


@pytest.mark.by_turns
@pytest.mark.parametrize("is_own", [True, False])
def test_an_open_transfer_keeps_the_days_of_an_authority_that_was_merged_since(
    watched: Watched, other: Watched, is_own: bool
) -> None:
    delivered = transfer_policies.at_referral([], NOON)
    four = {"pending": 4} if is_own else {"pending_of": {watched.authority.code: 4}}
    publications.publish_figures(
        policies.TRANSFER,
        transfer_policies.data_of(replace(delivered, **four)),
        reason="As the board decided",
        takes_effect_at=NOON,
        seconded_by=watched.head,
        authority_id=watched.authority.pk if is_own else None,
        by=watched.director,
        at=NOON,
    )
    third = factories.a_watched_child()
    factories.referred(watched.child, receiver=third.authority, by=watched.manager, at=NOON + HOUR)
    over = datetime(2026, 3, 6, 23, 59, 59, tzinfo=UTC)
    late = Clock.objects.get(child=watched.child, kind=Clock.Kind.TRANSFER, duty="pending")
    assert late.due_at == over
    tick(over + MINUTE)
    for team in Team.objects.filter(authority=watched.authority):
        Team.objects.filter(pk=team.pk).update(name=f"{team.name} of before")
    mergers.move(watched.authority, other.authority, by=None, at=over + HOUR)
    tick(over + 2 * HOUR)
    late.refresh_from_db()
    assert late.due_at == over
    open_one = Alert.objects.open().get(clock=late)
    assert AlertStep.objects.filter(alert=open_one, step="R1").exists()
    transfer = Transfer.objects.get(child=watched.child)
    assert transfer_dues.over_by(transfer)[0] == over
    tick(over + 4 * DAY)
    assert {"R1", "R2"} <= set(AlertStep.objects.filter(alert=open_one).values_list("step", flat=True))


def queries(ids: list[int], read: Callable[[list[int]], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        read(ids)
    return len(found)


@pytest.mark.by_turns
def test_however_many_councils_have_their_own_as_many_questions_are_asked(
    watched: Watched, other: Watched
) -> None:
    ids = [watched.child.pk, other.child.pk]

    def read(ids: list[int]) -> object:
        keep_no_policy()
        return watching.watch(ids, at=NOON)

    before = queries(ids, read)
    agreed(watched, begins=NOON)
    agreed(other, begins=NOON, at=NOON)
    assert queries(ids, read) == before


@pytest.mark.by_turns
def test_the_database_keeps_an_authority_s_own_to_people_and_an_end_to_an_authority(watched: Watched) -> None:
    plain = {
        "key": "high",
        "data": {},
        "takes_effect_at": NOON,
        "published_at": NOON,
        "reason": "Nobody",
    }
    with pytest.raises(IntegrityError, match="policy_of_one_authority_by_people"), transaction.atomic():
        PolicyVersion.objects.create(version=9, authority=watched.authority, **plain)
    with pytest.raises(IntegrityError, match="policy_ended_is_an_authoritys"), transaction.atomic():
        PolicyVersion.objects.create(version=9, follows_delivered=True, **plain)


@pytest.mark.by_turns
def test_clocks_that_are_read_again_agree_with_those_that_stand(watched: Watched, other: Watched) -> None:
    agreed(watched, begins=NOON)
    responsibilities.start(other.child, authority=watched.authority, by=other.manager, at=NOON + MINUTE)
    tick(CLOSES + 21 * MINUTE)
    stood = {of.child.pk: (contact_of(of).due_at, contact_of(of).next_at) for of in (watched, other)}
    clocks.recompute([watched.child.pk, other.child.pk], at=CLOSES + 21 * MINUTE)
    assert stood == {of.child.pk: (contact_of(of).due_at, contact_of(of).next_at) for of in (watched, other)}


@pytest.mark.by_turns
def test_a_replay_of_own_policies_and_of_a_move_tells_what_the_engine_told() -> None:
    life, other = Life(), factories.a_watched_child()
    for of, spans in ((life.w, OTHER), (other, {Step.R4: 2 * HOUR})):
        row = quicker(default_policies.FIRST_72_HOURS, spans)
        life.do(
            publications.publish_figures,
            row.key,
            policies.row_data(row),
            reason="As the board decided",
            takes_effect_at=life.now + 30 * MINUTE,
            seconded_by=of.head,
            authority_id=of.authority.pk,
            by=of.director,
        )
    life.go_to(CLOSES + 15 * MINUTE)
    life.do(responsibilities.start, life.child, authority=other.authority, by=life.w.manager)
    life.go_to(CLOSES + 8 * HOUR)
    told = life.agrees()
    assert {"R2", "R3", "R4"} <= {step for line in told for step, _owed_at, _at in line.climbed}
