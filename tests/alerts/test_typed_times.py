"""No time that somebody types ends what is late, or makes late what nobody was asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import default_policies as policies
from alerts.expected import contact
from alerts.models import Alert
from alerts.schedule import Absence
from cases import absences, details
from cases.models import Child, MissingEpisode
from cases.states import IllegalMove
from tests import factories
from tests.alerts.strategies import facts, london, sighting
from tests.alerts.test_silence_scenarios import steps, tick
from tests.factories import AT, Watched

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)


def is_open(w: Watched) -> bool:
    return Alert.objects.open().filter(child=w.child, clock__kind="contact").exists()


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_an_arrival_that_stands_after_the_registration_ends_no_silence() -> None:
    w = factories.a_watched_child()
    now = CLOSES + 61 * MINUTE
    tick(now)
    assert "R3" in steps(w)
    with pytest.raises(IllegalMove, match="after it was registered"):
        details.change(w.child, {"arrived_at": now}, topic="arrival", version=0, by=w.worker, at=now)
    # Of before it was refused some may be on record, and whatever corrects the child next reads them.
    Child.objects.filter(pk=w.child.pk).update(arrived_at=now)
    details.change(w.child, {"needs_note": "x"}, topic="needs", version=0, by=w.worker, at=now)
    tick(now + MINUTE)
    tick(CLOSES + 91 * MINUTE)
    assert is_open(w), Alert.objects.filter(child=w.child).values_list("end_reason", flat=True)
    assert MissingEpisode.objects.get(child=w.child).police_owed_at is not None


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_return_of_hours_ago_that_is_written_in_time_asks_for_nothing_of_before_it_was_written() -> None:
    w = factories.a_watched_child()
    factories.seen(w.child, by=w.carer, at=AT + MINUTE)
    factories.out(w.child, until=AT + 11 * HOUR, by=w.carer, at=AT + HOUR)
    now = AT + 10 * HOUR
    tick(now)
    assert steps(w) == []
    absences.come_back(w.child, back_at=AT + 4 * HOUR, by=w.carer, at=now)
    tick(now)
    assert steps(w) == []
    # Nobody is on record as having seen the child: the roll-call that is open then is asked.
    tick(london(2026, 3, 2, 21, 31))
    assert "R0" in steps(w)
    assert Alert.objects.get(child=w.child).due_at == london(2026, 3, 2, 21)


OUT = Absence("out", london(2026, 3, 2, 11), london(2026, 3, 2, 20))


@pytest.mark.parametrize(
    ("absence", "due_at"),
    [
        (Absence("out", OUT.starts_at, OUT.until, london(2026, 3, 2, 13), None, london(2026, 3, 2, 19)), 21),
        (Absence("out", OUT.starts_at, OUT.until, london(2026, 3, 2, 13), None, london(2026, 3, 2, 17)), 18),
        (Absence("out", OUT.starts_at, OUT.until, london(2026, 3, 2, 13)), 13.5),
        # Written after its time it is nobody's sight of the child.
        (Absence("out", OUT.starts_at, OUT.until, london(2026, 3, 2, 13), None, london(2026, 3, 2, 22)), 20),
    ],
)
def test_roll_calls_are_owed_from_when_the_return_is_written(absence: Absence, due_at: float) -> None:
    seen = sighting(london(2026, 3, 2, 10))
    expected = contact(facts(policies.FIRST_72_HOURS, absences=(absence,), sightings=(seen,)))
    assert expected is not None
    assert expected.due_at == london(2026, 3, 2) + due_at * HOUR


def test_a_return_of_days_ago_ends_no_evening_on_which_nobody_said_where_the_child_was() -> None:
    seen = sighting(london(2026, 3, 2, 10))
    away = Absence("away", london(2026, 3, 2, 11), london(2026, 3, 9, 11))
    written = Absence(
        "away", away.starts_at, away.until, away.starts_at + HOUR, None, away.starts_at + 2 * DAY
    )
    owed = [contact(facts(policies.ORDINARY, absences=(one,), sightings=(seen,))) for one in (away, written)]
    assert [(one.due_at, one.window) for one in owed if one] == [(london(2026, 3, 2, 22, 30), "away")] * 2
