"""A day of a move that is none: who is named for that in whose record, what it says, and that no plan leaves its watch behind."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from alerts.record_questions import untold_changes
from alerts.timeline import entries
from cases import (
    mergers,
    partings,
    passing_on,
    responsibilities,
    row_history,
    split_moves,
    splits,
    transfers,
    triggers,
)
from cases.models import Child, Event, PlannedPlacement, Role, RowChange, Transfer, Trigger, User
from cases.permissions import Permission
from cases.states import TransferStatus
from tests.cases.test_move_days import DAY, HOUR, NOW, TOLD, agree, moves, to_be, watched_days
from tests.counts import counts
from tests.factories import (
    Watched,
    a_brother,
    a_child,
    a_person,
    a_watched_child,
    accepted,
    arrived,
    referred,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def brother(watched: Watched) -> Child:
    return a_brother(watched)


@pytest.fixture
def going(watched: Watched, brother: Child) -> Transfer:
    receiver = a_watched_child(risk="low")
    offered = referred(watched.child, receiver.authority, by=watched.worker, at=NOW)
    return accepted(offered, receiver.worker, at=NOW)


def dropped_by_the_receiver(going: Transfer, arrives: bool) -> User:
    """The sender has agreed a day, and somebody of the receiver agrees another, or confirms that the child came before."""
    going = agree(going, 10)
    by = going.worker
    assert by is not None
    with row_history.naming(lambda: (by.pk, "r-1")):
        if arrives:
            arrived(going, by=by, at=NOW + DAY)
        else:
            later = going.moves_date + 10 * DAY
            transfers.agree_day(going, later, parted=TOLD, by=by, at=NOW + HOUR)
    return by


def bylines(child: Child) -> list[str]:
    events = list(Event.objects.filter(child=child, kind="trigger_answered"))
    return [told.by for told in entries.of_events(events, permissions=frozenset(Permission))]


@pytest.mark.by_turns
@pytest.mark.this_hour
@pytest.mark.parametrize("arrives", [False, True])
def test_who_of_the_receiver_it_was_stands_in_the_record_of_the_child_who_goes_and_in_no_brothers(
    watched: Watched, brother: Child, going: Transfer, arrives: bool
) -> None:
    by = dropped_by_the_receiver(going, arrives)
    (his,) = [row for row in moves(brother) if row.answered_at is not None]
    assert his.answered_by == his.recorded_by == watched.worker, "nobody but whom the record names already"
    event = Event.objects.get(child=brother, kind="trigger_answered")
    assert (event.actor, event.actor_label) == (None, "Rollcall")
    assert bylines(brother) == ["Rollcall"]
    changes = RowChange.objects.filter(table="cases_trigger", row=his.pk)
    assert set(changes.values_list("actor", "request")) == {(None, "")}
    assert not Event.objects.filter(child=brother, actor=by).exists()
    (own,) = [row for row in moves(watched.child) if row.answered_at is not None]
    assert own.answered_by == by
    assert Event.objects.get(child=watched.child, kind="trigger_answered").actor == by
    (line,) = bylines(watched.child)
    assert by.name in line
    changes = RowChange.objects.filter(table="cases_trigger", row=own.pk)
    assert set(changes.values_list("actor", flat=True)) == {by.pk}


@pytest.mark.by_turns
def test_the_record_of_the_brother_names_nobody_either_where_it_was_who_agreed_the_day(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    agree(going, 10)
    agree(going, 20, at=NOW + HOUR)
    assert bylines(brother) == ["Rollcall"], "else the engine would say that it was somebody else"
    (line,) = bylines(watched.child)
    assert watched.worker.name in line


def merged(watched: Watched, going: Transfer) -> None:
    mergers.move(going.sender, going.receiver, by=watched.director, at=NOW + DAY)


def split(watched: Watched, going: Transfer) -> None:
    """Into the one to which the child was to go, and another."""
    admin, other = a_person(Role.ADMINISTRATOR, authority=watched.authority), a_watched_child(risk="medium")
    row = splits.begin(going.sender, [going.receiver, other.authority], by=admin, at=NOW + HOUR)
    row = splits.keep(row, other.authority, by=admin, at=NOW + HOUR)
    for kind in splits.Kind:
        left = splits.unsaid(row, kind, at=NOW + DAY)
        splits.say(row, kind, {one.pk: going.receiver for one in left}, by=admin, at=NOW + HOUR)
    head = a_person(Role.TEAM_MANAGER, authority=going.receiver, reach="directorate")
    signed = {going.receiver_id: head, other.authority.pk: other.director}
    split_moves.move(row, signed=signed, by=admin, at=NOW + DAY)


def abolished(watched: Watched, going: Transfer) -> None:
    """By the command, in whose name nobody acts."""
    mergers.move(going.receiver, going.sender, by=None, at=NOW + DAY)


@pytest.mark.by_turns
@pytest.mark.parametrize("end", [merged, split, abolished])
def test_of_a_transfer_that_is_withdrawn_because_both_become_one_nobody_is_watched_around_the_day(
    watched: Watched, brother: Child, going: Transfer, end: Callable[[Watched, Transfer], None]
) -> None:
    agree(going, 10)
    # He is the child of a third by then, and passes on with nobody.
    elsewhere = a_watched_child(risk="medium")
    responsibilities.start(brother, authority=elsewhere.authority, by=elsewhere.worker, at=NOW + HOUR)
    end(watched, going)
    going.refresh_from_db()
    assert going.status == TransferStatus.WITHDRAWN
    assert watched_days(watched.child) == watched_days(brother) == []
    assert bylines(brother) == ["Rollcall"]
    assert list(untold_changes(NOW + DAY)) == []


@pytest.mark.by_turns
@pytest.mark.parametrize("when", ["as it begins", "in its round"])
def test_a_day_that_is_agreed_while_a_merger_goes_on_is_dropped_for_those_who_stay_as_well(
    watched: Watched, brother: Child, going: Transfer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    elsewhere = a_watched_child(risk="medium")
    responsibilities.start(brother, authority=elsewhere.authority, by=elsewhere.worker, at=NOW + HOUR)
    rounds = passing_on.batches

    def batches(who: Callable[[], Q]) -> Iterator[list[int]]:
        # Somebody else's, of the same moment.
        if when == "as it begins":
            agree(going, 10)
        for ids in rounds(who):
            if when == "in its round" and watched.child.pk in ids:
                agree(going, 10)
                assert watched_days(brother) == [10]
            yield ids

    monkeypatch.setattr(passing_on, "batches", batches)
    monkeypatch.setattr(passing_on, "BATCH", 1)
    merged(watched, going)
    going.refresh_from_db()
    assert going.status == TransferStatus.WITHDRAWN
    assert watched_days(watched.child) == watched_days(brother) == []


@pytest.mark.by_turns
def test_what_a_merger_asks_of_a_transfer_that_it_withdraws(watched: Watched) -> None:
    """Of each that has a day who is watched around it, and again as it is dropped; of one without a day nothing more."""
    receivers = [a_watched_child(risk="low") for _ in range(3)]
    counted = []
    for receiver, days in zip(receivers, (0, 1, 2), strict=True):
        sender = a_watched_child()
        for number in range(2):
            child = a_child(team=sender.team, worker=sender.worker)
            offered = referred(child, receiver.authority, by=sender.worker, at=NOW)
            taken = accepted(offered, receiver.worker, at=NOW)
            if number < days:
                agree(taken, 10)
        with CaptureQueriesContext(connection) as asked:
            mergers.move(sender.authority, receiver.authority, by=None, at=NOW + DAY)
        counted.append(len(asked))
    none, one, two = counted
    assert one - none <= 30, counted
    assert two - one <= one - none, counted


def test_of_a_transfer_that_goes_on_after_a_merger_and_of_a_watch_that_has_begun_all_stay_watched(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    agree(going, 4)
    third = a_watched_child(risk="medium")
    mergers.move(going.sender, third.authority, by=watched.director, at=NOW + HOUR)
    assert watched_days(watched.child) == watched_days(brother) == [4]
    going.refresh_from_db()
    mergers.move(going.sender, going.receiver, by=watched.director, at=NOW + 2 * DAY)
    assert watched_days(watched.child) == watched_days(brother) == [4], "somebody was told, and may go for it"


# Two plans of one child that are for day 10 at some time, the steps of either in their order.
ENDS = ("agree 20", "withdraw", "set out")
ORDERS = [
    steps
    for end in ENDS
    for steps in itertools.permutations(("plan", "call off", "agree 10", end))
    if steps.index("plan") < steps.index("call off") and steps.index("agree 10") < steps.index(end)
]
# In each run each way in which the two interleave, with one of the ends in turn; all of them with each in full.
ORDERS = counts([steps for number, steps in enumerate(ORDERS) if number % 6 % 3 == number // 6], ORDERS)


def take(step: str, watched: Watched, going: Transfer, *, hour: int) -> None:
    by, at = watched.worker, NOW + hour * HOUR
    match step:
        case "plan":
            partings.plan(watched.child, to_be(watched), parted=TOLD, by=by, at=at)
        case "call off":
            partings.call_off(PlannedPlacement.objects.open().get(), why="No bed", by=by, at=at)
        case "agree 10":
            agree(going, 10, at=at)
        case "agree 20":
            agree(going, 20, at=at)
        case "withdraw":
            transfers.withdraw(going, reason="An aunt was found here", by=by, at=at)
        case "set out":
            transfers.set_out(going, left_at=at, expected_at=at + 2 * HOUR, by=by, at=at)


def planned_days(steps: tuple[str, ...]) -> set[int]:
    """For which days a move of the child is planned after these steps."""
    placed = {10} if "plan" in steps and "call off" not in steps else set[int]()
    if any(end in steps for end in ENDS):
        return placed | ({20} if "agree 20" in steps else set())
    return placed | ({10} if "agree 10" in steps else set())


@pytest.mark.by_turns
def test_after_each_step_of_two_plans_they_are_watched_around_the_days_that_are_planned_and_no_other(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    gone: list[tuple[str, ...]] = []

    def go_on(steps: tuple[str, ...]) -> None:
        """Take the last of these steps, and each that may follow from there; orders that begin alike begin once."""
        with transaction.atomic():
            take(steps[-1], watched, Transfer.objects.get(pk=going.pk), hour=len(steps))
            planned = planned_days(steps)
            assert set(watched_days(watched.child)) == planned, steps
            assert set(watched_days(brother)) == planned, steps
            follow(steps)
            transaction.set_rollback(True)

    def follow(steps: tuple[str, ...]) -> None:
        if steps in ORDERS:
            gone.append(steps)
        coming = {order[: len(steps) + 1] for order in ORDERS if order[: len(steps)] == steps != order}
        for more in sorted(coming):
            go_on(more)

    follow(())
    assert sorted(gone) == sorted(ORDERS)


@pytest.mark.by_turns
def test_what_was_said_otherwise_of_a_dropped_day_ends_with_the_plan_that_held_it(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    take("plan", watched, going, hour=1)
    take("agree 10", watched, going, hour=2)
    agree(going, 10, at=NOW + 3 * HOUR, parted="Her brother Tesfay: wants to come along")
    take("agree 20", watched, going, hour=4)
    assert len([day for day in watched_days(brother) if day == 10]) == 3
    take("call off", watched, going, hour=5)
    assert (watched_days(watched.child), watched_days(brother)) == ([20], [20])
    dropped = Trigger.objects.filter(answered_at__isnull=False)
    assert {one.answer for one in dropped} == {"The move was called off."}


@pytest.mark.by_turns(8)
def test_a_day_of_a_move_that_somebody_typed_is_nobodys_plan_and_stays(
    watched: Watched, brother: Child, going: Transfer
) -> None:
    typed = {"kind": "move", "happens_at": NOW + 10 * DAY, "note": "A new school from that day"}
    triggers.record([watched.child, brother], **typed, by=watched.worker, at=NOW)
    for hour, step in enumerate(("plan", "agree 10", "agree 20", "call off", "withdraw"), 1):
        take(step, watched, going, hour=hour)
    assert (watched_days(watched.child), watched_days(brother)) == ([10], [10])
