"""A force whose search has ended reads that it has ended, and of the search after it, of which it was not told, nothing."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import added_forces
from cases import clock
from tests.factories import (
    AT,
    Watched,
    a_home,
    a_watched_child,
    an_authority,
    ended,
    missing,
    placed,
    silent,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGAIN = AT + 10 * DAY
NOW = AGAIN + 2 * HOUR


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched() -> Watched:
    """A child who was found, and lives in the area of another force since."""
    found = a_watched_child(at=AT, given_name="Yonas")
    ended(missing(found.child, by=found.carer, at=AT + HOUR), at=AT + 5 * HOUR)
    placed(found.child, a_home(an_authority()), starts_at=AT + DAY, by=found.worker)
    return found


def pages(client: Client, watched: Watched, *, person=None) -> str:
    """What the child's page, the search and the list say, without what is of the moment of asking."""
    client.force_login(person or watched.officer)
    asked = {"q": watched.child.reference}
    answers = (
        client.get(reverse("child", args=[watched.child.reference])),
        client.get(reverse("search"), asked),
        client.get(reverse("child_list")),
    )
    for one in answers:
        assert one.status_code == 200
        assert "Yonas" in one.content.decode()
    return "".join(one.content.decode() for one in answers)


def again(watched: Watched, how: str, at: datetime = AGAIN):
    return (
        missing(watched.child, by=watched.worker, at=at) if how == "missing" else silent(watched.child, at=at)
    )


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("how", ["missing", "silent"])
def test_of_the_next_search_it_reads_nothing(client: Client, watched: Watched, how: str) -> None:
    episode = again(watched, how)
    text = pages(client, watched)
    assert episode.reference not in text
    assert text.count(">Ended</strong>") == 3
    for word in (">Missing</strong>", ">No record</strong>", "Not verified", "No officer has spoken"):
        assert word not in text, word
    client.force_login(watched.officer)
    for word in ("missing", "no_record"):
        listed = client.get(reverse("child_list"), {"status": word}).content.decode()
        assert "Yonas" not in listed
        assert "0 children" in listed
    assert episode.reference in pages(client, watched, person=watched.worker)


@pytest.mark.by_turns
def test_of_one_of_which_it_is_told_it_reads_the_word(client: Client, watched: Watched) -> None:
    episode = again(watched, "missing")
    added_forces.add(episode, watched.force, by=watched.desk.person, at=AGAIN + HOUR)
    text = pages(client, watched)
    assert text.count(">Missing</strong>") == 3
    assert reverse("episode", args=[episode.reference]) in text
