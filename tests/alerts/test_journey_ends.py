"""Whoever was told that a child is on the way hears that the journey is broken off; nobody the child is kept from does."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts import (
    channels,
    delivery,
    duty_tasks,
    emails,
    integrity,
    journey_ends,
    journey_mails,
    tasks,
    watchdog,
)
from alerts.models import DutyTask, Message
from alerts.states import MessageStatus
from cases import clock, concerns, journeys, transfers
from cases.models import Journey
from tests import factories
from tests.alerts.test_journey_links import Post
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DEPARTS = AT + 29 * HOUR
NOW = DEPARTS - HOUR
MAIL = "petra@escorts.example"
OFF = ("escort_off", "journey_off")


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def journey(watched: Watched) -> Journey:
    return factories.planned(
        watched.child, by=watched.worker, departs_at=DEPARTS, at=NOW - HOUR, first_email=MAIL
    )


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(channels.MailChannel, "send", made.send)
    monkeypatch.setattr(channels, "post_webhook", made.post)
    return made


def linked(watched: Watched, journey: Journey, number: int = 1, channel: str = "mail") -> Message:
    row = journey_mails.send_link(journey, number, channel, key=uuid.uuid4(), by=watched.worker, at=NOW)
    Message.objects.filter(pk=row.pk).update(status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    return row


def broken_off(watched: Watched, journey: Journey, at: Any = NOW + MINUTE) -> None:
    journeys.break_off(journey, reason="The car has broken down", by=watched.worker, at=at)


def told() -> set[tuple[str, str]]:
    return set(Message.objects.filter(wording__in=OFF).values_list("wording", "recipient"))


@pytest.mark.by_turns
def test_each_escort_who_was_sent_a_link_hears_once_by_the_same_way(
    watched: Watched, journey: Journey, post: Post
) -> None:
    linked(watched, journey)
    linked(watched, journey)
    linked(watched, journey, 2, "text")
    assert journey_ends.tell(now=NOW) == 0, "it goes on"
    broken_off(watched, journey)
    assert journey_ends.tell(now=NOW + MINUTE) == 2
    assert journey_ends.tell(now=NOW + 2 * MINUTE) == 0
    assert told() == {
        ("escort_off", f"mail/escort:{journey.pk}:1"),
        ("escort_off", f"text/escort:{journey.pk}:2"),
    }
    delivery.deliver(clock=lambda: NOW + 2 * MINUTE)
    (mail,) = post.mails
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == journey.first_email
    assert "ring the duty line" in " ".join(text.split())
    (sms,) = post.texts
    assert "Take no child" in sms["text"]
    for secret in (watched.child.given_name, "car has broken", journey.plate, journey.route):
        assert secret not in text
        assert secret not in sms["text"]


@pytest.mark.by_turns
def test_an_escort_whose_link_is_on_its_way_hears_and_so_does_one_whose_link_went_out_after_the_others_were_told(
    watched: Watched, journey: Journey
) -> None:
    first, second = linked(watched, journey), linked(watched, journey, 2, "text")
    Message.objects.filter(pk=first.pk).update(
        status=MessageStatus.SENDING, sent_at=None, lease_until=NOW + HOUR
    )
    Message.objects.filter(pk=second.pk).update(status=MessageStatus.QUEUED, sent_at=None)
    broken_off(watched, journey)
    assert journey_ends.tell(now=NOW + MINUTE) == 1
    assert told() == {("escort_off", f"mail/escort:{journey.pk}:1")}
    Message.objects.filter(pk=second.pk).update(may_be_out=True)
    assert journey_ends.tell(now=NOW + 2 * MINUTE) == 1
    assert journey_ends.tell(now=NOW + 3 * MINUTE) == 0
    assert ("escort_off", f"text/escort:{journey.pk}:2") in told()


@pytest.mark.by_turns
@pytest.mark.parametrize("why", ["no link", "it waits still", "handed over", "long ago"])
def test_nobody_hears_who_was_told_nothing_nor_of_a_journey_that_arrived(
    watched: Watched, journey: Journey, why: str
) -> None:
    at = NOW + MINUTE
    if why != "no link":
        row = linked(watched, journey)
        if why == "it waits still":
            Message.objects.filter(pk=row.pk).update(status=MessageStatus.QUEUED, sent_at=None)
    if why == "handed over":
        at = DEPARTS
        factories.confirmed(journey, 2, by=watched.worker, at=at)
    else:
        broken_off(watched, journey)
    assert journey_ends.tell(now=at + (25 * HOUR if why == "long ago" else MINUTE)) == 0
    assert told() == set()


@pytest.mark.by_turns
def test_an_escort_from_whom_the_child_is_kept_hears_nothing_and_the_other_does(
    watched: Watched, journey: Journey
) -> None:
    linked(watched, journey)
    linked(watched, journey, 2, "text")
    person = factories.a_person("placement_staff", home=watched.home, name=journey.first_escort)
    concerns.keep_from(watched.child, person, reason="x", by=watched.manager, at=NOW)
    broken_off(watched, journey)
    journey_ends.tell(now=NOW + MINUTE)
    assert told() == {("escort_off", f"text/escort:{journey.pk}:2")}


def phoned_instead(w: Watched, message: Message) -> None:
    """The mail came back, and somebody told its reader by phone."""
    assert delivery.bounce(message.pk, "no such mailbox", at=NOW)
    duty_tasks.finish(DutyTask.objects.get(message=message), answer="Told", by=w.desk.person, at=NOW)


@pytest.mark.by_turns(8)
def test_who_was_told_that_an_escort_may_not_take_the_child_hears_and_a_reader_kept_from_it_since_does_not(
    watched: Watched, journey: Journey, post: Post
) -> None:
    person = factories.a_person("placement_staff", home=watched.home, name=journey.first_escort)
    concerns.keep_from(watched.child, person, reason="x", by=watched.manager, at=NOW)
    journey_mails.tell(now=NOW)
    barred = Message.objects.filter(wording="journey_barred")
    barred.update(status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    phoned_instead(watched, barred.get(user=watched.worker))
    broken_off(watched, journey)
    journey_ends.tell(now=NOW + MINUTE)
    heard = {recipient for _wording, recipient in told()}
    assert heard == set(barred.values_list("recipient", flat=True))
    concerns.keep_from(watched.child, watched.worker, reason="y", by=watched.manager, at=NOW + MINUTE)
    delivery.deliver(clock=lambda: NOW + 2 * MINUTE)
    theirs = Message.objects.get(wording="journey_off", user=watched.worker)
    assert theirs.status == MessageStatus.CANCELLED
    others = Message.objects.filter(wording="journey_off").exclude(pk=theirs.pk)
    assert set(others.values_list("status", flat=True)) == {MessageStatus.SENT}


@pytest.mark.by_turns(8)
def test_an_escort_who_was_not_reached_is_on_the_desk_to_be_phoned(
    client: Client, monkeypatch: pytest.MonkeyPatch, watched: Watched, journey: Journey
) -> None:
    at = NOW + 5 * MINUTE
    monkeypatch.setattr(clock, "now", lambda: at)
    linked(watched, journey)
    broken_off(watched, journey)
    journey_ends.tell(now=NOW + MINUTE)
    row = Message.objects.get(wording="escort_off")
    Message.objects.filter(pk=row.pk).update(status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    assert delivery.bounce(row.pk, "no such mailbox", at=at)
    task = DutyTask.objects.get(message=row)
    assert not list(integrity._failures_without_task(at))
    client.force_login(watched.desk.person)
    page = client.get(reverse("duty_desk")).content.decode()
    assert journey.first_escort in page
    assert f"done-{task.pk}" in page
    client.force_login(factories.a_watched_child().desk.person)
    assert client.get(reverse("task_done", args=[task.pk])).status_code == 404


def test_the_scheduler_and_the_watchdog_tell_and_the_words_name_nobody(
    watched: Watched, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(watched, journey)
    broken_off(watched, journey)
    monkeypatch.setattr(clock, "now", lambda: NOW + MINUTE)
    assert journey_ends.tell in [owe for _fault, owe in watchdog._NO_CLOCKS]
    tasks.tell_of_journeys()
    row = Message.objects.get(wording="escort_off")
    words = emails.compose(row, now=NOW + MINUTE)
    for secret in (watched.child.given_name, journey.first_escort, journey.second_escort):
        assert secret not in words.text


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("set_out", [True, False])
def test_the_council_that_waits_for_a_child_on_the_way_hears_and_no_other(set_out: bool) -> None:
    sender, receiver = factories.a_watched_child(), factories.a_watched_child()
    going = factories.referred(sender.child, receiver.authority, by=sender.worker, at=AT + MINUTE)
    going = factories.accepted(going, receiver.worker, at=AT + MINUTE)
    going = transfers.agree_day(going, AT.date(), by=sender.worker, at=AT + MINUTE)
    planned = factories.planned(
        sender.child, by=sender.worker, departs_at=AT + 3 * HOUR, at=AT + HOUR, kind="transfer"
    )
    if set_out:
        expected = {"left_at": AT + 2 * HOUR, "expected_at": AT + 6 * HOUR}
        transfers.set_out(going, **expected, by=sender.worker, at=AT + 2 * HOUR)
    broken_off(sender, planned, at=AT + 2 * HOUR + MINUTE)
    journey_ends.tell(now=AT + 2 * HOUR + MINUTE)
    readers = {one.user or one.mailbox for one in Message.objects.filter(wording="journey_off")}
    assert (receiver.desk.mailbox in readers) == set_out
    assert (receiver.manager in readers) == set_out
    assert sender.manager not in readers
    if not set_out:
        again = {"left_at": AT + 2 * HOUR + 2 * MINUTE, "expected_at": AT + 4 * HOUR}
        transfers.set_out(going, **again, by=sender.worker, at=AT + 2 * HOUR + 2 * MINUTE)
    later = journey_ends.tell(now=AT + 2 * HOUR + 3 * MINUTE)
    assert later == 0, "once; and whoever sets out after is on another journey"
    for row in Message.objects.filter(wording="journey_off", post="off_receiver_duty"):
        text = emails.compose_text(row, now=AT + 2 * HOUR + 2 * MINUTE)
        assert "Ring the council that sends the child." in text
        assert "Open it" not in text, "they may not open the page"
