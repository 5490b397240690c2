"""A clock put back: tries and leases do not wait for an instant to come a second time, deadlines do."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import delivery, health, heartbeats, outages, setbacks, sweep
from alerts.models import AlertStep, Clock, Message, Outage
from tests import factories
from tests.alerts.outgoing import CLOSES

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


@pytest.mark.by_turns
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


def serve(now: datetime) -> None:
    outages.notice(now=now)
    sweep.sweep_all(now=now)
    beat(now)


def outage_is_red(now: datetime) -> bool:
    return "outage" in {check.name for check in health.engine(now) if not check.ok}


@pytest.mark.by_turns
@pytest.mark.parametrize("leap", [timedelta(hours=1), timedelta(days=3650)])
def test_a_clock_that_leaps_ahead_and_is_set_right_holds_no_word_to_the_police(leap: timedelta) -> None:
    factories.a_watched_child()
    before = CLOSES - timedelta(minutes=5)
    serve(before)
    serve(before + leap)
    serve(before + timedelta(minutes=1))
    (outage,) = Outage.objects.all()
    assert outage.ended_at == outage.held_until == before + timedelta(minutes=1)
    for later in (60, 90):
        beat(CLOSES + timedelta(minutes=later - 1))
        serve(CLOSES + timedelta(minutes=later))
    owed = dict(AlertStep.objects.values_list("step", "owed_at"))
    assert owed["R3"] == CLOSES + timedelta(minutes=60)
    assert owed["fail_safe"] == CLOSES + timedelta(minutes=90)


@pytest.mark.by_turns(8)
def test_an_outage_that_ends_ahead_holds_nobody_though_no_beat_tells_of_it_and_is_red() -> None:
    factories.a_watched_child()
    serve(CLOSES)
    Outage.objects.create(
        began_at=CLOSES + timedelta(seconds=1),
        ended_at=NOW + timedelta(days=9),
        held_until=NOW + timedelta(days=10),
    )
    sweep.sweep_all(now=CLOSES + timedelta(minutes=90))
    assert {"R3", "fail_safe"} <= set(AlertStep.objects.values_list("step", flat=True))
    assert outage_is_red(CLOSES + timedelta(minutes=90))
    outages.notice(now=CLOSES + timedelta(minutes=90))
    assert not outage_is_red(CLOSES + timedelta(minutes=90))


@pytest.mark.by_turns
def test_an_outage_that_another_sweeper_noticed_a_moment_later_holds_as_any() -> None:
    factories.a_watched_child()
    serve(CLOSES - timedelta(minutes=5))
    back = CLOSES + timedelta(minutes=91)
    noticed = outages.notice(now=back + timedelta(seconds=1))
    assert outages.notice(now=back) == noticed
    sweep.sweep_all(now=back)
    assert not AlertStep.objects.filter(step__in=("R3", "fail_safe")).exists()


def test_an_outage_that_lies_ahead_as_a_whole_holds_nobody_when_its_time_comes() -> None:
    beat(NOW)
    ahead = NOW + timedelta(days=1)
    Outage.objects.create(
        began_at=ahead, ended_at=ahead + timedelta(hours=1), held_until=ahead + timedelta(hours=2)
    )
    setbacks.notice(now=BACK)
    outage = Outage.objects.get()
    assert outage.held_until == outage.ended_at
