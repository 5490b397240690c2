"""Senders killed and frozen in mid-send: nothing is lost, and what comes twice is the same message."""

import signal
import time
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection

from alerts import delivery, sweep
from alerts.models import Message, MessageProof
from alerts.states import MessageStatus
from cases import clock
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Process, Stage, until

# Each child owes three mails and two texts at its first rungs.
CHILDREN, KILLS = (334, 20) if FULL else (12, 3)
# The same for a sender with the batch as shipped, and what one with a small batch takes at most.
OF_BATCHES, FEW = 4 if FULL else 2, 20
# How many children are owed word of at a time where four senders are killed one by one.
WAVE = 12 if FULL else 6


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
    took = until(story.all_sent, seconds=PATIENCE * 30, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    again = repeats(stage.sink.accepted) + len(stage.gateway.posted) - sum(stage.gateway.once.values())
    assert again <= KILLS
    assert MessageProof.objects.filter(accepted=True).count() == 5 * CHILDREN
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


@pytest.mark.by_turns(8)
def test_what_senders_as_shipped_had_claimed_when_they_were_killed_is_sent_by_others_after_the_lease(
    stage: Stage,
) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    claimed, held = dict[UUID, datetime](), set[str]()
    for _ in range(OF_BATCHES):
        stage.sink.held.clear()
        stage.sink.hold_after = 5
        sender = stage.sender()
        assert stage.sink.held.wait(30 + stage.lease)
        sender.kill()
        held.add(stage.sink.handed[-1].mail_id)
        left = Message.objects.filter(status=MessageStatus.SENDING)
        claimed = dict(left.exclude(lease_until=None).values_list("pk", "lease_until"))
        assert len(claimed) > FEW, "more than a sender of a small batch takes"
    stage.sink.let_go.set()
    stage.sender()
    took = until(story.all_sent, seconds=stage.lease + PATIENCE * 30, what="every message out")
    sent = dict(Message.objects.filter(pk__in=claimed).values_list("pk", "sent_at"))
    assert all(sent[pk] >= lease for pk, lease in claimed.items()), "nobody else had them before"
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    again = stage.again()
    assert set(again) <= held
    assert again.total() <= OF_BATCHES
    assert not story.broken()
    done = f"a sender with the batch as shipped killed {OF_BATCHES} times in mid-send, the rest of the batch in its hands"
    what = f"all out {took:.0f} s after the last start, what was claimed after its lease of {stage.lease} s"
    stage.note("Sender killed with a batch", done, owed=5 * CHILDREN, took=what)


@pytest.mark.by_turns(8)
def test_four_senders_killed_one_by_one_while_all_four_send_lose_nothing(stage: Stage) -> None:
    # A mail takes half a second, so that no one of them has all the work, and still far less than it may.
    stage.sink.answers_after = 0.5
    if not FULL:
        stage.lease, stage.timeout = 11, 5
    children, crew, kills = story.silent(max(CHILDREN, 24)), dict[str, Process](), 0
    while kills < KILLS:
        while len(crew) < 4:
            name = f"127.1.{kills}.{len(crew)}"
            crew[name] = stage.sender(DRAIN_BATCH="1", PUBLIC_URL=f"http://{name}")
        until(lambda: backends() >= 4, seconds=60, what="four senders at the database")
        before = len(stage.sink.handed)
        # At last all that is left is owed at once: nothing new comes after the last start.
        swept = sweep.sweep(now=clock.now(), batch=len(children) if kills + 1 == KILLS else WAVE)
        assert swept.clocks, "all was owed, and never were four at work at one time"
        if not all_at_work(stage, set(crew), since=before):
            continue
        stage.sink.held.clear()
        stage.sink.hold_after = 0
        assert stage.sink.held.wait(30)
        crew.pop(stage.sink.held_by).kill()
        assert [other.ended() for other in crew.values()] == [None] * 3
        kills += 1
    stage.sink.answers_after = 0
    stage.sender()
    took = until(story.all_sent, seconds=PATIENCE * 30, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    again = repeats(stage.sink.accepted) + len(stage.gateway.posted) - sum(stage.gateway.once.values())
    assert again <= KILLS
    assert not story.broken()
    done = f"of four senders that are all at work one is killed with `kill -9` in mid-send, {KILLS} times"
    owed = 5 * len(children)
    stage.note(
        "One of four senders killed", done, owed=owed, took=f"all out {took:.0f} s after the last start"
    )


def all_at_work(stage: Stage, names: set[str], *, since: int) -> bool:
    """Wait until each of these senders has had a mail, and mails are left for all of them; false where none are."""
    left = Message.objects.unsent().filter(channel="mail")
    while left.count() > len(names):
        if {mail.by for mail in stage.sink.handed[since:]} >= names:
            return True
        time.sleep(0.05)
    return False


def backends() -> int:
    """How many other processes are connected to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid()"
        )
        (found,) = cursor.fetchone()
    return int(found)


def test_a_sender_frozen_past_its_lease_finds_its_late_mark_refused(stage: Stage) -> None:
    children = story.silent(1)
    sweep.sweep_all(now=clock.now())
    frozen = stage.sender(DRAIN_BATCH="1")
    stage.sink.hold_after = 0
    assert stage.sink.held.wait(30)
    frozen.freeze()
    stage.sink.let_go.set()
    held = Message.objects.get(status=MessageStatus.SENDING)
    until(
        lambda: clock.now() > (held.lease_until or clock.now()),
        seconds=PATIENCE * stage.lease,
        what="the lease to lapse",
    )
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


@pytest.mark.by_turns(8)
def test_a_sender_asked_to_end_leaves_nothing_behind_that_another_does_not_send(stage: Stage) -> None:
    children = story.silent(4)
    sweep.sweep_all(now=clock.now())
    polite = stage.sender(DRAIN_BATCH="10")
    until(lambda: len(stage.sink.accepted) >= 2, seconds=30, what="two mails")
    polite.process.send_signal(signal.SIGTERM)
    polite.process.wait(60)
    time.sleep(stage.lease)
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
