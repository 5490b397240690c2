"""A clock put back: tries and leases do not wait for an instant to come a second time, deadlines do."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import delivery, health, heartbeats, outages, setbacks, sweep
from alerts.models import Clock, Message
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 14, 1, tzinfo=UTC)
BACK = NOW - timedelta(hours=2)


def beat(at: datetime) -> None:
    heartbeats.beat(heartbeats.SWEEP, at=at)
    heartbeats.beat(heartbeats.DRAIN, at=at)


def is_red(now: datetime) -> bool:
    return "clock_put_back" in {check.name for check in health.read(now) if not check.ok}


@pytest.mark.by_turns
def test_tries_leases_and_what_was_set_aside_come_near_and_deadlines_stay() -> None:
    watched = factories.a_watched_child()
    sweep.sweep_all(now=NOW)
    delivery.claim(NOW, 1)
    Clock.objects.filter(child=watched.child).update(set_aside_until=NOW + timedelta(minutes=5))
    due = list(Clock.objects.order_by("pk").values_list("due_at", "next_at"))
    beat(NOW)
    assert delivery.claim(BACK, 100) == []
    assert outages.notice(now=BACK) is None
    assert len(delivery.claim(BACK, 100)) == 4
    (lapses,) = Message.objects.filter(fence=1, attempts=1).values_list("lease_until", flat=True).distinct()
    assert lapses <= BACK + timedelta(seconds=30)
    assert list(Clock.objects.order_by("pk").values_list("due_at", "next_at")) == due
    assert set(Clock.objects.filter(child=watched.child).values_list("set_aside_until", flat=True)) == {BACK}


@pytest.mark.by_turns
def test_it_is_noticed_once_and_red_until_the_clock_has_come_there_again() -> None:
    beat(NOW)
    assert setbacks.notice(now=BACK)
    assert not setbacks.notice(now=BACK + timedelta(seconds=1))
    assert heartbeats.stale(BACK) == []
    assert is_red(BACK)
    assert is_red(NOW - timedelta(seconds=1))
    assert not is_red(NOW + timedelta(seconds=1))


def test_what_a_slow_answer_makes_of_two_beats_is_no_setback() -> None:
    beat(NOW)
    assert not setbacks.notice(now=NOW - timedelta(seconds=30))
    assert not is_red(NOW)


@pytest.mark.by_turns(8)
def test_of_two_in_a_row_it_is_red_until_the_later_instant_has_come_again() -> None:
    beat(NOW)
    assert setbacks.notice(now=BACK)
    again = BACK + timedelta(minutes=30)
    beat(again)
    assert setbacks.notice(now=again - timedelta(hours=1))
    assert is_red(again + timedelta(minutes=1))
    assert not is_red(NOW + timedelta(seconds=1))
