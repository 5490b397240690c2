"""A link is made or sent for the journey that stood on the page: of one that was planned since it says so first."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from alerts.models import Message
from cases import clock, escort_links, journeys
from tests.factories import Watched, a_watched_child, planned

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SAYS = "Another journey was planned since you opened this page"


@pytest.fixture
def watched(now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Watched:
    settings.PUBLIC_URL = "https://rollcall.example"
    monkeypatch.setattr(clock, "now", lambda: now)
    return a_watched_child(at=now - 50 * HOUR)


def stood(answer: HttpResponse) -> str:
    (key,) = set(re.findall(r'name="stood" value="(\d+)"', answer.content.decode()))
    return str(key)


def of_another(watched: Watched, now: datetime, client: Client, page: str) -> tuple[str, str]:
    """The key that a page had of a journey which a colleague broke off, and the token of the escort of the next."""
    first = planned(watched.child, by=watched.worker, departs_at=now + 5 * HOUR, at=now - HOUR)
    client.force_login(watched.worker)
    opened = stood(client.get(reverse(page, args=[watched.child.reference])))
    journeys.break_off(first, reason="Other escorts", by=watched.manager, at=now - HOUR / 2)
    escorts = {"first_escort": "Mara Quist", "first_phone": "07700 900777"}
    second = planned(
        watched.child, by=watched.manager, departs_at=now + 6 * HOUR, at=now - HOUR / 3, **escorts
    )
    return opened, escort_links.make(second, 1, by=watched.manager, at=now - HOUR / 4)


def is_live(token: str, now: datetime) -> bool:
    return escort_links.is_live(escort_links.find(token), now=now)


@pytest.mark.by_turns(8)
def test_a_press_on_an_old_page_shuts_no_link_of_the_journey_that_was_planned_since(
    watched: Watched, now: datetime, client: Client
) -> None:
    opened, token = of_another(watched, now, client, "journey")
    where = reverse("journey_link", args=[watched.child.reference, 1])
    late = client.post(where, {"stood": opened}, follow=True)
    assert is_live(token, now)
    words = late.content.decode()
    assert SAYS in words
    assert "Mara Quist" in words, "what stands is shown"
    made = client.post(where, {"stood": stood(late)})
    assert SAYS not in made.content.decode()
    assert "/j/" in made.content.decode()
    assert not is_live(token, now)


@pytest.mark.by_turns
def test_nor_does_one_on_the_old_page_of_the_links(watched: Watched, now: datetime, client: Client) -> None:
    opened, token = of_another(watched, now, client, "journey_links")
    where = reverse("journey_links", args=[watched.child.reference])
    press = {"escort": "1", "channel": "text", "once": str(uuid.uuid4())}
    late = client.post(where, press | {"stood": opened})
    assert (late.status_code, is_live(token, now)) == (422, True)
    assert SAYS in late.content.decode()
    assert not Message.objects.filter(wording="escort_link").exists()
    assert client.post(where, press | {"stood": stood(late)}).status_code == 302
    assert Message.objects.filter(wording="escort_link").count() == 1
    assert not is_live(token, now)


@pytest.mark.parametrize("page", ["journey_link", "journey_links"])
def test_a_page_that_names_no_journey_is_believed(
    page: str, watched: Watched, now: datetime, client: Client
) -> None:
    _opened, token = of_another(watched, now, client, "journey")
    press = {"escort": "1", "channel": "text", "once": str(uuid.uuid4())}
    number = [1] if page == "journey_link" else []
    answer = client.post(reverse(page, args=[watched.child.reference, *number]), press)
    assert answer.status_code == (200 if number else 302)
    assert not is_live(token, now)
