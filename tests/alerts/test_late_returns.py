"""A return written after its back-by, whatever time it names: only somebody who saw the child bears it out."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from alerts import integrity, sweep
from alerts.models import Alert, AlertStep, Clock
from cases import absences, contacts, placements
from cases.models import Absence
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def late() -> Watched:
    """A child who was to be back by one o'clock and is not: the first rungs have been told."""
    watched = factories.a_watched_child()
    factories.out(watched.child, until=at(60), by=watched.carer, at=NOON)
    tick(at(60))
    assert climbed(watched) == ["R0", "R1"]
    return watched


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def tick(now: datetime) -> None:
    while sweep.sweep(now=now).clocks:
        pass


def climbed(watched: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind="contact")
    return list(rows.order_by("pk").values_list("step", flat=True))


def is_open(watched: Watched) -> bool:
    return Alert.objects.open().filter(child=watched.child, clock__kind="contact").exists()


@pytest.mark.by_turns
def test_a_return_written_late_with_an_earlier_time_ends_nothing(late: Watched) -> None:
    absences.come_back(late.child, back_at=at(50), by=late.carer, at=at(70))
    tick(at(70))
    assert is_open(late)
    tick(at(90))
    assert climbed(late) == ["R0", "R1", "R2", "R3"]
    absence = late.child.absences.get()
    assert (absence.ends_at, absence.ended_recorded_at, absence.ended_by) == (at(50), at(70), late.carer)
    assert not [b for b in integrity.check(at(90)) if b.invariant == "no silence" and b.references]


@pytest.mark.by_turns
def test_a_sighting_of_before_the_back_by_written_late_ends_it(late: Watched) -> None:
    contacts.record(late.child, factories.a_sighting(late.carer, at=at(50)), by=late.carer, at=at(70))
    tick(at(70))
    assert not is_open(late)


def test_a_sighting_of_before_the_return_bears_nothing_out(late: Watched) -> None:
    absences.come_back(late.child, back_at=at(50), by=late.carer, at=at(70))
    contacts.record(late.child, factories.a_sighting(late.guardian, at=at(40)), by=late.guardian, at=at(71))
    tick(at(71))
    assert is_open(late)


@pytest.mark.by_turns
def test_a_sighting_since_the_return_bears_it_out(late: Watched) -> None:
    absences.come_back(late.child, back_at=at(50), by=late.carer, at=at(70))
    contacts.record(late.child, factories.a_sighting(late.guardian, at=at(55)), by=late.guardian, at=at(71))
    tick(at(71))
    assert not is_open(late)


@pytest.mark.by_turns
def test_a_move_written_late_with_an_earlier_time_ends_nothing(late: Watched) -> None:
    placements.end(late.placement, ends_at=at(50), reason="Notice given", by=late.worker, at=at(70))
    tick(at(90))
    assert is_open(late)
    assert "R3" in climbed(late)


@pytest.mark.by_turns
def test_a_return_written_in_time_is_as_written(late: Watched) -> None:
    other = factories.a_watched_child()
    factories.out(other.child, until=at(60), by=other.carer, at=NOON)
    absences.come_back(other.child, back_at=at(50), by=other.carer, at=at(60))
    assert Clock.objects.get(child=other.child, kind="contact").due_at == at(90)


def test_an_ending_written_before_it_happened_is_refused_by_the_database(late: Watched) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(child=late.child).update(ends_at=at(50), ended_recorded_at=at(40))
