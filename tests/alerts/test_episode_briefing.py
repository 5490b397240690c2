"""The printed briefing of an episode: who may open it, what it holds, and that every opening is on record."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import sweep
from cases import clock, episodes
from cases.models import AccessRecord, MissingEpisode
from tests.factories import Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=now - 5 * MINUTE, wearing="Grey joggers")
    sweep.sweep_all(now=now - 5 * MINUTE)
    given = {"by": watched.worker, "at": now - MINUTE}
    episodes.add_update(found, text="Seen on Mill Road", side="council", **given)
    episodes.add_update(found, text="The home heard a car", side="home", **given)
    return found


def test_the_briefing_says_what_is_known_and_is_on_record_as_itself(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{episode.reference}/briefing/").content.decode()
    assert "OFFICIAL-SENSITIVE" in page
    assert "Grey joggers" in page
    assert "Seen on Mill Road" in page
    assert "The home heard a car" in page
    assert AccessRecord.objects.filter(
        user=watched.desk.person, child=watched.child, page="episode_briefing"
    ).exists()


def test_where_the_child_is_missing_from_is_read_by_the_council_and_in_no_force_or_guardians_copy(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    pages = [f"/missing/{episode.reference}/{page}" for page in ("", "text/", "briefing/")]
    for reader, reads in ((watched.desk.person, True), (watched.officer, False), (watched.guardian, False)):
        client.force_login(reader)
        for path in pages:
            page = client.get(path).content.decode()
            assert ("Missing from" in page) is reads
            assert (watched.home.postcode in page) is reads


def test_an_away_child_is_not_called_missing_and_a_force_that_was_not_told_not_asked_for_its_reference(
    client: Client, watched: Watched
) -> None:
    known = episodes.report_away(
        watched.child, whereabouts="Lowmoor", reason="Rang", by=watched.worker, at=clock.now()
    )
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{known.reference}/").content.decode()
    assert "Away from" in page
    assert "not told" in page
    assert "Missing from" not in page
    assert "no reference yet" not in page


def test_a_guardian_prints_no_word_of_another_side(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.guardian)
    page = client.get(f"/missing/{episode.reference}/briefing/").content.decode()
    assert "Seen on Mill Road" in page
    assert "The home heard a car" not in page


def test_a_stranger_finds_no_briefing(client: Client, episode: MissingEpisode, now: datetime) -> None:
    client.force_login(a_watched_child(at=now - timedelta(hours=5)).manager)
    assert client.get(f"/missing/{episode.reference}/briefing/").status_code == 404
