"""Links for a force: random, hashed, lapsing, revocable, and limited each by itself."""

import re
from datetime import timedelta

import pytest

from alerts import police_links
from alerts.models import Clock, LinkAcknowledgement, LinkUse, Message, PoliceLink
from cases import link_tokens
from cases.log import broken_links
from cases.models import Event, Role
from cases.states import IllegalMove
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING

pytestmark = pytest.mark.django_db

NOW = EVENING + timedelta(minutes=40)


@pytest.fixture(autouse=True)
def _served(settings) -> None:
    settings.PUBLIC_URL = "https://rollcall.example"


@pytest.fixture
def message() -> Message:
    story = letters.a_story()
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30))
    return letters.of_wording("police_alert", story, episode, at=NOW)


@pytest.fixture
def link(message) -> PoliceLink:
    return police_links.find(token_of(police_links.issue(message, now=NOW)))


def token_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


@pytest.mark.by_turns
def test_a_token_carries_128_bits_in_characters_that_cannot_be_misread(message):
    tokens = {token_of(police_links.issue(message, now=NOW)) for _ in range(200)}
    assert len(tokens) == 200
    assert all(re.fullmatch(r"[A-Za-z2-9]{22}", token) for token in tokens)
    assert not set("".join(tokens)) & set("O0I1l")
    assert len(link_tokens.ALPHABET) ** link_tokens.LENGTH >= 2**128
    assert len(set(link_tokens.ALPHABET)) == len(link_tokens.ALPHABET)


@pytest.mark.by_turns
def test_only_the_hash_of_a_token_is_stored(message):
    token = token_of(police_links.issue(message, now=NOW))
    row = PoliceLink.objects.values().get()
    assert token not in str(row)
    assert row["token_hash"] == link_tokens.hash_of(token)


@pytest.mark.by_turns
def test_a_link_belongs_to_one_message_and_so_to_one_mailbox(message):
    link = police_links.find(token_of(police_links.issue(message, now=NOW)))
    assert (link.message, link.episode, link.force) == (message, message.episode, message.force)


@pytest.mark.by_turns(8)
def test_a_message_without_a_force_gets_no_link(message):
    message.force = None
    with pytest.raises(ValueError, match="force"):
        police_links.issue(message, now=NOW)


@pytest.mark.by_turns
def test_a_link_lasts_24_hours(link):
    assert police_links.is_live(link, now=NOW + timedelta(hours=24, seconds=-1))
    assert not police_links.is_live(link, now=NOW + timedelta(hours=24))


@pytest.mark.by_turns
def test_a_setting_changes_how_long_a_link_lasts(message, settings):
    settings.POLICE_LINK_SECONDS = 60
    link = police_links.find(token_of(police_links.issue(message, now=NOW)))
    assert not police_links.is_live(link, now=NOW + timedelta(seconds=60))


@pytest.mark.by_turns
def test_an_unknown_token_finds_nothing(link):
    assert police_links.find("A" * 22) is None
    assert police_links.find("") is None


@pytest.mark.by_turns
def test_the_links_of_one_message_are_revoked_by_somebody_and_those_of_another_stay(link, message):
    duty = factories.a_person(Role.DUTY_DESK)
    again = police_links.find(token_of(police_links.issue(message, now=NOW)))
    assert police_links.revoke(message, by=duty, at=NOW) == 2
    for closed in (link, again):
        closed.refresh_from_db()
        assert not police_links.is_live(closed, now=NOW)
    event = Event.objects.filter(child=message.episode.child).latest("number")
    assert (event.kind, event.actor) == ("police_link_revoked", duty)
    assert event.data == {"force": message.force.code, "message": str(message.pk)}
    with pytest.raises(IllegalMove, match="closed already"):
        police_links.revoke(message, by=duty, at=NOW)
    fresh = police_links.find(token_of(police_links.issue(message, now=NOW)))
    assert police_links.is_live(fresh, now=NOW)


@pytest.mark.by_turns
def test_an_expired_link_is_not_revoked(link, message):
    with pytest.raises(IllegalMove, match="closed already"):
        police_links.revoke(message, by=factories.a_person(Role.DUTY_DESK), at=NOW + timedelta(hours=25))


@pytest.mark.by_turns
def test_a_link_is_limited_by_itself_and_opens_again_later(link, message):
    other = police_links.find(token_of(police_links.issue(message, now=NOW)))
    assert all(police_links.use(link, now=NOW) for _ in range(30))
    assert not police_links.use(link, now=NOW)
    assert police_links.use(other, now=NOW)
    assert LinkUse.objects.filter(link=link).count() == 30
    assert police_links.use(link, now=NOW + timedelta(minutes=10))


@pytest.mark.by_turns
def test_an_acknowledgement_is_kept_as_given_and_logged_for_nobody_in_particular(link):
    given = police_links.acknowledge(
        link, name=" PC Shah ", collar_number="1234", incident_reference="", at=NOW
    )
    assert (given.name, given.collar_number, given.incident_reference) == ("PC Shah", "1234", "")
    event = Event.objects.filter(child=link.episode.child).latest("number")
    assert (event.kind, event.actor, event.actor_label) == ("opened_as_given", None, "as given by link")
    assert event.subject_id == given.pk
    assert "Shah" not in str(event.data)
    assert broken_links([link.episode.child_id]) == []


@pytest.mark.by_turns(8)
def test_the_same_words_by_the_same_link_at_once_are_one_and_others_or_later_ones_are_more(link):
    given = {"name": "PC Shah", "collar_number": "1234"}
    first = police_links.acknowledge(link, **given, at=NOW)
    assert police_links.acknowledge(link, **given, at=NOW + timedelta(seconds=2)) == first
    assert Event.objects.filter(kind="opened_as_given").count() == 1
    police_links.acknowledge(link, **given, incident_reference="0417/25", at=NOW + timedelta(minutes=1))
    police_links.acknowledge(link, **given, at=NOW + timedelta(hours=1))
    assert LinkAcknowledgement.objects.count() == 3


@pytest.mark.by_turns
def test_an_acknowledgement_slows_nothing(link):
    before = (
        Clock.objects.filter(child=link.episode.child)
        .order_by("pk")
        .values("kind", "next_at", "steps", "urgency")
    )
    before = list(before)
    police_links.acknowledge(link, name="PC Shah", collar_number="1234", at=NOW)
    after = (
        Clock.objects.filter(child=link.episode.child)
        .order_by("pk")
        .values("kind", "next_at", "steps", "urgency")
    )
    assert list(after) == before
    assert any(row["kind"] == "call" and row["steps"] for row in before)
    link.episode.refresh_from_db()
    assert not link.episode.verifications.exists()


@pytest.mark.parametrize("given", [{"name": " ", "collar_number": "1"}, {"name": "A", "collar_number": ""}])
def test_nobody_acknowledges_without_a_name_and_number(given, link):
    with pytest.raises(IllegalMove, match="collar number"):
        police_links.acknowledge(link, **given, at=NOW)
    assert not LinkAcknowledgement.objects.exists()


@pytest.mark.by_turns(8)
def test_a_lapsed_link_acknowledges_nothing(link):
    with pytest.raises(IllegalMove, match="expired"):
        police_links.acknowledge(link, name="A", collar_number="1", at=NOW + timedelta(hours=25))
    police_links.revoke(link.message, by=factories.a_person(Role.DUTY_DESK), at=NOW)
    with pytest.raises(IllegalMove, match="expired"):
        police_links.acknowledge(link, name="A", collar_number="1", at=NOW)
    assert not LinkAcknowledgement.objects.exists()


@pytest.mark.by_turns
def test_whoever_holds_a_link_fills_the_record_with_no_more_than_twenty_answers(link):
    at = NOW
    for _ in range(police_links.ANSWERS):
        assert police_links.use(link, posted=True, now=at)
        at += police_links.WITHIN
    assert not police_links.use(link, posted=True, now=at)
    assert police_links.use(link, now=at), "the page itself opens on"
