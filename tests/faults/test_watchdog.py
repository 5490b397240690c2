"""Redis, beat and every worker dead: the watchdog does the work and tells a person."""

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from alerts import heartbeats, sweep
from alerts.models import Alert, Heartbeat, Message
from cases import clock
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.sink import once
from tests.faults.kit.stage import PATIENCE, Process, Stage, until

CHILDREN = 200 if FULL else 6
WATCH, WATCH_PHONE = "watch@rollcall.example", "01632 960 199"
CONTACT = {"WATCHDOG_CONTACT_EMAIL": WATCH, "WATCHDOG_CONTACT_PHONE": WATCH_PHONE}
# What is promised is two minutes; a small run shortens the watchdog's patience, not its work.
PROMISED = 120 if FULL else 10


def a_watchdog(stage: Stage) -> Process:
    if FULL:
        return stage.watchdog(**CONTACT)
    hasty = ("-m", "tests.faults.kit.loop", "hasty_watchdog")
    return stage.run("watchdog", *hasty, HEARTBEAT_STALE_SECONDS="5", **CONTACT)


def of_mails(stage: Stage) -> Counter[str]:
    """The mails by address, but for those to the watchdog's own contact."""
    return once([mail for mail in stage.sink.accepted if mail.to != WATCH])


def of_children(stage: Stage) -> Counter[tuple[str, str]]:
    """The texts and calls by phone and rung, but for those to the watchdog's own contact."""
    return Counter(
        {(phone, rung): n for (phone, rung), n in stage.gateway.once.items() if phone != WATCH_PHONE}
    )


def test_with_redis_beat_and_workers_dead_the_watchdog_does_the_work_and_tells_a_person(stage: Stage) -> None:
    redis = stage.start_redis()
    dead = [*stage.workers(), stage.beat()]
    until(lambda: Heartbeat.objects.count() == 2, seconds=60, what="the beats of the living")
    for process in (redis, *dead):
        process.kill()
    killed = time.monotonic()
    # Silent from now on: a sender that is killed with a mail in hand cannot say whether it is out, and it goes again.
    children = story.silent(CHILDREN)
    watchdog = a_watchdog(stage)
    alerted = lambda those: Alert.objects.filter(child__in=[one.child for one in those]).count()  # noqa: E731
    until(
        lambda: alerted(children) == CHILDREN,
        seconds=PATIENCE * 60,
        what="the alerts of children whom no worker has seen",
    )
    # And somebody in whose time it has the work already.
    late = [story.one_more(), story.one_more()]
    # All that was owed before may be out already.
    until(lambda: alerted(late) == len(late), seconds=PATIENCE * 60, what="the alerts of those who came late")
    until(story.all_sent, seconds=PATIENCE * 60, what="every message out")
    told = lambda: [mail for mail in stage.sink.accepted if mail.to == WATCH]  # noqa: E731
    until(lambda: bool(told()), seconds=PATIENCE * PROMISED, what="word to a person")
    # Which of the checks is red first depends on how long the work takes; all of them say so.
    assert "Rollcall is late" in told()[0].text
    took = time.monotonic() - killed
    assert took < PATIENCE * 120, "a person is promised word within two minutes"
    texts = lambda: [body for body in stage.gateway.posted if body["phone"] == WATCH_PHONE]  # noqa: E731
    until(lambda: bool(texts()), seconds=PATIENCE * 5, what="the text to a person")
    assert "Rollcall is late" in texts()[0]["text"]
    assert of_mails(stage) == story.first_mails([*children, *late])
    assert of_children(stage) == story.first_texts([*children, *late])
    assert not stage.again()
    assert watchdog.ended() is None
    assert not story.broken()
    done = "Redis, beat and every worker killed; only the watchdog is left"
    owed = 5 * len([*children, *late]) + 2
    stage.note(
        "Nothing but the watchdog", done, owed=owed, took=f"a person is told {took:.0f} s after the kill"
    )


def second_of(pid: int) -> list[int]:
    """The processes that it has forked and that still run."""
    kept = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in kept.read_text().split()] if kept.exists() else []


@pytest.mark.by_turns(8)
def test_its_second_sender_is_started_anew_where_it_is_killed_and_goes_with_the_watchdog(
    stage: Stage,
) -> None:
    children = story.silent(CHILDREN)
    watchdog = a_watchdog(stage)
    until(lambda: bool(second_of(watchdog.pid)), seconds=PATIENCE * 10, what="the second sender")
    (first,) = second_of(watchdog.pid)
    os.kill(first, signal.SIGKILL)
    until(story.all_sent, seconds=PATIENCE * 60, what="every message out")
    until(lambda: second_of(watchdog.pid) not in ([], [first]), seconds=PATIENCE * 30, what="another")
    (second,) = second_of(watchdog.pid)
    os.kill(watchdog.pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{second}").exists(), seconds=PATIENCE * 15, what="the end of the second")
    assert of_mails(stage) == story.first_mails(children)
    assert of_children(stage) == story.first_texts(children)
    # Only the one that was killed first can have had a message in hand.
    assert stage.again().total() <= 1
    assert not story.broken()


@pytest.mark.by_turns(8)
def test_the_second_sender_sends_while_the_watchdog_itself_stands_still(stage: Stage) -> None:
    # What it held as it stopped is free again within the turn that it has asked the second for.
    stage.lease, stage.timeout = 4, 2
    children = story.silent(6)
    sweep.sweep_all(now=clock.now())
    watchdog = a_watchdog(stage)
    until(lambda: bool(second_of(watchdog.pid)), seconds=PATIENCE * 10, what="the second sender")
    until(lambda: bool(stage.sink.accepted), seconds=PATIENCE * 30, what="the first mail")
    os.kill(watchdog.pid, signal.SIGSTOP)
    try:
        in_hand = set(Message.objects.filter(status="sending").values_list("pk", flat=True))
        until(story.all_sent, seconds=PATIENCE * 20, what="every message out")
    finally:
        os.kill(watchdog.pid, signal.SIGCONT)
    resumed = clock.now()
    beat = Heartbeat.objects.filter(name=heartbeats.WATCHDOG, beat_at__gt=resumed)
    until(beat.exists, seconds=PATIENCE * 15, what="the end of the look in which it was stopped")
    assert of_mails(stage) == story.first_mails(children)
    assert of_children(stage) == story.first_texts(children)
    # What was handed over as it stopped may have gone twice: one message, which nobody else had in hand.
    again = stage.again()
    assert again.total() <= 1
    assert story.messages_of(again) <= in_hand
    assert not story.broken()


@pytest.mark.by_turns(8)
def test_with_the_mail_server_gone_too_the_person_is_told_by_text_and_the_mails_wait(stage: Stage) -> None:
    children = story.silent(2)
    stage.sink.stop()
    hasty = a_watchdog(stage)
    told = lambda: [b for b in stage.gateway.posted if b["phone"] == WATCH_PHONE]  # noqa: E731
    until(lambda: bool(told()), seconds=PATIENCE * PROMISED, what="word to a person")
    stage.sink.start()
    until(story.all_sent, seconds=PATIENCE * 20, what="every message out")
    assert of_mails(stage) == story.first_mails(children)
    assert of_children(stage) == story.first_texts(children)
    assert not stage.again()
    assert hasty.ended() is None
    assert not story.broken()
