"""An escort's link sent by the service: once, by mail or text, with nothing of the child, and a failure that is seen."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from alerts import channels, delivery, journey_mails, tasks, watchdog
from alerts.models import Message, MessageProof
from alerts.states import MessageStatus
from cases import clock, concerns, escort_links, journeys
from cases.models import EscortLink, Journey
from cases.states import IllegalMove
from config.celery import app
from tests import factories
from tests.cases.expectations import events, refused
from tests.factories import Watched, a_watched_child, confirmed, planned

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TOKEN = re.compile(r"/j/([A-Za-z2-9]{22})/")
MAIL = "petra@escorts.example"


@pytest.fixture(autouse=True)
def _served(settings: Any) -> None:
    settings.PUBLIC_URL = "https://rollcall.example"


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - 5 * HOUR, given_name="Yonatan", family_name="Berhane")


@pytest.fixture
def journey(watched: Watched, now: Any) -> Journey:
    made = planned(
        watched.child, by=watched.worker, departs_at=now - HOUR, at=now - 2 * HOUR, first_email=MAIL
    )
    confirmed(made, 0, by=watched.worker, at=now - HOUR)
    Message.objects.all().delete()
    return made


class Post:
    """What went out, and what the servers say to it."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.texts: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def send(self, email: Any) -> str:
        self.mails.append(email)
        if self.error is not None:
            raise self.error
        return "250 taken"

    def post(self, payload: dict[str, Any], *, at: Any) -> str:
        self.texts.append(payload)
        return "200"

    @property
    def tokens(self) -> list[str]:
        return [TOKEN.search(mail.get_body(("plain",)).get_content())[1] for mail in self.mails]


@pytest.fixture
def post(monkeypatch: Any) -> Post:
    made = Post()
    monkeypatch.setattr(channels.MailChannel, "send", made.send)
    monkeypatch.setattr(channels, "post_webhook", made.post)
    return made


def drain(at: Any) -> None:
    delivery.deliver(clock=lambda: at)


def sent(
    watched: Watched, journey: Journey, now: Any, *, number: int = 1, channel: str = "mail", key=None
) -> Message:
    return journey_mails.send_link(
        journey, number, channel, key=key or uuid.uuid4(), by=watched.worker, at=now
    )


def opens(client: Client, token: str) -> int:
    return client.get(reverse("escort_page", args=[token])).status_code


@pytest.mark.by_turns
def test_the_mail_goes_once_and_its_token_opens_the_page_and_stands_nowhere(
    client: Client, watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    with events(watched.child, "escort_link_sent"):
        message = sent(watched, journey, now)
    drain(now)
    drain(now + MINUTE)
    (mail,) = post.mails
    assert mail["To"] == MAIL
    assert mail["Subject"] == f"Journey {watched.child.reference} - action needed"
    message.refresh_from_db()
    assert message.status == MessageStatus.SENT
    (token,) = post.tokens
    assert opens(client, token) == 200
    kept = str([*MessageProof.objects.values(), *EscortLink.objects.values(), *Message.objects.values()])
    assert token not in kept
    assert "/j/…/" in MessageProof.objects.get(message=message).text


@pytest.mark.by_turns
def test_neither_name_nor_place_nor_plate_is_in_what_is_sent(
    watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    sent(watched, journey, now)
    sent(watched, journey, now, number=2, channel="text")
    drain(now)
    said = (
        post.mails[0].as_string() + post.mails[0].get_body(("plain",)).get_content() + post.texts[0]["text"]
    )
    secrets = (
        "Yonatan",
        "Berhane",
        "Place",
        "AB12",
        "Lindqvist",
        "Tasker",
        "Ferreira",
        watched.home.name,
        "M25",
    )
    assert not [secret for secret in secrets if secret in said]
    assert watched.child.reference in said


@pytest.mark.by_turns
def test_a_text_carries_the_link_to_the_phone_of_the_plan(
    client: Client, watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    sent(watched, journey, now, number=2, channel="text")
    drain(now)
    (text,) = post.texts
    assert text["phone"] == "07700 900112"
    assert len(text["text"]) <= 300
    token = TOKEN.search(text["text"])[1]
    assert opens(client, token) == 200
    assert escort_links.find(token).number == 2
    assert token not in str(list(MessageProof.objects.values()))


def test_the_same_form_twice_is_one_message_and_one_for_another_escort_is_refused(
    watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    key = uuid.uuid4()
    first = sent(watched, journey, now, key=key)
    with events(watched.child):
        assert sent(watched, journey, now, key=key) == first
    with refused(watched.child, "This form was sent for another escort."):
        sent(watched, journey, now, number=2, channel="text", key=key)
    drain(now)
    assert len(post.mails) == 1


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("became", ["failed", "cancelled", "replaced"])
def test_a_form_whose_link_opens_nothing_any_more_is_refused_when_it_comes_again(
    watched: Watched, journey: Journey, now: Any, became: str
) -> None:
    key = uuid.uuid4()
    first = sent(watched, journey, now, key=key)
    if became == "replaced":
        sent(watched, journey, now)
    else:
        Message.objects.filter(pk=first.pk).update(status=became)
    words = "What you sent with this page before opens nothing any more. Press again to send another."
    with refused(watched.child, words):
        sent(watched, journey, now, key=key)


@pytest.mark.by_turns
def test_a_link_sent_anew_closes_the_one_before_and_one_that_still_waits_is_not_sent(
    client: Client, watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    shown = escort_links.make(journey, 1, by=watched.worker, at=now)
    waits = sent(watched, journey, now)
    assert opens(client, shown) == 410
    second = sent(watched, journey, now + MINUTE)
    drain(now + MINUTE)
    waits.refresh_from_db()
    second.refresh_from_db()
    assert (waits.status, second.status) == (MessageStatus.CANCELLED, MessageStatus.SENT)
    (token,) = post.tokens
    assert opens(client, token) == 200
    # One that is shown by hand closes it in its turn, and the other escort's stays.
    sent(watched, journey, now + MINUTE, number=2, channel="text")
    drain(now + MINUTE)
    escort_links.make(journey, 1, by=watched.worker, at=now + 2 * MINUTE)
    assert opens(client, token) == 410
    assert opens(client, TOKEN.search(post.texts[0]["text"])[1]) == 200


@pytest.mark.by_turns
def test_a_mail_that_is_tried_again_is_one_to_its_reader_and_whichever_arrives_opens(
    client: Client, watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    message = sent(watched, journey, now)
    post.error = channels.Uncertain("connection lost")
    drain(now)
    post.error = None
    drain(now + MINUTE)
    message.refresh_from_db()
    assert message.status == MessageStatus.SENT
    assert post.mails[0]["Message-ID"] == post.mails[1]["Message-ID"]
    assert [opens(client, token) for token in post.tokens] == [200, 200]
    escort_links.make(journey, 1, by=watched.worker, at=now + 2 * MINUTE)
    assert [opens(client, token) for token in post.tokens] == [410, 410]


def test_a_refused_mail_is_on_the_timeline_and_on_the_page(
    client: Client, monkeypatch: Any, watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now + MINUTE)
    client.force_login(watched.worker)
    where = reverse("journey_links", args=[watched.child.reference])
    assert "No link was sent." in client.get(where).content.decode()
    post.error = channels.Refused("550 no such mailbox")
    sent(watched, journey, now)
    assert "on its way" in client.get(where).content.decode()
    with events(watched.child, "escort_link_failed"):
        drain(now)
    page = client.get(where).content.decode()
    assert "could not be delivered" in page
    assert "550 no such mailbox" in page


@pytest.mark.by_turns
def test_one_that_came_back_later_has_failed_too(
    watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    message = sent(watched, journey, now)
    drain(now)
    with events(watched.child, "escort_link_failed"):
        assert delivery.bounce(message.pk, "mailbox full", at=now + MINUTE)
    message.refresh_from_db()
    assert message.status == MessageStatus.FAILED


@pytest.mark.by_turns
@pytest.mark.parametrize("ends", ["handed over", "broken off", "kept from"])
def test_what_waits_is_not_sent_once_the_journey_is_over_or_the_child_kept_from_the_escort(
    watched: Watched, journey: Journey, post: Post, now: Any, ends: str
) -> None:
    message = sent(watched, journey, now)
    if ends == "handed over":
        confirmed(journey, 2, by=watched.worker, at=now)
    elif ends == "broken off":
        seen = journeys.Seen(escort="Petra Lindqvist", happened_at=now)
        journeys.break_off(journey, reason="Rain", seen=seen, by=watched.worker, at=now)
    else:
        person = factories.a_person("placement_staff", home=watched.home, name="Petra Lindqvist")
        concerns.keep_from(watched.child, person, reason="x", by=watched.manager, at=now)
    drain(now)
    message.refresh_from_db()
    assert (message.status, post.tokens) == (MessageStatus.CANCELLED, [])


def test_nothing_is_owed_to_an_escort_without_address_nor_after_the_end(
    watched: Watched, journey: Journey, now: Any
) -> None:
    with refused(watched.child, "No mail address of this escort is in the plan."):
        sent(watched, journey, now, number=2)
    with refused(watched.child, "A journey has two escorts."):
        sent(watched, journey, now, number=3)
    with refused(watched.child, "A journey has two escorts."):
        sent(watched, journey, now, channel="voice")
    confirmed(journey, 2, by=watched.worker, at=now)
    with refused(watched.child, "This journey has ended already."):
        sent(watched, journey, now)
    assert not Message.objects.filter(wording="escort_link").exists()
    assert not EscortLink.objects.exists()


@pytest.mark.by_turns
def test_no_link_is_mailed_to_a_body_that_was_found_to_enforce_immigration_law_since_the_plan(
    watched: Watched, journey: Journey, now: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("cases.mail_domains.is_of_immigration", lambda address: address == MAIL)
    with pytest.raises(IllegalMove, match="enforces immigration law"):
        sent(watched, journey, now)
    assert not Message.objects.filter(journey=journey).exists()
    assert sent(watched, journey, now, channel="text").phone


@pytest.mark.by_turns(8)
def test_the_database_holds_one_link_that_opens_for_each_escort(
    watched: Watched, journey: Journey, now: Any
) -> None:
    escort_links.make(journey, 1, by=watched.worker, at=now)
    standing = EscortLink.objects.get()
    standing.pk, standing.token_hash = None, "other"
    with transaction.atomic():
        standing.save(force_insert=True)
    standing.pk, standing.token_hash, standing.key = None, "third", uuid.uuid4()
    with pytest.raises(IntegrityError, match="escort_link_one_each"), transaction.atomic():
        standing.save(force_insert=True)
    with pytest.raises(IntegrityError, match="message_has_an_address"), transaction.atomic():
        Message.objects.filter(pk=sent(watched, journey, now).pk).update(post="duty")


@pytest.mark.by_turns(8)
def test_the_worker_sends_it_from_the_page_and_home_guardian_and_strangers_do_not(
    client: Client, monkeypatch: Any, watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    where = reverse("journey_links", args=[watched.child.reference])
    press = {"escort": "1", "channel": "mail", "once": str(uuid.uuid4())}
    for reader in (watched.carer, watched.guardian, watched.officer, a_watched_child().worker):
        client.force_login(reader)
        assert client.post(where, press).status_code in (403, 404)
        assert client.get(where).status_code in (403, 404)
    client.force_login(watched.worker)
    assert client.post(where, press).status_code == 302
    assert client.post(where, press).status_code == 302
    assert Message.objects.filter(wording="escort_link").count() == 1
    wrong = client.post(where, {"escort": "3", "channel": "pigeon"})
    assert wrong.status_code == 422
    assert "Press one of the buttons of this page" in wrong.content.decode()
    without = client.post(where, press | {"escort": "2", "once": str(uuid.uuid4())})
    assert "No mail address of this escort is in the plan." in without.content.decode()
    confirmed(journey, 2, by=watched.worker, at=now)
    assert client.get(where)["Location"] == reverse("journey", args=[watched.child.reference])


def told(watched: Watched) -> set[tuple[str, str]]:
    rows = Message.objects.filter(wording="journey_barred")
    return set(rows.values_list("channel", "recipient"))


@pytest.mark.by_turns
def test_duty_worker_and_manager_are_told_once_that_an_escort_is_not_to_take_the_child(
    watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    assert journey_mails.tell(now=now) == 0
    concerns.keep_from(watched.child, watched.carer, reason="x", by=watched.manager, at=now)
    # A mark on somebody who is no escort is told to nobody here.
    journey_mails.tell(now=now)
    assert not told(watched)
    person = factories.a_person("placement_staff", home=watched.home, name="Owen Tasker")
    concerns.keep_from(watched.child, person, reason="An allegation", by=watched.manager, at=now)
    for _ in range(2):
        journey_mails.tell(now=now)
    assert {recipient.partition(":")[2] for _c, recipient in told(watched)} >= {
        str(watched.worker.pk),
        str(watched.manager.pk),
    }
    assert {channel for channel, _r in told(watched)} == {"mail", "text"}
    drain(now)
    assert not Message.objects.filter(wording="journey_barred").exclude(status=MessageStatus.SENT).exists()
    for mail in post.mails:
        words = mail.get_body(("plain",)).get_content()
        assert watched.child.reference in words
        for secret in ("Tasker", "Owen", "allegation", "Yonatan"):
            assert secret not in words


@pytest.mark.by_turns
def test_whoever_the_child_is_kept_from_is_not_told_of_it(
    watched: Watched, journey: Journey, post: Post, now: Any
) -> None:
    concerns.keep_from(watched.child, watched.worker, reason="x", by=watched.manager, at=now)
    person = factories.a_person("placement_staff", home=watched.home, name="Owen Tasker")
    concerns.keep_from(watched.child, person, reason="y", by=watched.manager, at=now)
    journey_mails.tell(now=now)
    assert told(watched)
    assert not Message.objects.filter(wording="journey_barred", user=watched.worker).exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "by", [tasks.tell_of_journeys, lambda: watchdog._owe_what_is_no_clock_s(clock.now())]
)
def test_the_tick_and_the_watchdog_tell(watched: Watched, journey: Journey, now: Any, by: Any) -> None:
    assert [e for e in app.conf.beat_schedule.values() if e["task"] == "alerts.tasks.tell_of_journeys"]
    person = factories.a_person("placement_staff", home=watched.home, name="Owen Tasker")
    concerns.keep_from(watched.child, person, reason="y", by=watched.manager, at=now)
    by()
    assert told(watched)
