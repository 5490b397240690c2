"""The duty steps on the page of an episode, and the page on which one is answered."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from alerts import policies, sweep
from alerts.models import PolicyVersion
from cases.models import MissingEpisode
from tests.factories import Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
STEPS = "What has to be done"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    """Reported two hours ago, under a policy that asks for the steps."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=100))
    found = missing(watched.child, by=watched.worker, at=now - 2 * HOUR)
    sweep.sweep_all(now=now - 2 * HOUR)
    sweep.sweep_all(now=now)
    return found


@pytest.mark.by_turns
def test_the_council_reads_by_when_each_step_is_due_and_nobody_else_does(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    for role in ("worker", "manager", "carer", "guardian", "officer"):
        client.force_login(getattr(watched, role))
        page = client.get(f"/missing/{episode.reference}/").content.decode()
        assert (STEPS in page) == (role in ("worker", "manager")), role
    client.force_login(watched.desk.person)
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "Ask the police for publicity and a Child Rescue Alert" in page
    assert "Late" in page


@pytest.mark.by_turns
def test_an_answer_stands_on_the_page_with_who_gave_it(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    address = f"/missing/{episode.reference}/steps/strategy/"
    assert client.get(address).status_code == 200
    answered = client.post(address, {"answer": "done", "note": "Held with PC Shah at 9pm"}, follow=True)
    page = answered.content.decode()
    assert "Held with PC Shah at 9pm" in page
    assert watched.desk.person.name in page


@pytest.mark.by_turns
def test_an_answer_without_a_reason_is_asked_for_it_and_keeps_what_was_typed(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    shown = client.post(f"/missing/{episode.reference}/steps/strategy/", {"answer": "booked", "note": ""})
    assert shown.status_code == 422
    page = shown.content.decode()
    assert "Enter who did it and when, or why not" in page
    assert 'value="booked"' in page
    assert "checked" in page


@pytest.mark.by_turns
def test_the_police_reference_has_no_form_of_its_own(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.manager)
    assert client.get(f"/missing/{episode.reference}/steps/police_reference/").status_code == 404
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert f'href="/missing/{episode.reference}/police/"' in page


RECORDS = {"strategy": "meetings/new/", "strategy_by_phone": "meetings/new/", "nrm_considered": "nrm/new/"}


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["worker", "manager", "desk"])
@pytest.mark.parametrize("kind", [*RECORDS, "briefing"])
def test_a_step_that_a_record_answers_leads_whoever_may_answer_it_to_that_record(
    client: Client, watched: Watched, episode: MissingEpisode, kind: str, who: str
) -> None:
    client.force_login(watched.desk.person if who == "desk" else getattr(watched, who))
    page = client.get(f"/missing/{episode.reference}/steps/{kind}/").content.decode()
    assert ('id="record"' in page) == (kind in RECORDS)
    if kind in RECORDS:
        where = f"/children/{watched.child.reference}/{RECORDS[kind]}"
        assert f'href="{where}"' in page
        assert client.get(where).status_code == 200


def test_the_meeting_that_the_step_leads_to_answers_it_and_the_step_leads_nowhere_then(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.worker)
    held = {
        "kind": "strategy",
        "held_at_when": "now",
        "led_by": "E. Arnott",
        "attendees": "PC Shah, the home",
    }
    held |= {"guardian": "there", "decisions": "Search goes on", "once": str(uuid4())}
    assert client.post(f"/children/{watched.child.reference}/meetings/new/", held).status_code == 302
    page = client.get(f"/missing/{episode.reference}/steps/strategy/").content.decode()
    assert "A strategy meeting is recorded, led by E. Arnott" in page
    assert 'id="record"' not in page


@pytest.mark.by_turns
def test_after_the_end_the_risk_and_the_interview_are_led_to_where_they_are_written(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=100))
    ended(episode, at=now - HOUR)
    base = f"/missing/{episode.reference}/"
    for who in (watched.worker, watched.manager, watched.desk.person):
        client.force_login(who)
        page = client.get(f"{base}steps/risk_again/").content.decode()
        assert f'href="/children/{watched.child.reference}/assessments/new/"' in page
        page = client.get(f"{base}steps/interview_assigned/").content.decode()
        # The duty desk writes no interview: it is the child’s own account.
        assert (f'href="{base}return-interview/"' in page) == (who != watched.desk.person)
