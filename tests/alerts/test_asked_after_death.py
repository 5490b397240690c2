"""A child seen or missed after a death that is on record: nothing of it is thrown away, and the desk is asked at once."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import duty_tasks, second_calls, sweep
from alerts.models import DutyTask, Message
from cases import contacts, episodes, homecomings
from cases.models import Contact, MissingEpisode
from cases.moves import HasDied
from tests.cases.expectations import events
from tests.factories import Watched, a_person, a_sighting, a_watched_child, case_closed, missing, told_by

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=2))


@pytest.fixture
def death(watched: Watched, now: datetime) -> MissingEpisode:
    """Found ten hours ago, told nine hours ago, and written down an hour ago."""
    episode = missing(watched.child, by=watched.worker, at=now - 12 * HOUR)
    sweep.sweep_all(now=now - 12 * HOUR)
    word = told_by("hospital", has_died=True, at=now - 9 * HOUR)
    duty, second = watched.desk.person, watched.desk.second
    episodes.hear_from_office(episode, word, by=duty, at=now - 9 * HOUR)
    episodes.record_police_closing(
        episode, officer="PC Shah", closed_at=now - 8 * HOUR, by=second, at=now - 8 * HOUR
    )
    end = {"outcome": "died", "found_at": now - 10 * HOUR, "ending": episodes.Ending()}
    return homecomings.end(episode, **end, by=second, at=now - HOUR)


def asked() -> list[DutyTask]:
    return list(DutyTask.objects.open().filter(kind="after_death"))


@pytest.mark.by_turns
@pytest.mark.parametrize("hours", [-9.5, -5, 0])
@pytest.mark.parametrize("means", ["face_to_face", "hearsay"])
def test_what_was_seen_after_the_child_was_found_dead_is_kept_and_asked_about(
    watched: Watched, death: MissingEpisode, now: datetime, hours: float, means: str
) -> None:
    sighting = a_sighting(watched.carer, at=now + hours * HOUR, means=means)
    with events(watched.child, "contact_recorded", "asked_after_death"):
        contact = contacts.record(watched.child, sighting, by=watched.carer, at=now)
    assert Contact.objects.seen().filter(pk=contact.pk).exists()
    (task,) = asked()
    assert (task.episode_id, task.authority_id, task.taken_at) == (death.pk, watched.authority.pk, None)
    contacts.record(watched.child, a_sighting(watched.guardian, at=now), by=watched.guardian, at=now)
    assert [one.pk for one in asked()] == [task.pk]


@pytest.mark.by_turns
def test_duty_is_texted_once_for_all_that_is_said_while_the_task_is_open(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    contacts.record(watched.child, a_sighting(watched.carer, at=now), by=watched.carer, at=now)
    contacts.record(watched.child, a_sighting(watched.guardian, at=now), by=watched.guardian, at=now)
    told = Message.objects.filter(wording="duty_after_end")
    assert sorted(told.values_list("post", "channel")) == [("duty", "mail"), ("duty", "text")]
    assert set(told.exclude(user=None).values_list("user", flat=True)) == {watched.desk.person.pk}


@pytest.mark.by_turns
def test_what_was_seen_before_the_child_was_found_dead_asks_nobody(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    sighting = a_sighting(watched.carer, at=now - 11 * HOUR)
    with events(watched.child, "contact_recorded"):
        contacts.record(watched.child, sighting, by=watched.carer, at=now)
    assert asked() == []


@pytest.mark.by_turns
@pytest.mark.parametrize(("mood", "note", "is_asked"), [("serious", "Heard a cry", True), ("", "", False)])
def test_of_a_call_that_nobody_took_the_desk_is_asked_where_there_is_a_serious_concern(
    watched: Watched, death: MissingEpisode, now: datetime, mood: str, note: str, is_asked: bool
) -> None:
    sighting = a_sighting(watched.carer, at=now, outcome="no_answer", mood=mood, note=note)
    contacts.record(watched.child, sighting, by=watched.carer, at=now)
    assert bool(asked()) == is_asked


@pytest.mark.by_turns
def test_a_closed_case_refuses_no_sighting_of_a_child_who_is_said_to_have_died(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    case_closed(watched.child, reason="Died", by=watched.manager, at=now - HOUR / 2)
    contacts.record(watched.child, a_sighting(watched.worker, at=now), by=watched.worker, at=now)
    assert len(asked()) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("alarm", ["not here", "missing", "away"])
def test_an_alarm_that_is_refused_asks_the_desk_all_the_same(
    watched: Watched, death: MissingEpisode, now: datetime, alarm: str
) -> None:
    given = {"by": watched.carer, "at": now}
    alarms = {
        "not here": lambda: contacts.look_failed(watched.child, a_sighting(watched.carer, at=now), **given),
        "missing": lambda: episodes.report_missing(watched.child, episodes.Report(), **given),
        "away": lambda: episodes.report_away(watched.child, whereabouts="Lowmoor", reason="", **given),
    }
    with events(watched.child, "asked_after_death"), pytest.raises(HasDied):
        alarms[alarm]()
    assert len(asked()) == 1
    assert MissingEpisode.objects.filter(child=watched.child).count() == 1


@pytest.mark.by_turns
def test_where_nobody_takes_the_task_the_second_person_is_rung(
    watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    contacts.record(watched.child, a_sighting(watched.carer, at=now), by=watched.carer, at=now)
    (task,) = asked()
    assert task.next_at is not None
    second_calls.ring_second(now=task.next_at)
    step = f"second:{task.pk}"
    rung = Message.objects.filter(items__step=step, user=watched.desk.second)
    assert rung.exists()
    assert set(rung.values_list("kind", flat=True)) == {"ending"}


def test_the_desk_reads_it_and_says_what_came_of_it(
    client: Client, watched: Watched, death: MissingEpisode, now: datetime
) -> None:
    client.force_login(watched.worker)
    page = client.get(reverse("child", args=[watched.child.reference])).content.decode()
    assert "Somebody has seen this child since" in page
    contacts.record(watched.child, a_sighting(watched.carer, at=now), by=watched.carer, at=now)
    (task,) = asked()
    client.force_login(watched.desk.person)
    desk = client.get(reverse("duty_desk")).content.decode()
    assert "Seen or missed after a death" in desk
    assert reverse("episode", args=[death.reference]) in desk
    client.force_login(a_person("duty_desk"))
    assert client.get(reverse("task_done", args=[task.pk])).status_code == 404
    duty_tasks.finish(task, answer="The hospital had another child", by=watched.desk.person, at=now)
    assert asked() == []
