"""A life by the roll-calls through both changes of the clocks: replayed, it tells what the real engine told."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.alerts.test_replaying import Life
from tests.counts import counts
from tests.factories import ended

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.by_turns
def test_a_life_by_the_roll_calls_agrees_through_the_night_in_which_the_clocks_go_forward() -> None:
    first, hour, last = counts((28, 16, 29), (26, 9, 31))
    life = Life(datetime(2026, 3, first, hour, tzinfo=UTC))
    _nights(life, until=datetime(2026, 3, last, 12, tzinfo=UTC))


@pytest.mark.by_turns(8)
def test_a_life_by_the_roll_calls_agrees_through_the_night_in_which_the_clocks_go_back() -> None:
    first, hour, last = counts((24, 15, 25), (22, 8, 27))
    life = Life(datetime(2026, 10, first, hour, tzinfo=UTC))
    _nights(life, until=datetime(2026, 10, last, 12, tzinfo=UTC))


def _nights(life: Life, *, until: datetime) -> None:
    """Seen each afternoon and never in a night: each night is a search that the afternoon ends."""
    while life.now < until:
        life.go_to(life.now + 7 * HOUR + MINUTE)
        life.see()
        if life.episode is not None:
            life.go_to(life.now + MINUTE)
            life.do(ended, life.episode, by=life.w.desk.person)
    lines = life.agrees()
    assert len({line.opened_at.date() for line in lines if line.kind == "contact"}) > counts(1, 3)
