"""Meetings about a child: what is written down of one, once, and by whom."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases import clock, meetings
from cases.models import Event, Meeting
from cases.moves import SentBefore
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HELD = meetings.Held(
    kind="strategy",
    held_at=AT,
    led_by="Ines Alder, team manager",
    attendees="DS Rowan Ashdene, police\nThe home",
    guardian="there",
    decisions="A new number for her phone.",
)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=AT)


def recorded(w: Watched, at: Any = AT + HOUR, **given: Any) -> Meeting:
    held = replace(HELD, **{"key": uuid.uuid4(), **given})
    return meetings.record(w.child, held, by=w.worker, at=at)


def test_the_same_form_is_one_meeting_and_other_words_are_not_dropped(watched: Watched) -> None:
    key = uuid.uuid4()
    first = recorded(watched, key=key)
    assert recorded(watched, key=key, at=AT + 2 * HOUR) == first
    with pytest.raises(SentBefore):
        recorded(watched, key=key, decisions="Nothing")
    assert Event.objects.filter(kind="meeting_held").count() == 1


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"held_at": AT + 2 * HOUR}, "now or in the past"),
        ({"attendees": "  "}, "who was there"),
        ({"decisions": ""}, "what was decided"),
        ({"guardian": "not_invited"}, "why the guardian was not invited"),
    ],
)
def test_half_a_meeting_is_none(watched: Watched, given: dict[str, Any], words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        recorded(watched, **given)
    assert not Meeting.objects.exists()


@pytest.mark.by_turns(8)
def test_the_database_asks_why_too(watched: Watched) -> None:
    row = recorded(watched)
    row.pk, row.key, row.guardian = None, uuid.uuid4(), "not_invited"
    with pytest.raises(IntegrityError, match="meeting_without_guardian_says_why"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.by_turns(8)
def test_the_pages_keep_what_was_typed_and_show_what_was_held(
    watched: Watched, client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + 5 * HOUR)
    client.force_login(watched.worker)
    shown, new = (reverse(name, args=[watched.child.reference]) for name in ("meeting_list", "meeting_new"))
    assert "No meeting is recorded." in client.get(shown).content.decode()
    given = {
        "kind": "multi_agency",
        "held_at_when": "now",
        "led_by": "Ines Alder",
        "attendees": "The college",
        "guardian": "not_invited",
        "decisions": "She goes to college by taxi.",
        "once": uuid.uuid4(),
    }
    refused = client.post(new, given)
    assert refused.status_code == 422
    for said in ("Enter why the guardian was not invited", "She goes to college by taxi."):
        assert said in refused.content.decode()
    done = client.post(new, {**given, "why_not": "Rung in the night"}, follow=True).content.decode()
    for said in ("Multi-agency meeting", "The college", "Was not invited: <bdi>Rung in the night", "by taxi"):
        assert said in done
    story = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Multi-agency meeting" in story
    for stranger in (watched.carer, watched.guardian, watched.officer):
        client.force_login(stranger)
        assert {client.get(address).status_code for address in (shown, new)} == {404}


@pytest.mark.by_turns
def test_nothing_more_is_recorded_of_a_closed_case(watched: Watched) -> None:
    type(watched.child).objects.filter(pk=watched.child.pk).update(closed_at=AT, close_reason="Moved")
    with pytest.raises(IllegalMove, match="closed"):
        recorded(watched)
