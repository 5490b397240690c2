"""What comes back by mail: bounces reach a person, replies are kept as written, and no machine answers a machine."""

import asyncio
import base64
import os
import smtplib
import subprocess
import sys
import tempfile
import uuid
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.utils.crypto import salted_hmac

from alerts import addresses, channels, delivery, desk, duty_tasks, incoming, replies
from alerts.emails.composition import compose
from alerts.incoming import Taken
from alerts.models import Alert, DutyTask, Message, MessageProof, Reply, ReplyAnswer
from alerts.states import MessageStatus
from cases import clock
from cases.models import Event, Mailbox
from guardians import assignments
from scripts.catcher import Box, Pipe, Sink
from scripts.launcher import ports
from tests import factories
from tests.alerts import outgoing
from tests.alerts.outgoing import FIRST, SECOND, after, send_all, tick
from tests.alerts.test_letters import a_report
from tests.copies import copied
from tests.counts import FULL
from tests.faults.kit.stage import nursery

BOUNCE = a_report("failed", "5.1.1")


@pytest.fixture
def out(monkeypatch, settings):
    settings.ALERT_FROM_EMAIL = "alerts@rollcall.example"
    settings.DUTY_LINE = "0300 000 0000"
    return outgoing.catch(monkeypatch)


@pytest.fixture
def missing(db, out):
    """A child reported missing, the police told, everything accepted."""

    def make():
        one = factories.a_watched_child()
        episode = factories.missing(one.child, by=one.worker, at=FIRST)
        tick(after(1))
        send_all(after(2))
        return one, episode, out.mails, out.texts

    one, episode, out.mails, out.texts = copied("all of a call's first mails are accepted", make)
    return one, episode


def to_force(one) -> Message:
    return Message.objects.get(mailbox=one.control_room, step="call_0")


def hand_in(content: bytes, to: str, *, sender: str | None = "", at=None) -> Taken:
    return incoming.receive(content, to=to, envelope_sender=sender, cut=False, at=at or after(60))


def a_reply(one, text="Officer on the way.", *, number=1, headers="") -> bytes:
    return (
        f"From: Control <{one.control_room.address}>\r\nMessage-ID: <{number}@police.example>\r\n{headers}\r\n{text}"
    ).encode()


def answer_to(one, episode, **fields) -> Taken:
    at = fields.pop("at", None)
    address = addresses.of_episode(episode.reference)
    return hand_in(a_reply(one, **fields), address, sender=one.control_room.address, at=at)


@pytest.mark.by_turns
def test_every_mail_is_sent_from_an_address_that_names_it_and_says_so_nowhere_else(missing, out):
    one, _episode = missing
    sent = next(mail for mail in out.mails if mail["To"] == one.control_room.address)
    address = str(sent["Return-Path"]).strip("<>")
    assert addresses.read(address) == addresses.OfMessage(to_force(one).pk)
    assert len(address.partition("@")[0]) <= 64
    assert b"Return-Path" not in channels.wire.written(sent)


@pytest.mark.by_turns
def test_a_bounce_is_as_a_refusal_the_mailbox_is_marked_and_duty_is_to_phone(missing):
    one, _episode = missing
    message = to_force(one)
    assert hand_in(BOUNCE, addresses.of_message(message.pk)) == Taken.BOUNCE
    message.refresh_from_db()
    assert (message.status, message.bounced_at, message.sent_at) == (MessageStatus.FAILED, after(60), None)
    assert "550 5.1.1 No such mailbox" in message.last_error
    assert Mailbox.objects.get(pk=one.control_room.pk).failed_at == after(60)
    task = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM, message=message)
    assert task.next_at > after(60)
    assert Message.objects.filter(wording="duty_phone_them", status=MessageStatus.QUEUED).count() == 2
    assert MessageProof.objects.filter(message=message).count() == 2
    assert outgoing.broken(after(90)) == []


@pytest.mark.by_turns
def test_word_of_a_reminder_that_did_not_arrive_is_no_reminder(missing):
    one, _episode = missing
    tick(after(30 * 60))
    send_all(after(30 * 60 + 1))
    reminder = Message.objects.get(mailbox=one.control_room, step="call_30")
    assert hand_in(BOUNCE, addresses.of_message(reminder.pk), at=after(31 * 60)) == Taken.BOUNCE
    said = Message.objects.filter(wording="duty_phone_them")
    assert set(said.values_list("kind", flat=True)) == {"alert"}
    mail = compose(said.get(channel="mail"), now=after(31 * 60))
    assert "repeats our message" not in mail.text


@pytest.mark.by_turns
def test_a_bounced_rung_climbs_at_once(db, out):
    one = factories.a_watched_child()
    tick(SECOND)
    send_all(SECOND)
    (alert,) = Alert.objects.filter(child=one.child, clock__kind="contact")
    of_manager = Message.objects.filter(post="manager", channel="mail", items__alert=alert).get()
    Message.objects.filter(post="manager").exclude(pk=of_manager.pk).update(
        status=MessageStatus.FAILED, sent_at=None
    )
    due = alert.steps["R3"]
    assert hand_in(BOUNCE, addresses.of_message(of_manager.pk), at=SECOND + timedelta(seconds=30)) == (
        Taken.BOUNCE
    )
    alert.refresh_from_db()
    assert alert.steps["R3"] <= due


@pytest.mark.by_turns
def test_the_same_bounce_twice_is_one_bounce(missing):
    one, _episode = missing
    address = addresses.of_message(to_force(one).pk)
    hand_in(BOUNCE, address)
    hand_in(BOUNCE, address, at=after(90))
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1
    assert Message.objects.get(pk=to_force(one).pk).bounced_at == after(60)


@pytest.mark.by_turns(8)
def test_a_bounce_before_the_mark_is_handed_in_again(missing):
    one, _episode = missing
    message = to_force(one)
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.SENDING, sent_at=None, lease_until=after(90)
    )
    with pytest.raises(delivery.StillSending):
        hand_in(BOUNCE, addresses.of_message(message.pk))


@pytest.mark.by_turns(8)
def test_a_delay_is_phoned_and_the_message_may_yet_arrive(missing):
    one, _episode = missing
    message = to_force(one)
    address = addresses.of_message(message.pk)
    assert hand_in(a_report("delayed", "4.4.1"), address) == Taken.DELAY
    message.refresh_from_db()
    assert (message.status, message.delayed_at) == (MessageStatus.SENT, after(60))
    assert Mailbox.objects.get(pk=one.control_room.pk).failed_at is None
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message=message).count() == 1
    hand_in(BOUNCE, address, at=after(90))
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message=message).count() == 1
    assert outgoing.broken(after(120)) == []


@pytest.mark.by_turns
@pytest.mark.parametrize(("minutes", "tasks"), [(9, 0), (11, 1)])
def test_a_police_mail_that_no_server_takes_for_ten_minutes_is_phoned(db, out, minutes, tasks):
    one = factories.a_watched_child()

    def defer(mail):
        raise channels.Deferred("451 busy")

    factories.missing(one.child, by=one.worker, at=FIRST)
    tick(after(1))
    out.on_mail = defer
    delivery.deliver(clock=lambda: after(2))
    delivery.deliver(clock=lambda: after(minutes * 60 + 2))
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message=to_force(one)).count() == tasks
    assert to_force(one).status == MessageStatus.QUEUED


@pytest.mark.parametrize(
    "content", [a_report("delivered", "2.0.0"), b"Auto-Submitted: auto-replied\r\n\r\nAway"]
)
def test_what_is_no_bounce_changes_nothing_at_the_senders_address(missing, content):
    one, _episode = missing
    assert hand_in(content, addresses.of_message(to_force(one).pk)) == Taken.NOTHING
    assert to_force(one).status == MessageStatus.SENT
    assert not Reply.objects.exists()


@pytest.mark.by_turns
def test_a_reply_is_kept_as_written_and_told_to_duty_and_worker_and_confirms_nothing(missing, out):
    one, episode = missing
    out.mails.clear()
    assert answer_to(one, episode, text="Yonas is at the station\r\nPC 4821") == Taken.REPLY
    reply = Reply.objects.get()
    assert (reply.force, reply.mailbox, reply.automatic) == (one.force, one.control_room, False)
    assert reply.text == "Yonas is at the station\nPC 4821"
    episode.refresh_from_db()
    assert episode.ended_at is None
    assert not episode.verifications.exists()
    told = Message.objects.filter(wording="reply_received")
    assert {message.post for message in told} == {"duty", "worker"}
    assert DutyTask.objects.get(kind=DutyTask.Kind.READ_REPLY).authority == one.authority
    event = Event.objects.get(kind="reply_received")
    assert "Yonas" not in str(event.data)
    (answer,) = out.mails
    assert answer["To"] == one.control_room.address
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["Return-Path"] == "<>"
    assert "Recorded. Not an acknowledgement" in answer.get_content()
    assert "Yonas" not in answer.as_string()
    assert one.child.given_name not in answer.as_string()
    send_all(after(70))
    assert outgoing.broken(after(90)) == []


@pytest.mark.by_turns
def test_one_thread_is_answered_once_and_each_reply_is_kept_once(missing, out):
    one, episode = missing
    out.mails.clear()
    for number in (1, 1, 2, 3):
        assert answer_to(one, episode, number=number) == Taken.REPLY
    assert len(out.mails) == 1
    assert Reply.objects.count() == 3
    assert ReplyAnswer.objects.count() == 1
    assert DutyTask.objects.filter(kind=DutyTask.Kind.READ_REPLY).count() == 1


@pytest.mark.by_turns
def test_however_many_addresses_are_made_up_answers_have_an_end(missing, out, monkeypatch):
    _one, episode = missing
    out.mails.clear()
    monkeypatch.setattr(replies, "ANSWERS_AT_MOST", 4)
    for number in range(replies.ANSWERS_AT_MOST + 3):
        content = f"From: a{number}@x.example\r\nMessage-ID: <{number}@x>\r\n\r\nhello".encode()
        hand_in(content, addresses.of_episode(episode.reference), sender=f"a{number}@x.example")
    assert len(out.mails) == replies.ANSWERS_AT_MOST


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "headers",
    ["Auto-Submitted: auto-replied\r\n", "Subject: Out of office\r\n", "Precedence: auto_reply\r\n"],
)
def test_no_machine_is_answered_or_shown(missing, out, headers):
    one, episode = missing
    out.mails.clear()
    assert answer_to(one, episode, headers=headers) == Taken.NOTHING
    assert out.mails == []
    assert Reply.objects.get().automatic
    assert not Message.objects.filter(wording="reply_received").exists()
    assert not Event.objects.filter(kind="reply_received").exists()


@pytest.mark.by_turns
def test_no_answer_goes_to_a_body_that_enforces_immigration_law(missing, out):
    """An officer may have passed the mail on: what comes is read by duty, and nothing of ours goes back there."""
    one, episode = missing
    address = addresses.of_episode(episode.reference)
    out.mails.clear()
    officer = "officer@intake.homeoffice.gov.uk"
    letter = a_reply(one).replace(one.control_room.address.encode(), officer.encode())
    assert hand_in(letter, address, sender=officer) == Taken.REPLY
    assert Reply.objects.get().sender == officer
    assert not out.mails
    assert not ReplyAnswer.objects.exists()


def test_our_own_mail_is_never_answered(missing, out):
    _one, episode = missing
    out.mails.clear()
    content = b"From: alerts+x@rollcall.example\r\nMessage-ID: <9@x>\r\n\r\nhello"
    taken = hand_in(content, addresses.of_episode(episode.reference), sender="alerts+b.x@rollcall.example")
    assert taken == Taken.NOTHING
    assert out.mails == []
    assert not Reply.objects.exists()


def test_an_answer_that_cannot_be_sent_loses_no_reply(missing, out):
    one, episode = missing

    def refuse(mail):
        raise channels.Refused("550 no")

    out.on_mail = refuse
    assert answer_to(one, episode) == Taken.REPLY
    assert Reply.objects.count() == 1


def test_forged_and_foreign_addresses_are_nobodys(missing):
    for address in (
        "alerts@rollcall.example",
        "alerts+mc26-004178-m1.00000000000000000000@rollcall.example",
        "alerts+b.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@rollcall.example",
        "alerts+@rollcall.example",
        "alerts+b.@rollcall.example",
        "somebody@elsewhere.example",
        "",
        "@",
        "\u2066@x",
    ):
        assert hand_in(BOUNCE, address) == Taken.UNKNOWN, address


def test_the_token_of_another_episode_opens_nothing(missing):
    _one, episode = missing
    other = addresses.of_episode("MC26-004178-M9").replace("m9", "m1")
    assert addresses.read(other) is None
    assert addresses.read(addresses.of_episode(episode.reference).upper()) == addresses.OfEpisode(
        episode.reference
    )


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("days", "taken"), [(89, Taken.REPLY), (91, Taken.UNKNOWN)])
def test_an_ended_episodes_address_closes_in_time_and_until_then_a_reply_is_on_the_desk(missing, days, taken):
    one, episode = missing
    factories.ended(episode, by=one.desk.person, at=after(600))
    tick(after(601))
    assert answer_to(one, episode, at=after(600) + timedelta(days=days)) == taken
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.READ_REPLY).exists() == (taken == Taken.REPLY)
    assert not Message.objects.filter(wording="reply_received").exists()
    read = desk.read(one.desk.person, now=after(700) + timedelta(days=days))
    assert [call.task.kind for call in read.calls] == [DutyTask.Kind.READ_REPLY] * (taken == Taken.REPLY)


@pytest.mark.by_turns(8)
def test_a_reply_that_nobody_has_read_stays_on_the_desk_when_the_episode_ends(missing, client, monkeypatch):
    one, episode = missing
    answer_to(one, episode, text="The child is at Lowmoor station", at=after(60))
    factories.ended(episode, by=one.desk.person, at=after(600))
    tick(after(601))
    (call,) = desk.read(one.desk.person, now=after(700)).calls
    assert (call.task.kind, call.child) == (DutyTask.Kind.READ_REPLY, one.child)
    monkeypatch.setattr(clock, "now", lambda: after(700))
    client.force_login(one.desk.person)
    page = client.get("/?as=duty_desk").content.decode()
    assert f'href="/missing/{episode.reference}/" id="main-{call.task.pk}"' in page
    task = desk.get_task(one.desk.person, call.task.pk, at=after(700))
    duty_tasks.finish(task, answer="Read", by=one.desk.person, at=after(710))
    assert not desk.read(one.desk.person, now=after(720)).calls
    send_all(after(800))
    assert not outgoing.broken(after(900))


@pytest.mark.by_turns
def test_a_reply_is_not_put_away_with_an_alert_about_something_else(out, db):
    one = factories.a_watched_child(trafficking="yes")
    assignments.end(one.assignment, reason="Moved away", by=one.manager, at=FIRST)
    episode = factories.missing(one.child, by=one.carer, at=FIRST)
    tick(after(1))
    answer_to(one, episode, at=after(60))
    factories.guarded(one.child, by=one.manager, at=after(61))
    tick(after(62))
    assert Alert.objects.filter(clock__kind="guardian").get().ended_at == after(62)
    assert DutyTask.objects.open().filter(kind=DutyTask.Kind.READ_REPLY).count() == 1
    assert Message.objects.filter(wording="reply_received", status="queued").exists()


@pytest.mark.by_turns(8)
def test_a_reply_to_the_senders_address_is_read_too(missing):
    one, _episode = missing
    address = addresses.of_message(to_force(one).pk)
    assert hand_in(a_reply(one), address, sender=one.control_room.address) == Taken.REPLY


@pytest.mark.by_turns
def test_the_episode_page_shows_the_reply_to_the_council_alone(missing, client):
    one, episode = missing
    answer_to(one, episode, text="<script>alert(1)</script> seen at the port")
    client.force_login(one.desk.person)
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; seen at the port" in page
    assert "<script>alert(1)" not in page
    for stranger in (one.officer, one.guardian):
        client.force_login(stranger)
        assert "seen at the port" not in client.get(f"/missing/{episode.reference}/").content.decode()
    client.force_login(one.worker)
    assert "seen at the port" in client.get(f"/children/{one.child.reference}/").content.decode()


@pytest.mark.by_turns(8)
def test_the_ladder_says_bounced(missing, client):
    one, episode = missing
    hand_in(BOUNCE, addresses.of_message(to_force(one).pk))
    client.force_login(one.desk.person)
    page = client.get(f"/missing/{episode.reference}/").content.decode()
    assert "Bounced" in page


# --- The whole way: a real server, its pipe, a real process


class Forked(Pipe):
    """The same pipe, whose command is forked in each run from a process that has imported the product."""

    async def hand_over(self, content: bytes, *, sender: str, to: str) -> str:
        if FULL:
            return await super().hand_over(content, sender=sender, to=to)
        words = [*self.command[1:], "--to", to, "--sender", sender]
        with tempfile.NamedTemporaryFile() as given, tempfile.NamedTemporaryFile() as said:
            given.write(content)
            given.flush()
            begun = nursery().begin(words, env=os.environ, log=Path(said.name), given=Path(given.name))
            while (code := begun.poll()) is None:
                await asyncio.sleep(0.05)
        return self.ANSWERS.get(code, "554 5.3.0 The pipe failed")


@pytest.fixture
def server(committed, tmp_path, monkeypatch, settings):
    """A mail server on loopback whose pipe hands our own addresses to manage.py receive_mail."""
    monkeypatch.setenv("ALERT_FROM_EMAIL", "alerts@rollcall.example")
    monkeypatch.setenv("RECEIVE_BYTES", "10000")
    settings.ALERT_FROM_EMAIL = "alerts@rollcall.example"
    port = ports.any_free()
    box = Box(tmp_path / "mail")
    pipe = Forked("alerts@rollcall.example", (sys.executable, "manage.py", "receive_mail"))
    controller = Controller(Sink(box, pipe), hostname="127.0.0.1", port=port, server_hostname="localhost")
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{port}")
    yield port, box
    controller.stop()


def post(port: int, content: bytes, *, sender: str, to: str) -> int:
    """Send one mail by SMTP and return the server's code."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        try:
            smtp.sendmail(sender, [to], content)
        except smtplib.SMTPDataError as error:
            return error.smtp_code
    return 250


@pytest.mark.by_turns
def test_a_real_server_hands_bounces_and_replies_through_its_pipe(server, monkeypatch):
    port, box = server
    one = factories.a_watched_child()
    factories.missing(one.child, by=one.worker, at=FIRST)
    tick(after(1))
    send_all(after(2))
    monkeypatch.setenv("DUTY_LINE", "0300 000 0000")
    (sent,) = (m for m in map(box.mail, box.names()) if m["X-Envelope-To"] == one.control_room.address)
    # The address that the mail itself carried over the wire, not one made here.
    assert post(port, BOUNCE, sender="", to=str(sent["X-Envelope-From"])) == 250
    assert to_force(one).status == MessageStatus.FAILED
    long = a_reply(one, text="Found at the port. " + "x\r\n" * 20_000)
    assert post(port, long, sender=one.control_room.address, to=str(sent["Reply-To"])) == 250
    reply = Reply.objects.get()
    assert reply.cut
    assert reply.text.startswith("Found at the port.")
    answer = box.mail(box.names()[-1])
    assert (answer["X-Envelope-From"], answer["X-Envelope-To"]) == ("<>", one.control_room.address)
    assert one.child.given_name not in answer.as_string()
    forged = str(sent["Reply-To"]).replace("@", "0@")
    assert post(port, long, sender=one.control_room.address, to=forged) == 550


def test_with_the_database_away_the_mail_server_keeps_the_mail(tmp_path):
    env = os.environ | {"DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/nothing"}
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    done = subprocess.run(
        [sys.executable, "manage.py", "receive_mail", "--to", addresses.of_episode("MC26-004178-M1")],
        input=mail.as_bytes(),
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == os.EX_TEMPFAIL


@pytest.mark.parametrize("secret", ["one secret", "another"])
def test_the_mark_of_an_address_is_that_of_the_mails_that_are_out_already(settings, secret):
    settings.SECRET_KEY = secret
    number = uuid.uuid4()
    mark = base64.b32encode(salted_hmac("alerts.bounce", number.hex, algorithm="sha256").digest())
    name = addresses.of_message(number).partition("@")[0]
    assert name.endswith(mark.decode().lower()[:16])
    assert addresses.read(addresses.of_message(number)) == addresses.OfMessage(number)
