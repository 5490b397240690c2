"""A guardian's first page: the children they look out for, with three buttons each."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import Clock
from cases.models import Contact, Role
from guardians import assignments
from tests.factories import (
    Watched,
    a_child,
    a_person,
    a_watched_child,
    guarded,
    missing,
    not_here,
    out,
    placed,
    seen,
)

pytestmark = pytest.mark.django_db

PAGE = "/looking-out/"


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - timedelta(days=40), given_name="Mirela")


def press(client: Client, watched: Watched, outcome: str = "saw", **headers: str) -> Any:
    data = {"outcome": outcome, "once": uuid.uuid4()}
    return client.post(f"{PAGE}{watched.child.reference}/", data, headers=headers)


def order(page: str) -> list[str]:
    return re.findall(r'<article[^>]*id="(MC[0-9-]+)"', page)


@pytest.mark.by_turns
def test_ones_own_children_stand_there_and_nobody_elses(client: Client, watched: Watched, now: Any) -> None:
    other = guarded(a_child(at=now - timedelta(days=1))).child
    client.force_login(watched.guardian)

    page = client.get(PAGE).content.decode()

    assert order(page) == [watched.child.reference]
    assert other.reference not in page
    assert "(1)" in page


@pytest.mark.by_turns
def test_missing_comes_first_and_seen_last(client: Client, watched: Watched, now: Any) -> None:
    seen(watched.child, by=watched.guardian, at=now - timedelta(minutes=30))
    lost = guarded(a_child(watched.authority, at=now - timedelta(days=1)), watched.guardian).child
    missing(lost, at=now - timedelta(minutes=10))
    late = guarded(a_child(watched.authority, at=now - timedelta(days=9)), watched.guardian).child
    client.force_login(watched.guardian)

    page = client.get(PAGE).content.decode()

    assert order(page) == [lost.reference, late.reference, watched.child.reference]
    assert "1 missing" in page
    assert "1 without a record" in page


@pytest.mark.by_turns
def test_due_today_counts_whom_nobody_has_seen_by_the_day_they_are_to_be_seen(
    client: Client, watched: Watched, now: Any
) -> None:
    seen(watched.child, by=watched.guardian, at=now - timedelta(minutes=30))
    new = guarded(a_child(watched.authority, at=now - timedelta(hours=1)), watched.guardian).child
    client.force_login(watched.guardian)
    assert "0 without a record, 1 due today<" in client.get(PAGE).content.decode()
    Clock.objects.filter(child=new, kind="contact").update(due_at=now + timedelta(days=1), next_at=None)
    assert "0 without a record, 0 due today<" in client.get(PAGE).content.decode()


@pytest.mark.by_turns
def test_a_guardian_reads_the_six_words_on_the_page_of_child_and_episode_too(
    client: Client, watched: Watched, now: Any
) -> None:
    episode = missing(watched.child, by=watched.guardian, at=now - timedelta(minutes=9))
    seen(watched.child, by=watched.carer, at=now - timedelta(minutes=3))
    paths = (f"/children/{watched.child.reference}/", f"/missing/{episode.reference}/")
    tags = []
    for reader in (watched.guardian, watched.carer):
        client.force_login(reader)
        tags += [re.findall(r"rc-tag\">([^<]+)<", client.get(path).content.decode())[0] for path in paths]
    assert tags == ["Missing", "Missing", "Back, to be confirmed", "Back, to be confirmed"]


@pytest.mark.by_turns
def test_a_guardian_reads_six_words_only(client: Client, watched: Watched, now: Any) -> None:
    seen(watched.child, by=watched.worker, at=now - timedelta(minutes=6))
    out(watched.child, until=now + timedelta(hours=1), at=now - timedelta(minutes=5), place="the library")
    client.force_login(watched.guardian)

    page = client.get(PAGE).content.decode()

    words = re.findall(r'<strong class="govuk-tag[^>]*>([^<]+)</strong>', page)
    assert words
    assert set(words) <= {"Seen", "Due", "No record", "Not here", "Missing", "Ended"}
    assert "Out, back by" in page, "the word alone would say that somebody saw the child just now"
    assert "the library" not in page, "a guardian does not read where the child is"
    assert watched.home.name not in page


@pytest.mark.by_turns
@pytest.mark.parametrize(("outcome", "means"), [("saw", "face_to_face"), ("spoke", "phone")])
def test_one_press_records_and_leads_back_to_the_card(
    client: Client, watched: Watched, outcome: str, means: str
) -> None:
    client.force_login(watched.guardian)

    answer = press(client, watched, outcome)

    contact = Contact.objects.get()
    assert answer["Location"].endswith(f"#{watched.child.reference}")
    assert contact.means == means
    assert contact.organisation == f"service:{watched.assignment.service_id}"
    page = client.get(PAGE).content.decode()
    assert f'name="undo" value="{contact.key}"' in page


@pytest.mark.by_turns(8)
def test_a_call_that_does_not_count_as_seen_says_so(client: Client, watched: Watched) -> None:
    client.force_login(watched.guardian)

    answer = press(client, watched, "spoke", **{"HX-Request": "true"}).content.decode()

    assert answer.lstrip().startswith("<article")
    assert "It does not count as seen" in answer


@pytest.mark.by_turns
def test_a_try_without_an_answer_is_never_called_spoken(client: Client, watched: Watched, now: Any) -> None:
    seen(watched.child, by=watched.guardian, at=now, outcome="no_answer", means="phone")
    client.force_login(watched.guardian)

    page = client.get(PAGE).content.decode()

    assert "tried, no answer. It does not count as seen" in page
    assert "spoke by phone. It does not count" not in page


@pytest.mark.by_turns(8)
def test_after_not_here_every_page_asks_for_the_rest_of_the_report_in_the_same_words(
    client: Client, watched: Watched, now: Any
) -> None:
    child = watched.child
    report = f"/children/{child.reference}/missing/new/"
    seen(child, by=watched.guardian, at=now - timedelta(hours=5))
    not_here(child, by=watched.guardian, at=now - timedelta(minutes=3))
    pages = {
        PAGE: watched.guardian,
        f"/children/{child.reference}/": watched.guardian,
        f"/homes/{watched.home.pk}/roll-call/": watched.carer,
    }

    for path, reader in pages.items():
        client.force_login(reader)
        page = client.get(path).content.decode()
        assert re.findall(rf'href="{report}">([^<]+)<', page) == ["Complete the report"], path
        assert "Report missing" not in page, path
    title = re.search(r"<title>(.*?)</title>", client.get(report).content.decode(), re.DOTALL)
    assert title is not None
    assert "Complete the report" in title[1]


@pytest.mark.by_turns
def test_not_here_is_a_page_and_never_a_press(client: Client, watched: Watched) -> None:
    client.force_login(watched.guardian)

    page = client.get(PAGE).content.decode()
    assert f'href="/children/{watched.child.reference}/not-here/"' in page

    assert press(client, watched, "not_here").status_code == 409
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_without_children_the_page_says_whom_to_ring(client: Client) -> None:
    client.force_login(a_person(Role.GUARDIAN))

    page = client.get(PAGE).content.decode()

    assert "No children are assigned to you" in page
    assert "ring your service or the duty line" in page


@pytest.mark.by_turns
def test_who_heads_a_service_without_children_of_their_own_is_not_sent_to_ring_it(
    client: Client, watched: Watched
) -> None:
    client.force_login(a_person(Role.GUARDIAN, service=watched.assignment.service, reach="service"))

    page = client.get(PAGE).content.decode()

    assert "No children are assigned to you" in page
    assert "ring your service" not in page
    assert "on the page of your guardian service" in page


@pytest.mark.by_turns
def test_when_the_assignment_ends_the_child_is_gone(client: Client, watched: Watched, now: Any) -> None:
    assignments.end(watched.assignment, reason="Moved away", by=watched.worker, at=now)
    client.force_login(watched.guardian)

    assert watched.child.reference not in client.get(PAGE).content.decode()
    assert press(client, watched).status_code == 404


@pytest.mark.by_turns
def test_strangers_press_nothing(client: Client, watched: Watched) -> None:
    for person in (a_person(Role.GUARDIAN), watched.officer, a_person(Role.PLACEMENT_STAFF)):
        client.force_login(person)
        assert press(client, watched).status_code == 404
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_a_workers_children_are_not_a_guardians(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    assert watched.child.reference not in client.get(PAGE).content.decode()
    assert press(client, watched).status_code == 404
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_ten_children_cost_no_more_questions_than_one(
    client: Client, watched: Watched, now: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(watched.guardian)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _ in range(9):
        child = a_child(team=watched.team, worker=watched.worker, at=now - timedelta(days=1))
        placed(guarded(child, watched.guardian).child, watched.home)

    with django_assert_num_queries(len(one)):
        client.get(PAGE)
