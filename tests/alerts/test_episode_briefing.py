"""The printed briefing of an episode: who may open it, what it holds, and that every opening is on record."""

import html
import itertools
from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import sweep
from cases import clock, episodes
from cases.models import AccessRecord, MissingEpisode, Role
from tests.factories import Watched, a_person, a_team, a_watched_child, confirmed, ended, missing, planned

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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_a_stranger_finds_no_briefing(client: Client, episode: MissingEpisode, now: datetime) -> None:
    client.force_login(a_watched_child(at=now - timedelta(hours=5)).manager)
    assert client.get(f"/missing/{episode.reference}/briefing/").status_code == 404


# --- Somebody of the council whose child it is not


@pytest.fixture
def reported(watched: Watched, now: datetime) -> MissingEpisode:
    answers = {
        "medical": {"said": "yes", "note": "Epilepsy, tablets at eight"},
        "self_harm": {"said": "no", "note": ""},
    }
    return missing(
        watched.child,
        by=watched.worker,
        at=now - MINUTE,
        answers=answers,
        steps=["searched"],
        with_whom="An uncle from Lowmoor",
        why_worried="Never goes out alone",
        wearing="Grey joggers",
        grade_reason="Owes money to a driver",
        tell_also="The chess club",
    )


REST = "The rest of what the report says is for the child’s team and duty."
KEPT = ("Epilepsy", "An uncle from Lowmoor", "Owes money", "The chess club", "Searched the building")


OF_ANOTHER_TEAM = (Role.SOCIAL_WORKER, Role.TEAM_MANAGER)


@pytest.mark.by_turns
def test_of_another_team_nobody_reads_the_answers_of_the_report_on_any_page_of_the_episode(
    client: Client, watched: Watched, reported: MissingEpisode
) -> None:
    """While it is open, and once it has ended."""
    others = [a_person(role, team=a_team(watched.authority)) for role in OF_ANOTHER_TEAM]
    for is_over in (False, True):
        if is_over:
            ended(reported, at=clock.now())
        for reader, page in itertools.product(others, ("", "text/", "briefing/")):
            client.force_login(reader)
            answer = client.get(f"/missing/{reported.reference}/{page}")
            words = html.unescape(answer.content.decode())
            look = (reader, page, is_over)
            assert answer.status_code == 200, look
            assert not [word for word in KEPT if word in words], look
            # What an alert says is read by whoever may meet the child.
            assert "Never goes out alone" in words, look
            assert "Grey joggers" in words, look
            assert REST in words, look


@pytest.mark.by_turns
def test_of_another_team_nobody_reads_an_update_of_the_episode_on_any_page_and_all_others_do(
    client: Client, watched: Watched, reported: MissingEpisode, now: datetime
) -> None:
    said = "Was heard of at Lowmoor market"
    episodes.add_update(reported, text=said, side="council", by=watched.worker, at=now)
    strangers = [a_person(role, team=a_team(watched.authority)) for role in OF_ANOTHER_TEAM]
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    read = (colleague, watched.manager, watched.desk.person, watched.officer, watched.carer, watched.guardian)
    for reader in (*strangers, *read):
        client.force_login(reader)
        for page in ("missing/{}/", "partials/missing/{}/", "missing/{}/briefing/"):
            answer = client.get("/" + page.format(reported.reference))
            assert answer.status_code == 200, (reader, page)
            words = html.unescape(answer.content.decode())
            reads = reader not in strangers
            assert (said in words) is reads, (reader, page)
            assert ('id="updates"' in words) is (reads and "briefing" not in page), (reader, page)


@pytest.mark.by_turns
def test_whoever_reads_the_record_or_searches_reads_them_all_and_is_told_of_no_rest(
    client: Client, watched: Watched, reported: MissingEpisode
) -> None:
    colleague = a_person(Role.SOCIAL_WORKER, team=watched.team)
    head = a_person(Role.TEAM_MANAGER, team=a_team(watched.authority), reach="service")
    readers = (watched.worker, colleague, watched.manager, head, watched.desk.person, watched.officer)
    for reader in readers:
        client.force_login(reader)
        for page in ("text/", "briefing/"):
            words = html.unescape(client.get(f"/missing/{reported.reference}/{page}").content.decode())
            assert "Epilepsy, tablets at eight" in words, (reader, page)
            assert REST not in words


@pytest.mark.by_turns
def test_the_escorts_of_a_journey_and_their_phones_are_read_by_no_other_team(
    client: Client, watched: Watched, now: datetime
) -> None:
    plan = {"departs_at": now - timedelta(hours=2), "at": now - timedelta(hours=3)}
    journey = planned(watched.child, by=watched.worker, **plan)
    confirmed(journey, 0, by=watched.worker, at=now - timedelta(hours=2))
    found = missing(watched.child, by=watched.worker, at=now - MINUTE)
    other = a_person(Role.SOCIAL_WORKER, team=a_team(watched.authority))
    for reader, reads in ((watched.worker, True), (watched.desk.person, True), (other, False)):
        client.force_login(reader)
        for page in ("", "text/", "briefing/"):
            words = html.unescape(client.get(f"/missing/{found.reference}/{page}").content.decode())
            assert (journey.plate in words) is reads, (reader, page)
            assert ("With the escorts" in words) is reads
