"""A form pressed twice whose time lies a few minutes ahead is one record, also when that time comes between the presses."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cases import building_checks, disclosures, notes, visits
from cases.building_checks import Round
from cases.models import BuildingCheck, Contact, Disclosure, Note, Visit
from cases.moves import SentBefore
from cases.visits import Visited
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NOW = AT + HOUR
# What a form says: the moment that was typed, when it is sent, its key.
Sends = Callable[[Watched, datetime, datetime, uuid.UUID], object]


def visit(one: Watched, said: datetime, at: datetime, key: uuid.UUID) -> object:
    told = Visited(seen=True, seen_alone=True, place="At the home", visited_at=said, key=key)
    return visits.record(one.child, told, by=one.worker, at=at)


def note(one: Watched, said: datetime, at: datetime, key: uuid.UUID) -> object:
    return notes.write(one.child, text="Rang the school", happened_at=said, key=key, by=one.worker, at=at)


def check(one: Watched, said: datetime, at: datetime, key: uuid.UUID) -> object:
    told = Round(checked_by="Wanda Kerslake", happened_at=said, key=key)
    return building_checks.record(one.home, told, by=one.carer, at=at)


def disclosure(one: Watched, said: datetime, at: datetime, key: uuid.UUID) -> object:
    return disclosures.record(
        one.child,
        outcome="refused",
        body="A newspaper",
        person="Somebody who rang",
        what="Where the child is",
        reason="It is nobody's to ask",
        basis=Disclosure.Basis.NONE,
        happened_at=said,
        key=key,
        by=one.worker,
        at=at,
    )


RECORDS = pytest.mark.parametrize(
    ("send", "model"),
    [(visit, Visit), (note, Note), (check, BuildingCheck), (disclosure, Disclosure)],
    ids=["visit", "note", "check", "disclosure"],
)


@pytest.mark.by_turns
@RECORDS
@pytest.mark.parametrize("ahead", [20 * SECOND, MINUTE, 5 * MINUTE])
@pytest.mark.parametrize("later", [SECOND, 21 * SECOND, 2 * MINUTE, HOUR])
def test_a_time_a_little_ahead_that_has_come_at_the_second_press_is_the_same_record(
    send: Sends, model: type, ahead: timedelta, later: timedelta
) -> None:
    one, key = a_watched_child(), uuid.uuid4()
    said = NOW + ahead
    first = send(one, said, NOW, key)
    assert send(one, said, NOW + later, key) == first
    assert model._default_manager.count() == 1
    assert Contact.objects.filter(child=one.child).count() <= 1


@pytest.mark.by_turns
@RECORDS
def test_now_said_twice_is_one_record(send: Sends, model: type) -> None:
    one, key = a_watched_child(), uuid.uuid4()
    first = send(one, NOW, NOW, key)
    assert send(one, NOW + MINUTE, NOW + MINUTE, key) == first
    assert model._default_manager.count() == 1


@pytest.mark.by_turns
@RECORDS
@pytest.mark.parametrize("moved", [-MINUTE, 6 * MINUTE, HOUR])
def test_another_time_is_other_words(send: Sends, model: type, moved: timedelta) -> None:
    one, key = a_watched_child(), uuid.uuid4()
    send(one, NOW + MINUTE, NOW, key)
    with pytest.raises(SentBefore):
        send(one, NOW + moved, NOW + 2 * HOUR, key)
    assert model._default_manager.count() == 1


def test_of_a_check_whose_time_was_kept_as_stated_each_other_time_is_other_words() -> None:
    one, key = a_watched_child(), uuid.uuid4()
    check(one, NOW + MINUTE, NOW, key)
    with pytest.raises(SentBefore):
        check(one, NOW + 2 * MINUTE, NOW + HOUR, key)
