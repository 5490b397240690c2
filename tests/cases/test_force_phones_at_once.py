"""Two administrators at one number of a force in the same moment: the second finds what the first did, and no fault."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest
from django.db import connections

from cases import configuration
from cases.models import ForcePhone, Role
from cases.states import IllegalMove
from tests.factories import AT, a_force, a_person

NOW = AT + timedelta(hours=1)
# Otherwise than the second would write: an end that is written again is no refusal.
EARLIER = NOW - timedelta(minutes=1)
END = "UPDATE cases_forcephone SET ends_at = %s WHERE id = %s"


@pytest.fixture
def row(committed) -> ForcePhone:
    return configuration.register_force_phone(
        a_force(), "inspector", phone="01632 960712", verified_date=AT.date(), by=None, at=AT
    )


def after_the_other_end(committed, row: ForcePhone, verb: Callable[[], object]) -> object:
    """What `verb` gives or refuses when it waits for somebody else's end of the number, which then commits."""

    def run() -> object:
        try:
            return verb()
        except IllegalMove as refusal:
            return refusal
        finally:
            connections["default"].close()

    other = psycopg2.connect(committed.dsn)
    try:
        with ThreadPoolExecutor(1) as pool:
            with other.cursor() as cursor:
                cursor.execute(END, [EARLIER, row.pk])
            waiting: Future[object] = pool.submit(run)
            _until_somebody_waits_for_a_lock()
            other.commit()
            return waiting.result(timeout=20)
    finally:
        other.close()


def _until_somebody_waits_for_a_lock() -> None:
    with connections["default"].cursor() as cursor:
        for _ in range(500):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.02)")
    raise AssertionError("nobody waits")


def test_a_number_that_is_recorded_while_somebody_ends_the_one_before_it_is_on_record(committed, row):
    said = {"phone": "01632 960799", "verified_date": NOW.date(), "by": None, "at": NOW}
    second = after_the_other_end(
        committed, row, lambda: configuration.register_force_phone(row.force, row.purpose, **said)
    )
    assert list(ForcePhone.objects.filter(ends_at=None)) == [second]
    row.refresh_from_db()
    assert row.ends_at == EARLIER


def test_a_number_that_two_end_at_once_is_ended_once(committed, row):
    admin = a_person(Role.ADMINISTRATOR)
    refused = after_the_other_end(
        committed, row, lambda: configuration.end_force_phone(row, reason="Theirs no more", by=admin, at=NOW)
    )
    assert isinstance(refused, IllegalMove)
