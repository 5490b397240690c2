"""An escort answers the text with their link: its code, from their own phone, confirms the next stop, and nothing else does."""

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.test import Client

from alerts import channels, delivery, emails, journey_mails
from alerts.models import Alert, Channel, Clock, MessageProof
from cases import (
    clock,
    concerns,
    escort_links,
    escort_texts,
    journey_pages,
    journey_plans,
    journeys,
    link_tokens,
)
from cases.deadlines import at_london, london_day
from cases.models import AccessRecord, Contact, Journey, JourneyConfirmation, User
from tests import factories
from tests.alerts.outgoing import tick
from tests.factories import Watched, a_watched_child, planned

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECRET = "of the gateway and of ours"
PHONE = "+44 7700 900151"
CODE = re.compile(r"J-[2-9A-HJ-NP-Z]{6}")


# What the gateway is handed in this test.
HANDED: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def _gateway(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PUBLIC_URL = "https://rollcall.example"
    settings.ALERT_WEBHOOK_SECRET = SECRET
    settings.DUTY_LINE = "01632 960 100"

    def hand(payload: dict[str, Any], *, at: datetime) -> str:
        HANDED.append(payload)
        return "202 taken"

    HANDED.clear()
    monkeypatch.setattr(channels, "post_webhook", hand)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - 5 * HOUR)


@pytest.fixture
def journey(watched: Watched, now: datetime) -> Journey:
    phones = {"first_phone": "07700 900151", "second_phone": "07700 900152"}
    return planned(watched.child, by=watched.worker, departs_at=now, at=now - HOUR, **phones)


@pytest.fixture
def sent(journey: Journey, watched: Watched, now: datetime) -> str:
    """The text that the first escort got."""
    journey_mails.send_link(journey, 1, Channel.TEXT, key=uuid.uuid4(), by=watched.worker, at=now)
    delivery.deliver(clock=lambda: now)
    (text,) = [one["text"] for one in HANDED if "your link as escort" in one["text"]]
    return str(text)


@pytest.fixture
def code(sent: str) -> str:
    (found,) = CODE.findall(sent)
    return str(found)


Say = Callable[..., str]


@pytest.fixture
def say(client: Client, now: datetime) -> Say:
    """What the gateway is answered to a text that it hands on."""

    def said(words: str, *, number: str = PHONE, after: timedelta = timedelta(), text_id: str = "") -> str:
        body = json.dumps({"id": text_id or str(uuid.uuid4()), "from": number, "text": words}).encode()
        with mock.patch.object(clock, "now", return_value=now + after):
            answer = post(client, body, at=now + after)
        assert answer.status_code == 200
        return str(answer.json()["answer"])

    return said


def post(client: Client, body: bytes, *, at: datetime, secret: str = SECRET, **changed: str) -> Any:
    stamp = str(int(at.timestamp()))
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Rollcall-Timestamp": stamp, "X-Rollcall-Signature": f"sha256={mark}"} | changed
    return client.post("/texts/", body, content_type="application/json", headers=headers)


def confirmed(journey: Journey) -> list[int]:
    return [one.stop.position for one in journeys.confirmations(journey)]


class TestANightOnTheWay:
    """From noon tomorrow, a stop every two hours until 10pm, where the child sleeps."""

    @pytest.fixture
    def noon(self, now: datetime) -> datetime:
        return at_london(london_day(now + 24 * HOUR), time(12))

    @pytest.fixture
    def journey(self, watched: Watched, noon: datetime, now: datetime) -> Journey:
        moments = [noon + number * HOUR for number in (0, 2, 4, 6, 8, 10, 19)]
        places = tuple(
            journey_plans.Place(place=f"Place {number}", due_at=moment, overnight=number == 5)
            for number, moment in enumerate(moments)
        )
        phones = {"first_phone": "07700 900151", "second_phone": "07700 900152"}
        wanted = factories.journey_plan(departs_at=noon, told_at=now - HOUR, places=places, **phones)
        return journeys.plan(watched.child, wanted, by=watched.worker, at=now - HOUR)

    def test_a_car_that_is_hours_early_is_sent_to_wait_by_nobody_while_an_alarm_climbs(
        self, say: Say, journey: Journey, sent: str, code: str, noon: datetime, now: datetime, client: Client
    ) -> None:
        for number in range(5):
            assert say(code, after=noon - now + number * HOUR).startswith("Recorded: ")
        # Seen at 4pm, so the next confirmation is owed by 6pm, and the night begins at 8pm.
        told = say(code, after=noon - now + 6 * HOUR)
        assert told.startswith(
            "Recorded: you see the child. The night begins at 8pm: send the code again by 8pm"
        )
        assert "this is no other" in say(code, after=noon - now + 6.5 * HOUR), "a text that lay on its way"
        contact = Clock.objects.get(child=journey.child, kind="contact")
        assert contact.due_at == noon + 8 * HOUR
        tick(noon + 7.5 * HOUR)
        assert not Alert.objects.filter(clock=contact).exists()
        with mock.patch.object(clock, "now", return_value=noon + 7 * HOUR):
            page = client.get("/j/" + sent.partition("/j/")[2].split()[0]).content.decode()
        assert "Place 5" in page
        assert "until then press again by the time above" in page
        assert "Hand the child over by 7am" in say(code, after=noon - now + 8 * HOUR)
        assert confirmed(journey) == [0, 1, 2, 3, 4, 5, 5]
        contact.refresh_from_db()
        assert contact.due_at == noon + 19 * HOUR
        tick(noon + 19 * HOUR + 20 * MINUTE)
        assert Alert.objects.filter(clock=contact, due_at=noon + 19 * HOUR).exists(), "silence still climbs"

    def test_a_text_soon_after_8pm_is_taken_though_one_came_shortly_before_it(
        self, say: Say, journey: Journey, code: str, noon: datetime, now: datetime
    ) -> None:
        for hours in (0, 1, 2, 3, 4, 6):
            say(code, after=noon - now + hours * HOUR)
        assert "The night begins at 8pm" in say(code, after=noon - now + 7 * HOUR + 50 * MINUTE)
        assert "this is no other" in say(code, after=noon - now + 7 * HOUR + 59 * MINUTE)
        assert "Hand the child over by 7am" in say(code, after=noon - now + 8 * HOUR + 5 * MINUTE)


@pytest.mark.by_turns(8)
def test_the_code_confirms_stop_after_stop_to_the_hand_over(
    say: Say, journey: Journey, code: str, now: datetime
) -> None:
    stops = list(journey.stops.all())
    assert len(stops) == 3
    for number, stop in enumerate(stops):
        told = say(code.lower().replace("-", " "), after=stop.due_at - now)
        assert confirmed(journey) == [one.position for one in stops[: number + 1]]
        assert told.startswith("Recorded: ")
        assert ("Hand the child over" in told) == (number == 1), "the last stop is said to be the hand-over"
    journey.refresh_from_db()
    assert journey.ended_at == stops[-1].due_at
    assert "handed over" in told
    contact = Contact.objects.filter(child=journey.child).latest("pk")
    assert contact.witness == journey.first_escort
    assert contact.recorded_by is None
    assert JourneyConfirmation.objects.get(contact=contact).as_given
    assert say(code, after=6 * HOUR) == "", "the link is closed by the hand-over"


@pytest.mark.by_turns
def test_one_text_is_one_stop_however_often_it_comes(say: Say, journey: Journey, code: str) -> None:
    first = {"text_id": "gateway-7"}
    assert say(code, **first).startswith("Recorded: ")
    for again in (first, {}):
        assert "this is no other" in say(code, after=MINUTE, **again)
    assert "this is no other" in say(code, after=HOUR, **first), (
        "the gateway sends it once more an hour later"
    )
    assert confirmed(journey) == [0]
    assert say(code, after=HOUR).startswith("Recorded: ")
    assert confirmed(journey) == [0, 1]


@pytest.mark.by_turns
def test_neither_the_code_nor_the_number_is_enough_alone(say: Say, journey: Journey, code: str) -> None:
    for number in ("07700 900152", "07700 900999", "", "Rollcall"):
        assert say(code, number=number) == "", "no answer to whoever has no link"
    assert "not the code" in say("J-222222")
    assert confirmed(journey) == []
    record = AccessRecord.objects.get(page="escort_text")
    assert (record.allowed, record.child_id, record.user) == (False, journey.child_id, None)


@pytest.mark.by_turns(8)
def test_after_ten_wrong_codes_the_right_one_waits_for_an_hour(say: Say, journey: Journey, code: str) -> None:
    for _ in range(10):
        say("J-222222")
    assert "nothing is recorded" in say(code, after=59 * MINUTE)
    assert confirmed(journey) == []
    assert say(code, after=61 * MINUTE).startswith("Recorded: ")


@pytest.mark.by_turns
def test_words_are_read_by_nobody_and_say_so(say: Say, journey: Journey, code: str) -> None:
    for words in ("She has run off at the services", "J", "OK", "", "xJ-234567", "J-2345678"):
        told = say(words)
        assert "Nobody reads" in told, words
        assert "999" in told, words
        assert "01632 960 100" in told, words
    assert confirmed(journey) == []


@pytest.mark.by_turns(8)
def test_the_code_counts_alone_for_nobody_reads_what_stands_beside_it(
    say: Say, journey: Journey, code: str
) -> None:
    for words in ("{} she has run off", "At the car: {}. All well", "{0} {0}", "Jo: {}", "{}2"):
        assert "nothing is recorded" in say(words.format(code)), words
        assert confirmed(journey) == [], words
    assert say(f" {code}.\n").startswith("Recorded: ")


@pytest.mark.by_turns
def test_a_code_of_before_and_one_of_a_closed_link_confirm_nothing(
    say: Say, journey: Journey, watched: Watched, code: str, now: datetime
) -> None:
    token = escort_links.make(journey, 1, by=watched.worker, at=now + MINUTE)
    assert token
    assert "not the code" in say(code, after=2 * MINUTE)
    journeys.break_off(journey, reason="It rains", seen=None, by=watched.worker, at=now - MINUTE)
    assert say(code, after=3 * MINUTE) == ""
    assert confirmed(journey) == []


@pytest.mark.by_turns(8)
def test_a_press_of_the_same_moment_is_the_stop_and_the_text_no_other(
    say: Say, journey: Journey, watched: Watched, code: str, now: datetime
) -> None:
    before = journey_pages.read(watched.child, addressed=True, now=now)
    factories.confirmed(journey, 0, by=watched.worker, at=now)
    after = journey_pages.read(watched.child, addressed=True, now=now)
    with mock.patch.object(escort_texts, "read", side_effect=[before, after]):
        assert "this is no other" in say(code)
    assert confirmed(journey) == [0]


@pytest.mark.by_turns
def test_of_somebody_the_child_is_kept_from_since_no_code_counts(
    say: Say, journey: Journey, watched: Watched, code: str, now: datetime
) -> None:
    person = watched.guardian
    User.objects.filter(pk=person.pk).update(phone="07700900151")
    person.refresh_from_db()
    concerns.keep_from(
        watched.child, person, reason="Seen with the man of the van", by=watched.manager, at=now
    )
    assert say(code, after=MINUTE) == ""
    assert confirmed(journey) == []


@pytest.mark.by_turns(8)
def test_nothing_that_the_gateway_did_not_sign_is_read(
    client: Client, journey: Journey, code: str, now: datetime
) -> None:
    body = json.dumps({"id": "1", "from": PHONE, "text": code}).encode()
    with mock.patch.object(clock, "now", return_value=now):
        refused = [
            client.post("/texts/", body, content_type="application/json"),
            post(client, body, at=now, secret="another"),
            post(client, body, at=now - 6 * MINUTE),
            post(client, body, at=now + 6 * MINUTE),
            post(client, body, at=now, **{"X-Rollcall-Signature": "sha256="}),
            post(client, body, at=now, **{"X-Rollcall-Timestamp": "²"}),
            post(client, body, at=now, **{"X-Rollcall-Timestamp": "-1"}),
            post(client, body + b" ", at=now, **{"X-Rollcall-Signature": "sha256=ü"}),
        ]
        assert {one.status_code for one in refused} == {404}
        assert client.get("/texts/").status_code == 405
    assert confirmed(journey) == []


@pytest.mark.by_turns
def test_without_a_secret_nobody_signs(
    client: Client, journey: Journey, code: str, now: datetime, settings: Any
) -> None:
    settings.ALERT_WEBHOOK_SECRET = ""
    body = json.dumps({"id": "1", "from": PHONE, "text": code}).encode()
    with mock.patch.object(clock, "now", return_value=now):
        assert post(client, body, at=now, secret="").status_code == 404
    assert confirmed(journey) == []


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"id": "", "from": "1", "text": ""}',
        b'{"id": 1, "from": "1", "text": ""}',
        b"[" * 9000,
    ],
)
def test_what_is_no_text_is_said_to_be_none(
    client: Client, now: datetime, settings: Any, body: bytes
) -> None:
    settings.ALERT_WEBHOOK_SECRET = SECRET
    with mock.patch.object(clock, "now", return_value=now):
        answer = post(client, body, at=now)
    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.by_turns
def test_the_kept_text_has_neither_link_nor_code(sent: str, code: str) -> None:
    kept = MessageProof.objects.latest("pk")
    assert "J-…" in kept.text
    assert code not in kept.text
    assert kept.text_digest == emails.digest(kept.text)
    assert len(sent) <= 300


def recorded_of_each(say: Say, code: str, numbers: tuple[str, ...], journey: Journey) -> None:
    """From each of these numbers the code alone confirms the first stop."""
    for number in numbers:
        with transaction.atomic():
            assert say(code, number=number).startswith("Recorded: "), number
            assert confirmed(journey) == [0], number
            transaction.set_rollback(True)


@pytest.mark.by_turns
def test_the_phone_of_the_plan_is_known_however_the_gateway_writes_it(
    say: Say, journey: Journey, code: str
) -> None:
    local = ("447700900151", "00447700900151", "+44 (0)7700 900151", "+4407700900151", "07700900151")
    recorded_of_each(say, code, local, journey)


@pytest.mark.by_turns
def test_a_phone_from_abroad_is_known_too(say: Say, watched: Watched, now: datetime) -> None:
    phones = {"first_phone": "+353871234567", "second_phone": "07700 900152"}
    abroad = planned(watched.child, by=watched.worker, departs_at=now, at=now - HOUR, **phones)
    token = escort_links.make(abroad, 1, by=watched.worker, at=now - MINUTE)
    code = escort_texts.code_of(link_tokens.hash_of(token))
    recorded_of_each(say, code, ("+353 87 123 4567", "353871234567", "00353871234567"), abroad)


@pytest.mark.by_turns
def test_a_text_that_arrives_late_is_not_the_stop_to_which_nobody_can_have_come_yet(
    say: Say, journey: Journey, watched: Watched, code: str
) -> None:
    now = journey.stops.earliest("position").due_at
    # No answer came, and the escort pressed the button instead.
    factories.confirmed(journey, 0, by=watched.worker, at=now)
    for minutes in (11, 29):
        assert "this is no other" in say(code, after=minutes * MINUTE)
    assert confirmed(journey) == [0]
    assert say(code, after=45 * MINUTE).startswith("Recorded: ")
    assert confirmed(journey) == [0, 1]


@pytest.mark.by_turns
def test_an_id_and_words_that_are_no_characters_are_a_text_all_the_same(
    client: Client, journey: Journey, code: str, now: datetime
) -> None:
    body = b'{"id": "\\ud83d", "from": "07700 900151", "text": "%s \\ud83d\\u0000"}' % code.encode()
    with mock.patch.object(clock, "now", return_value=now):
        assert post(client, body, at=now).status_code == 200
        assert post(client, body, at=now).status_code == 200
    assert confirmed(journey) == [0]


@pytest.mark.by_turns(8)
def test_an_answer_long_before_the_pick_up_is_no_sight_of_the_child(
    say: Say, watched: Watched, sent: str, code: str, journey: Journey, now: datetime
) -> None:
    """Whoever answers the text as it arrives, the evening before, would end what the home is asked until the day after."""
    told = say(code, after=-61 * MINUTE)
    assert "nothing is recorded" in told.lower()
    assert "when you see the child" in told
    assert "01632 960 100" in told
    assert confirmed(journey) == []
    assert say(code, after=-30 * MINUTE).startswith("Recorded: ")
    assert confirmed(journey) == [0]
