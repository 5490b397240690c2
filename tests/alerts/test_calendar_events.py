"""What is coming of a child by itself stands in the calendars of its worker and team: dated triggers, and journeys."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock, journeys, triggers
from tests.factories import AT, Watched, a_watched_child, planned

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 2 * DAY
INTERVIEW, PICK_UP, HANDED_OVER = "A Home Office interview or refusal", "picked up", "handed over"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def watched(noon: None) -> Watched:
    return a_watched_child(at=AT + HOUR)


def entered(one: Watched, happens_at: datetime) -> None:
    said = {"kind": "home_office", "note": "At Lunar House", "key": uuid.uuid4()}
    triggers.record([one.child], happens_at=happens_at, by=one.worker, at=NOW, **said)


def shown(client: Client, address: str) -> list[tuple[str, datetime]]:
    """What stands there of triggers and journeys, in order."""
    answer = client.get(address)
    assert "Lunar House" not in answer.content.decode()
    entries = [one for group in answer.context["groups"] for one in group.entries]
    names = (INTERVIEW, PICK_UP, HANDED_OVER)
    return [(name, one.due_at) for one in entries for name in names if name in one.what]


@pytest.mark.by_turns(8)
def test_a_dated_trigger_and_a_journey_stand_in_each_calendar_until_they_are_over(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(watched, NOW + 5 * DAY)
    entered(watched, NOW - DAY)
    journey = planned(watched.child, by=watched.worker, departs_at=NOW + 3 * HOUR, at=NOW)
    ends_at = journey.stops.order_by("-position")[0].due_at

    def read_at(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)
        client.force_login(watched.worker)

    read_at(NOW)
    coming = [(PICK_UP, NOW + 3 * HOUR), (INTERVIEW, NOW + 5 * DAY)]
    pages = [reverse("calendar"), reverse("calendar") + "?whose=team"]
    pages.append(reverse("child_due", args=[watched.child.reference]))
    assert [shown(client, page) for page in pages] == [coming] * 3
    read_at(NOW + 4 * HOUR)
    assert shown(client, pages[0]) == [(HANDED_OVER, ends_at), coming[1]]
    read_at(NOW + 6 * DAY)
    late = client.get(pages[0]).context["groups"][0]
    assert late.day is None, "what is late of a journey is overdue"
    assert any(HANDED_OVER in one.what for one in late.entries)
    read_at(NOW + 2 * HOUR)
    journeys.break_off(journey, reason="The bed is gone", by=watched.worker, at=NOW + 2 * HOUR)
    assert shown(client, pages[0]) == coming[1:]
    client.force_login(a_watched_child(at=AT + HOUR).worker)
    assert shown(client, pages[1]) == []
