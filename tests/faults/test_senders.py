"""Senders killed and frozen in mid-send: nothing is lost, and what comes twice is the same message."""

import signal
import time

from alerts import delivery, sweep
from alerts.models import Message, MessageProof
from alerts.states import MessageStatus
from cases import clock
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import FULL, PATIENCE, Stage, until

# Each child owes three mails and two texts at its first rungs.
CHILDREN, KILLS = (334, 20) if FULL else (12, 3)
LEASE = 4


def test_senders_killed_in_mid_send_lose_nothing_and_repeat_at_most_one_message_each(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    assert Message.objects.count() == 5 * CHILDREN
    for _ in range(KILLS):
        stage.sink.held.clear()
        stage.sink.hold_after = 5
        sender = stage.sender(DRAIN_BATCH="20")
        # The mail is in the server's hands and the sender does not know it: the worst instant to die at.
        assert stage.sink.held.wait(30)
        sender.kill()
    stage.sink.let_go.set()
    stage.sender()
    took = until(story.all_sent, seconds=PATIENCE * (LEASE + 10), what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    again = repeats(stage.sink.accepted) + len(stage.gateway.posted) - sum(stage.gateway.once.values())
    assert again <= KILLS
    assert MessageProof.objects.filter(accepted=True).count() == 5 * CHILDREN
    assert took < PATIENCE * 30
    assert not story.broken()
    done = (
        f"a sender killed {KILLS} times with `kill -9`, each time while the mail server holds back its answer"
    )
    stage.note(
        "Sender killed in mid-send",
        done,
        owed=5 * CHILDREN,
        took=f"all out {took:.0f} s after the last start",
    )


def test_a_sender_frozen_past_its_lease_finds_its_late_mark_refused(stage: Stage) -> None:
    children = story.silent(1)
    sweep.sweep_all(now=clock.now())
    frozen = stage.sender(DRAIN_BATCH="1", EMAIL_TIMEOUT="3")
    stage.sink.hold_after = 0
    assert stage.sink.held.wait(30)
    frozen.freeze()
    stage.sink.let_go.set()
    held = Message.objects.get(status=MessageStatus.SENDING)
    until(lambda: clock.now() > (held.lease_until or clock.now()), seconds=30, what="the lease to lapse")
    while delivery.deliver(clock=clock.now):
        pass
    held.refresh_from_db()
    assert (held.status, held.fence, held.attempts) == (MessageStatus.SENT, 2, 2)
    frozen.thaw()
    until(lambda: "late_mark_refused" in frozen.said(), seconds=30, what="the refusal of the late mark")
    assert frozen.ended() is None
    frozen.kill()
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert repeats(stage.sink.accepted) == 1
    assert MessageProof.objects.filter(message=held, accepted=True).count() == 1
    assert story.all_sent()
    assert not story.broken()
    done = (
        "a sender stopped with SIGSTOP in mid-send until its lease has lapsed, and resumed after another sent"
    )
    stage.note("Sender frozen past its lease", done, owed=5, took="its late mark is refused by the fence")


def test_a_sender_asked_to_end_leaves_nothing_behind_that_another_does_not_send(stage: Stage) -> None:
    children = story.silent(4)
    sweep.sweep_all(now=clock.now())
    polite = stage.sender(DRAIN_BATCH="10")
    until(lambda: len(stage.sink.accepted) >= 2, seconds=30, what="two mails")
    polite.process.send_signal(signal.SIGTERM)
    polite.process.wait(60)
    time.sleep(LEASE)
    while delivery.deliver(clock=clock.now):
        pass
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert repeats(stage.sink.accepted) <= 1
    assert story.all_sent()
    assert not story.broken()


def test_a_sender_killed_between_any_two_statements_loses_nothing(stage: Stage) -> None:
    children = story.silent(1)
    sweep.sweep_all(now=clock.now())
    killed = stage.run("deliver", "-m", "tests.faults.kit.failpoints", "deliver")
    assert killed.process.wait(180) == 0, killed.said()
    kills = killed.said().count('"killed": true')
    assert kills > 10, killed.said()
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    # Only a death between the server's answer and the mark's commit can repeat a message.
    again = repeats(stage.sink.accepted) + len(stage.gateway.posted) - sum(stage.gateway.once.values())
    assert 0 < again < kills
    assert story.all_sent()
    assert not story.broken()
    done = f"a sender killed {kills} times: before each of its statements, before and after each commit"
    stage.note(
        "Sender killed between statements", done, owed=5, took="the next sender goes on after the lease"
    )
