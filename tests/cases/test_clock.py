"""The time is the database's own, moved only by the shift that tests and the demo may set."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from cases import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def steady_clock():
    """Here it is the clock itself that is looked at."""


def _of_the_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
    return instant


def test_now_is_the_databases_present_instant_in_utc():
    before = _of_the_database()
    now = clock.now()
    assert before <= now <= _of_the_database()
    assert now.utcoffset() == timedelta(0)


def test_time_goes_on_within_one_transaction():
    first = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.01)")
    assert clock.now() - first >= timedelta(seconds=0.01)


@pytest.mark.parametrize("shift", [-3600, 86_400])
def test_the_shift_moves_it_by_whole_seconds(settings, shift):
    settings.CLOCK_SHIFT = shift
    before = _of_the_database()
    now = clock.now()
    assert before <= now - timedelta(seconds=shift) <= _of_the_database()


class _StoppedClock:
    @staticmethod
    def now(*_args: object) -> datetime:
        raise AssertionError("the machine's own clock was asked")


def test_the_machines_own_clock_is_not_asked(monkeypatch):
    monkeypatch.setattr(clock, "datetime", _StoppedClock)
    with pytest.raises(AssertionError):
        clock.machine()
    before = _of_the_database()
    assert before <= clock.now()


def test_a_ticking_clock_asks_once_and_goes_on(django_assert_num_queries):
    with django_assert_num_queries(1):
        ticking = clock.ticking()
        first = ticking()
        later = ticking()
    assert first < later <= _of_the_database() + timedelta(milliseconds=10)
