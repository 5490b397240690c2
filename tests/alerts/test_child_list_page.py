"""The list of children and the search: one's own only, and the same sentence under every search."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import escalations
from cases import children, clock
from cases.models import AccessRecord, Role
from tests.factories import Watched, a_child, a_person, a_watched_child, missing, placed, seen, somebody

pytestmark = pytest.mark.django_db

RESTRICTED = "Some records are restricted. If you need to find a child, ring duty."


@pytest.fixture
def now() -> Any:
    return clock.now()


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(
        at=now - timedelta(days=5),
        given_name="Tarek",
        family_name="Maddern",
        known_as="Taz",
        script_name="طارق",
        script_language="ar",
        spellings=["Tariq", "Tarik"],
    )


def search(client: Client, query: str) -> str:
    answer = client.get("/search/", {"q": query})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "query", ["tarek", "MADDERN", "mad tar", "taz", "طارق", "tariq", "  Tarek   Maddern "]
)
def test_any_of_the_names_finds_the_child(client: Client, watched: Watched, query: str) -> None:
    client.force_login(watched.worker)

    page = search(client, query)

    assert watched.child.reference in page
    assert RESTRICTED in page


def test_a_reference_in_any_spacing_finds_the_child(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference

    for typed in (reference, reference.lower(), reference.replace("-", " "), f"{reference}-M2"):
        assert f"/children/{reference}/" in search(client, typed)


def test_a_mistyped_reference_says_so(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)

    page = search(client, wrong)

    assert "is mistyped" in page
    assert "No match" not in page
    assert RESTRICTED in page


def test_somebody_elses_child_is_found_no_more_than_one_that_does_not_exist(
    client: Client, watched: Watched, now: Any
) -> None:
    other = a_watched_child(at=now - timedelta(days=5), given_name="Quillon").child
    client.force_login(watched.worker)

    for query in ("Quillon", other.reference):
        page = search(client, query)
        assert f"/children/{other.reference}/" not in page
        assert "No match" in page
        assert RESTRICTED in page


def test_an_empty_search_and_one_letter_find_nobody(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    for query in ("", "t"):
        page = search(client, query)
        assert watched.child.reference not in page
        assert RESTRICTED in page
    assert "Enter at least two letters" in search(client, "t")


def test_what_was_typed_is_shown_and_never_run(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    page = search(client, '"><script>alert(1)</script>%_')

    assert "<script>alert" not in page
    assert watched.child.reference not in page, "% and _ are letters, no wildcards"


def test_the_list_shows_open_cases_with_their_word_and_no_closed_one(
    client: Client, watched: Watched, now: Any
) -> None:
    closed = a_child(watched.authority, team=watched.team, at=now - timedelta(days=3))
    children.close(closed, reason="Moved to family abroad", by=watched.worker, at=now - timedelta(hours=1))
    client.force_login(watched.worker)

    page = client.get("/children/").content.decode()

    assert watched.child.reference in page
    assert "govuk-tag" in page
    assert closed.reference not in page


def test_whoever_may_not_read_addresses_reads_no_home(client: Client, watched: Watched) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    client.force_login(colleague)
    assert watched.home.name not in client.get("/children/").content.decode()

    client.force_login(watched.worker)
    assert watched.home.name in client.get("/children/").content.decode()


def test_somebody_without_a_role_sees_an_empty_list(client: Client, watched: Watched) -> None:
    client.force_login(somebody())

    assert watched.child.reference not in client.get("/children/").content.decode()
    assert watched.child.reference not in search(client, "tarek")


def test_a_long_list_costs_no_more_questions_and_has_pages(
    client: Client, watched: Watched, now: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(watched.worker)
    client.get("/children/")
    with CaptureQueriesContext(connection) as one:
        client.get("/children/")
    for _ in range(55):
        placed(
            a_child(watched.authority, team=watched.team, by=watched.worker, at=now - timedelta(days=2)),
            watched.home,
        )

    with django_assert_num_queries(len(one)):
        first = client.get("/children/").content.decode()
    second = client.get("/children/?page=2").content.decode()

    assert "Page 1 of 2" in first
    assert first.count("<tr") == 51
    assert second.count("<tr") == 7


def test_a_character_that_no_name_holds_is_read_as_a_space(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    assert watched.child.reference in search(client, "Tar\0ek")


@pytest.mark.parametrize("page", ["/children/", "/search/?q=tarek"])
def test_whoever_may_read_the_status_alone_reads_neither_witness_nor_officer_in_a_list(
    client: Client, watched: Watched, now: Any, page: str
) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, authority=watched.authority))
    seen(watched.child, by=watched.guardian, at=now - timedelta(minutes=5))
    assert watched.guardian.name not in client.get(page).content.decode()

    episode = missing(watched.child, by=watched.carer, at=now - timedelta(minutes=4))
    escalations.verify(
        episode,
        force=watched.force,
        officer="PC Shah",
        incident_reference="0417/25",
        by=watched.desk.person,
        at=now,
    )
    words = client.get(page).content.decode()

    assert watched.child.reference in words
    assert "PC Shah" not in words
    assert "0417/25" not in words


@pytest.mark.parametrize("page", ["/children/", "/search/?q=tarek"])
def test_a_list_and_a_search_are_on_record_for_each_child_they_showed(
    client: Client, watched: Watched, page: str
) -> None:
    a_child(watched.authority, given_name="Somebody else", team=watched.team, by=watched.worker)
    client.force_login(watched.worker)
    client.get(page)

    (record,) = AccessRecord.objects.filter(child=watched.child)
    assert (record.user, record.permission, record.allowed) == (watched.worker, "see_status", True)
    assert record.path == page.partition("?")[0], "what was typed may be a name, and stands in no record"
