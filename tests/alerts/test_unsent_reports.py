"""A missing report that was begun and not sent: its writer reads on their own first page that nobody has been told."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import drafts
from cases.models import Draft
from tests.factories import Watched, a_watched_child, case_closed

pytestmark = pytest.mark.django_db
WORDS = "is not sent"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(minutes=50), given_name="Samir")


def begun(watched: Watched, who: str, *, at: datetime, form: str = Draft.Form.MISSING_REPORT) -> Draft:
    user = watched.desk.person if who == "duty" else getattr(watched, who)
    return drafts.save(user, form, watched.child, data={"last_seen_place": ["zq-kitchen"]}, at=at)


def first_page(client: Client, draft: Draft) -> str:
    client.force_login(draft.user)
    return client.get(reverse("home"), follow=True).content.decode()


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["carer", "guardian", "duty", "manager", "worker"])
def test_its_writer_reads_so_on_their_first_page_and_on_the_childs(
    client: Client, watched: Watched, now: datetime, who: str
) -> None:
    draft = begun(watched, who, at=now)
    page = first_page(client, draft)
    assert f"Your missing report of {watched.child.reference} {WORDS}" in page
    assert reverse("missing_report", args=[watched.child.reference]) in page
    assert "zq-kitchen" not in page
    if who in ("duty", "manager", "worker"):
        assert WORDS in client.get(reverse("child", args=[watched.child.reference])).content.decode()
    drafts.drop(draft.user, draft.form, watched.child)
    assert WORDS not in first_page(client, draft)


@pytest.mark.by_turns
def test_two_screens_are_one_report(client: Client, watched: Watched, now: datetime) -> None:
    begun(watched, "manager", at=now)
    draft = begun(watched, "manager", at=now, form=Draft.Form.MISSING_RISK)
    assert first_page(client, draft).count("Go on with the report") == 1


@pytest.mark.by_turns
def test_nobody_else_reads_of_it_nor_the_page_of_another_child(
    client: Client, watched: Watched, now: datetime
) -> None:
    draft = begun(watched, "manager", at=now)
    client.force_login(watched.worker)
    assert WORDS not in client.get(reverse("home"), follow=True).content.decode()
    other = a_watched_child(at=now - timedelta(minutes=50))
    drafts.save(other.manager, Draft.Form.MISSING_REPORT, other.child, data={"x": ["y"]}, at=now)
    assert other.child.reference not in first_page(client, draft)


@pytest.mark.by_turns(8)
def test_of_a_case_that_is_closed_there_is_nothing_to_send(
    client: Client, watched: Watched, now: datetime
) -> None:
    draft = begun(watched, "worker", at=now)
    assert WORDS in first_page(client, draft)
    case_closed(watched.child, reason="other", by=watched.manager, at=now + timedelta(seconds=1))
    assert WORDS not in first_page(client, draft)
