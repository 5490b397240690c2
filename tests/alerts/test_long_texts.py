"""No text is cut, with the longest names there are: whoever is woken by it reads whom to ring, and about whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from alerts import emails
from alerts.emails import composition
from alerts.models import Channel
from cases import episodes
from cases.models import Authority, ForcePhone, Home, MissingEpisode, PoliceForce, Team
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING, Story

pytestmark = pytest.mark.django_db

NOW = EVENING + timedelta(minutes=52)
# Of the reference data the longest; the home and the team as a provider and a council write theirs.
AUTHORITY, FORCE = "South Eastern Health and Social Care Trust", "Hampshire & Isle of Wight Constabulary"
HOME = "Thornaby Lane Supported Accommodation for Young People"
TEAM = "Emergency Duty Team and Out of Hours Service"
STEPS = ("call_0", "call_15", "call_60", "ask:2", "ring_again:2")


@pytest.fixture
def story() -> Story:
    found = letters.a_story(
        given_name="Yonas", family_name="Harcastle", birth_date=datetime(2011, 5, 3, tzinfo=UTC).date()
    )
    Authority.objects.update(name=AUTHORITY)
    Home.objects.update(name=HOME)
    Team.objects.filter(pk=found.watched.desk.team.pk).update(name=TEAM)
    return found


@pytest.fixture
def gone(story: Story) -> MissingEpisode:
    """Missing, with two forces told and the numbers of both on record."""
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30))
    other = factories.a_force("Gloucestershire Constabulary")
    PoliceForce.objects.filter(pk=story.watched.force.pk).update(name=FORCE)
    episodes.add_force(episode, force=other, by=story.watched.desk.person, at=EVENING + timedelta(minutes=30))
    for force in (story.watched.force, other):
        for purpose in (ForcePhone.Purpose.INSPECTOR, ForcePhone.Purpose.CHIEF_OFFICER):
            factories.a_force_phone(force, purpose=purpose)
    return episode


def say(story: Story, state: str, episode: MissingEpisode) -> None:
    at = EVENING + timedelta(minutes=40)
    if state != "nobody":
        factories.seen(story.child, by=story.watched.carer, at=at)
    if state == "confirmed":
        episodes.confirm_with_child(episode, how="saw", by=story.watched.desk.person, at=at)


@pytest.mark.by_turns
@pytest.mark.parametrize("state", ["nobody", "seen", "confirmed"])
def test_every_text_says_all_that_it_has_to_say(
    state: str, story: Story, gone: MissingEpisode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composition, "TEXT_LIMIT", 10_000)
    say(story, state, gone)
    long = {}
    for wording, row in emails.WORDINGS.items():
        for step in STEPS if wording == "duty_call" else ("",) if not row.for_police else ():
            with transaction.atomic():
                by_text = {"channel": Channel.TEXT, "phone": "07700 900123"} | (
                    {"step": step} if step else {}
                )
                at = NOW - timedelta(hours=11, minutes=42)
                text = emails.compose_text(
                    letters.of_wording(wording, story, gone, at=at, **by_text), now=NOW
                )
                long |= {f"{wording} {step}": (len(text), text)} if len(text) > 300 else {}
                transaction.set_rollback(True)
    assert long == {}


def test_what_is_too_long_all_the_same_keeps_its_reference_the_number_of_duty_and_the_time(
    story: Story, gone: MissingEpisode, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _director(story, gone)
    monkeypatch.setattr(composition, "TEXT_LIMIT", 160)
    text = _director(story, gone)
    assert len(text) == 160
    assert text.endswith(whole[-45:])
    assert "…" in text


def _director(story: Story, gone: MissingEpisode) -> str:
    by_text = {"channel": Channel.TEXT, "phone": "07700 900123"}
    with transaction.atomic():
        message = letters.of_wording("director_call", story, gone, at=NOW, **by_text)
        text = emails.compose_text(message, now=NOW)
        transaction.set_rollback(True)
    return text
