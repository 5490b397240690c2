"""Of a child whose record one may not read a plate or a number is found where it stands as itself, and no other word."""

import string
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from cases import clock, notes, reads, restrictions, sign_keys, triggers
from cases import signs as listing
from cases.models import AccessRecord
from cases.triggers import Stranger
from tests.factories import AT, Watched, a_duty_desk, a_watched_child, an_authority

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(hours=2)
# What stands in a note beside a plate and a number, and is neither.
AROUND = "Yonas settles in at 14 Calder Lane, CT14 7QA, born 14 03 2009, NHS 943 476 5919, insta yonas09"
SAID = f"{AROUND}. A Golf GR33 NOW, he rang on 01632 960 733."


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=AT, given_name="Yonas")
    notes.write(found.child, text=SAID, by=found.worker, at=NOW)
    return found


@pytest.fixture
def stranger(client: Client, watched: Watched) -> Client:
    """Somebody at the desk of another council is signed in."""
    client.force_login(a_duty_desk(an_authority("Otherby")).person)
    return client


def answer(client: Client, query: str) -> str:
    return client.get(reverse("signs"), {"q": query}).content.decode()


LINE = ">A child whose record you may not read</td>"


def test_letters_alone_are_no_plate_and_say_so_at_the_field(stranger: Client, watched: Watched) -> None:
    stranger.force_login(watched.desk.person)
    for query in ("Yonas", "Calder Lane", "AB", "FRIENDS"):
        page = answer(stranger, query)
        assert "names and other words are not searched" in page, query
        assert f'value="{query}"' in page, query
        assert SAID not in page, query
    assert not AccessRecord.objects.filter(page="signs").exists()


@pytest.mark.by_turns(8)
def test_more_than_a_plate_or_a_number_is_asked_to_be_less(stranger: Client) -> None:
    assert "at most ten letters and digits" in answer(stranger, "SETTLEDINAT14")
    assert "at most 15 digits" in answer(stranger, "0163296073301632960733")


@pytest.mark.by_turns
def test_another_council_finds_a_plate_and_a_number_that_stand_whole(stranger: Client) -> None:
    for query in ("gr33now", "GR33 NOW", "01632 960733", "+44 1632 960733"):
        page = answer(stranger, query)
        assert LINE in page, query
        assert "Yonas" not in page, query


OF_OTHERS = ("GR33NO", "R33NOW", "GOLFGR33", "14CALDER", "INAT14", "CT147QA", "yonas09", "9434765919")
DIGITS = ("14032009", "960733", "32960733", "0163296073")


@pytest.mark.by_turns
@pytest.mark.parametrize("query", [*OF_OTHERS, *DIGITS])
def test_no_part_of_either_and_nothing_beside_them_is_found_by_another_council(
    stranger: Client, query: str
) -> None:
    assert LINE not in answer(stranger, query)


@pytest.mark.by_turns
def test_the_own_desk_finds_it_by_a_part(client: Client, watched: Watched) -> None:
    client.force_login(watched.desk.person)
    for query in ("GR33NO", "R33NOW", "960733", "14CALDER"):
        assert SAID in answer(client, query), query


@pytest.mark.by_turns
def test_a_note_of_a_restricted_record_is_not_read_out_letter_by_letter(
    stranger: Client, watched: Watched, settings
) -> None:
    settings.SIGN_SEARCHES_AN_HOUR = 50
    restrictions.restrict(watched.child, reason="A threat", named=[], by=watched.manager, at=NOW)
    known = "INAT14"
    for letter in string.ascii_uppercase + string.digits:
        assert LINE not in answer(stranger, known + letter), letter
    assert LINE in answer(stranger, "GR33NOW")


@pytest.mark.by_turns
def test_a_box_of_another_councils_child_is_matched_whole(stranger: Client, watched: Watched) -> None:
    came = Stranger(how="waited", plate="W-AB 123 X", phone="07700 900982")
    triggers.record(
        [watched.child],
        kind="approach",
        happens_at=NOW,
        note="A man",
        stranger=came,
        by=watched.worker,
        at=NOW,
    )
    for query in ("wab123x", "07700 900982", "+44 7700 900982"):
        assert LINE in answer(stranger, query), query
    for query in ("WAB123", "AB123X", "900982", "00900982"):
        assert LINE not in answer(stranger, query), query


@pytest.mark.by_turns
def test_a_list_of_another_council_answers_to_whole_plates_and_numbers_alone(
    stranger: Client, watched: Watched
) -> None:
    for kind, text in (
        ("person", "Uncle Ray 55 of KP19 VNS"),
        ("plate", "LK70 PYT"),
        ("phone", "07700 900555"),
    ):
        row = listing.Told(kind=kind, text=text, why="Seen at 14 Quay", source="Police", for_force=True)
        listing.note(watched.authority, row, key=uuid.uuid4(), by=watched.desk.person, at=NOW)
    for query in ("KP19VNS", "LK70PYT", "07700 900555"):
        assert "On a list of concern" in answer(stranger, query), query
    for query in ("RAY55", "RAY55OF", "LK70PY", "900555", "AT14QUAY"):
        assert "On a list of concern" not in answer(stranger, query), query


def test_each_search_is_on_record_and_an_hour_has_so_many(
    stranger: Client, watched: Watched, settings
) -> None:
    settings.SIGN_SEARCHES_AN_HOUR = 3
    searches = AccessRecord.objects.filter(page="signs", child=None)
    for number, query in enumerate(("GR33NOW", "GR33NOV", "LK70PYT"), 1):
        answer(stranger, query)
        assert searches.filter(allowed=True).count() == number
    refused = stranger.get(reverse("signs"), {"q": "GR33NOW"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    page = refused.content.decode()
    assert "You have searched 3 times within an hour" in page
    assert 'value="GR33NOW"' in page
    assert LINE not in page
    assert (searches.filter(allowed=True).count(), searches.filter(allowed=False).count()) == (3, 1)
    stranger.force_login(watched.desk.person)
    assert SAID in answer(stranger, "GR33NOW"), "a limit is each person's own"
    person = AccessRecord.objects.get(allowed=False).user
    assert reads.wait_for_signs(person, at=NOW + timedelta(minutes=59)) == timedelta(minutes=1)
    assert reads.wait_for_signs(person, at=NOW + timedelta(minutes=60)) is None


# Words without a digit, and figures too short for a number: together they make no plate and no number.
WORDS = st.from_regex(r"[A-Za-z]{4,9}", fullmatch=True)
FIGURES = st.from_regex(r"[1-35-9][0-9]{0,7}", fullmatch=True)
BETWEEN = st.sampled_from([" ", "-", ", ", ". ", "; "])


@st.composite
def notes_beside(draw: st.DrawFn, tokens: list[str]) -> str:
    """A note in which the tokens stand, each as itself, among words and figures that are drawn."""
    parts = []
    for token in [*tokens, ""]:
        around = draw(st.lists(WORDS | FIGURES, max_size=4))
        parts += ["".join(one + draw(BETWEEN) for one in around), f"; {token}; " if token else ""]
    return "".join(parts)


PLATES = st.from_regex(r"[A-HJ-PR-Y]{2}[0-9]{2} ?[A-HJ-PR-Z]{3}", fullmatch=True)
NUMBERS = st.from_regex(r"07700 ?900[0-9]{3}", fullmatch=True)
TOKENS = st.lists(PLATES | NUMBERS, max_size=2)


@given(TOKENS, st.data())
def test_two_notes_that_differ_beside_their_plates_and_numbers_answer_alike_to_every_query(
    tokens: list[str], data: st.DataObject
) -> None:
    one, other = data.draw(notes_beside(tokens)), data.draw(notes_beside(tokens))
    assert sign_keys.whole_plates(one) == sign_keys.whole_plates(other)
    assert sign_keys.whole_phones(one) == sign_keys.whole_phones(other)
    letters = sign_keys.plate(one)
    start = data.draw(st.integers(0, max(len(letters) - 1, 0)))
    part = letters[start : start + data.draw(st.integers(1, 10))]
    whole = {sign_keys.plate(token) for token in tokens}
    assert (part in sign_keys.whole_plates(one)) == (part in whole and any(map(str.isalpha, part)))
