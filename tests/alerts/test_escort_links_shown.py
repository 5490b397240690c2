"""An escort's link opens where the child is picked up: who is shown it, and who may only send it."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Message
from cases import clock
from cases.models import Journey, Role, User
from cases.placements import Address
from tests.factories import Watched, a_person, a_watched_child, placed, planned

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A child who lives at an address that a colleague of the team may not read."""
    settings.PUBLIC_URL = "https://rollcall.example"
    monkeypatch.setattr(clock, "now", lambda: now)
    one = a_watched_child(at=now - 50 * HOUR)
    where = {"authority": one.authority, "force": one.force, "phone": "01632 960988"}
    lives = Address(address="14 Calder Lane", postcode="CT1 4BG", **where)
    placed(one.child, lives, by=one.worker, starts_at=now - 9 * HOUR, at=now - 9 * HOUR)
    return one


@pytest.fixture
def colleague(watched: Watched) -> User:
    return a_person(Role.SOCIAL_WORKER, team=watched.team)


def planned_by(person: User, watched: Watched, now: datetime) -> Journey:
    return planned(watched.child, by=person, departs_at=now + 3 * HOUR, at=now - HOUR)


def shown(client: Client, person: User, journey: Journey) -> str:
    client.force_login(person)
    where = reverse("journey_link", args=[journey.child.reference, 1])
    return client.post(where, {"stood": journey.pk}, follow=True).content.decode()


def sent(client: Client, person: User, journey: Journey) -> bool:
    client.force_login(person)
    where = reverse("journey_links", args=[journey.child.reference])
    press = {"escort": "1", "channel": "text", "once": str(uuid.uuid4()), "stood": journey.pk}
    answer = client.post(where, press)
    assert (answer.status_code == 302) == Message.objects.filter(wording="escort_link").exists()
    return bool(answer.status_code == 302)


@pytest.mark.by_turns
def test_whoever_may_not_read_the_address_is_shown_no_link_and_shuts_none(
    client: Client, watched: Watched, colleague: User, now: datetime
) -> None:
    journey = planned_by(watched.worker, watched, now)
    page = shown(client, colleague, journey)
    assert "Send it by mail or text" in page
    assert not re.search(r"/j/\w", page)
    assert not journey.links.exists()
    assert (
        'id="link-1"' not in client.get(reverse("journey", args=[watched.child.reference])).content.decode()
    )
    assert re.search(r"/j/\w", shown(client, watched.worker, journey))


@pytest.mark.by_turns
def test_they_send_it_to_the_phone_of_a_plan_by_somebody_who_reads_the_address(
    client: Client, watched: Watched, colleague: User, now: datetime
) -> None:
    assert sent(client, colleague, planned_by(watched.worker, watched, now))


@pytest.mark.by_turns(8)
def test_to_the_escorts_of_their_own_plan_somebody_who_reads_the_address_sends_it(
    client: Client, watched: Watched, colleague: User, now: datetime
) -> None:
    journey = planned_by(colleague, watched, now)
    assert not sent(client, colleague, journey)
    assert sent(client, watched.manager, journey)


@pytest.mark.by_turns
def test_of_a_child_in_a_home_they_send_it_themselves(
    client: Client, watched: Watched, colleague: User, now: datetime
) -> None:
    placed(watched.child, watched.home, by=watched.worker, starts_at=now - 2 * HOUR, at=now - 2 * HOUR)
    assert sent(client, colleague, planned_by(colleague, watched, now))
