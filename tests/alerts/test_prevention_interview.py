"""The interview of the police after a search: written down, corrected and withdrawn, and what it answers."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from alerts import duty_steps, policies, sweep
from alerts.models import DutyStep, PolicyVersion
from cases import prevention_interviews
from cases.deadlines import LONDON
from cases.models import MissingEpisode, PreventionInterview
from cases.prevention_interviews import Held
from cases.states import IllegalMove
from tests.factories import Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=now - timedelta(days=90))
    found = missing(watched.child, by=watched.worker, at=now - 30 * HOUR)
    sweep.sweep_all(now=now - 30 * HOUR)
    return ended(found, at=now - 26 * HOUR)


def given(watched: Watched, **said: object) -> dict[str, object]:
    return {
        "held_at_when": "now",
        "officer": "PC Shah 1234",
        "force": watched.force.pk,
        "reference": "NM/77",
        "seen_alone": "yes",
        "said": "Slept in a car",
        "harm": "A man took the phone",
        "referred_to": "The NRM",
        "once": str(uuid.uuid4()),
        "read": "0",
        **said,
    }


def step(episode: MissingEpisode) -> DutyStep:
    return DutyStep.objects.get(episode=episode, kind="prevention_interview")


def test_duty_writes_it_down_and_it_answers_its_step_until_it_is_withdrawn(
    client: Client, watched: Watched, episode: MissingEpisode
) -> None:
    client.force_login(watched.desk.person)
    where = reverse("episode_prevention", args=[episode.reference])
    asks = client.get(reverse("episode_step", args=[episode.reference, "prevention_interview"]))
    assert where in asks.content.decode()
    for left_out in ("officer", "seen_alone", "held_at_when"):
        refused = client.post(where, given(watched, **{left_out: ""}))
        assert refused.status_code == 422
        assert "Slept in a car" in refused.content.decode()
    sent = given(watched)
    for _again in range(2):
        assert client.post(where, sent).status_code == 302
    (row,) = PreventionInterview.objects.all()
    assert (row.officer, row.seen_alone, row.force) == ("PC Shah 1234", "yes", watched.force)
    assert step(episode).done_at is not None
    assert client.post(where, given(watched, said="And on a boat")).status_code == 422, "another was read"
    assert client.post(where, given(watched, said="And on a boat", read="1")).status_code == 302
    page = client.get(where).content.decode()
    assert "And on a boat" in page
    assert "Slept in a car" in page
    story = client.get(reverse("child_timeline", args=[watched.child.reference])).content.decode()
    assert "Prevention interview written down" in story
    assert client.post(where, {"withdraw": "1", "read": "2", "reason": ""}).status_code == 422
    assert step(episode).done_at is not None
    assert client.post(where, {"withdraw": "1", "read": "2", "reason": "Another child"}).status_code == 302
    assert not PreventionInterview.objects.standing().exists()
    assert step(episode).done_at is None
    with pytest.raises(DatabaseError), transaction.atomic():
        PreventionInterview.objects.filter(pk=row.pk).update(said="Nothing")


def test_a_withdrawal_says_whether_the_step_is_owed_again(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.desk.person)
    where = reverse("episode_prevention", args=[episode.reference])
    undo = {"withdraw": "1", "reason": "Another child"}
    assert client.post(where, given(watched)).status_code == 302
    page = client.post(where, undo | {"read": "1"}, follow=True).content.decode()
    assert "Withdrawn, and owed again." in page
    duty_steps.answer(
        step(episode), answer="done", note="Held at the station", by=watched.desk.person, at=now
    )
    assert client.post(where, given(watched)).status_code == 302
    page = client.post(where, undo | {"read": "2"}, follow=True).content.decode()
    assert "Its step stays as it was answered" in page
    assert "owed again" not in page
    assert step(episode).done_at is not None


@pytest.mark.by_turns(8)
def test_the_return_interview_begins_with_its_day_and_reference_and_asks_what_the_child_needs(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    held = Held(
        held_at=now - HOUR, officer="PC Shah", force=watched.force, reference="NM/77", seen_alone="no"
    )
    prevention_interviews.write(episode, held, version=0, by=watched.worker, at=now)
    client.force_login(watched.worker)
    where = reverse("return_interview", args=[episode.reference])
    form = client.get(where).context["form"]
    assert form["police_reference"].value() == "NM/77"
    day = form["police_date"].value()
    said = {"offered_at_when": "now", "outcome": "waiting", "health_needs": "A dentist", "read": "0"}
    said |= {"police_date_day": day.day, "police_date_month": day.month, "police_date_year": day.year}
    said |= {"police_reference": "NM/77", "once": str(uuid.uuid4())}
    assert client.post(where, said).status_code == 302
    page = client.get(where).content.decode()
    assert "A dentist" in page
    row = episode.return_interviews.get()
    assert (row.police_date, row.police_reference, row.health_needs) == (day, "NM/77", "A dentist")


@pytest.mark.by_turns(8)
def test_who_reads_the_record_reads_it_and_nobody_else(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    where = reverse("episode_prevention", args=[episode.reference])
    stranger = a_watched_child(at=now - timedelta(days=60)).worker
    for person in (watched.carer, watched.guardian, watched.officer, stranger):
        client.force_login(person)
        assert client.get(where).status_code == 404
        assert client.post(where, given(watched)).status_code == 404
    early = Held(held_at=episode.since - HOUR, officer="PC Shah", force=watched.force, seen_alone="yes")
    with pytest.raises(IllegalMove, match="after the child went missing"):
        prevention_interviews.write(episode, early, version=0, by=watched.worker, at=now)
    assert not PreventionInterview.objects.exists()


@pytest.mark.by_turns(8)
def test_an_officer_who_found_the_child_talked_to_it_before_it_was_back(
    client: Client, watched: Watched, episode: MissingEpisode, now: datetime
) -> None:
    found_at = episode.found_at
    assert found_at is not None
    client.force_login(watched.desk.person)
    where = reverse("episode_prevention", args=[episode.reference])

    def held(at: datetime) -> dict[str, object]:
        local = at.astimezone(LONDON)
        time = {"day": local.day, "month": local.month, "year": local.year, "time": f"{local:%H:%M}"}
        return given(
            watched, held_at_when="earlier", **{f"held_at_{name}": said for name, said in time.items()}
        )

    early = client.post(where, held(episode.since - HOUR))
    assert early.status_code == 422
    assert "The time of the interview must be after the child went missing" in early.content.decode()
    assert "Slept in a car" in early.content.decode()
    assert client.post(where, held(found_at - HOUR)).status_code == 302
    assert step(episode).done_at is not None
