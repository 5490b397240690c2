"""A review of a search is recorded as the one that stood on the page: no second press records the one that comes next."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from cases import reviews
from cases.models import MissingEpisode, MissingReview
from tests.alerts.test_episode_log import review_answers
from tests.factories import Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=20))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    """The first review is five days late, and the second may be held already."""
    return missing(watched.child, by=watched.worker, at=now - timedelta(days=10))


def days(episode: MissingEpisode) -> list[int]:
    """On which day of the search each review on record was due."""
    assert episode.counts_from is not None
    rows = MissingReview.objects.standing().filter(episode=episode).order_by("due_at")
    return [(row.due_at - episode.counts_from).days for row in rows if row.due_at is not None]


def address(episode: MissingEpisode) -> str:
    return f"/missing/{episode.reference}/review/"


@pytest.mark.by_turns
def test_two_presses_are_one_review(
    client: Client, episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    first, second, *_ = reviews.not_held(episode, at=now)
    client.force_login(watched.manager)
    page = client.get(address(episode)).content.decode()
    assert all(f'value="{due.key}"' in page for due in (first, second))
    for _ in range(2):
        assert client.post(address(episode), review_answers(which=first.key)).status_code == 302
    assert days(episode) == [5], "the review of day 12 is asked for still"
    assert client.post(address(episode), review_answers(which=second.key)).status_code == 302
    assert days(episode) == [5, 12]


@pytest.mark.by_turns
def test_of_two_who_write_down_one_meeting_the_second_reads_that_it_is_recorded(
    client: Client, episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    first = reviews.not_held(episode, at=now)[0]
    client.force_login(watched.manager)
    client.post(address(episode), review_answers(which=first.key))
    client.force_login(watched.worker)
    answer = client.post(address(episode), review_answers(which=first.key, note="He may be in Leeds"))
    assert answer.status_code == 422
    assert "This review is recorded already." in answer.content.decode()
    assert "He may be in Leeds" in answer.content.decode()
    assert days(episode) == [5]


def test_one_that_was_withdrawn_is_recorded_anew(
    client: Client, episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    first = reviews.not_held(episode, at=now)[0]
    client.force_login(watched.manager)
    client.post(address(episode), review_answers(which=first.key))
    reviews.withdraw(episode.reviews.get(), reason="Of another child", by=watched.manager, at=now)
    assert days(episode) == []
    assert client.post(address(episode), review_answers(which=first.key)).status_code == 302
    assert days(episode) == [5]


@pytest.mark.by_turns
@pytest.mark.parametrize("which", ["0", "multi_agency:260101", "yearly", ""])
def test_what_names_no_review_of_this_search_records_none(
    client: Client, episode: MissingEpisode, watched: Watched, which: str
) -> None:
    client.force_login(watched.manager)
    assert client.post(address(episode), review_answers(which=which)).status_code == 422
    assert days(episode) == []
