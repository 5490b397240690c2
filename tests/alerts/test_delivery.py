"""Owed messages on their way out: who may send which, when, and once, and what becomes of those that fail."""

import re
import time
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from alerts import (
    channels,
    claims,
    delivery,
    emails,
    failures,
    going_on,
    outbox,
    outcomes,
    police_links,
    second_calls,
    sweep,
)
from alerts.models import Alert, AlertStep, DutyTask, Message, MessageKind, MessageProof, PoliceLink
from alerts.states import MessageStatus
from cases import placements, planned, responsibilities
from cases.models import Mailbox, Shift, User
from tests import factories
from tests.alerts.outgoing import FIRST, Out, after, broken, catch, first_rungs, send_all, tick
from tests.factories import Watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


@pytest.fixture
def told(watched: Watched) -> None:
    """The first rungs are owed, and wait in the outbox."""
    tick(FIRST)


# --- Claiming


@pytest.mark.usefixtures("told")
def test_the_highest_rung_is_claimed_first_whenever_it_was_queued(watched: Watched) -> None:
    urgent = factories.a_watched_child()
    factories.not_here(urgent.child, by=urgent.carer, at=after(1))
    tick(after(2))
    claimed = delivery.claim(after(3), 100)
    steps = [message.step for message in claimed]
    assert steps[:6] == ["call_0"] * 6
    assert [m.urgency for m in claimed] == sorted(m.urgency for m in claimed)
    assert {"R0", "R1"} <= set(steps[6:])


@pytest.mark.usefixtures("told")
def test_the_most_urgent_are_claimed_when_the_batch_is_small(watched: Watched) -> None:
    factories.not_here(watched.child, by=watched.carer, at=after(1))
    tick(after(2))
    assert {message.step for message in delivery.claim(after(3), 2)} == {"call_0"}


@pytest.mark.usefixtures("told")
def test_what_one_sender_has_claimed_no_other_gets(watched: Watched) -> None:
    first, second = delivery.claim(FIRST, 2), delivery.claim(FIRST, 100)
    assert (len(first), len(second)) == (2, 3)
    assert not {m.pk for m in first} & {m.pk for m in second}
    assert delivery.claim(FIRST, 100) == []


@pytest.mark.usefixtures("told")
def test_nothing_is_claimed_before_its_next_try(watched: Watched) -> None:
    Message.objects.update(next_try_at=after(60))
    assert delivery.claim(after(59), 100) == []
    assert len(delivery.claim(after(60), 100)) == 5


@pytest.mark.usefixtures("told")
def test_a_lapsed_lease_is_claimed_again_and_may_be_out(watched: Watched, settings: Any) -> None:
    delivery.claim(FIRST, 100)
    assert delivery.claim(after(settings.LEASE_SECONDS - 1), 100) == []
    again = delivery.claim(after(settings.LEASE_SECONDS), 100)
    assert {(m.fence, m.attempts, m.may_be_out) for m in again} == {(2, 2, True)}


@pytest.mark.usefixtures("told")
def test_a_message_tried_without_end_does_not_end_all_claims(watched: Watched) -> None:
    Message.objects.update(attempts=32_767)
    assert len(delivery.claim(FIRST, 100)) == 5


# --- Fence and lease


@pytest.mark.parametrize("placed", [True, False], ids=["placed", "placed nowhere"])
def test_each_mail_costs_at_most_one_question_and_one_mark_however_many_are_claimed(
    placed: bool, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a machine with much to do the batch takes so long that its readers are looked up again.
    monkeypatch.setattr(delivery, "LOOKED_LASTS", 600)
    monkeypatch.setattr(delivery, "BATCH_LASTS", 600)
    statements = {}
    moved_at = factories.AT + timedelta(minutes=1)
    for mails in (2, 4):
        for _ in range(mails):
            one = factories.a_watched_child()
            if not placed:
                placements.end(one.placement, ends_at=moved_at, reason="Moved", by=one.worker, at=moved_at)
        tick(FIRST)
        Message.objects.filter(status="queued").exclude(post="duty", channel="mail").update(
            status="cancelled"
        )
        with CaptureQueriesContext(connection) as captured:
            assert delivery.deliver(clock=lambda: FIRST) == mails
        statements[mails] = len(captured)
    assert statements[4] - statements[2] == 2 * 2


@pytest.fixture(params=[1, 1000], ids=["planned once", "in full"])
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the question and the mark of each message are asked."""
    monkeypatch.setattr(claims, "PLANNED_FROM", request.param)


@pytest.mark.usefixtures("asked")
def test_what_has_ended_since_it_was_claimed_is_not_sent_and_the_rest_is_proved(
    watched: Watched, out: Out
) -> None:
    ended = factories.a_watched_child()
    tick(FIRST)
    Message.objects.exclude(channel="mail", post="worker").update(next_try_at=after(9999))
    first, other = sorted((watched.worker.email, ended.worker.email))

    def ends(mail: EmailMessage) -> None:
        # Whichever goes first: the other one's alert has ended by then, without its message being called off.
        gone = ended if mail["To"] == watched.worker.email else watched
        Alert.objects.filter(child=gone.child).update(status="ended", ended_at=FIRST, end_reason="seen")
        # What was asked ahead holds no longer than this.
        time.sleep(going_on.HOLDS)

    out.on_mail = ends
    assert delivery.deliver(clock=lambda: FIRST) == 1
    sent, called_off = Message.objects.get(status="sent"), Message.objects.get(status="cancelled")
    assert {sent.user.email, called_off.user.email} == {first, other}
    assert len(out.mails) == 1
    proof = MessageProof.objects.get()
    assert (proof.message_id, proof.accepted, proof.address) == (sent.pk, True, sent.user.email)
    assert (proof.response, proof.mail_id) == ("250 Kept", out.mails[0]["Message-ID"])
    assert (proof.text_digest, proof.at) == (emails.digest(proof.text), FIRST)
    assert (sent.lease_until, sent.sent_at, sent.last_error) == (None, FIRST, "")


def test_the_mails_of_a_batch_are_asked_about_together_and_what_is_not_asked_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children = [factories.a_watched_child() for _ in range(4)]
    tick(FIRST)
    Message.objects.exclude(channel="mail", post="worker").update(next_try_at=after(9999))
    messages = delivery.claim(FIRST, 10)
    alerts = {message.pk: [item.alert_id for item in message.items.all()] for message in messages}
    Alert.objects.filter(child=messages[1].items.get().alert.child).update(
        status="ended", ended_at=FIRST, end_reason="seen"
    )
    monkeypatch.setattr(going_on, "HOLDS", 3600)
    monkeypatch.setattr(going_on, "AHEAD", 3)
    ahead = going_on.Ahead(messages)
    assert ahead.goes_on(alerts[messages[0].pk], messages[0]) is None, "planned nowhere, so asked by itself"
    # The batch's one cursor is opened under the eyes of whoever counts.
    with CaptureQueriesContext(connection) as captured, planned.once(open=going_on.OPEN):
        found = [ahead.goes_on(alerts[message.pk], message) for message in messages]
    assert (len(children), found) == (4, [True, False, True, True])
    asked = [one["sql"] for one in captured.captured_queries if one["sql"].startswith("EXECUTE")]
    assert len(asked) == 2, f"three in one question, and the fourth in another: {captured.captured_queries}"


@pytest.mark.usefixtures("told")
@pytest.mark.usefixtures("asked")
def test_a_late_mark_is_refused_and_keeps_no_proof(watched: Watched, out: Out, settings: Any) -> None:
    Message.objects.exclude(recipient=f"mail/user:{watched.worker.pk}").update(next_try_at=after(9999))
    out.on_mail = lambda mail: delivery.claim(after(settings.LEASE_SECONDS + 1), 100) and None
    assert delivery.deliver(clock=lambda: FIRST) == 0
    message = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    assert (message.status, message.fence) == (MessageStatus.SENDING, 2)
    assert not MessageProof.objects.exists()


@pytest.mark.usefixtures("told")
def test_a_late_failure_is_refused_too(watched: Watched, out: Out, settings: Any) -> None:
    Message.objects.exclude(recipient=f"mail/user:{watched.worker.pk}").update(next_try_at=after(9999))

    def refuse_after_the_lease(mail: EmailMessage) -> None:
        delivery.claim(after(settings.LEASE_SECONDS + 1), 100)
        raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse_after_the_lease
    delivery.deliver(clock=lambda: FIRST)
    assert Message.objects.get(fence=2).status == MessageStatus.SENDING
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()


@pytest.mark.usefixtures("told")
def test_a_slow_sender_renews_each_lease_and_leaves_what_was_taken_over(watched: Watched, out: Out) -> None:
    Message.objects.filter(channel="text").update(next_try_at=after(9999))
    now = [FIRST]
    rival: list[Message] = []

    def slow(mail: EmailMessage) -> None:
        now[0] += timedelta(seconds=20)
        if len(out.mails) == 1:
            # 40 seconds into the batch: the lease of the message in hand was renewed, the third's has lapsed.
            rival.extend(delivery.claim(now[0], 100))

    out.on_mail = slow
    assert delivery.deliver(clock=lambda: now[0]) == 2
    assert len(rival) == 1
    assert Message.objects.get(pk=rival[0].pk).fence == 2
    assert set(out.to.values()) == {1}


@pytest.mark.usefixtures("told")
def test_a_batch_at_a_slow_server_hands_back_what_it_has_not_come_to(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH_LASTS", 0.2)
    out.on_mail = lambda mail: time.sleep(0.3)
    Message.objects.filter(channel="text").update(next_try_at=after(60))
    assert delivery.deliver(clock=lambda: FIRST) == 1
    left = Message.objects.filter(channel="mail").exclude(status="sent")
    assert set(left.values_list("status", "attempts", "next_try_at", "may_be_out")) == {
        ("queued", 0, FIRST, False)
    }
    send_all(FIRST)
    assert set(out.to.values()) == {1}
    assert len(out.mails) == 3


@pytest.mark.usefixtures("told")
def test_a_hanging_server_is_waited_for_once_and_holds_up_nothing_that_goes_another_way(
    watched: Watched, out: Out, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.4

    def hang(mail: EmailMessage) -> None:
        time.sleep(0.4)
        raise channels.Uncertain("timed out")

    out.on_mail = hang
    Message.objects.filter(channel="text").update(urgency=99)
    assert delivery.deliver(clock=lambda: FIRST) == 2
    assert len(out.texts) == 2
    tried = Counter(Message.objects.filter(channel="mail").values_list("attempts", "may_be_out"))
    assert tried == {(1, True): 1, (0, False): 2}
    assert delivery.claim(after(1), 100) == []


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("refused", ["mail", "text"])
def test_what_one_way_does_not_take_keeps_nobody_waiting_for_the_other(
    watched: Watched, out: Out, refused: str
) -> None:

    def refuses(_words: object) -> None:
        raise channels.Deferred("451 Try again later")

    out.on_mail, out.on_text = (refuses, out.on_text) if refused == "mail" else (out.on_mail, refuses)
    # More urgent than the rest, and tried again before it each time.
    Message.objects.filter(channel=refused).update(urgency=0)
    Message.objects.exclude(channel=refused).update(urgency=50)
    assert delivery.deliver(clock=lambda: FIRST, limit=1) == 1
    assert len(out.to) == 1
    assert set(Message.objects.filter(attempts=0).values_list("channel", flat=True)) == {"mail", "text"}


@pytest.mark.usefixtures("told")
def test_a_slow_server_that_takes_each_mail_keeps_nobody_waiting_for_a_text(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH_LASTS", 0.2)
    out.on_mail = lambda mail: time.sleep(0.3)
    Message.objects.filter(channel="mail").update(urgency=0)
    assert delivery.deliver(clock=lambda: FIRST) == 3
    assert (len(out.texts), len(out.mails)) == (2, 1)


@pytest.mark.usefixtures("told")
def test_a_server_that_takes_one_mail_and_hangs_on_the_next_keeps_nobody_waiting_for_a_text(
    watched: Watched, out: Out, settings: Any
) -> None:
    settings.EMAIL_TIMEOUT = 0.4

    def hang(mail: EmailMessage) -> None:
        if out.mails:
            time.sleep(0.4)
            raise channels.Uncertain("timed out")

    out.on_mail = hang
    Message.objects.filter(channel="mail").update(urgency=0)
    assert delivery.deliver(clock=lambda: FIRST, limit=2) == 3
    assert (len(out.texts), len(out.mails)) == (2, 1)


@pytest.mark.usefixtures("told")
def test_what_a_slow_batch_has_not_come_to_stays_before_what_is_owed_since(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH_LASTS", 0.2)
    out.on_text = lambda text: time.sleep(0.3)
    Message.objects.filter(channel="text").update(urgency=0)
    delivery.deliver(clock=lambda: after(20))
    left = Message.objects.get(channel="text", status="queued")
    assert (left.attempts, left.next_try_at) == (0, FIRST)


def test_for_a_server_that_is_not_there_two_mails_of_a_batch_are_written(
    watched: Watched, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    compose = emails.compose_together
    monkeypatch.setattr(emails, "compose_together", lambda *a, **k: written.append(1) or compose(*a, **k))
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tick(FIRST)
    delivery.deliver(clock=lambda: FIRST)
    mails = Message.objects.filter(channel="mail")
    assert len(written) == 2 < mails.count()
    assert set(mails.values_list("attempts", "status")) == {(1, MessageStatus.QUEUED)}


@pytest.mark.usefixtures("told")
def test_every_message_keeps_what_was_accepted(watched: Watched, out: Out) -> None:
    send_all(FIRST)
    assert out.to == first_rungs(watched)
    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.SENT}
    proofs = MessageProof.objects.filter(accepted=True)
    assert Counter(proofs.values_list("address", flat=True)) == first_rungs(watched)
    assert all(proof.text and proof.response for proof in proofs)
    assert all(proof.text_digest == emails.digest(proof.text) for proof in proofs)
    mail = next(mail for mail in out.mails if mail["To"] == watched.worker.email)
    assert proofs.get(address=watched.worker.email).mail_id == mail["Message-ID"]
    assert not broken(FIRST)


def test_the_link_of_a_force_opens_and_stands_in_nothing_that_is_kept(watched: Watched, out: Out) -> None:
    factories.missing(watched.child, at=FIRST)
    tick(FIRST)
    send_all(FIRST)
    mail = next(mail for mail in out.mails if mail["To"] == watched.control_room.address)
    (token,) = set(re.findall(r"/a/(\w{22})/", mail.get_body(("plain",)).get_content()))
    assert police_links.find(token) is not None
    assert token not in str([*MessageProof.objects.values(), *PoliceLink.objects.values()])
    kept = MessageProof.objects.get(address=watched.control_room.address)
    assert "/a/…/" in kept.text
    # Of what is kept and not of what went out, or the record verifies no more and the text is never emptied.
    assert kept.text_digest == emails.digest(kept.text)


def test_with_sending_off_nothing_leaves_and_nothing_is_tried(
    watched: Watched, out: Out, settings: Any
) -> None:
    settings.SENDING = False
    tick(FIRST)
    assert delivery.deliver(clock=lambda: FIRST) == 0
    assert not out.to
    assert set(Message.objects.values_list("status", "attempts")) == {("queued", 0)}
    settings.SENDING = True
    send_all(after(3600))
    assert sum(out.to.values()) >= 5


# --- Failures


@pytest.mark.usefixtures("told")
def test_a_passing_failure_is_tried_again_later_and_later_but_never_given_up(
    watched: Watched, out: Out
) -> None:
    Message.objects.exclude(recipient=f"mail/user:{watched.worker.pk}").update(status="cancelled")

    def defer(mail: EmailMessage) -> None:
        raise channels.Deferred("451 Try again later")

    out.on_mail = defer
    now, pauses = FIRST, []
    for _ in range(12):
        delivery.deliver(clock=lambda: now)  # noqa: B023 - called at once
        message = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
        assert (message.status, message.may_be_out) == (MessageStatus.QUEUED, False)
        pauses.append((message.next_try_at - now).total_seconds())
        now = message.next_try_at
    for number, pause in enumerate(pauses):
        wanted = min(5 * 2**number, 300)
        assert 0.75 * wanted <= pause <= 1.25 * wanted
    assert len(set(pauses[-6:])) > 1
    out.on_mail = lambda mail: None
    delivery.deliver(clock=lambda: now)
    assert len(out.mails) == 1
    assert "late" in out.mails[0].get_body(("plain",)).get_content()
    assert MessageProof.objects.filter(accepted=False).count() == 12


@pytest.mark.usefixtures("told")
def test_a_record_that_fails_does_not_stop_those_behind_it(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    Message.objects.filter(step="R0").update(wording="no_such_wording")
    delivery.deliver(clock=lambda: FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.home.phone])
    assert Message.objects.get(step="R0").last_error.startswith("KeyError")


@pytest.mark.usefixtures("told")
def test_a_failure_that_cannot_be_written_does_not_stop_those_behind_it(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:

    def refuse(text: dict[str, Any]) -> None:
        raise channels.Refused("400 No such phone")

    def locked(*words: object, **more: object) -> None:
        raise DatabaseError("lock timeout")

    out.on_text = refuse
    monkeypatch.setattr(failures, "reach_a_person", locked)
    delivery.deliver(clock=lambda: FIRST)
    assert len(out.mails) == 3
    assert set(Message.objects.filter(channel="text").values_list("status", flat=True)) == {"queued"}
    monkeypatch.undo()


@pytest.mark.usefixtures("told")
def test_a_pause_that_cannot_be_written_stops_nobody_and_counts_as_perhaps_told(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []

    def lose(mail: EmailMessage) -> None:
        if not lost:
            lost.append(str(mail["To"]))
            raise channels.Uncertain("lost after DATA")

    def locked(*words: object, **more: object) -> None:
        raise DatabaseError("lock timeout")

    out.on_mail = lose
    monkeypatch.setattr(outcomes, "try_again", locked)
    delivery.deliver(clock=lambda: FIRST)
    assert out.to == first_rungs(watched) - Counter(lost)
    (waiting,) = Message.objects.exclude(status="sent")
    assert (waiting.status, waiting.may_be_out, waiting.lease_until) == ("queued", True, None)
    assert FIRST < waiting.next_try_at <= after(7)


@pytest.mark.usefixtures("told")
def test_what_fails_before_any_server_was_asked_counts_as_told_to_nobody(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = claims.renew
    first: list[Any] = []

    def locked(message: Message, *words: object, **more: object) -> bool | None:
        first.append(message.pk)
        if message.pk == first[0]:
            raise DatabaseError("lock timeout")
        return renew(message, *words, **more)

    monkeypatch.setattr(claims, "renew", locked)
    delivery.deliver(clock=lambda: FIRST)
    (waiting,) = Message.objects.exclude(status="sent")
    assert (waiting.pk, waiting.status, waiting.may_be_out) == (first[0], "queued", False)


@pytest.mark.usefixtures("told")
def test_what_was_accepted_and_could_not_be_marked_counts_as_told(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    Message.objects.exclude(pk=worker.pk).update(status="cancelled")

    def fails(*words: object, **more: object) -> int:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(claims, "accept", fails)
        delivery.deliver(clock=lambda: FIRST)
    worker.refresh_from_db()
    assert (worker.status, worker.may_be_out) == (MessageStatus.QUEUED, True)
    factories.seen(watched.child, by=watched.carer, at=after(1))
    tick(after(2))
    send_all(after(2) + outbox.BUNDLED_WITHIN)
    assert [mail["To"] for mail in out.mails] == [watched.worker.email] * 2
    assert Message.objects.get(kind=MessageKind.ENDING).status == MessageStatus.SENT


def test_a_mailbox_refused_for_good_is_marked_phoned_and_makes_the_next_rung_owed_now(
    watched: Watched, out: Out
) -> None:
    factories.end_shift(watched.desk)
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="", second_phone="")
    tick(FIRST)

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] == watched.desk.mailbox.address:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    delivery.deliver(clock=lambda: FIRST)
    task = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    assert task.authority == watched.authority
    assert task.message is not None
    assert task.message.mailbox == watched.desk.mailbox
    assert task.message.status == MessageStatus.FAILED
    assert Mailbox.objects.get(pk=watched.desk.mailbox.pk).failed_at == FIRST
    assert not AlertStep.objects.filter(step="R2").exists()
    tick(after(1))
    assert AlertStep.objects.get(step="R2").climbed_at == after(1)
    assert not broken(after(1))


@pytest.mark.usefixtures("told")
def test_a_refusal_with_another_on_the_same_rung_leaves_the_next_rung_its_time(
    watched: Watched, out: Out
) -> None:

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] == watched.desk.mailbox.address:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    send_all(FIRST)
    tick(after(1))
    assert not AlertStep.objects.filter(step="R2").exists()
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1


@pytest.mark.usefixtures("told")
def test_a_worker_whose_mail_is_refused_does_not_hurry_the_ladder(watched: Watched, out: Out) -> None:

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] in (watched.worker.email, watched.guardian.email):
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    send_all(FIRST)
    tick(after(1))
    assert not AlertStep.objects.filter(step="R2").exists()
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 2


# --- The second person


def test_a_task_whose_second_cannot_be_rung_stops_neither_the_others_nor_the_clocks(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child()
    tick(FIRST)
    bad = DutyTask.objects.get(authority=watched.authority)
    good = DutyTask.objects.get(authority=other.authority)
    calls = second_calls._calls

    def fails(tasks: Any, told: Any, now: datetime) -> Any:
        if bad in tasks:
            raise ValueError("a record that fails")
        return calls(tasks, told, now)

    monkeypatch.setattr(second_calls, "_calls", fails)
    # Nor by the desk alone.
    monkeypatch.setattr(second_calls, "_ring_by_desk", lambda pk, now: False)
    late = factories.a_watched_child()
    swept = sweep.sweep(now=FIRST + timedelta(minutes=16))
    assert swept.faults == {"task_fails": 1}
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.second_rung_at is not None
    assert bad.second_rung_at is None
    assert bad.next_at == FIRST + timedelta(minutes=17)
    assert Alert.objects.filter(child=late.child).exists()


def a_call_that_nobody_takes(watched: Watched) -> DutyTask:
    """A text to a home that has failed for good, of which the second person has heard."""
    tick(FIRST)
    text = Message.objects.get(channel="text", step="R0", items__alert__child=watched.child)
    Message.objects.filter(pk=text.pk).update(status="failed", last_error="410 No such number")
    failures.reach_a_person(text, at=FIRST)
    assert second_calls.ring_second(now=FIRST + timedelta(minutes=16)) >= 1
    return DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM, message=text)


def seconds_told(task: DutyTask) -> Counter[str]:
    return Counter(
        Message.objects.filter(items__step=f"second:{task.pk}").values_list("phone", flat=True).distinct()
    )


def test_a_call_that_comes_back_to_the_desk_that_had_it_stops_no_other_and_tells_nobody_twice(
    watched: Watched, out: Out
) -> None:
    other, third = factories.a_watched_child(), factories.a_watched_child()
    task = a_call_that_nobody_takes(watched)
    told = seconds_told(task)
    assert set(told) == {watched.desk.second.phone}
    for minutes, there in ((20, other), (21, watched)):
        responsibilities.start(
            watched.child, authority=there.authority, by=there.manager, at=FIRST + timedelta(minutes=minutes)
        )
    tick(FIRST + timedelta(minutes=22))
    untaken = DutyTask.objects.open().filter(kind="phone_them", second_rung_at=None)
    assert untaken.get() == task
    DutyTask.objects.filter(authority=third.authority).update(
        second_rung_at=None, next_at=FIRST + timedelta(minutes=60)
    )
    at = FIRST + timedelta(minutes=60)
    assert second_calls.ring_second(now=at) == DutyTask.objects.filter(second_rung_at=at).count() > 1
    task.refresh_from_db()
    assert (task.second_rung_at, task.next_at) == (at, None)
    assert seconds_told(task) == told


def test_two_desks_with_one_second_person_ring_them_once_about_a_call_that_passes_between_them(
    watched: Watched, out: Out
) -> None:
    other = factories.a_watched_child()
    task = a_call_that_nobody_takes(watched)
    now = FIRST + timedelta(minutes=20)
    Shift.objects.filter(pk=other.desk.shift.pk).update(ends_at=now)
    Shift.objects.create(
        team=other.desk.team,
        person=other.desk.person,
        phone=other.desk.shift.phone,
        second=watched.desk.second,
        second_phone=watched.desk.shift.second_phone,
        starts_at=now,
    )
    responsibilities.start(watched.child, authority=other.authority, by=other.manager, at=now)
    task.refresh_from_db()
    assert (task.authority, task.second_rung_at) == (other.authority, None)
    told = seconds_told(task)
    at = now + timedelta(hours=1)
    assert second_calls.ring_second(now=at) >= 1
    task.refresh_from_db()
    assert task.second_rung_at == at
    assert seconds_told(task) == told


def test_whoever_stands_on_two_posts_of_one_step_is_told_once_and_stops_no_ladder(out):
    one = factories.a_watched_child()
    User.objects.filter(pk__in=(one.manager.pk, one.head.pk, one.director.pk)).update(
        phone=one.desk.shift.phone
    )
    factories.missing(one.child, by=one.worker, at=FIRST)
    for minutes in (0, 31, 61, 121):
        tick(after(60 * minutes + 1))
    steps = Alert.objects.get(child=one.child, clock__kind="call").climbed.values_list("step", flat=True)
    assert set(steps) >= {"call_0", "call_30", "call_60", "call_120"}
    to_phone = Message.objects.filter(items__alert__child=one.child, phone=one.desk.shift.phone)
    told = Counter(to_phone.values_list("step", "channel", "items__alert"))
    assert set(told.values()) == {1}
    assert {step for step, *_ in told} >= {"call_60", "call_120"}
