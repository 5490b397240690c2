"""A child is found by a mis-spelt name, in any script, by a reference and by a phone number, by whoever may see them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.views import search
from cases import clock
from cases.models import AccessRecord, Child, KeepFrom, Role
from tests.factories import Watched, a_child, a_person, a_watched_child

pytestmark = pytest.mark.django_db

RESTRICTED = "Some records are restricted. If you need to find a child, ring duty."
# Invented children, and each name as a second person heard it.
HEARD = {
    "Yusuf Al-Khatib": "yousef al khateeb",
    "Abdelkarim Hussain": "Abdul Kareem Hussein",
    "Mohammed Qasimi": "Muhamad Kasimi",
    "Tesfaye Haile": "Tesfai Hayle",
    "Nguyễn Thị Hương": "Huong Nguyen",
    "Djamila Benyoussef": "Jamila Ben Yusef",
    "Khaled Rahimi": "Xalid Rahimy",
    "Walid Noori": "Oualid Nuri",
    "Şükrü Yıldız": "Shukru Yildiz",
    "Oleksandr Kovalenko": "Александр Коваленко",
}
# Those whom a search by letters would mistake for them.
BESIDE = (
    "Yasin Al-Khatib",
    "Yusuf Al-Harbi",
    "Abdelkarim Hassan",
    "Mohammed Qasab",
    "Khaled Rahmani",
    "Walid Noor",
)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(
        at=clock.now() - timedelta(days=5),
        given_name="Yusuf",
        family_name="Maddern",
        known_as="Joe",
        spellings=["Josef"],
        script_name="يوسف",
        script_language="ar",
        phone="07700 900456",
        safe_phone="+33 1 99 00 12 34",
    )


def found(client: Client, query: str, path: str = "/search/") -> list[str]:
    """The references on the page, in order."""
    answer = client.get(path, {"q": query})
    assert answer.status_code == 200
    return re.findall(
        r'<a class="govuk-link" href="/children/(MC[0-9]{2}-[0-9]{6})/"', answer.content.decode()
    )


@pytest.fixture
def known(watched: Watched) -> dict[str, Child]:
    names = {}
    for name in (*HEARD, *BESIDE):
        given, _, family = name.partition(" ")
        names[name] = a_child(watched.authority, team=watched.team, given_name=given, family_name=family)
    return names


@pytest.mark.by_turns
def test_the_right_child_is_among_the_first_five_however_the_name_was_heard(
    client: Client, watched: Watched, known: dict[str, Child]
) -> None:
    client.force_login(watched.worker)

    places = {name: found(client, heard).index(known[name].reference) + 1 for name, heard in HEARD.items()}

    assert max(places.values()) <= 3, places


@pytest.mark.by_turns
def test_every_name_in_every_script_and_the_beginning_of_one_find_the_child(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    for query in (
        "yousuf",
        "Yussef Madern",
        "maddern yusuf",
        "يوسف",
        "Jo",
        "yus mad",
        "Юсуф",
        "joe maddern",
        "yussuf ali maddern",
    ):
        assert found(client, query) == [watched.child.reference], query


@pytest.mark.by_turns(8)
def test_a_script_that_no_table_knows_finds_what_is_written_in_it(client: Client, watched: Watched) -> None:
    child = a_child(watched.authority, team=watched.team, given_name="Ming", script_name="王小明")
    client.force_login(watched.worker)

    assert found(client, "小明") == [child.reference]


@pytest.mark.by_turns
def test_the_page_says_by_which_other_name_the_child_was_found(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    spelt = client.get("/search/?q=josef").content.decode()
    assert "Found by another spelling: <bdi>Josef</bdi>" in spelt
    known_as = client.get("/search/?q=joe").content.decode()
    assert "Found by the name they are known as: <bdi>Joe</bdi>" in known_as
    assert "Found by" not in client.get("/search/?q=maddern").content.decode()
    for words in (watched.authority.name, "Age not known", "يوسف"):
        assert words in known_as


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "query", ["07700 900456", "+44 7700 900456", "900456", "(0)7700-900-456", "0033199001234"]
)
def test_a_phone_number_in_any_spacing_finds_whose_it_is(
    client: Client, watched: Watched, query: str
) -> None:
    client.force_login(watched.worker)

    assert found(client, query) == [watched.child.reference]


@pytest.mark.by_turns
def test_a_number_tells_nobody_whose_it_is_who_may_not_read_it(client: Client, watched: Watched) -> None:
    for person in (
        a_person(Role.SOCIAL_WORKER, authority=watched.authority),
        watched.guardian,
        watched.carer,
        a_watched_child().worker,
    ):
        client.force_login(person)
        assert found(client, "07700 900456") == []
    client.force_login(watched.desk.person)
    assert found(client, "07700 900456") == [watched.child.reference]


def test_too_few_digits_and_a_mistyped_reference_are_said_before_anything_is_looked_up(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    few = client.get("/search/?q=0770").content.decode()
    assert "Enter at least six digits of a phone number, or a whole reference" in few
    assert "<title>Error: " in few
    assert 'value="0770"' in few
    reference = watched.child.reference
    assert found(client, reference[2:]) == [reference], "the letters before the digits may be left out"
    wrong = f"{reference[2:-1]}{(int(reference[-1]) + 1) % 10}"
    page = client.get(f"/search/?q={wrong}").content.decode()
    assert f"“{wrong}” is mistyped. One digit of this reference is wrong" in page


@pytest.mark.by_turns
def test_a_strangers_child_and_one_kept_from_the_reader_are_no_result(
    client: Client, watched: Watched
) -> None:
    other = a_watched_child(given_name="Yusuf", family_name="Maddern")
    client.force_login(watched.worker)
    assert found(client, "yusuf maddern") == [watched.child.reference]

    client.force_login(other.worker)
    assert found(client, "yusuf maddern") == [other.child.reference]
    KeepFrom.objects.create(
        child=other.child,
        user=other.worker,
        reason="An allegation",
        set_by=other.manager,
        starts_at=clock.now(),
    )
    for path in ("/search/", "/partials/search/"):
        assert found(client, "yusuf maddern", path) == []
    assert RESTRICTED in client.get("/search/?q=yusuf").content.decode()
    assert RESTRICTED in client.get("/search/").content.decode()


@pytest.mark.by_turns
def test_what_is_shown_while_somebody_types_is_a_part_of_the_page_and_calls_nothing_a_mistake(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    assert found(client, "yus", "/partials/search/") == [watched.child.reference]
    for query in ("", "y", "MC26-0", "077"):
        page = client.get("/partials/search/", {"q": query}).content.decode()
        assert "<html" not in page
        assert "govuk-error" not in page
        assert "No match" not in page


@pytest.mark.by_turns
def test_each_result_is_a_read_on_record_and_typing_on_is_the_same_read(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    for query in ("yus", "yusu", "yusuf"):
        client.get("/partials/search/", {"q": query})
    assert AccessRecord.objects.filter(child=watched.child, permission="see_status").count() == 1

    client.get("/search/?q=yusuf")
    records = AccessRecord.objects.filter(child=watched.child, permission="see_status")
    assert records.count() == 2
    assert not records.filter(path__contains="yus").exists()


@pytest.mark.by_turns(8)
def test_a_search_asks_the_same_few_questions_however_many_children_there_are(
    client: Client, watched: Watched, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_FOUND", 4)
    client.force_login(watched.worker)
    client.get("/search/?q=yusuf")
    with CaptureQueriesContext(connection) as one:
        client.get("/search/?q=yusuf")
    for number in range(6):
        a_child(
            team=watched.team,
            worker=watched.worker,
            given_name="Yusuf",
            family_name=f"Pen{'abcdefgh'[number % 8]}",
        )

    with django_assert_num_queries(len(one)):
        page = client.get("/search/?q=yusuf").content.decode()
    assert "4 children found" in page
    assert "There are more." in page


@pytest.mark.by_turns
def test_a_search_that_finds_nobody_is_on_record_without_what_was_typed(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    for path in ("/search/?q=Zebedee", "/search/?q=Z", "/search/", "/partials/search/?q=Zebedee"):
        client.get(path)
    row = AccessRecord.objects.get(child=None, page="search")
    assert (row.user, row.path, row.allowed) == (watched.worker, "/search/", True)


@pytest.mark.by_turns
def test_who_only_types_and_finds_nobody_is_on_record_once_and_another_search_again(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    for typed in ("Ze", "Zebe", "Zebedee", "Z"):
        client.get("/partials/search/", {"q": typed})
    row = AccessRecord.objects.get(child=None, page="search")
    assert (row.user, row.path, row.allowed) == (watched.worker, "/partials/search/", True)
    client.get("/search/?q=Zebedee")
    assert AccessRecord.objects.filter(child=None, page="search").count() == 2
    client.force_login(watched.guardian)
    client.get("/partials/search/", {"q": "Zebedee"})
    assert AccessRecord.objects.filter(child=None, page="search", user=watched.guardian).count() == 1
