"""The quick report sent twice by a flaky network: one report of one episode, and no words of it lost."""

import html
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.models import Verification
from cases import drafts, episodes
from cases.models import Draft, EpisodeForce, Event, MissingEpisode, MissingReport
from tests.factories import Watched, a_child, a_watched_child, ended

pytestmark = pytest.mark.django_db
KEY = "0d5a2f38-7a7e-4c38-9d0c-6a1f5f4f1c11"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir")


def address(watched: Watched) -> str:
    return f"/children/{watched.child.reference}/missing/quick/"


def report(**answers: Any) -> dict[str, Any]:
    return {
        "once": KEY,
        "police_rung": "no",
        "last_seen_at_when": "quarter",
        "last_seen_place": "The kitchen",
        "last_seen_by": "M. Reid",
        "why_worried": "Never goes out alone",
        **answers,
    }


@pytest.mark.by_turns
def test_the_page_has_a_key_of_its_own_each_time(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    pages = [client.get(address(watched)).content.decode() for _ in range(2)]
    keys = {page.split('name="once" value="')[1].partition('"')[0] for page in pages}
    assert len({uuid.UUID(key) for key in keys}) == 2


@pytest.mark.by_turns
def test_the_same_report_twice_is_one_version_of_one_episode(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    answers = [client.post(address(watched), report()) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    assert MissingEpisode.objects.count() == MissingReport.objects.count() == 1
    assert not Event.objects.filter(kind="missing_report_changed").exists()


def test_a_report_that_comes_again_after_the_child_is_back_opens_no_new_search(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.carer)
    first = client.post(address(watched), report())
    episode = MissingEpisode.objects.get()
    ended(episode, at=episode.opened_at + timedelta(minutes=5))
    again = client.post(address(watched), report())
    assert again["Location"] == first["Location"]
    assert not MissingEpisode.objects.open().exists()
    assert MissingEpisode.objects.count() == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("is_over", [True, False])
def test_a_report_that_came_before_is_not_called_reported_where_its_child_was_found(
    client: Client, watched: Watched, now: datetime, is_over: bool
) -> None:
    """The child is gone again, and the form of the first time, which a phone kept open, is pressed once more."""
    client.force_login(watched.carer)
    first = client.post(address(watched), report(), follow=True).content.decode()
    assert "Reported. What happens next" in first
    episode = MissingEpisode.objects.get()
    back_at = episode.opened_at + timedelta(minutes=5)
    if is_over:
        ended(episode, at=back_at)
    else:
        episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=back_at)
    page = html.unescape(client.post(address(watched), report(), follow=True).content.decode())
    assert "Reported. What happens next" not in page
    assert "Nobody is told anew" in page
    assert f'href="{address(watched)}">report it again</a>' in page


@pytest.mark.by_turns
def test_other_words_are_told_of_and_the_next_press_keeps_them_as_an_update(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    client.post(address(watched), report())
    refused = client.post(address(watched), report(why_worried="A man waited outside", wearing="A red coat"))
    page = html.unescape(refused.content.decode())
    assert refused.status_code == 422
    assert "You have sent this form before, with other words" in page
    assert "A man waited outside" in page
    assert "A red coat" in page
    assert MissingEpisode.objects.get().why_worried == "Never goes out alone"
    key = page.split('name="once" value="')[1].partition('"')[0]
    assert key != KEY
    kept = client.post(
        address(watched), report(once=key, why_worried="A man waited outside", wearing="A red coat")
    )
    assert kept.status_code == 302
    episode = MissingEpisode.objects.get()
    assert (episode.why_worried, episode.wearing) == ("A man waited outside", "A red coat")
    assert [one.version for one in MissingReport.objects.order_by("version")] == [1, 2]


@pytest.mark.by_turns
def test_what_the_police_said_is_recorded_once_and_another_reference_is_told_of(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.desk.person)
    said = {"police_rung": "yes", "incident_reference": "0417/25", "officer": "PC Shah"}
    for _ in range(2):
        assert client.post(address(watched), report(**said)).status_code == 302
    assert Verification.objects.count() == 1
    told = Event.objects.filter(kind__in=("police_verified", "police_reference_recorded")).count()
    other = report(**said | {"incident_reference": "0999/25"})
    refused = client.post(address(watched), other)
    page = html.unescape(refused.content.decode())
    assert refused.status_code == 422
    assert 'value="0999/25"' in page
    assert EpisodeForce.objects.get().incident_reference == "0417/25"
    again = Event.objects.filter(kind__in=("police_verified", "police_reference_recorded")).count()
    assert again == told
    key = page.split('name="once" value="')[1].partition('"')[0]
    assert client.post(address(watched), other | {"once": key}).status_code == 302
    assert EpisodeForce.objects.get().incident_reference == "0999/25"


def test_a_reference_that_was_put_right_since_is_not_written_over_by_the_form_of_before(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    said = {"police_rung": "yes", "incident_reference": "0417/25"}
    client.post(address(watched), report(**said))
    EpisodeForce.objects.update(incident_reference="0418/25")
    assert client.post(address(watched), report(**said)).status_code == 422
    assert EpisodeForce.objects.get().incident_reference == "0418/25"


@pytest.mark.by_turns
def test_a_report_that_comes_again_drops_no_draft_that_was_begun_since(
    client: Client, watched: Watched, now: datetime
) -> None:
    client.force_login(watched.carer)
    client.post(address(watched), report())
    data = {"steps_note": ["Looked in the park"]}
    drafts.save(watched.carer, Draft.Form.MISSING_REPORT, watched.child, data=data, version=0, at=now)
    client.post(address(watched), report())
    assert drafts.of(watched.carer, Draft.Form.MISSING_REPORT, watched.child, at=now) is not None


@pytest.mark.by_turns(8)
def test_one_form_reports_one_child(client: Client, watched: Watched, now: datetime) -> None:
    other = a_child(watched.authority, team=watched.team, worker=watched.worker, at=now - timedelta(hours=5))
    client.force_login(watched.worker)
    assert client.post(address(watched), report()).status_code == 302
    answer = client.post(f"/children/{other.reference}/missing/quick/", report())
    assert answer.status_code == 422
    assert "Never goes out alone" in answer.content.decode()
    assert not MissingEpisode.objects.filter(child=other).exists()


@pytest.mark.by_turns
def test_a_page_that_stood_open_without_a_key_still_reports(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    answers = report()
    del answers["once"]
    assert client.post(address(watched), answers).status_code == 302
    assert MissingEpisode.objects.filter(child=watched.child, status="missing").exists()
