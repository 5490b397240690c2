"""A later version of a missing report keeps of the one before what still holds: not whose word it was, nor of what search."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import prefills
from alerts.emails import police
from cases import episodes
from cases.episodes import reports
from cases.models import MissingEpisode, MissingReport
from tests.alerts.test_quick_report_again import address, report
from tests.factories import Watched, a_watched_child, missing, not_here

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir")


def rung(watched: Watched, *, at: datetime) -> MissingEpisode:
    told = {"police_rung": True, "police_told_by": "101", "police_told_at": at - 5 * MINUTE}
    return missing(watched.child, by=watched.carer, at=at, **told)


def way(episode: MissingEpisode) -> tuple[str, datetime | None]:
    report = reports.latest(episode)
    assert report is not None
    return report.police_told_by, report.police_told_at


@pytest.mark.by_turns
def test_whoever_rings_only_now_has_not_told_the_police_as_the_report_before_says(
    watched: Watched, now: datetime
) -> None:
    start = now - 60 * MINUTE
    episode = rung(watched, at=start)
    missing(watched.child, by=watched.worker, at=start + 10 * MINUTE, wearing="Red coat")
    assert way(episode) == ("101", start - 5 * MINUTE), "what was not asked stands"
    missing(watched.child, by=watched.worker, at=start + 20 * MINUTE, police_rung=False)
    assert way(episode) == ("", None)


def test_how_the_police_were_told_of_the_search_before_is_no_word_of_the_one_anew(
    watched: Watched, now: datetime
) -> None:
    start = now - 60 * MINUTE
    episode = rung(watched, at=start)
    words = "whoever reported it rang 101"
    told = police.told(episode, watched.force, watched.control_room, now=start)
    assert words in told.summary("")
    back = start + 10 * MINUTE
    episodes.confirm_with_child(episode, how="saw", by=watched.desk.person, at=back)
    not_here(watched.child, by=watched.carer, at=back + 10 * MINUTE)
    episode.refresh_from_db()
    told = police.told(episode, watched.force, watched.control_room, now=back + 10 * MINUTE)
    assert words not in told.summary("")
    assert "phoned by whoever reported it" not in told.summary("")
    assert "no call to you is recorded yet" in told.summary("")
    known = prefills.facts(watched.child, episode, by_part=False, now=back + 10 * MINUTE)
    assert (known["police_rung"], known["police_told_by"], known["police_told_at"]) == ("", "", None)
    missing(watched.child, by=watched.worker, at=back + 15 * MINUTE, wearing="Red coat")
    assert not reports.says_rung(reports.latest(episode), episode)
    missing(watched.child, by=watched.worker, at=back + 20 * MINUTE, police_rung=True)
    assert way(episode) == ("", None)
    assert reports.says_rung(reports.latest(episode), episode)


def test_the_part_of_whoever_reported_first_is_not_that_of_whoever_adds_to_it(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    client.post(address(watched), report())
    for person, once in ((watched.carer, 2), (watched.desk.person, 3)):
        client.force_login(person)
        key = f"0d5a2f38-7a7e-4c38-9d0c-6a1f5f4f1c1{once}"
        client.post(address(watched), report(once=key, last_seen_place=f"Room {once}"))
    parts = MissingReport.objects.order_by("version").values_list("reporter_role", flat=True)
    assert list(parts) == ["social_worker", "placement_staff", ""]


@pytest.mark.by_turns
def test_what_its_own_writer_said_of_their_part_stands(watched: Watched, now: datetime) -> None:
    episode = missing(watched.child, by=watched.worker, at=now, reporter_role="social_worker")
    missing(watched.child, by=watched.worker, at=now + MINUTE, wearing="Red coat")
    said = reports.latest(episode)
    assert said is not None
    assert said.reporter_role == "social_worker"
