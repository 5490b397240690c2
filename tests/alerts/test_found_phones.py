"""A found child is known by the phone that a missing child has with it, wherever that number was written down."""

import uuid
from datetime import timedelta

import pytest

from cases import find_me, found
from cases.models import MissingEpisode
from cases.search import finding, matches
from cases.search import found as searching
from tests.factories import AT, DutyDesk, Watched, a_duty_desk, a_watched_child, an_authority, ended, missing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + HOUR


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT - timedelta(days=60), given_name="Selam", family_name="Tesfay", sex="F")


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


def likely(desk: DutyDesk, phone: str) -> list[MissingEpisode]:
    described = found.Described(
        found_at=AT, place="Southmere station", found_by="A guard", sex="F", looks="Freckles", phone=phone
    )
    row = found.write_down(described, authority=desk.team.authority, key=uuid.uuid4(), by=desk.person, at=NOW)
    rows = searching.candidates(row, desk.person, at=NOW).rows
    for one in rows:
        assert "phone" in one.match.agree
        fresh = MissingEpisode.objects.get(pk=one.episode.pk)
        assert (row, one.match) in searching.found_for(fresh, at=NOW), "either page says the same"
    return [one.episode for one in rows]


def numbered(watched: Watched, numbers: str, *, version: int = 0) -> int:
    said = {"answers": {"numbers": numbers}, "state": "in_progress", "version": version}
    return find_me.write(watched.child, "accounts", **said, by=watched.worker, at=AT).pk


@pytest.mark.by_turns
def test_by_the_phone_that_the_report_says_the_child_has_with_it(watched: Watched, desk: DutyDesk) -> None:
    episode = missing(watched.child, by=watched.worker, child_phone="07700 900321", at=AT)
    assert likely(desk, "+44 7700 900321") == [episode]
    assert likely(desk, "+44 7700 900322") == []


@pytest.mark.by_turns
def test_by_that_of_the_report_that_stands_alone(watched: Watched, desk: DutyDesk) -> None:
    missing(watched.child, by=watched.worker, child_phone="07700 900321", at=AT)
    episode = missing(watched.child, by=watched.worker, child_phone="07700 900654", at=AT + HOUR / 2)
    assert likely(desk, "07700 900654") == [episode]
    assert likely(desk, "07700 900321") == []


@pytest.mark.by_turns
def test_by_each_further_number_of_the_find_me_profile_as_it_stands(watched: Watched, desk: DutyDesk) -> None:
    episode = missing(watched.child, by=watched.worker, at=AT)
    first = numbered(watched, "07700 900111")
    numbered(watched, "07700 900321, in use since May 2025; 07700 900654", version=first)
    for phone in ("+44 7700 900321", "0044 7700900654"):
        assert likely(desk, phone) == [episode]
    assert likely(desk, "07700 900111") == [], "it was written over"


@pytest.mark.by_turns
def test_the_search_box_finds_the_child_by_that_phone_while_it_is_looked_for(watched: Watched) -> None:
    def by(phone: str, person: object) -> list[int]:
        return list(finding.by_phone(person, phone, at=NOW).values_list("pk", flat=True))

    missing(watched.child, by=watched.worker, child_phone="07700 900111", at=AT)
    episode = missing(watched.child, by=watched.worker, child_phone="07700 900321", at=AT)
    for person in (watched.worker, watched.desk.person):
        assert by("+44 7700 900321", person) == [watched.child.pk]
        assert by("07700 900111", person) == [], "a later report says another"
    for person in (watched.guardian, watched.officer, a_watched_child(at=AT).desk.person):
        assert by("07700 900321", person) == [], "who may not read a number is not told whose it is"
    ended(episode, at=AT + HOUR / 2)
    assert by("07700 900321", watched.desk.person) == []


@pytest.mark.by_turns(8)
def test_who_is_registered_with_that_phone_may_be_the_child_who_is_missing(watched: Watched) -> None:
    missing(watched.child, by=watched.worker, child_phone="07700 900321", at=AT)
    newcomer = matches.Newcomer(given_name="Aster", phones=("07700 900321",))
    (one,) = matches.of(newcomer, user=watched.desk.person, at=NOW)
    assert (one.child, one.why) == (watched.child, ("phone",))
