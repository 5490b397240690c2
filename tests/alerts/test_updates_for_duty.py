"""What the home or the guardian adds to an episode is for the duty desk at once: whoever is told of it else sleeps."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import desk, episode_updates, escalations, police_calls, replies
from alerts.emails.composition import compose, compose_text
from alerts.models import Channel, DutyTask, Message
from cases import episodes
from cases.models import MissingEpisode, Shift, User
from tests.alerts.outgoing import tick
from tests.counts import a_third
from tests.factories import (
    Watched,
    a_watched_child,
    accepted,
    arrived,
    ended,
    missing,
    not_here,
    referred,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NEWS = "A friend says that she is at the coach station with a man called Bram"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=4))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    found = missing(watched.child, by=watched.worker, at=now - 40 * MINUTE)
    tick(now - 40 * MINUTE)
    return found


def told() -> list[Message]:
    return list(Message.objects.filter(wording=replies.WORDING).order_by("channel", "pk"))


def tasks(episode: MissingEpisode) -> list[DutyTask]:
    return list(DutyTask.objects.filter(kind=DutyTask.Kind.READ_REPLY, episode=episode).order_by("pk"))


@pytest.mark.by_turns
@pytest.mark.parametrize("role", a_third(["carer", "guardian"], "news"))
def test_the_desk_is_texted_and_mailed_and_has_it_to_read(
    client: Client, episode: MissingEpisode, watched: Watched, now: datetime, role: str
) -> None:
    client.force_login(getattr(watched, role))
    address = f"/missing/{episode.reference}/update/"
    assert "the duty desk is told at once" in client.get(address).content.decode()
    said = {"text": NEWS, "once": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(address, said).status_code == 302
    assert [(one.post, one.channel) for one in told()] == [("duty", Channel.MAIL), ("duty", Channel.TEXT)]
    (task,) = tasks(episode)
    assert (task.authority, task.next_at) == (watched.authority, task.opened_at + 15 * MINUTE)
    calls = [call for one in desk.read(watched.desk.person, now=now).alerts for call in one.calls]
    assert task in [call.task for call in calls]
    client.force_login(watched.desk.person)
    assert NEWS in client.get(f"/missing/{episode.reference}/").content.decode()


@pytest.mark.by_turns
def test_what_it_says_is_in_no_mail_and_in_no_text(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    episode_updates.add(episode, text=NEWS, side="home", by=watched.carer, at=now)
    mail, text = told()
    words = [compose_text(text, now=now), compose(mail, now=now).text]
    assert all("the home or the guardian wrote" in " ".join(one.split()) for one in words)
    assert not any("coach" in one or watched.child.given_name in one for one in words)


@pytest.mark.by_turns
def test_what_the_council_writes_is_told_to_no_desk(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    episode_updates.add(episode, text=NEWS, side="council", by=watched.worker, at=now)
    assert (told(), tasks(episode)) == ([], [])


@pytest.mark.by_turns
def test_a_second_is_read_with_the_first_and_told_of_by_itself(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    for number, by in enumerate((watched.carer, watched.guardian)):
        episode_updates.add(episode, text=f"{NEWS} {number}", side="home", by=by, at=now + number * MINUTE)
    assert len(tasks(episode)) == 1
    assert len(told()) == 4


def test_a_worker_who_is_on_the_desk_is_texted_once_and_what_was_written_is_kept(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    """Both posts are one phone: the second text was refused, and with it the update of the home."""
    phone = Shift.objects.values_list("phone", flat=True).get()
    User.objects.filter(pk=watched.worker.pk).update(phone=phone, told_by="text")
    update = episode_updates.add(episode, text=NEWS, side="home", by=watched.carer, at=now)
    owed = Message.objects.filter(step=f"update:{update.pk}", channel=Channel.TEXT)
    assert [(one.post, one.phone) for one in owed] == [("duty", phone)]


@pytest.mark.by_turns
def test_nobody_takes_it_and_the_second_person_is_rung(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    episode_updates.add(episode, text=NEWS, side="home", by=watched.carer, at=now)
    (task,) = tasks(episode)
    for after, rung in ((14, False), (15, True)):
        tick(now + after * MINUTE)
        calls = Message.objects.filter(wording="second_person", step=f"second:{task.pk}")
        assert calls.exists() == rung


@pytest.mark.by_turns
def test_of_a_child_who_is_away_it_is_read_as_well(watched: Watched, now: datetime) -> None:
    said = {"whereabouts": "At an aunt's", "reason": "Did not come home"}
    away = episodes.report_away(watched.child, **said, by=watched.worker, at=now - MINUTE)
    tick(now - MINUTE)
    episode_updates.add(away, text=NEWS, side="guardian", by=watched.guardian, at=now)
    assert (len(tasks(away)), {one.post for one in told()}) == (1, {"duty"})


@pytest.mark.by_turns
def test_after_the_end_it_waits_on_the_desk_and_wakes_nobody(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    over = ended(episode, at=now - 10 * MINUTE)
    tick(now - 10 * MINUTE)
    episode_updates.add(over, text=NEWS, side="home", by=watched.carer, at=now)
    (task,) = tasks(over)
    assert task.next_at is None
    assert told() == []


def verified(episode: MissingEpisode, w: Watched, at: datetime) -> None:
    said = {"force": w.force, "officer": "PC Vale", "incident_reference": "NM-1"}
    escalations.verify(episode, **said, by=w.desk.person, at=at)


def reported(w: Watched, by: User, at: datetime, **said: Any) -> MissingEpisode:
    words = {"vehicle": "White van, AB12 CDE", "why_worried": "Seen getting in", **said}
    call = {"incident_reference": "", "officer": ""}
    return police_calls.report(w.child, episodes.Report(**words), **call, by=by, at=at)[0]


@pytest.mark.by_turns(8)
def test_a_report_of_the_home_is_for_the_desk_once_it_has_rung_the_police(
    watched: Watched, now: datetime
) -> None:
    looked = not_here(watched.child, by=watched.carer, at=now - 20 * MINUTE)
    tick(now - 20 * MINUTE)
    reported(watched, watched.carer, now - 15 * MINUTE)
    assert (told(), tasks(looked)) == ([], []), "whoever rings the police reads it then"
    verified(looked, watched, now - 10 * MINUTE)
    reported(watched, watched.worker, now - 5 * MINUTE, wearing="Red coat")
    assert (told(), tasks(looked)) == ([], []), "the council tells itself"
    reported(watched, watched.carer, now, with_whom="A man called Bram")
    assert [(one.post, one.channel) for one in told()] == [("duty", Channel.MAIL), ("duty", Channel.TEXT)]
    assert len(tasks(looked)) == 1


@pytest.mark.by_turns
def test_a_report_that_begins_a_search_is_told_by_the_search(watched: Watched, now: datetime) -> None:
    episode = reported(watched, watched.carer, now)
    tick(now)
    assert (told(), tasks(episode)) == ([], [])


@pytest.mark.by_turns(8)
def test_what_nobody_has_read_by_a_transfer_is_read_at_the_desk_that_has_the_child_then(
    episode: MissingEpisode, watched: Watched, now: datetime
) -> None:
    over = ended(episode, at=now - 30 * MINUTE)
    tick(now - 30 * MINUTE)
    episode_updates.add(over, text=NEWS, side="home", by=watched.carer, at=now - 20 * MINUTE)
    receiver = a_watched_child(at=now - timedelta(days=4))
    transfer = referred(watched.child, receiver.authority, at=now - 10 * MINUTE)
    transfer = accepted(transfer, receiver.worker, at=now - 5 * MINUTE)
    assert [call.task.kind for call in desk.read(watched.desk.person, now=now).calls] == ["read_reply"]
    arrived(transfer, at=now)
    (task,) = tasks(over)
    assert (task.authority, task.done_at, task.next_at) == (receiver.authority, None, None)
    assert task in [call.task for call in desk.read(receiver.desk.person, now=now).calls]
    assert not desk.read(watched.desk.person, now=now).calls
