"""Who lives at the same address as a missing child, in no home, is to be seen within half an hour as a house is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import head_counts, placements
from cases.models import Child, HeadCount, Placement
from tests.alerts.outgoing import tick
from tests.factories import AT, Watched, a_child, a_watched_child, an_authority, missing, placed

pytestmark = pytest.mark.django_db

BEFORE = AT - timedelta(days=60)
HOTEL = "Harbour Hotel, 1 Quay"


def at_address(
    child: Child, watched: Watched, address: str = HOTEL, postcode: str = "AB1 2CD", **said: object
) -> Placement:
    given = {"phone": "01632 960111", "authority": watched.authority, "force": watched.force} | said
    where = placements.Address(address=address, postcode=postcode, **given)
    return placed(child, where, by=watched.worker, at=AT - timedelta(days=5))


def another(watched: Watched, *where: str, **said: object) -> Child:
    child = a_child(watched.authority, team=watched.team, worker=watched.worker, at=BEFORE)
    at_address(child, watched, *where, **said)
    return child


@pytest.fixture
def gone() -> Watched:
    """The child who goes missing from a hotel that somebody typed as an address."""
    watched = a_watched_child(at=BEFORE)
    at_address(watched.child, watched)
    return watched


def asked() -> set[tuple[int, str]]:
    return set(HeadCount.objects.values_list("child", "reason"))


@pytest.mark.by_turns
def test_whoever_lives_at_the_same_address_is_asked_for_however_it_was_typed_and_nobody_of_next_door(
    gone: Watched,
) -> None:
    there = {another(gone, typed).pk for typed in (HOTEL, "HARBOUR HOTEL\n1 Quay", "harbour-hotel 1, quay.")}
    for where in (("Harbour Hotel, 2 Quay", "AB1 2CD"), (HOTEL, "AB1 2CE"), ("Harbour Hotel", "AB1 2CD")):
        another(gone, *where)
    missing(gone.child, by=gone.worker, at=AT)
    tick(AT)
    assert asked() == {(pk, "home") for pk in there}
    assert {one.due_at for one in HeadCount.objects.all()} == {AT + timedelta(minutes=30)}
    tick(AT + timedelta(minutes=1))
    assert HeadCount.objects.count() == len(there), "each once"


@pytest.mark.by_turns
def test_of_another_council_as_well(gone: Watched) -> None:
    other = a_watched_child(at=BEFORE)
    at_address(other.child, other, authority=an_authority("Saltmere"))
    missing(gone.child, by=gone.worker, at=AT)
    tick(AT)
    assert asked() == {(other.child.pk, "home")}


@pytest.mark.by_turns
def test_whoever_has_moved_out_or_in_since_is_not_asked_for(gone: Watched) -> None:
    left = another(gone)
    placed(left, by=gone.worker, starts_at=AT - timedelta(hours=1), at=AT)
    missing(gone.child, by=gone.worker, at=AT)
    new = a_child(gone.authority, team=gone.team, worker=gone.worker, at=AT)
    where = placements.Address(
        address=HOTEL, postcode="AB1 2CD", phone="01632 960111", authority=gone.authority, force=gone.force
    )
    placed(new, where, by=gone.worker, at=AT + timedelta(minutes=1))
    tick(AT + timedelta(minutes=2))
    assert not asked()


@pytest.mark.by_turns(8)
def test_two_refuges_of_which_no_address_is_held_are_not_one_place(gone: Watched) -> None:
    hidden, other = (
        a_child(gone.authority, team=gone.team, worker=gone.worker, at=BEFORE) for _number in range(2)
    )
    for child in (hidden, other):
        at_address(child, gone, "", "", restricted=True, provider="Safe Harbour")
    missing(hidden, by=gone.worker, at=AT)
    tick(AT)
    assert not asked()


@pytest.mark.by_turns
def test_a_home_with_the_words_of_the_address_is_asked_for_by_no_address(gone: Watched) -> None:
    other = a_watched_child(at=BEFORE)
    other.home.address, other.home.postcode = HOTEL, "AB1 2CD"
    other.home.save()
    missing(gone.child, by=gone.worker, at=AT)
    tick(AT)
    assert not asked()


@pytest.mark.by_turns
def test_it_asks_as_many_questions_for_four_as_for_one(gone: Watched) -> None:
    nobody = Child.objects.none()
    another(gone)
    missing(gone.child, by=gone.worker, at=AT)

    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            owing = head_counts.owing(AT, without=nobody).select_related("placement")
            found = head_counts.asked(owing, without=lambda: nobody)
        counts.append(len(found))
        return len(seen)

    counts: list[int] = []
    one = questions()
    for _number in range(3):
        another(gone)
    assert questions() == one
    assert counts == [1, 4]
