"""Sweepers killed between any two statements and many of everything at once: whole transitions, each once."""

import json
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2

from alerts import sweep
from alerts.models import Alert, AlertStep, Clock, Heartbeat, Message, MessageItem
from cases import clock
from cases.models import Event
from tests import factories
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import FULL, Stage, until

HOUSES, CHILDREN = (25, 400) if FULL else (2, 18)


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
    owed = sum(due.values()) + sum(stage.gateway.once.values())
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


def owner(stage: Stage, statement: str, values: list[Any]) -> None:
    """Do as the schema's owner what the application may not."""
    with (
        closing(psycopg2.connect(stage.database.owner_dsn)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)
