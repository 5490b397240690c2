"""What a force is told of a child who was lost sight of on a journey: by agreement the car, and never a place or an escort."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import briefings, clocks, emails, police_links, police_profiles
from alerts.emails import police, way
from alerts.models import Message
from cases import clock, episodes, journeys, restrictions
from cases.models import MissingEpisode
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story

pytestmark = pytest.mark.django_db

NOW = EVENING + timedelta(minutes=40)
OPENED = EVENING + timedelta(minutes=20)
# What stands in no mail and on no page without an account: who drives, whither, and where the child lives.
SECRETS = (
    "Place 0",
    "Place 1",
    "Place 2",
    "Petra",
    "Lindqvist",
    "Tasker",
    "07700",
    "Ines",
    "M25",
    "Wants to go",
)


@pytest.fixture(autouse=True)
def _service(settings, monkeypatch):
    settings.DUTY_LINE, settings.PUBLIC_URL = "0300 000 0000", "https://rollcall.example"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def story() -> Story:
    return letters.a_story(given_name="Yonas", family_name="Harcastle")


def lost(story: Story) -> MissingEpisode:
    """Silence opened the episode an hour after the stop, and the fail-safe told the police."""
    episode = factories.silent(story.child, since=EVENING - timedelta(hours=2), at=OPENED)
    episodes.start_fail_safe(episode, owed_at=EVENING + timedelta(minutes=30))
    clocks.recompute([story.child.pk], at=EVENING + timedelta(minutes=30))
    return episode


def signed(story: Story) -> None:
    factories.an_agreement(story.watched.force, story.watched.authority)


def mailed(story: Story, episode: MissingEpisode, **fields) -> Message:
    return letters.of_wording("police_alert", story, episode, at=NOW - timedelta(seconds=5), **fields)


def text_of(story: Story, episode: MissingEpisode, **fields) -> str:
    return " ".join(emails.compose(mailed(story, episode, **fields), now=NOW).text.split())


@pytest.mark.by_turns
def test_with_an_agreement_the_mail_names_vehicle_plate_and_the_areas_of_departure_and_destination(story):
    letters.on_a_journey(story)
    signed(story)
    said = text_of(story, lost(story))
    assert re.search(r"On a journey: with two escorts, grey estate car, plate AB12 CDE", said)
    assert re.search(r"Way: from the area of Northmere Police to the area of Southmere Police", said)
    confirmed = "confirmed last at 23 November 2026 at 7pm (UK time), in the area of Northmere Police"
    assert f"On the way: {confirmed}; next word due by 8pm UK time" in said
    assert not [secret for secret in SECRETS if secret in said]


@pytest.mark.by_turns
def test_without_an_agreement_the_mail_says_nothing_of_the_journey(story):
    letters.on_a_journey(story)
    said = text_of(story, lost(story))
    for word in (*SECRETS, "AB12", "estate", "journey", "escort", "Southmere", "Yonas"):
        assert word not in said


@pytest.mark.by_turns
def test_of_a_restricted_child_even_an_agreed_mail_says_nothing_of_the_journey(story):
    letters.on_a_journey(story)
    signed(story)
    episode = lost(story)
    manager = story.watched.manager
    restrictions.restrict(story.child, reason="A relative works there", named=[], by=manager, at=NOW)
    said = text_of(story, episode)
    assert "AB12" not in said
    assert "journey" not in said


@pytest.mark.by_turns(8)
def test_a_pick_up_that_nobody_confirmed_is_said_as_such(story):
    letters.on_a_journey(story, seen=False)
    signed(story)
    said = text_of(story, lost(story))
    assert "On the way: nobody has confirmed that the child was picked up" in said
    assert "plate AB12 CDE" in said


@pytest.mark.by_turns
def test_a_force_that_the_plan_does_not_know_is_not_made_up(story):
    letters.on_a_journey(story, forces=[story.watched.force])
    signed(story)
    said = text_of(story, lost(story))
    assert "from the area of Northmere Police to the area of a force not known to us" in said


@pytest.mark.by_turns(8)
def test_a_child_lost_at_home_has_no_journey_in_the_mail(story):
    # One is planned for tomorrow, and one was over before.
    first = letters.on_a_journey(story)
    for number in (1, 2):
        at = EVENING - timedelta(hours=2 - number)
        factories.confirmed(first, number, by=story.watched.worker, at=at)
    planned_at = EVENING + timedelta(minutes=1)
    factories.planned(
        story.child, by=story.watched.worker, departs_at=EVENING + timedelta(hours=9), at=planned_at
    )
    signed(story)
    episode = lost(story)
    assert way.of(episode) is None
    assert "AB12" not in text_of(story, episode)


@pytest.mark.by_turns
def test_a_journey_that_is_broken_off_during_the_search_still_names_the_car(story):
    journey = letters.on_a_journey(story)
    signed(story)
    episode = lost(story)
    seen = journeys.Seen(escort="Petra Lindqvist", happened_at=EVENING + timedelta(minutes=25))
    at = EVENING + timedelta(minutes=26)
    journeys.break_off(journey, reason="The car broke down", seen=seen, by=story.watched.worker, at=at)
    assert "plate AB12 CDE" in text_of(story, episode)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("agreed", [True, False])
def test_a_fail_safe_says_how_often_those_with_the_child_were_rung_and_of_no_home_that_was_not(story, agreed):
    letters.on_a_journey(story)
    if agreed:
        signed(story)
    episode = lost(story)
    assert "No call to those who were to have the child with them is recorded." in text_of(story, episode)
    letters.ring_escort(story, answer="Petra says Place 1", at=EVENING + timedelta(minutes=5))
    letters.ring_escort(story, at=EVENING + timedelta(minutes=15))
    said = text_of(story, episode, number=2, recipient="mail/again")
    assert "Those who were to have the child with them were rung 1 time." in said
    assert "home" not in said
    assert "Place 1" not in said


@pytest.mark.by_turns
def test_nobody_who_types_a_vehicle_writes_a_line_of_the_mail(story):
    forged = "car\n\nTHIS ALERT HAS ENDED\u202e\nDo not attend."
    letters.on_a_journey(story, vehicle=forged[:120])
    signed(story)
    message = mailed(story, lost(story))
    text = emails.compose(message, now=NOW).text
    assert "\u202e" not in text
    assert not re.search(r"^\s*(THIS ALERT HAS ENDED|Do not attend)", text, re.MULTILINE)


@pytest.mark.by_turns
@pytest.mark.parametrize("agreed", [True, False])
def test_the_page_behind_the_link_shows_the_car_where_the_mail_may(client: Client, story, agreed):
    letters.on_a_journey(story)
    if agreed:
        signed(story)
    address = police_links.issue(mailed(story, lost(story)), now=NOW)
    page = client.get(address.removeprefix("https://rollcall.example")).content.decode()
    assert ("AB12 CDE" in page) is agreed
    assert ("to the area of Southmere Police" in page) is agreed
    assert "Yonas" not in page
    assert not [secret for secret in SECRETS if secret in page]


def test_behind_a_code_a_force_reads_the_escorts_and_no_address_and_the_council_both(client: Client, story):
    letters.on_a_journey(story)
    episode = lost(story)
    force, duty = story.watched.force, story.watched.desk.person
    code = police_profiles.give(episode, force, officer="Shah", collar_number="1", by=duty, at=NOW)
    address = police_links.issue(mailed(story, episode), now=NOW).removeprefix("https://rollcall.example")
    profile = client.post(f"{address}profile/", {"code": code}).content.decode()
    for word in ("AB12 CDE", "Petra Lindqvist", "Owen Tasker", "07700", "Place 1"):
        assert word in profile
    for word in ("Place 0", "Place 2", "Ines"):
        assert word not in profile
    client.force_login(duty)
    for name in ("episode", "episode_text", "episode_briefing"):
        page = client.get(reverse(name, args=[episode.reference])).content.decode()
        assert "Place 0" in page, name
        assert "Petra Lindqvist" in page, name
        assert "not confirmed, planned for 23 November 2026 at 8pm" in page


@pytest.mark.by_turns
def test_home_and_guardian_read_of_the_journey_no_more_than_who_saw_the_child_last(client: Client, story):
    letters.on_a_journey(story)
    episode = lost(story)
    for reader in (story.watched.carer, story.watched.guardian):
        client.force_login(reader)
        for name in ("episode", "episode_text", "episode_briefing"):
            page = client.get(reverse(name, args=[episode.reference])).content.decode()
            assert not [
                secret for secret in (*SECRETS[:3], "AB12", "Tasker", "07700", "M25") if secret in page
            ]


@pytest.mark.by_turns
def test_the_words_are_the_same_in_both_parts_of_the_mail(story):
    letters.on_a_journey(story)
    signed(story)
    composed = emails.compose(mailed(story, lost(story)), now=NOW)
    for word in ("AB12 CDE", "Southmere Police", "next word due by"):
        assert word in composed.html
        assert word in " ".join(composed.text.split())


@pytest.mark.by_turns
def test_the_briefing_of_somebody_who_asks_without_it_has_no_journey(story):
    letters.on_a_journey(story)
    found = briefings.of(lost(story), by_part=False, addressed=True, now=NOW)
    assert "AB12" not in found.text
    assert police.told(found.episode, story.watched.force, None, now=NOW).way is not None
