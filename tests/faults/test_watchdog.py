"""Redis, beat and every worker dead: the watchdog does the work and tells a person."""

import time
from collections import Counter

from alerts.models import Alert, Heartbeat
from tests.faults.kit import story
from tests.faults.kit.sink import repeats
from tests.faults.kit.stage import FULL, PATIENCE, Process, Stage, until

CHILDREN = 200 if FULL else 6
WATCH_PHONE = "01632 960 199"
CONTACT = {"WATCHDOG_CONTACT_EMAIL": "watch@rollcall.example", "WATCHDOG_CONTACT_PHONE": WATCH_PHONE}
# What is promised is two minutes; a small run shortens the watchdog's patience, not its work.
PROMISED = 120 if FULL else 10


def a_watchdog(stage: Stage) -> Process:
    if FULL:
        return stage.watchdog(**CONTACT)
    hasty = ("-m", "tests.faults.kit.loop", "hasty_watchdog")
    return stage.run("watchdog", *hasty, HEARTBEAT_STALE_SECONDS="5", **CONTACT)


def of_children(stage: Stage) -> Counter[tuple[str, str]]:
    """The texts and calls by phone and rung, but for those to the watchdog's own contact."""
    return Counter(
        {(phone, rung): n for (phone, rung), n in stage.gateway.once.items() if phone != WATCH_PHONE}
    )


def test_with_redis_beat_and_workers_dead_the_watchdog_does_the_work_and_tells_a_person(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    redis = stage.start_redis()
    dead = [*stage.workers(), stage.beat()]
    until(lambda: Heartbeat.objects.count() == 2, seconds=60, what="the beats of the living")
    for process in (redis, *dead):
        process.kill()
    killed = time.monotonic()
    late = [story.one_more(), story.one_more()]
    watchdog = a_watchdog(stage)
    until(
        lambda: Alert.objects.filter(child__in=[one.child for one in late]).count() == 2,
        seconds=PATIENCE * 60,
        what="the alerts of children whom no worker has seen",
    )
    until(story.all_sent, seconds=PATIENCE * 60, what="every message out")
    told = lambda: [mail for mail in stage.sink.accepted if mail.to == "watch@rollcall.example"]  # noqa: E731
    until(lambda: bool(told()), seconds=PATIENCE * PROMISED, what="word to a person")
    # Which of the checks is red first depends on how long the work takes; all of them say so.
    assert "Rollcall is late" in told()[0].text
    took = time.monotonic() - killed
    texts = lambda: [body for body in stage.gateway.posted if body["phone"] == WATCH_PHONE]  # noqa: E731
    until(lambda: bool(texts()), seconds=PATIENCE * 5, what="the text to a person")
    assert "Rollcall is late" in texts()[0]["text"]
    mails = Counter(mail.to for mail in stage.sink.accepted if mail.to != "watch@rollcall.example")
    assert mails == story.first_mails([*children, *late])
    assert of_children(stage) == story.first_texts([*children, *late])
    assert repeats(stage.sink.accepted) == 0
    assert watchdog.ended() is None
    assert not story.broken()
    done = "Redis, beat and every worker killed; only the watchdog is left"
    owed = 5 * len([*children, *late]) + 2
    stage.note(
        "Nothing but the watchdog", done, owed=owed, took=f"a person is told {took:.0f} s after the kill"
    )


def test_with_the_mail_server_gone_too_the_person_is_told_by_text_and_the_mails_wait(stage: Stage) -> None:
    children = story.silent(2)
    stage.sink.stop()
    hasty = a_watchdog(stage)
    told = lambda: [b for b in stage.gateway.posted if b["phone"] == WATCH_PHONE]  # noqa: E731
    until(lambda: bool(told()), seconds=PATIENCE * PROMISED, what="word to a person")
    stage.sink.start()
    until(story.all_sent, seconds=PATIENCE * 20, what="every message out")
    mails = Counter(mail.to for mail in stage.sink.accepted if mail.to != "watch@rollcall.example")
    assert mails == story.first_mails(children)
    assert of_children(stage) == story.first_texts(children)
    assert hasty.ended() is None
    assert not story.broken()
