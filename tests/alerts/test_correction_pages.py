"""The pages of a correction: a manager chooses, the data protection officer signs, and nobody else opens them."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import timeline
from cases import access, notes
from cases.models import Correction, Note, Role, User
from cases.models.corrections import DESTROYED
from tests.factories import Watched, a_person, a_watched_child, knows, seen

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
WRONG = "Her cousin lives at 12 Quay Street"


@pytest.fixture
def watched(now: datetime) -> Watched:
    found = a_watched_child(at=now - timedelta(hours=30))
    notes.write(found.child, text=WRONG, by=found.worker, at=now - timedelta(hours=2))
    seen(found.child, by=found.carer, at=now - timedelta(hours=1), note="Fed the cat")
    return found


@pytest.fixture
def officer(watched: Watched) -> User:
    return knows(a_person(Role.DPO, authority=watched.authority), PASSWORD)


def pages(w: Watched) -> tuple[str, str]:
    all_of_them = f"/children/{w.child.reference}/passages/"
    return all_of_them, f"{all_of_them}note/{Note.objects.get(child=w.child).pk}/"


@pytest.mark.by_turns(8)
def test_a_manager_finds_it_by_a_word_and_destroys_it_with_the_officers_signature(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    every, one = pages(watched)
    client.force_login(watched.manager)
    shown = client.get(every).content.decode()
    assert WRONG in shown
    assert "Fed the cat" in shown
    narrowed = client.get(every, {"words": "quay"}).content.decode()
    assert WRONG in narrowed
    assert "Fed the cat" not in narrowed
    assert f'href="{one}"' in narrowed
    assert WRONG in client.get(one).content.decode()
    knows(watched.head, PASSWORD)
    for email, password in (
        ("", ""),
        (officer.email, "wrong"),
        (watched.head.email, PASSWORD),
        (watched.manager.email, PASSWORD),
    ):
        press = {"reason": "Another family's", "second_email": email, "second_password": password}
        assert client.post(one, press).status_code == 422
    assert not Correction.objects.exists()
    press = {"reason": "Another family's", "second_email": officer.email, "second_password": PASSWORD}
    assert client.post(one, press).status_code == 302
    assert client.get(one).status_code == 404, "it is not there any more"
    assert WRONG not in client.get(every).content.decode()
    assert Note.objects.get(child=watched.child).text == DESTROYED
    page = client.get(f"/children/{watched.child.reference}/").content.decode()
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "A wrong passage was destroyed: note" in words
    assert "Another family" in words
    assert officer.name in words
    assert WRONG not in page
    story = timeline.of(watched.child, permissions=frozenset({access.Permission.SEE_STATUS}))
    assert not any("destroyed" in getattr(row, "title", "") for row in story.rows)


@pytest.mark.by_turns
def test_nobody_else_opens_the_pages_and_no_passage_of_another_child(
    client: Client, watched: Watched, officer: User, now: datetime
) -> None:
    every, one = pages(watched)
    other = a_watched_child(at=now - timedelta(hours=3))
    press = {"reason": "x", "second_email": officer.email, "second_password": PASSWORD}
    readers = [watched.worker, watched.desk.person, watched.carer, watched.guardian, watched.officer, officer]
    for person in (*readers, other.manager):
        client.force_login(person)
        assert client.get(every).status_code == 404
        assert client.get(one).status_code == 404
        assert client.post(one, press).status_code == 404
    client.force_login(other.manager)
    theirs = one.replace(watched.child.reference, other.child.reference)
    assert client.post(theirs, press).status_code == 404
    client.force_login(watched.manager)
    assert client.post(one.replace("/note/", "/name/"), press).status_code == 404
    assert not Correction.objects.exists()
