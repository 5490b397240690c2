"""What somebody took and does not finish is nobody's again, and word of an end that did not arrive is a call on the desk."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import duty_tasks, emails, failures, second_calls, sweep
from alerts.models import Alert, DutyTask, Message, MessageKind
from cases import responsibilities
from cases.models import MissingEpisode
from tests import factories
from tests.alerts import letters, outgoing
from tests.factories import Watched

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    """A child who is missing, of whom the police are told."""
    found = factories.a_watched_child(at=now - 9 * HOUR)
    factories.missing(found.child, by=found.worker, at=now - 8 * HOUR)
    sweep.sweep_all(now=now - 8 * HOUR)
    return found


def fails(message: Message, at: datetime) -> DutyTask:
    Message.objects.filter(pk=message.pk).update(status="failed", last_error="550 No such mailbox")
    message.refresh_from_db()
    failures.reach_a_person(message, at=at)
    return DutyTask.objects.get(message=message)


def a_call_to_the_police(watched: Watched, at: datetime) -> DutyTask:
    return fails(Message.objects.get(wording="police_alert", mailbox=watched.control_room), at)


def told_of(task: DutyTask) -> dict[str, str]:
    """Whom a call that was not taken or not finished reached by text, and in which words."""
    ours = Message.objects.filter(items__step__endswith=f":{task.pk}", channel="text").distinct()
    return {one.post: emails.compose_text(one, now=one.created_at) for one in ours}


@pytest.mark.by_turns
def test_a_call_that_somebody_took_and_does_not_finish_is_nobodys_again_after_an_hour(
    watched: Watched, now: datetime
) -> None:
    task = a_call_to_the_police(watched, now - 5 * HOUR)
    duty_tasks.take(task, by=watched.desk.person, at=now - 5 * HOUR)
    second_calls.ring_second(now=now - 4 * HOUR - MINUTE)
    assert told_of(task) == {}
    second_calls.ring_second(now=now - 4 * HOUR)
    task.refresh_from_db()
    assert (task.taken_at, task.taken_by, task.next_at) == (None, None, now - 3 * HOUR)
    assert set(told_of(task)) == {"second"}
    assert "was taken and not finished" in told_of(task)["second"]


@pytest.mark.by_turns
def test_where_the_second_person_has_been_rung_the_manager_hears_of_it_and_then_the_head(
    watched: Watched, now: datetime
) -> None:
    task = a_call_to_the_police(watched, now - 7 * HOUR)
    second_calls.ring_second(now=now - 6 * HOUR)
    assert "not taken, and you are second" in told_of(task)["second"]
    duty_tasks.take(task, by=watched.desk.person, at=now - 6 * HOUR)
    told = []
    for hours in (5, 4, 3, 2):
        second_calls.ring_second(now=now - hours * HOUR)
        told.append(set(told_of(task)))
    assert told == [{"second", "manager"}, *[{"second", "manager", "head"}] * 3]
    assert Message.objects.filter(items__step=f"lapsed:{task.pk}", channel="text").distinct().count() == 2
    task.refresh_from_db()
    assert task.next_at is None


@pytest.mark.by_turns
def test_one_that_the_second_person_took_lapses_to_the_manager(watched: Watched, now: datetime) -> None:
    task = a_call_to_the_police(watched, now - 7 * HOUR)
    duty_tasks.take(task, by=watched.desk.second, at=now - 7 * HOUR)
    second_calls.ring_second(now=now - 6 * HOUR)
    assert set(told_of(task)) == {"manager"}


def test_a_press_once_more_holds_it_no_longer(watched: Watched, now: datetime) -> None:
    task = a_call_to_the_police(watched, now - 5 * HOUR)
    for later in (timedelta(0), 50 * MINUTE):
        task = duty_tasks.take(task, by=watched.desk.person, at=now - 5 * HOUR + later)
    assert task.next_at == now - 4 * HOUR


@pytest.mark.by_turns
def test_what_nobody_is_rung_for_untaken_is_not_rung_for_later(watched: Watched, now: datetime) -> None:
    task = a_call_to_the_police(watched, now - 5 * HOUR)
    DutyTask.objects.filter(pk=task.pk).update(next_at=None)
    assert duty_tasks.take(task, by=watched.desk.person, at=now - 5 * HOUR).next_at is None


@pytest.mark.by_turns
def test_what_is_finished_or_climbs_by_itself_is_asked_for_no_more(watched: Watched, now: datetime) -> None:
    task = a_call_to_the_police(watched, now - 5 * HOUR)
    climbs = DutyTask.objects.open().get(kind=DutyTask.Kind.RING_POLICE)
    for one in (task, climbs):
        duty_tasks.take(one, by=watched.desk.person, at=now - 5 * HOUR)
    duty_tasks.finish(task, answer="Told the control room", by=watched.desk.person, at=now - 5 * HOUR)
    climbs.refresh_from_db()
    assert climbs.next_at is None
    second_calls.ring_second(now=now)
    climbs.refresh_from_db()
    assert climbs.taken_by == watched.desk.person
    assert told_of(task) == {}


@pytest.mark.by_turns
def test_the_engine_finds_a_call_whose_hold_is_over(watched: Watched, now: datetime) -> None:
    task = a_call_to_the_police(watched, now - 5 * HOUR)
    duty_tasks.take(task, by=watched.desk.person, at=now - 5 * HOUR)
    sweep.sweep_all(now=now - 4 * HOUR)
    assert set(told_of(task)) == {"second"}


def ended(watched: Watched, at: datetime) -> MissingEpisode:
    """The search is over; the police heard of it, and hear of its end."""
    Message.objects.filter(channel="mail").update(status="sent", sent_at=at, attempts=1)
    episode = factories.ended(MissingEpisode.objects.get(), at=at)
    sweep.sweep_all(now=at)
    return episode


@pytest.mark.by_turns
def test_word_of_an_end_that_a_mailbox_of_the_police_refused_is_a_call_that_says_it_has_ended(
    client: Client, watched: Watched, now: datetime
) -> None:
    ended(watched, now - HOUR)
    word = Message.objects.get(kind=MessageKind.ENDING, mailbox=watched.control_room)
    task = fails(word, now - HOUR)
    client.force_login(watched.desk.person)
    page = client.get("/duty/").content.decode()
    assert f"Phone them now: {watched.force.name}" in page
    assert "they have not heard so" in page
    (text,) = Message.objects.filter(wording="duty_phone_them", channel="text")
    said = emails.compose_text(text, now=now)
    assert "say that it has ended" in said
    assert "999" not in said
    (mail,) = Message.objects.filter(wording="duty_phone_them", channel="mail")
    assert "THE POLICE WERE NOT TOLD THAT IT HAS ENDED" in str(emails.compose(mail, now=now))
    client.post(f"/duty/tasks/{task.pk}/done/", {"answer": "Told the control room", "reached": "yes"})
    assert "they have not heard so" not in client.get("/duty/").content.decode()
    assert not DutyTask.objects.open().filter(message__kind=MessageKind.ENDING).exists()


@pytest.mark.by_turns
def test_a_call_about_an_end_that_nobody_makes_is_rung_through_and_goes_with_the_child(
    watched: Watched, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing.catch(monkeypatch)
    ended(watched, now - 3 * HOUR)
    task = fails(Message.objects.get(kind=MessageKind.ENDING, mailbox=watched.control_room), now - 3 * HOUR)
    second_calls.ring_second(now=now - 2 * HOUR)
    assert set(told_of(task)) == {"second"}
    outgoing.send_all(now=now - 2 * HOUR)
    (text,) = Message.objects.filter(items__step=f"second:{task.pk}", channel="text").distinct()
    assert text.status == "sent"
    task.refresh_from_db()
    assert task.second_rung_at == now - 2 * HOUR
    there = factories.a_watched_child(at=now - 9 * HOUR)
    responsibilities.start(watched.child, authority=there.authority, by=there.manager, at=now - HOUR)
    task.refresh_from_db()
    assert (task.authority, task.second_rung_at) == (there.authority, None)


@pytest.mark.by_turns
def test_of_a_house_whose_word_of_an_end_failed_the_call_goes_along_for_the_child_that_went_alone(
    now: datetime,
) -> None:
    first = factories.a_watched_child(at=now - 9 * HOUR)
    second = factories.a_child(first.authority, team=first.team, worker=first.worker, at=now - 9 * HOUR)
    factories.placed(second, first.home)
    alerts = [letters.an_alert(child, due_at=now - 5 * HOUR) for child in (first.child, second)]
    word = letters.owed("ending", alerts, at=now - 3 * HOUR, step="ending", to=first.manager, kind="ending")
    Message.objects.filter(pk=word.pk).update(home=first.home)
    Alert.objects.update(status="ended", ended_at=now - 3 * HOUR, end_reason="accounted_for")
    task = fails(word, now - 3 * HOUR)
    there = factories.a_watched_child(at=now - 9 * HOUR)
    responsibilities.start(first.child, authority=there.authority, by=there.manager, at=now - HOUR)
    task.refresh_from_db()
    assert (task.authority, task.done_at) == (first.authority, None)
    theirs = DutyTask.objects.get(message=word, authority=there.authority)
    assert {item.alert.child for item in theirs.items.all()} == {first.child}
    assert {item.alert.child for item in task.items.all()} == {second}


@pytest.mark.by_turns
def test_word_of_an_end_that_did_not_reach_the_worker_stands_on_the_desk(
    client: Client, watched: Watched, now: datetime
) -> None:
    ended(watched, now - HOUR)
    word = Message.objects.filter(kind=MessageKind.ENDING, user=watched.worker).first()
    assert word is not None
    fails(word, now - HOUR)
    client.force_login(watched.desk.person)
    page = client.get("/duty/").content.decode()
    assert f"Phone them now: {watched.worker.name}" in page
    assert not Message.objects.filter(wording="duty_phone_them").exists()


@pytest.mark.by_turns
def test_the_desk_of_another_authority_reads_nothing_of_it(
    client: Client, watched: Watched, now: datetime
) -> None:
    ended(watched, now - HOUR)
    fails(Message.objects.get(kind=MessageKind.ENDING, mailbox=watched.control_room), now - HOUR)
    other = factories.a_watched_child(at=now - HOUR)
    client.force_login(other.desk.person)
    page = client.get("/duty/")
    assert page.status_code == 200
    assert watched.child.reference not in page.content.decode()
