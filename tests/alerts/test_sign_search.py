"""A plate or a number, looked for across homes and councils: found however it was read out, and told of no stranger's child."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cases import clock, concerns, contacts, episodes, find_me, restrictions, return_interviews, triggers
from cases.models import AccessRecord, Role, Trigger
from cases.return_interviews import Told
from cases.search import signs
from cases.triggers import Stranger
from tests.factories import AT, Watched, a_person, a_watched_child, ended, missing, seen

pytestmark = pytest.mark.django_db

NOW = AT + timedelta(days=2)
SEEN = Stranger(how="waited", person="Grey cap", phone="+44 7700 900123", vehicle="Van", plate="AB12 CDE")


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child(at=AT, given_name="Yonas")
    came(found)
    return found


def came(watched: Watched, *, at: datetime = NOW, stranger: Stranger = SEEN, **said) -> Trigger:
    said = {"kind": "approach", "happens_at": at, "note": "A man at the gate", "by": watched.worker} | said
    return triggers.record([watched.child], stranger=stranger, at=at, **said)[0]


def looked(client: Client, person, query: str) -> str:
    client.force_login(person)
    return client.get(reverse("signs"), {"q": query}).content.decode()


def reads_of(watched: Watched, person) -> list[str]:
    rows = AccessRecord.objects.filter(child=watched.child, user=person, page="signs", allowed=True)
    return list(rows.order_by("pk").values_list("permission", flat=True))


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.by_turns(8)
def test_duty_finds_who_came_however_it_is_typed_and_the_read_is_on_record(
    client: Client, watched: Watched
) -> None:
    plates = ["AB12 CDE", "ab12cde", "b12-c"]
    for query in (*plates, "07700 900123", "+44 7700 900123", "0044 7700900123", "900123"):
        with undone():
            page = looked(client, watched.desk.person, query)
            assert "A man at the gate" in page, query
            assert watched.child.reference in page, query
            assert reads_of(watched, watched.desk.person) == ["see_record"], query


@pytest.mark.by_turns
def test_another_plate_or_number_finds_nothing_and_the_search_is_on_record(
    client: Client, watched: Watched
) -> None:
    for query in ("AB1Z CDE", "ABI2 CDE", "07700 900124", "CDEAB12"):
        with undone():
            page = looked(client, watched.desk.person, query)
            assert "No match" in page, query
            assert watched.child.reference not in page, query
            assert reads_of(watched, watched.desk.person) == [], query
            of_nobody = AccessRecord.objects.filter(user=watched.desk.person, page="signs", child=None)
            assert of_nobody.count() == 1, query


@pytest.mark.by_turns
def test_a_nought_is_no_o(client: Client, watched: Watched) -> None:
    came(watched, stranger=Stranger(plate="AB10 OOO"))
    assert "No match" in looked(client, watched.desk.person, "AB1O 000")
    assert "A man at the gate" in looked(client, watched.desk.person, "AB10 OOO")


@pytest.mark.by_turns
def test_another_councils_duty_learns_when_what_and_whom_to_ring_and_not_who(
    client: Client, watched: Watched
) -> None:
    other = a_watched_child(at=AT)
    page = looked(client, other.desk.person, "AB12 CDE")
    assert "Waited near the home" in page
    assert "A child whose record you may not read" in page
    assert watched.authority.name in page
    for secret in (watched.child.reference, "Yonas", "A man at the gate", "Grey cap", watched.home.name):
        assert secret not in page
    assert reads_of(watched, other.desk.person) == ["work_duty_desk"]


@pytest.mark.by_turns
def test_a_phone_of_the_other_councils_desk_stands_beside(client: Client, watched: Watched) -> None:
    watched.desk.team.phone = "01632 960777"
    watched.desk.team.save()
    other = a_watched_child(at=AT)
    assert "01632 960777" in looked(client, other.desk.person, "AB12CDE")


@pytest.mark.by_turns
def test_who_works_on_no_desk_is_refused(client: Client, watched: Watched) -> None:
    for person in (watched.worker, watched.carer, watched.guardian, watched.officer):
        client.force_login(person)
        assert client.get(reverse("signs"), {"q": "AB12 CDE"}).status_code == 403
        assert reads_of(watched, person) == []


@pytest.mark.by_turns
def test_a_restricted_record_is_not_there_in_its_own_council_and_unnamed_elsewhere(
    client: Client, watched: Watched
) -> None:
    restrictions.restrict(watched.child, reason="A threat", named=[], by=watched.manager, at=NOW)
    off_shift = a_person(Role.DUTY_DESK, team=watched.desk.team)
    page = looked(client, off_shift, "AB12 CDE")
    assert "No match" in page
    assert watched.child.reference not in page
    assert reads_of(watched, off_shift) == []
    # Whoever answers the desk now reads it, as everywhere: a child whom nobody may look for is worse off.
    assert watched.child.reference in looked(client, watched.desk.person, "AB12 CDE")
    assert watched.child.reference in looked(client, watched.manager, "AB12 CDE")
    other = a_watched_child(at=AT)
    assert "A child whose record you may not read" in looked(client, other.desk.person, "AB12 CDE")


@pytest.mark.by_turns
def test_from_whom_a_child_is_kept_learns_not_even_that_the_car_is_on_record(
    client: Client, watched: Watched
) -> None:
    concerns.keep_from(watched.child, watched.desk.person, reason="It is his car", by=watched.manager, at=NOW)
    assert "No match" in looked(client, watched.desk.person, "AB12 CDE")
    assert reads_of(watched, watched.desk.person) == []


@pytest.mark.by_turns
def test_what_is_written_in_words_is_found_too(client: Client, watched: Watched) -> None:
    find_me.write(
        watched.child,
        "dangers",
        answers={"exploiters": "Uncle, KX61 ZZZ, +44 7700 900555"},
        state="in_progress",
        version=0,
        by=watched.worker,
        at=NOW,
    )
    for query in ("kx61zzz", "07700 900555"):
        assert "Uncle, KX61 ZZZ" in looked(client, watched.desk.person, query)
    came(watched, stranger=Stranger(vehicle="red Ford, LM09 PQR"))
    assert "red Ford, LM09 PQR" in looked(client, watched.desk.person, "lm09 pqr")


TYPED = "A grey Golf, KP19 VNS; he rang on 01632 960 733"


@pytest.mark.by_turns
def test_what_a_carer_typed_into_the_first_box_is_found_as_what_stands_in_its_own(
    client: Client, watched: Watched
) -> None:
    queries = ("kp19vns", "01632 960733", "+44 1632 960733")
    for query in queries:
        assert "No match" in looked(client, watched.desk.person, query), query
    came(watched, note=TYPED, stranger=Stranger(how="waited"))
    other = a_watched_child(at=AT)
    for query in queries:
        assert TYPED in looked(client, watched.desk.person, query), query
        page = looked(client, other.desk.person, query)
        assert "A child whose record you may not read" in page, query
        for secret in (watched.child.reference, "grey Golf", "Yonas"):
            assert secret not in page, query
    concerns.keep_from(watched.child, watched.desk.person, reason="His car", by=watched.manager, at=NOW)
    for query in queries:
        assert "No match" in looked(client, watched.desk.person, query), query


def test_who_is_described_with_a_number_is_found_by_it(client: Client, watched: Watched) -> None:
    came(watched, stranger=Stranger(person="Calls himself Ray, 01632 960 744", place="By LK70 PYT"))
    for query in ("01632 960744", "lk70pyt"):
        assert "Calls himself Ray" in looked(client, watched.desk.person, query)


@pytest.mark.by_turns
def test_what_a_serious_concern_says_is_found_until_its_contact_is_withdrawn(
    client: Client, watched: Watched
) -> None:
    contact = seen(watched.child, by=watched.worker, at=NOW, mood="serious", note=TYPED)
    assert TYPED in looked(client, watched.desk.person, "kp19vns")
    contacts.withdraw(contact, reason="Another child", by=watched.worker, at=NOW)
    assert "No match" in looked(client, watched.desk.person, "kp19vns")


@pytest.mark.by_turns
def test_the_words_of_the_engine_itself_are_no_match(watched: Watched) -> None:
    triggers.of_end(watched.child, by=watched.worker, at=NOW)
    for word in ("FOUND", "STILLAT"):
        assert signs.find(watched.desk.person, plate=word, phone="", at=NOW).matches == ()


FOUND, NEWS, SAID = "Parked at the quay: GR33 NOW", "The landlord has NW11 OLD", "He drove CH1 LDX"


def told(episode, intelligence: str, *, version: int, by, at: datetime) -> None:
    said = {"outcome": "held", "interviewer": "Petra Lorne", "independence": "independent"}
    said |= {"interpreter": "not_needed", "sharing": "yes", "intelligence": intelligence}
    return_interviews.write(episode, Told(offered_at=at, held_at=at, **said), version=version, by=by, at=at)


@pytest.fixture
def searched(watched: Watched) -> Watched:
    """A search that is over, in which somebody found something out and wrote news, and after which the child talked."""
    by, at = watched.worker, NOW - timedelta(hours=6)
    episode = missing(watched.child, by=by, at=at)
    heard = {"source": "police", "told_by": "DC Vale, 07700 900444", "heard_at": at, "is_intelligence": True}
    episodes.find_out(episode, text=FOUND, **heard, by=by, at=at)
    episodes.add_update(episode, text=NEWS, side="home", by=watched.carer, at=at)
    episode = ended(episode, at=at + timedelta(hours=1))
    told(episode, "He drove WR0 NGX", version=0, by=by, at=at + timedelta(hours=2))
    told(episode, f"{SAID}, 07700 900555", version=1, by=by, at=at + timedelta(hours=3))
    return watched


# What is looked for, and what it is found in.
HEARD = {
    "GR33 NOW": FOUND,
    "07700 900444": FOUND,
    "nw11old": NEWS,
    "CH1LDX": SAID,
    "+44 7700 900555": SAID,
}


@pytest.mark.by_turns
def test_what_a_search_and_the_interview_after_it_say_is_found_by_whoever_reads_the_record(
    client: Client, searched: Watched
) -> None:
    other = a_watched_child(at=AT)
    for query, words in HEARD.items():
        assert words in looked(client, searched.desk.person, query), query
        page = looked(client, other.desk.person, query)
        assert "A child whose record you may not read" in page, query
        for secret in (words, searched.child.reference, "DC Vale"):
            assert secret not in page, query
    assert "No match" in looked(client, searched.desk.person, "WR0 NGX"), "before it was corrected"
    concerns.keep_from(searched.child, searched.desk.person, reason="His car", by=searched.manager, at=NOW)
    for query in HEARD:
        assert "No match" in looked(client, searched.desk.person, query), query


def test_too_little_is_asked_for_more(client: Client, watched: Watched) -> None:
    for query, words in (
        ("A1", "at least three letters"),
        ("12345", "at least six digits"),
        ("?!", "six digits"),
    ):
        assert words in looked(client, watched.desk.person, query), query
    assert reads_of(watched, watched.desk.person) == []


@pytest.mark.by_turns
def test_a_drill_is_no_match(searched: Watched) -> None:
    searched.child.is_drill = True
    searched.child.save()
    for plate in ("AB12CDE", "GR33NOW", "NW11OLD", "CH1LDX"):
        assert signs.find(searched.desk.person, plate=plate, phone="", at=NOW).matches == ()
