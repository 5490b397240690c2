"""Sweepers killed between any two statements and many of everything at once: whole transitions, each once."""

import json
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest

from alerts import claims, health, sweep
from alerts.models import Alert, AlertStep, Clock, Heartbeat, Message, MessageItem
from cases import clock
from cases.models import Event
from tests import factories
from tests.benchmarks.rows import quick
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import FULL, Stage, until

# Ten thousand messages at full counts.
HOUSES, CHILDREN = (25, 1_920) if FULL else (2, 18)
CLAIMS = 100_000 if FULL else 500


def test_a_sweeper_killed_between_any_two_statements_leaves_no_half_transition(stage: Stage) -> None:
    story.silent(1), story.a_silent_house(2)
    # All of them silent: an open episode would be a batch, and a commit, of its own.
    killed = stage.run("sweep", "-m", "tests.faults.kit.failpoints", "sweep")
    assert killed.process.wait(180) == 0, killed.said()
    assert "sweep_batch_failed" not in killed.said()
    lines = [json.loads(line) for line in killed.said().splitlines() if line.startswith('{"killed"')]
    kills = [line for line in lines if line["killed"]]
    # Every statement of the batch was died at, and the instants before and after its commit.
    assert len(kills) > 25, lines
    # All of it stands, or nothing.
    before, after = lines[0]["state"], lines[-1]["state"]
    assert before != after
    states = [line["state"] for line in lines]
    assert states == [before] * states.count(before) + [after] * states.count(after)
    ladders = Counter(AlertStep.objects.values_list("alert__child", "step"))
    assert set(ladders.values()) == {1}
    assert Event.objects.filter(kind="climbed").count() == AlertStep.objects.count()
    while sweep.sweep(now=clock.now()).clocks:
        pass
    assert not story.broken()
    done = f"a sweeper killed {len(kills)} times: before each of its statements, before and after its commit"
    stage.note("Sweeper killed between statements", done, owed=0, took="all of the batch stands, or nothing")


def test_two_beats_two_workers_two_sweepers_and_four_senders_send_each_message_once(stage: Stage) -> None:
    # As shipped: beside nine others a sender may be kept from the processor for seconds.
    stage.lease = 30
    children = story.silent(CHILDREN)
    houses = [one for _ in range(HOUSES) for one in story.a_silent_house(4)]
    stage.start_redis()
    crowd = [stage.sweeper(SWEEP_BATCH="25") for _ in range(2)] + [stage.sender() for _ in range(4)]
    crowd += [stage.worker(SWEEP_BATCH="40")] + [stage.beat() for _ in range(2)]
    due = story.first_mails([*children, *houses])
    seconds = 60 + len(due) / 10
    until(lambda: Alert.objects.count() == len(children) + len(houses), seconds=seconds, what="every alert")
    took = until(story.all_sent, seconds=seconds, what="every message out")
    assert once(stage.sink.accepted) == due
    assert stage.gateway.once == story.first_texts([*children, *houses])
    assert repeats(stage.sink.accepted) == 0
    assert len(stage.gateway.posted) == sum(stage.gateway.once.values())
    until(lambda: Heartbeat.objects.filter(name="sweep").exists(), seconds=20, what="a tick through Redis")
    for process in crowd:
        assert process.ended() is None, process.said()
        assert "deadlock" not in process.said()
    assert not story.broken()
    done = "two beats, a Celery worker of two processes, two more sweepers and four more senders at once"
    owed = sum(due.values()) + sum(story.first_texts([*children, *houses]).values())
    stage.note("Many of everything", done, owed=owed, took=f"all out in {took:.0f} s")


def test_a_record_that_fails_is_set_aside_and_reported_and_the_others_go_on(stage: Stage) -> None:
    children = [*story.silent(2), *story.a_silent_house(3)]
    broken = children[3].child
    # A means that no verb writes and no reading survives.
    factories.seen(broken, by=children[3].carer, at=story.ARRIVES + timedelta(minutes=5))
    owner(stage, "UPDATE cases_contact SET means = 'telepathy' WHERE child_id = %s", [broken.pk])
    sweeper = stage.sweeper()
    others = {one.child.pk for one in children} - {broken.pk}
    told = lambda: set(Alert.objects.values_list("child", flat=True))  # noqa: E731 - read again and again
    took = until(lambda: told() == others, seconds=60, what="the alerts of all others")
    until(lambda: Clock.objects.filter(faults__gt=1).exists(), seconds=60, what="a second try")
    assert set(Clock.objects.filter(faults__gt=0).values_list("child", flat=True)) == {broken.pk}
    assert "record_fails" in sweeper.said()
    assert not Message.objects.filter(items__alert__child=broken).exists()
    assert MessageItem.objects.values("alert__child").distinct().count() == len(others)
    done = "one child of a house has a row that no reading survives; a sweeper runs on"
    stage.note(
        "A record that fails",
        done,
        owed=0,
        took=f"the others are told in {took:.1f} s; it is set aside and reported",
    )


def test_a_transaction_held_open_while_many_claims_pass_is_named_before_it_slows_the_sweep(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not FULL:
        monkeypatch.setattr(health, "DEAD_AT_MOST", CLAIMS // 2)
        monkeypatch.setattr(health, "PASSED_AT_MOST", CLAIMS // 50)
    children = story.silent(100 if FULL else 10)
    sweep.sweep_all(now=clock.now())
    now, later = clock.now(), clock.now() + timedelta(hours=1)
    clean = quick(lambda: sweep.sweep(now=now), 50)
    # One of the service's own, and one of another role, of which less is known.
    dsns = stage.database.dsn, stage.database.owner_dsn
    with closing(psycopg2.connect(dsns[0])) as ours, closing(psycopg2.connect(dsns[1])) as held:
        for one in (ours, held):
            one.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with one.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM alerts_clock")
        for _ in range(CLAIMS // (5 * len(children))):
            # Each is claimed, given back, and its child's clock moved on and back, as by a sweep.
            assert len(claims.claim(now, 500)) == 5 * len(children)
            Message.objects.update(status="queued", lease_until=None)
            for moment in (now, later):
                Clock.objects.filter(kind="contact").update(next_at=moment)
        slowed = quick(lambda: sweep.sweep(now=now), 50)
        red = lambda: {one.name: one.detail for one in health.read(now) if not one.ok}  # noqa: E731 - read again and again
        until(lambda: "old_transaction" in red(), seconds=20, what="the red check")
        for one in (ours, held):
            assert f"process {one.info.backend_pid} of " in red()["old_transaction"]
    until(lambda: "old_transaction" not in red(), seconds=20, what="its end")
    stage.note(
        "Transaction held open",
        f"one stands open while {CLAIMS:,} claims pass and clocks move",
        owed=0,
        took=f"an empty sweep takes {slowed * 1000:.1f} ms for {clean * 1000:.1f} ms; the check names the process",
    )


def owner(stage: Stage, statement: str, values: list[Any]) -> None:
    """Do as the schema's owner what the application may not."""
    with (
        closing(psycopg2.connect(stage.database.owner_dsn)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
