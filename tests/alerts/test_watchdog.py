"""The watchdog: people hear of trouble that lasts, once an hour, and the work goes on without the workers."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from alerts import channels, health, heartbeats, outages, sweep, watchdog
from alerts.models import Alert, Clock, Heartbeat, Message
from alerts.second_sender import SecondSender
from alerts.watchdog import Watch
from cases import clock
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 14, 1, tzinfo=UTC)


class Line:
    """What the watchdog told, by mail and by text; either way can be cut."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.texts: list[dict[str, Any]] = []
        self.mail_cut = self.text_cut = False

    def send(self, mail: EmailMessage) -> str:
        if self.mail_cut:
            raise channels.Deferred("451 Try again later")
        self.mails.append(mail)
        return "250 Kept"

    def post(self, payload: dict[str, Any]) -> str:
        if self.text_cut:
            raise channels.Uncertain("gateway: timed out")
        self.texts.append(payload)
        return "202"

    @property
    def told(self) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == "watch@rollcall.example"]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Line:
    caught = Line()
    monkeypatch.setattr(channels.MailChannel, "send", lambda self, mail: caught.send(mail))
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: caught.post(payload))
    monkeypatch.setattr(watchdog, "close_old_connections", lambda: None)
    monkeypatch.setattr(health, "surroundings", lambda now: [])
    settings.WATCHDOG_CONTACT_EMAIL = "watch@rollcall.example"
    settings.WATCHDOG_CONTACT_PHONE = "01632 960 199"
    settings.ALERT_WEBHOOK_URL = "http://127.0.0.1:1/webhook"
    return caught


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """No work for a test of hundreds of looks that is about who hears: what a look does has tests of its own."""
    monkeypatch.setattr(watchdog, "work", lambda **_words: watchdog.Worked())


def beat(at: datetime) -> None:
    heartbeats.beat(heartbeats.SWEEP, at=at)
    heartbeats.beat(heartbeats.DRAIN, at=at)


def look(watch: Watch, after: float) -> watchdog.Looked:
    """One look so many seconds after NOW, on both clocks."""
    return watchdog.look(watch, clock=lambda: NOW + timedelta(seconds=after), steady=lambda: after)


def test_while_the_workers_beat_the_watchdog_looks_and_does_nothing(line: Line) -> None:
    factories.a_watched_child()
    beat(NOW)
    looked = look(Watch(), 1)
    assert looked == watchdog.Looked((), 0, 0, told=False)
    assert not Alert.objects.exists()
    assert Heartbeat.objects.get(name="watchdog").beat_at == NOW + timedelta(seconds=1)


def test_with_every_worker_dead_it_sweeps_and_sends_itself(line: Line) -> None:
    watched = factories.a_watched_child()
    beat(NOW - timedelta(seconds=61))
    looked = look(Watch(), 0)
    assert looked.trouble == ("sweep: stalled", "drain: stalled")
    assert (looked.swept, looked.accepted) == (1, 5)
    assert Counter(str(mail["To"]) for mail in line.mails) == Counter(
        [watched.worker.email, watched.guardian.email, watched.desk.mailbox.address]
    )
    assert not Message.objects.unsent().exists()


@pytest.mark.parametrize("part", ["sweep", "drain"])
def test_one_stalled_part_is_enough(line: Line, part: str) -> None:
    factories.a_watched_child()
    beat(NOW)
    Heartbeat.objects.filter(name=part).update(beat_at=NOW - timedelta(seconds=61))
    looked = look(Watch(), 0)
    assert looked.trouble == (f"{part}: stalled",)
    assert looked.accepted == 5


def test_a_person_hears_within_two_minutes_of_the_last_beat_by_mail_and_by_text(line: Line) -> None:
    beat(NOW)
    watch = Watch()
    told = next(after for after in range(0, 600, 15) if look(watch, after).told)
    assert told <= 120
    (mail,) = line.told
    assert "sweep: stalled" in mail.get_content()
    assert "drain: stalled" in mail.get_content()
    (text,) = line.texts
    assert text["phone"] == "01632 960 199"
    assert "sweep: stalled" in text["text"]


@pytest.mark.usefixtures("idle")
def test_a_restart_is_no_incident(line: Line) -> None:
    beat(NOW)
    watch = Watch()
    for after in range(0, 80, 20):
        look(watch, after)
    beat(NOW + timedelta(seconds=80))
    for after in range(80, 135, 18):
        look(watch, after)
    assert not line.told


@pytest.mark.usefixtures("idle")
def test_the_same_trouble_is_told_again_every_hour_and_new_trouble_after_a_recovery_at_once(
    line: Line,
) -> None:
    watch = Watch()
    for after in range(0, 2 * 3600, 300):
        look(watch, after)
    assert len(line.told) == 2
    beat(NOW + timedelta(seconds=7200))
    assert look(watch, 7201).trouble == ()
    for after in range(7300, 7420, 20):
        look(watch, after)
    assert len(line.told) == 3


@pytest.mark.usefixtures("idle")
def test_another_check_that_turns_red_is_told_beside_the_first_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = ["mailboxes"]
    monkeypatch.setattr(
        health, "read", lambda now: [health.Check(name, ok=False, detail=f"at {now}") for name in red]
    )
    watch = Watch()
    for after in range(0, 100, 5):
        look(watch, after)
    assert len(line.told) == 1
    red.append("database_disk")
    for after in range(100, 130, 5):
        look(watch, after)
    assert len(line.told) == 1
    for after in range(130, 600, 5):
        look(watch, after)
    assert len(line.told) == 2


@pytest.mark.usefixtures("idle")
def test_telling_is_tried_again_until_one_way_works(line: Line) -> None:
    watch = Watch()
    line.mail_cut = line.text_cut = True
    for after in range(0, 100, 5):
        assert not look(watch, after).told
    line.text_cut = False
    assert look(watch, 100).told
    assert len(line.texts) == 1
    assert not look(watch, 105).told


def test_people_are_told_before_the_work_which_may_fail_or_take_long(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**words: object) -> None:
        raise DatabaseError("a statement that never ends")

    monkeypatch.setattr(watchdog, "work", fails)
    watch = Watch()
    for after in range(0, 60, 5):
        look(watch, after)
    assert len(line.told) == 1


def test_the_work_of_one_look_ends_so_that_the_next_look_comes(line: Line) -> None:
    for _ in range(3):
        factories.a_watched_child()
    moments = iter(range(0, 1000, 6))
    done = watchdog.work(clock=lambda: NOW, ends=10, steady=lambda: next(moments))
    assert (done.clocks, done.accepted, done.swept_at) == (3, 15, NOW)
    assert next(moments) == 12


class Beside(SecondSender):
    """A second process that says whether it sends, and does nothing."""

    def __init__(self, *, sends: bool) -> None:
        super().__init__(clock=lambda: NOW)
        self.sends = sends

    def is_sending(self) -> bool:
        return self.sends


@pytest.mark.parametrize(
    ("sends", "second", "order"),
    [
        (True, 0, ["swept", "swept", "swept", "sent"]),
        # One that hangs keeps nothing from going out.
        (True, 3, ["swept", "sent", "swept", "sent", "swept", "sent"]),
        (False, 0, ["swept", "sent", "swept", "sent", "swept", "sent"]),
    ],
)
def test_it_sweeps_on_while_its_second_process_sends_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch, sends: bool, second: float, order: list[str]
) -> None:
    done, clocks = [], iter([2, 1, 0])

    def swept(_done: object, now: datetime) -> int:
        done.append("swept")
        return next(clocks)

    def sent(**words: object) -> int:
        done.append("sent")
        return 0

    monkeypatch.setattr(watchdog, "_sweep", swept)
    monkeypatch.setattr(watchdog.delivery, "deliver", sent)
    watchdog.work(clock=lambda: NOW, ends=10, steady=lambda: second, beside=Beside(sends=sends))
    assert done == order


def test_what_is_owed_goes_out_though_sweeping_fails(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.a_watched_child()
    sweep.sweep_all(now=NOW)
    owed = Message.objects.count()

    def fails(**words: object) -> None:
        raise ValueError("a fact that nobody can read")

    monkeypatch.setattr(sweep, "sweep", fails)
    monkeypatch.setattr(watchdog.outages, "notice", fails)
    done = watchdog.work(clock=lambda: NOW, ends=10, steady=lambda: 0)
    assert (done.clocks, done.accepted, done.swept_at) == (0, owed, None)
    assert owed


def test_each_word_to_the_people_behind_the_service_has_an_id_of_its_own(line: Line) -> None:
    assert watchdog.tell(("sweep: none for 70 s",))
    assert watchdog.tell(("sweep: none for 70 s",))
    assert len({text["id"] for text in line.texts}) == 2


def test_a_database_that_does_not_answer_is_told_too(line: Line) -> None:
    def away() -> datetime:
        raise DatabaseError("connection refused")

    watch = Watch()
    for after in range(0, 60, 5):
        looked = watchdog.look(watch, clock=away, steady=lambda: after)  # noqa: B023 - called at once
        assert looked.trouble == ("the database does not answer",)
    (mail,) = line.told
    assert "the database does not answer" in mail.get_content()


def test_of_a_slow_way_to_the_database_people_hear_before_all_the_rest_is_read_by_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = health.Check("database_answers", ok=False, detail="a question takes 2.0 seconds")
    read: list[datetime] = []
    monkeypatch.setattr(health, "database_answers", lambda: slow)
    monkeypatch.setattr(health, "read", lambda now: read.append(now) or [slow])
    beat(NOW)
    watch = Watch()
    for after in (0, 15, 31):
        assert not read
        look(watch, after)
    (mail,) = line.told
    assert "database_answers: a question takes 2.0 seconds" in mail.get_content()
    look(watch, 40)
    assert len(read) == 1
    assert len(line.told) == 1


def test_no_child_is_named_in_what_the_watchdog_tells(line: Line) -> None:
    watched = factories.a_watched_child(given_name="Zuhra-Lin", family_name="Ostervale")
    Clock.objects.filter(child=watched.child).update(faults=3, fault="ValueError: Zuhra-Lin")
    watch = Watch()
    for after in (0, 50, 95):
        look(watch, after)
    assert line.told
    for words in [line.told[0].as_string(), str(line.texts)]:
        assert "Zuhra" not in words
        assert "Ostervale" not in words


def test_a_beat_from_the_future_is_no_beat(line: Line) -> None:
    beat(NOW + timedelta(hours=2))
    assert look(Watch(), 0).trouble == ("sweep: stalled", "drain: stalled")


def test_the_command_looks_once_and_says_by_its_exit_code_whether_there_is_trouble(
    line: Line, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("watchdog", "--once", "--json")
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert said == {"trouble": ["sweep: stalled", "drain: stalled"], "swept": 0, "accepted": 0}
    call_command("sweep")
    call_command("drain_outbox")
    call_command("watchdog", "--once")
    assert "on time" in capsys.readouterr().out
    call_command("watchdog", "--once", "--json")
    assert json.loads(capsys.readouterr().out) == {"trouble": [], "swept": 0, "accepted": 0}


def test_draining_by_hand_fails_for_what_is_owed_and_is_not_out_and_for_nothing_that_waits(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    def drained() -> dict[str, int]:
        call_command("drain_outbox", "--json")
        said: dict[str, int] = json.loads(capsys.readouterr().out)
        return said

    now = clock.now()
    factories.a_watched_child(at=now - timedelta(days=3))
    sweep.sweep_all(now=now)
    assert drained()["accepted"] > 0
    ids = list(Message.objects.filter(status="sent").values_list("pk", flat=True))
    Message.objects.exclude(status="sent").update(status="cancelled")
    assert len(ids) > 2
    owed, *waiting = ids
    later = now + timedelta(hours=9)
    # Bundled, waiting for the morning, an ending that waits for others; and one about which a person is to decide.
    Message.objects.filter(pk__in=waiting).update(
        status="queued", sent_at=None, attempts=0, next_try_at=later
    )
    Message.objects.filter(pk=waiting[0]).update(next_try_at=now, held_at=now)
    assert drained() == {"accepted": 0, "failed": 0, "unsent": 0, "waiting": len(waiting)}
    # Tried, and to be tried again; or due, and in the hands of a sender that has not marked it.
    for fields in (
        {"status": "queued", "attempts": 1, "next_try_at": later},
        {"status": "sending", "attempts": 1, "next_try_at": now, "lease_until": later},
    ):
        Message.objects.filter(pk=owed).update(sent_at=None, **fields)
        with pytest.raises(SystemExit) as ended:
            call_command("drain_outbox", "--json")
        assert ended.value.code == 1
        said = json.loads(capsys.readouterr().out)
        assert said == {"accepted": 0, "failed": 0, "unsent": 1, "waiting": len(waiting)}


def test_hours_in_which_every_sweep_failed_are_an_outage(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.a_watched_child()
    began = NOW - timedelta(hours=3)
    heartbeats.beat(heartbeats.SWEEP, at=began)
    heartbeats.beat(heartbeats.DRAIN, at=began)

    def fails(**words: object) -> None:
        raise ValueError("a release that cannot sweep")

    with monkeypatch.context() as broken:
        broken.setattr(sweep, "sweep", fails)
        for minutes in (2, 60, 179):
            at = began + timedelta(minutes=minutes)
            watchdog.look(Watch(), clock=lambda at=at: at, steady=lambda: 0.0)
    assert heartbeats.last_sweep(NOW) == began
    assert outages.notice(now=NOW) is not None


def test_its_beat_says_when_it_swept_and_not_when_it_was_done(line: Line) -> None:
    factories.a_watched_child()
    instants = iter(NOW + timedelta(minutes=minute) for minute in range(100))
    watchdog.look(Watch(), clock=lambda: next(instants), steady=lambda: 0.0)
    beat = heartbeats.last_sweep(NOW + timedelta(days=1))
    assert beat is not None
    assert beat < next(instants) - timedelta(minutes=1)


def test_draining_by_hand_fails_for_what_was_refused_and_sends_what_is_behind_it(
    line: Line, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    now = clock.now()
    watched = factories.a_watched_child(at=now - timedelta(days=3))
    sweep.sweep_all(now=now)
    refused = Message.objects.filter(status="queued", channel="mail", user=watched.worker)
    count = refused.update(urgency=0)
    settings.DRAIN_BATCH = count

    def send(_channel: object, mail: EmailMessage) -> str:
        if mail["To"] == watched.worker.email:
            raise channels.Refused("550 No such mailbox")
        return line.send(mail)

    monkeypatch.setattr(channels.MailChannel, "send", send)
    with pytest.raises(SystemExit) as ended:
        call_command("drain_outbox", "--json")
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["failed"], said["unsent"]) == (count, 0)
    assert said["accepted"] > 0
    # Of an earlier run nothing is said: a person has the call.
    call_command("drain_outbox")
    assert "0 accepted, 0 failed, 0 unsent" in capsys.readouterr().out


def test_watching_for_ever_prints_a_line_of_json_for_each_look(
    line: Line, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = watchdog.Looked(("sweep: stalled",), 2, 1, told=False)
    looks: list[watchdog.Looked | BaseException] = [found, RuntimeError("invented"), KeyboardInterrupt()]

    def look(*_words: object, **_named: object) -> watchdog.Looked:
        looked = looks.pop(0)
        if isinstance(looked, BaseException):
            raise looked
        return looked

    monkeypatch.setattr(watchdog, "look", look)
    monkeypatch.setattr(SecondSender, "start", lambda self: None)
    monkeypatch.setitem(watchdog.run.__kwdefaults__, "sleep", lambda seconds: None)
    with pytest.raises(KeyboardInterrupt):
        call_command("watchdog", "--json")
    first, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"trouble": ["sweep: stalled"], "swept": 2, "accepted": 1}
    assert failed == {"trouble": ["this look failed: the log says why"], "swept": 0, "accepted": 0}
