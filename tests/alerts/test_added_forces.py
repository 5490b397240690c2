"""A wrong force adds a force: the new one hears at once, and the first stays alerted."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import added_forces, police_links, sweep
from alerts.models import DutyTask, LinkAcknowledgement, Message, PoliceLink
from cases import access
from cases.access import Permission
from cases.models import EpisodeForce, Event, MissingEpisode, PoliceForce, Role
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_force, a_force_mailbox, a_person, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=5))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=now - 5 * MINUTE)
    sweep.sweep_all(now=now - 5 * MINUTE)
    return found


@pytest.fixture
def other() -> PoliceForce:
    force = a_force("Southmere Police")
    a_force_mailbox(force)
    return force


def told(force: PoliceForce) -> list[str]:
    return list(Message.objects.filter(force=force).values_list("wording", flat=True))


@pytest.mark.by_turns
def test_the_added_force_hears_at_once_and_the_first_goes_on_being_told(episode, watched, other, now):
    with events(watched.child, "force_added"):
        added_forces.add(episode, other, by=watched.desk.person, at=now)
    assert told(other) == ["police_alert"]
    assert EpisodeForce.objects.filter(episode=episode).count() == 2
    sweep.sweep_all(now=now + 25 * MINUTE)
    assert "police_reminder" in told(other)
    assert "police_reminder" in told(watched.force)


@pytest.mark.by_turns
def test_duty_is_asked_to_ring_the_added_force_though_an_officer_of_the_first_was_named(
    episode, watched, other, now
):
    DutyTask.objects.filter(episode=episode).update(done_at=now, answer="Rung", next_at=None)
    added_forces.add(episode, other, by=watched.desk.person, at=now)
    assert DutyTask.objects.open().filter(episode=episode, kind=DutyTask.Kind.RING_POLICE).exists()


@pytest.mark.by_turns
def test_an_officer_of_the_added_force_reads_the_episode(episode, watched, other, now):
    officer = a_person(Role.POLICE, force=other)
    assert not access.may(officer, watched.child, Permission.SEE_EPISODE, at=now)
    added_forces.add(episode, other, by=watched.desk.person, at=now)
    assert access.may(type(officer).objects.get(pk=officer.pk), watched.child, Permission.SEE_EPISODE, at=now)


@pytest.mark.by_turns
def test_a_force_without_a_mailbox_is_to_be_phoned(episode, watched, now):
    bare = a_force("Westmere Police")
    added_forces.add(episode, bare, by=watched.desk.person, at=now)
    step = Message.objects.filter(step=f"force:{bare.pk}")
    assert set(step.values_list("wording", flat=True)) == {"duty_phone_them"}
    assert set(step.values_list("post", flat=True)) == {"duty", "manager"}


@pytest.mark.by_turns(8)
def test_a_force_is_added_once_and_to_no_ended_episode(episode, watched, other, now):
    with refused(watched.child, f"{watched.force.name} is alerted already."):
        added_forces.add(episode, watched.force, by=watched.desk.person, at=now)
    ended(episode, at=now)
    with refused(watched.child, "This episode has ended."):
        added_forces.add(episode, other, by=watched.desk.person, at=now + MINUTE)


@pytest.mark.by_turns(8)
def test_duty_adds_a_force_on_the_page_and_a_guardian_cannot(client: Client, episode, watched, other) -> None:
    address = f"/missing/{episode.reference}/force/"
    client.force_login(watched.guardian)
    assert client.post(address, {"force": other.pk}).status_code == 404
    client.force_login(watched.desk.person)
    assert client.post(address, {"force": ""}).status_code == 422
    page = client.post(address, {"force": other.pk}, follow=True).content.decode()
    assert "Southmere Police" in page
    assert told(other) == ["police_alert"]


def test_whoever_holds_the_link_adds_the_right_force_and_takes_nothing_back(
    client: Client, episode, watched, other, now
) -> None:
    mail = Message.objects.filter(wording="police_alert", force=watched.force).first()
    assert mail is not None
    address = "/a/" + police_links.issue(mail, now=now).rpartition("/a/")[2]
    given = {"wrong": "1", "wrong-force": other.pk, "wrong-name": "PC Ward", "wrong-collar_number": "2211"}
    assert client.post(address, {**given, "wrong-name": ""}).status_code == 422
    assert told(other) == []
    assert client.post(address, given).headers["Location"].endswith("/#wrong-force")
    assert told(other) == ["police_alert"]
    row = EpisodeForce.objects.get(episode=episode, force=other)
    assert (row.added_by, row.officer) == (None, "")
    event = Event.objects.get(child=watched.child, kind="force_added")
    assert event.actor_label == "PC Ward, 2211, as given by link"
    assert not LinkAcknowledgement.objects.exists()
    page = client.get(address).content.decode()
    assert f"Also alerted: <strong>{other.name}</strong>" in page
    assert EpisodeForce.objects.filter(episode=episode, force=watched.force).exists()


def test_a_closed_link_adds_nobody(episode, watched, other, now) -> None:
    mail = Message.objects.filter(wording="police_alert", force=watched.force).first()
    assert mail is not None
    police_links.issue(mail, now=now)
    link = PoliceLink.objects.get(message=mail)
    police_links.revoke(mail, by=watched.desk.person, at=now)
    with refused(watched.child, "This link has expired."):
        added_forces.suggest(link, other, name="PC Ward", collar_number="2211", at=now)
    assert told(other) == []
