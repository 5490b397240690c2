"""Why a child has no guardian was said by a council of its own area: after a transfer the next one looks at it."""

from datetime import datetime, timedelta

import pytest

from alerts import guardian_gaps, sweep
from alerts.models import Alert, Clock
from cases import details, mergers, transfers
from cases.deadlines import Nation, add_working_days, at_london, london_day
from cases.holidays import of as holidays_of
from cases.models import Child, Role, Transfer
from guardians import assignments, reasons
from guardians.models import NoGuardian
from guardians.reasons import Fallback
from tests.factories import (
    AT,
    Watched,
    a_person,
    a_watched_child,
    accepted,
    an_area,
    arrived,
    membership_of,
    referred,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Kind = NoGuardian.Kind
REVIEW = london_day(AT + 150 * DAY)
ARRIVES = AT + 5 * DAY


@pytest.fixture
def watched() -> Watched:
    """With signs of trafficking, and without a guardian."""
    w = a_watched_child()
    details.change(w.child, {"trafficking": "yes"}, topic="trafficking", version=0, by=w.worker, at=AT + HOUR)
    assignments.end(w.assignment, reason="The scheme ended", by=w.manager, at=AT + 2 * HOUR)
    return w


@pytest.fixture
def receiver() -> Watched:
    return a_watched_child(at=AT + HOUR)


def say(child: Child, by: Watched, kind: str, *, at: datetime) -> NoGuardian:
    stands_in = Fallback(
        kind="advocate", name="Ada Tern", phone="01632 960001", organisation="Tern", review_date=REVIEW
    )
    return reasons.record(
        child, kind=kind, reason="Works in other counties", fallback=stands_in, by=by.worker, at=at
    )


def owed(child: Child) -> tuple[str, datetime | None]:
    row = Clock.objects.get(kind=Clock.Kind.GUARDIAN, child=child)
    return row.window, row.due_at


def is_open(child: Child) -> bool:
    return Alert.objects.open().filter(child=child, clock__kind=Clock.Kind.GUARDIAN).exists()


def working_days(since: datetime, days: int) -> datetime:
    nation = Nation.ENGLAND_AND_WALES
    return add_working_days(since, days, nation=nation, holidays=holidays_of(nation))


def moves(watched: Watched, receiver: Watched) -> Transfer:
    transfer = referred(watched.child, receiver.authority, by=watched.worker, at=AT + 2 * DAY)
    transfer = accepted(transfer, receiver.worker, at=AT + 2 * DAY + HOUR)
    transfer = transfers.agree_day(
        transfer, london_day(ARRIVES), by=receiver.worker, at=AT + 2 * DAY + 2 * HOUR
    )
    left = {"left_at": ARRIVES - HOUR, "expected_at": ARRIVES}
    transfer = transfers.set_out(transfer, **left, by=watched.worker, at=ARRIVES - HOUR)
    return arrived(transfer, at=ARRIVES)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("kind", "days"), [(Kind.NOT_AVAILABLE, 1), (Kind.NOT_ELIGIBLE, 5), (Kind.DECLINED, 5)]
)
def test_the_next_council_looks_at_it_within_days_and_not_by_the_review_of_the_one_before(
    watched: Watched, receiver: Watched, kind: str, days: int
) -> None:
    an_area(receiver.authority, by=receiver.worker, at=AT)
    say(watched.child, watched, kind, at=AT + DAY)
    assert owed(watched.child) == ("review", at_london(REVIEW, datetime.min.time()))
    moves(watched, receiver)
    due_at = working_days(ARRIVES, days)
    assert owed(watched.child) == ("review", due_at)
    sweep.sweep_all(now=due_at - HOUR)
    assert not is_open(watched.child)
    (gap,) = guardian_gaps.of([watched.child.pk], now=due_at - HOUR).values()
    assert "It is looked at sooner" in gap.text
    sweep.sweep_all(now=due_at)
    assert is_open(watched.child)
    # Said anew it rests until its own day.
    say(watched.child, receiver, kind, at=due_at + HOUR)
    sweep.sweep_all(now=due_at + HOUR)
    assert (is_open(watched.child), owed(watched.child)[1]) == (
        False,
        at_london(REVIEW, datetime.min.time()),
    )
    (gap,) = guardian_gaps.of([watched.child.pk], now=due_at + HOUR).values()
    assert "It is looked at sooner" not in gap.text


@pytest.mark.by_turns
def test_a_guardian_who_is_assigned_there_ends_the_question(watched: Watched, receiver: Watched) -> None:
    say(watched.child, watched, Kind.NOT_AVAILABLE, at=AT + DAY)
    moves(watched, receiver)
    guardian = a_person(Role.GUARDIAN)
    service = membership_of(guardian).service
    assignments.assign(watched.child, guardian, service=service, by=receiver.worker, at=ARRIVES + HOUR)
    sweep.sweep_all(now=ARRIVES + 20 * DAY)
    assert not is_open(watched.child)
    assert owed(watched.child)[1] is None


@pytest.mark.by_turns
def test_a_merger_asks_nothing_anew(watched: Watched, receiver: Watched) -> None:
    say(watched.child, watched, Kind.NOT_AVAILABLE, at=AT + DAY)
    before = owed(watched.child)
    mergers.move(watched.authority, receiver.authority, by=None, at=ARRIVES)
    sweep.sweep_all(now=ARRIVES + 20 * DAY)
    assert (owed(watched.child), is_open(watched.child)) == (before, False)
