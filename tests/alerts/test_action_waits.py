"""An action that its owner has called done: who is reminded while it waits, and the answer that is pressed twice."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases import action_words, clock
from cases.models import ActionWord
from tests.alerts import papers
from tests.alerts.test_action_owners import HOUR, NOW, OVER, asked, of_guardian, of_home, said, swept, told
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


@pytest.mark.by_turns
@pytest.mark.parametrize("of_whom", [of_guardian, of_home])
def test_who_has_called_it_done_is_not_reminded_and_the_worker_hears_that_its_day_is_over(
    watched: Watched, of_whom: Any
) -> None:
    action = asked(watched, of_whom(watched))
    said(action, watched.guardian if of_whom is of_guardian else watched.carer)
    swept(watched, OVER)
    assert told(action, "action_reminder") == []
    assert told(action, "paper_due") == [("worker", watched.worker.pk)]


@pytest.mark.by_turns
def test_who_got_it_back_is_reminded(watched: Watched) -> None:
    action = asked(watched, of_guardian(watched))
    said(action, watched.guardian)
    action_words.send_back(
        action, said="The window too", key=uuid.uuid4(), by=watched.worker, at=NOW + 2 * HOUR
    )
    swept(watched, OVER)
    assert told(action, "action_reminder") == [("promiser", watched.guardian.pk)]


@pytest.mark.by_turns(8)
def test_sending_it_back_twice_with_one_form_is_once(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * HOUR)
    action = asked(watched, of_guardian(watched))
    said(action, watched.guardian)
    client.force_login(watched.worker)
    address = reverse("action_end", args=[watched.child.reference, action.key])
    back = {"ending": "go_on", "said": "The window too", "once": str(uuid.uuid4())}
    assert [client.post(address, back).status_code for _press in range(2)] == [302, 302]
    assert ActionWord.objects.filter(action=action, kind="sent_back").count() == 1
    # The same form with other words is told so, and one without its key finds nothing to send back.
    other = client.post(address, {**back, "said": "The door"})
    assert (other.status_code, "The door" in other.content.decode()) == (422, True)
    assert client.post(address, {**back, "once": "none"}).status_code == 422
