"""The form of "not here" that comes again: twice it is one, and nobody believes that it tells of a child who was found since."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cases import episodes
from cases.models import Contact, MissingEpisode
from tests.factories import Watched, a_watched_child, ended, seen

pytestmark = pytest.mark.django_db
KEY = "0d5a2f38-7a7e-4c38-9d0c-6a1f5f4f1c12"


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir")


def press(client: Client, watched: Watched, once: str = KEY) -> Any:
    client.force_login(watched.carer)
    return client.post(f"/children/{watched.child.reference}/not-here/", {"once": once})


def found(how: str, watched: Watched, episode: MissingEpisode) -> None:
    at = episode.opened_at + timedelta(milliseconds=1)
    if how == "ended":
        ended(episode, at=at)
    elif how == "confirmed":
        episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=at)
    else:
        seen(watched.child, by=watched.carer, at=at)


@pytest.mark.by_turns
def test_the_same_press_twice_is_one_and_leads_on_both_times(client: Client, watched: Watched) -> None:
    assert [press(client, watched).status_code for _ in range(2)] == [302, 302]
    assert Contact.objects.filter(outcome="not_here").count() == MissingEpisode.objects.count() == 1


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("how", ["ended", "confirmed", "seen"])
def test_a_page_of_before_does_not_say_that_somebody_is_told_who_is_not(
    client: Client, watched: Watched, how: str
) -> None:
    """The child is gone again, and the page of the first time, which a phone kept open, is pressed once more."""
    press(client, watched)
    found(how, watched, MissingEpisode.objects.get())
    looks = Contact.objects.filter(outcome="not_here")
    answer = press(client, watched)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Nobody is told anew" in page
    assert looks.count() == 1
    # The next press tells duty and the police.
    key = page.split('name="once" value="')[1].partition('"')[0]
    assert key != KEY
    answer = press(client, watched, key)
    assert answer.status_code == 302
    assert looks.count() == 2
    episode = MissingEpisode.objects.latest("opened_at")
    assert (episode.ended_at, episode.child_confirmed_at) == (None, None)
