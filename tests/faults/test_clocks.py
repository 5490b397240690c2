"""Clocks that jump, that differ, and that change in spring and autumn: each rung once, none lost, and people hear."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from alerts import heartbeats
from alerts.models import Alert, AlertStep, Heartbeat, Message, Outage
from cases import clock
from tests import factories
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Process, Stage, until

CHILDREN = 100 if FULL else 3
JUMP = timedelta(hours=2)
AHEAD = timedelta(minutes=10)
# What no outage is made of.
STRIDE = timedelta(minutes=9)
# Breakfast ends at half past eight by the clock on the wall: an hour of the night is missing, or comes twice.
CHANGES = [
    ("spring", datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 7, 30, tzinfo=UTC)),
    ("autumn", datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 10, 25, 8, 30, tzinfo=UTC)),
]
WATCH = "watch@rollcall.example"
# What is promised is two minutes; here the watchdog's patience is shorter.
PROMISED = 10


def start(stage: Stage, work: str, **more: str) -> Process:
    return stage.run(work, "-m", "tests.faults.kit.loop", work, WATCHDOG_CONTACT_EMAIL=WATCH, **more)


def seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def told(stage: Stage, words: str) -> bool:
    return any(words in mail.text for mail in stage.sink.accepted if mail.to == WATCH)


def mails(stage: Stage) -> Counter[str]:
    return once([mail for mail in stage.sink.accepted if mail.to != WATCH])


@pytest.mark.by_turns(8)
def test_a_clock_put_back_two_hours_makes_nothing_wait_for_them_and_set_right_repeats_nothing(
    stage: Stage,
) -> None:
    children = story.silent(CHILDREN)
    stage.let_clocks_follow()
    stage.sink.stop()
    running = [start(stage, "ticks"), start(stage, "hasty_watchdog")]
    refused = Message.objects.filter(channel="mail", status="queued", attempts__gte=1)
    until(lambda: refused.count() == 3 * CHILDREN, seconds=60, what="a try of each mail")
    stage.set_clock(clock.now(), clock.now() - JUMP)
    stage.sink.start()
    took = until(lambda: not story.unsent(), seconds=PATIENCE * 5 + CHILDREN / 5, what="every mail out")
    until(lambda: told(stage, "clock_put_back"), seconds=PATIENCE * PROMISED, what="word to a person")
    assert mails(stage) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)

    stage.set_clock(clock.now(), clock.now() + JUMP)
    # Nothing was swept in those two hours, as far as anybody can know.
    until(Outage.objects.exists, seconds=30, what="the outage")
    lists = Counter(one.desk.mailbox.address for one in children)
    until(
        lambda: mails(stage) == story.first_mails(children) + lists,
        seconds=30,
        what="the lists of the outage",
    )
    until(story.all_out, seconds=30, what="every message out")
    asked = Counter((phone, "outage") for one in children for phone in (one.home.phone, one.desk.shift.phone))
    assert stage.gateway.once == story.first_texts(children) + asked
    assert not stage.again()
    assert AlertStep.objects.count() == 2 * CHILDREN
    assert [process.ended() for process in running] == [None, None]
    assert not story.broken()
    stage.note(
        "Clock put back two hours and set right",
        "the clock of the database jumps while workers and watchdog run",
        owed=sum(mails(stage).values())
        + 4 * CHILDREN
        + sum(mail.to == WATCH for mail in stage.sink.accepted),
        took=f"what waited is out {took:.0f} s after the jump; a person is told",
    )


@pytest.mark.by_turns(8)
def test_a_machine_ten_minutes_off_is_told_of_and_sweeps_by_the_clock_of_the_database(stage: Stage) -> None:
    stage.set_clock(clock.now(), story.FIRST_RUNGS - AHEAD - timedelta(seconds=2))
    children = story.silent(CHILDREN)
    stage.let_clocks_follow()
    off = {"MACHINE_AHEAD": str(seconds(AHEAD))}
    running = [start(stage, "ticks", **off), start(stage, "hasty_watchdog", **off)]
    until(
        lambda: told(stage, "clock_difference: +600.0 seconds"), seconds=PATIENCE * PROMISED + 30, what="word"
    )
    assert not Alert.objects.exists()
    # One whose time itself is wrong climbs early by as much; it is sent in its time, and nobody climbs it again.
    fast = stage.run(
        "fast",
        "-m",
        "tests.faults.kit.loop",
        "sweep",
        CLOCK_FILE="",
        CLOCK_SHIFT=str(stage.shift + seconds(AHEAD)),
    )
    until(lambda: Alert.objects.count() == CHILDREN, seconds=60 + CHILDREN / 5, what="every alert")
    fast.kill()
    assert not mails(stage)
    for _ in range(5):
        # By steps, each of them swept, or it would pass for an outage.
        stage.set_clock(clock.now(), clock.now() + AHEAD / 5)
        swept = Heartbeat.objects.filter(name=heartbeats.SWEEP, beat_at__gte=clock.now())
        until(swept.exists, seconds=30, what="a sweep by the clock as it is now")
    until(story.all_sent, seconds=30, what="every message out")
    assert mails(stage) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert repeats(stage.sink.accepted) == 0
    early = AlertStep.objects.values_list(F("owed_at") - F("climbed_at"), flat=True)
    assert len(early) == 2 * CHILDREN
    assert max(early) <= AHEAD
    assert [process.ended() for process in running] == [None, None]
    assert not story.broken()
    stage.note(
        "Machine ten minutes off",
        "a machine’s clock is ahead of the database’s, then one sweeper’s time itself",
        owed=5 * CHILDREN + sum(mail.to == WATCH for mail in stage.sink.accepted),
        took="a person is told; the machine’s own clock changes nothing, the wrong time comes early, once",
    )


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("season", "change", "closes"), CHANGES)
def test_over_a_night_in_which_the_clocks_change_each_window_ends_by_the_clock_on_the_wall(
    stage: Stage, season: str, change: datetime, closes: datetime
) -> None:
    stage.set_clock(clock.now(), change - timedelta(minutes=20))
    # After the last window of that evening, in winter time and in summer time.
    arrives = change - timedelta(minutes=80)
    children = [factories.a_watched_child(at=arrives) for _ in range(CHILDREN)]
    rungs = closes + timedelta(minutes=30)
    stage.hurry(rungs + STRIDE - clock.now(), stride=STRIDE, seconds=120 + CHILDREN)
    assert set(Alert.objects.values_list("due_at", flat=True)) == {closes}
    steps = AlertStep.objects.values_list("alert__child", "step", "owed_at")
    assert sorted(steps) == sorted((one.child.pk, step, rungs) for one in children for step in ("R0", "R1"))
    assert mails(stage) == story.first_mails(children)
    assert all("8:30am" in mail.text for mail in stage.sink.accepted)
    assert stage.gateway.once == story.first_texts(children)
    assert repeats(stage.sink.accepted) == 0
    assert not story.broken()
    stage.note(
        f"Clocks change in {season}",
        "workers run from before the change until the morning’s first window has ended",
        owed=5 * CHILDREN,
        took="told half an hour after 8:30am by the clock on the wall, once",
    )
