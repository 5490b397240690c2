"""What the police said on the phone is kept wherever somebody types it, also where the episode has no force."""

import html
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import reach, sweep
from alerts.models import DutyStep, Message, Verification
from cases.episodes import openings
from cases.models import EpisodeForce, EpisodeUpdate, Event, MissingEpisode, Questions
from tests.factories import Watched, a_force, a_watched_child, missing

pytestmark = pytest.mark.django_db
SAID = {"incident_reference": "0417/25", "officer": "PC Shah"}


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5), given_name="Samir")


@pytest.fixture
def without_a_force(watched: Watched, now: datetime, monkeypatch: pytest.MonkeyPatch) -> MissingEpisode:
    """As a record that was taken over from elsewhere: an open episode with no force on it."""
    monkeypatch.setattr(openings, "_alert_forces", lambda *args: None)
    return missing(watched.child, by=watched.worker, at=now - timedelta(minutes=9))


def nobody_knows_a_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "force_of", lambda child, *, now: None)


def quick(watched: Watched) -> str:
    return f"/children/{watched.child.reference}/missing/quick/"


def sent(watched: Watched, episode: MissingEpisode) -> str:
    return f"/missing/{watched.child.reference}-M{episode.number}/sent/"


def report(**answers: Any) -> dict[str, Any]:
    return {
        "once": str(uuid.uuid4()),
        "police_rung": "yes",
        "last_seen_at_when": "quarter",
        "last_seen_place": "The kitchen",
        "last_seen_by": "M. Reid",
        "why_worried": "Never goes out alone",
        **answers,
    }


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_a_reference_goes_to_the_force_of_the_childs_place_where_the_episode_has_none(
    client: Client, watched: Watched, without_a_force: MissingEpisode
) -> None:
    client.force_login(watched.carer)
    client.post(sent(watched, without_a_force), SAID)
    row = EpisodeForce.objects.get(episode=without_a_force)
    assert row.force == watched.home.force
    assert (row.incident_reference, row.officer) == ("0417/25", "PC Shah")
    assert not EpisodeUpdate.objects.exists()


@pytest.mark.by_turns
def test_an_officer_whom_duty_names_is_verified_where_the_episode_had_no_force(
    client: Client, watched: Watched, without_a_force: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    client.post(quick(watched), report(**SAID))
    assert Verification.objects.get().force == watched.home.force


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("way", ["sent", "quick", "screens"])
def test_where_no_force_is_known_what_was_said_stands_on_the_episode_as_it_was_given(
    client: Client,
    watched: Watched,
    without_a_force: MissingEpisode,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    nobody_knows_a_force(monkeypatch)
    client.force_login(watched.carer)
    if way == "sent":
        answer = client.post(sent(watched, without_a_force), SAID, follow=True)
        assert "The police reference is recorded" not in text_of(answer)
        assert "no police force is on this episode" in text_of(answer)
    elif way == "quick":
        client.post(quick(watched), report(**SAID))
    else:
        _three_screens(client, watched)
    update = EpisodeUpdate.objects.get()
    assert update.text == (
        "Police reference as given: 0417/25.\nGiven by PC Shah.\n"
        "No police force is on this episode: whoever rings the police asks which force gave it."
    )
    assert (update.side, update.written_by) == ("home", watched.carer)
    client.force_login(watched.desk.person)
    page = text_of(client.get(f"/missing/{watched.child.reference}-M1/"))
    assert "Police reference as given: 0417/25." in page
    assert "Police reference as given: 0417/25." in text_of(
        client.get(f"/missing/{watched.child.reference}-M1/briefing/")
    )
    assert not EpisodeForce.objects.exists()
    assert not Verification.objects.exists(), "no officer of any force has been verified by it"
    assert not DutyStep.objects.filter(episode=without_a_force, kind="police_reference").exclude(done_at=None)


@pytest.mark.by_turns
def test_the_worker_is_told_of_it_as_of_any_update(
    client: Client,
    watched: Watched,
    without_a_force: MissingEpisode,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    sweep.sweep(now=now)
    nobody_knows_a_force(monkeypatch)
    client.force_login(watched.carer)
    client.post(quick(watched), report(**SAID))
    assert Message.objects.filter(wording="episode_update", user=watched.worker).exists()


@pytest.mark.by_turns(8)
def test_without_a_force_the_same_report_twice_is_one_and_another_reference_is_told_of(
    client: Client, watched: Watched, without_a_force: MissingEpisode, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_knows_a_force(monkeypatch)
    client.force_login(watched.carer)
    given = report(**SAID)
    for _ in range(2):
        assert client.post(quick(watched), given).status_code == 302
    assert EpisodeUpdate.objects.count() == 1
    refused = client.post(quick(watched), given | {"incident_reference": "0999/25"})
    assert refused.status_code == 422
    assert 'value="0999/25"' in text_of(refused)
    assert EpisodeUpdate.objects.count() == 1
    once = text_of(refused).split('name="once" value="')[1].partition('"')[0]
    again = given | {"incident_reference": "0999/25", "once": once}
    assert client.post(quick(watched), again).status_code == 302
    assert [("0417/25" in one.text, "0999/25" in one.text) for one in EpisodeUpdate.objects.all()] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.by_turns
def test_three_screens_pressed_twice_write_over_no_reference_that_was_put_right_since(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    given = _three_screens(client, watched)
    EpisodeForce.objects.update(incident_reference="0418/25")
    _typed(client, watched, given)
    check = f"/children/{watched.child.reference}/missing/check/"
    refused = client.post(check, {"once": given["once"]})
    assert refused.status_code == 422
    assert EpisodeForce.objects.get().incident_reference == "0418/25"
    assert client.post(check, {"once": str(refused.context["once"])}).status_code == 302
    assert EpisodeForce.objects.get().incident_reference == "0417/25"


@pytest.mark.by_turns
def test_the_page_after_a_report_does_not_offer_one_force_what_another_gave(
    client: Client, watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(minutes=9))
    EpisodeForce.objects.create(
        episode=episode, force=a_force(), added_at=now, incident_reference="77/25", officer="PC Ode"
    )
    client.force_login(watched.carer)
    page = text_of(client.get(sent(watched, episode)))
    assert 'value="77/25"' not in page
    client.post(sent(watched, episode), SAID)
    assert [row.incident_reference for row in episode.forces.all()] == ["0417/25", "77/25"]


@pytest.mark.by_turns
def test_a_report_that_repeats_a_reference_without_the_officer_does_not_forget_who_gave_it(
    client: Client, watched: Watched, now: datetime
) -> None:
    missing(watched.child, by=watched.worker, at=now - timedelta(minutes=9))
    client.force_login(watched.desk.person)
    client.post(quick(watched), report(**SAID))
    client.force_login(watched.carer)
    client.post(quick(watched), report(incident_reference=SAID["incident_reference"]))
    row = EpisodeForce.objects.get()
    assert (row.incident_reference, row.officer) == ("0417/25", "PC Shah")
    # Who gave another reference nobody said: whoever has the case has it still.
    client.post(quick(watched), report(incident_reference="0999/25"))
    row.refresh_from_db()
    assert (row.incident_reference, row.officer) == ("0999/25", "PC Shah")


@pytest.mark.by_turns(8)
def test_a_reference_that_is_sent_twice_is_one_event(client: Client, watched: Watched, now: datetime) -> None:
    episode = missing(watched.child, by=watched.worker, at=now - timedelta(minutes=9))
    client.force_login(watched.carer)
    for said in (SAID, SAID, SAID | {"officer": "PC Ward"}):
        assert client.post(sent(watched, episode), said).status_code == 302
    assert Event.objects.filter(kind="police_reference_recorded").count() == 2, "another officer is news"


@pytest.mark.by_turns
def test_no_reference_is_an_event_of_nothing(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    client.post(quick(watched), report(police_rung="no"))
    assert not Event.objects.filter(kind__in=("police_reference_recorded", "episode_update")).exists()


def _three_screens(client: Client, watched: Watched) -> dict[str, Any]:
    given = report(**SAID, wearing="Black jacket", vehicle="", steps=["searched"], draft_version="0")
    _typed(client, watched, given)
    answer = client.post(f"/children/{watched.child.reference}/missing/check/", {"once": given["once"]})
    assert answer.status_code == 302
    return given


def _typed(client: Client, watched: Watched, given: dict[str, Any]) -> None:
    unknown = dict.fromkeys(Questions.values, "not_known")
    risk = {
        "why_worried": "Never goes out alone",
        "our_grade": "high",
        "grade_reason": "New here",
        "shares_profile": "yes",
    }
    client.post(f"/children/{watched.child.reference}/missing/new/", given)
    client.post(
        f"/children/{watched.child.reference}/missing/risk/", {**risk, **unknown, "draft_version": "0"}
    )
