"""Sweepers killed between any two statements and many of everything at once: whole transitions, each once."""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest

from alerts import claims, health, sweep
from alerts.models import Alert, AlertStep, Clock, DutyTask, Heartbeat, Message, MessageItem
from alerts.schedule import Step
from cases import clock
from cases.models import Event, MissingEpisode
from tests import factories
from tests.benchmarks.rows import quick
from tests.counts import FULL, counts
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import LEASE, PATIENCE, Stage, until

# Ten thousand messages at full counts.
HOUSES, CHILDREN = (25, 1_920) if FULL else (2, 18)
CLAIMS = 100_000 if FULL else 500


def test_a_sweeper_killed_between_any_two_statements_leaves_no_half_transition(stage: Stage) -> None:
    children = [*story.silent(1), *story.a_silent_house(2)]
    # All of them silent: an open episode would be a batch, and a commit, of its own.
    kills, _ = killed_everywhere(stage)
    ladders = Counter(AlertStep.objects.values_list("alert__child", "step"))
    assert set(ladders.values()) == {1}
    assert Event.objects.filter(kind="climbed").count() == AlertStep.objects.count()
    end_clean(stage)
    owed = stage.assert_heard(mails=story.first_mails(children), texts=story.first_texts(children))
    note_kills(stage, "Sweeper killed between statements", kills, owed=owed)


@pytest.mark.by_turns(8)
def test_a_sweeper_killed_while_a_rung_opens_episodes_opens_all_of_them_or_none(stage: Stage) -> None:
    silent = [*story.silent(1), *story.a_silent_house(2)]
    move_to(stage, Step.R3)
    assert not MissingEpisode.objects.exists()
    kills, (more,) = killed_everywhere(stage)
    # Each with its rung, its events, its task at the desk and its messages.
    assert more["cases_missingepisode"] == more["alerts_dutytask"] == len(silent)
    assert AlertStep.objects.filter(step=Step.R3).count() == len(silent)
    opened = MissingEpisode.objects.filter(status="not_confirmed", police_owed_at=None)
    assert set(opened.values_list("child", flat=True)) == {one.child.pk for one in silent}
    asked = DutyTask.objects.filter(kind="ring_police").values_list("episode", flat=True)
    assert sorted(asked) == sorted(episode.pk for episode in opened)
    assert more["cases_event"] >= 2 * len(silent)
    assert more["alerts_message"] > 0
    end_clean(stage)
    owed = stage.assert_heard(mails=mails_until_police(silent), texts=texts_until_police(silent))
    note_kills(stage, "Sweeper killed while episodes open", kills, owed=owed)


def test_a_sweeper_killed_at_the_fail_safe_owes_the_police_all_or_nothing(stage: Stage) -> None:
    silent = [*story.silent(1), *story.a_silent_house(2)]
    move_to(stage, Step.FAIL_SAFE)
    assert not Message.objects.filter(post="force").exists()
    kills, (more, second) = killed_everywhere(stage, commits=2)
    # First the search begins, and then, in the next batch, its first call step owes the messages.
    assert more["alerts_alertstep"] == AlertStep.objects.filter(step=Step.FAIL_SAFE).count() == len(silent)
    assert second["alerts_alert"] == second["alerts_alertstep"] == len(silent)
    asked = Message.objects.filter(post="force", mailbox__purpose="control_room")
    assert set(asked.values_list("episode__child", flat=True)) == {one.child.pk for one in silent}
    owed = MissingEpisode.objects.exclude(police_owed_at=None)
    assert set(owed.values_list("child", flat=True)) == {one.child.pk for one in silent}
    end_clean(stage)
    # Each control room has heard of each child of its force, once; in a shared home each child brought one of its own.
    owed = stage.assert_heard(
        mails=mails_until_police(silent) + story.call_mails(silent),
        texts=texts_until_police(silent) + story.desk_texts(silent, "call_0"),
    )
    note_kills(stage, "Sweeper killed at the fail-safe", kills, owed=owed)


@pytest.mark.by_turns(8)
def test_a_sweeper_killed_while_alerts_stand_down_ends_all_of_them_or_none(stage: Stage) -> None:
    silent = [*story.silent(1), *story.a_silent_house(2)]
    sweep.sweep_all(now=clock.now())
    story.send_all()
    mails, texts = story.first_mails(silent), story.first_texts(silent)
    stage.assert_heard(mails=mails, texts=texts)
    for one in silent:
        factories.seen(one.child, by=one.carer, at=clock.now())
    assert Alert.objects.open().count() == len(silent)
    kills, (more,) = killed_everywhere(stage)
    assert more["alerts_message"] > 0
    assert more["cases_event"] == len(silent)
    assert not Alert.objects.open().exists()
    end_clean(stage)
    # Whoever was told of one has heard of its end, once.
    owed = stage.assert_heard(mails=mails + mails, texts=texts + story.endings(texts))
    note_kills(stage, "Sweeper killed while alerts end", kills, owed=owed)


def mails_until_police(children: Sequence[Watched]) -> Counter[str]:
    """Whom silence mails from its first rung to the one that asks for a call to the police."""
    return story.first_mails(children) + story.manager_mails(children) + story.ring_police_mails(children)


def texts_until_police(children: Sequence[Watched]) -> Counter[tuple[str, str]]:
    """Whom it texts until then, by phone and rung."""
    return story.first_texts(children) + story.manager_texts(children) + story.desk_texts(children, "R3")


def killed_everywhere(stage: Stage, *, commits: int = 1) -> tuple[int, list[Counter[str]]]:
    """Sweep what is due at this instant, dying at every chance; the deaths, and the rows that each commit has added."""
    killed = stage.run("sweep", "-m", "tests.faults.kit.failpoints", "sweep")
    assert killed.process is not None
    assert killed.process.wait(PATIENCE * 180) == 0, killed.said()
    assert "sweep_batch_failed" not in killed.said()
    lines = [json.loads(line) for line in killed.said().splitlines() if line.startswith('{"killed"')]
    kills = [line for line in lines if line["killed"]]
    # The statements of the batch were died at, and the instants before and after its commit.
    assert len(kills) > counts(8, 25), lines
    # All of a commit stands, or nothing of it.
    whole = [next(alike) for _, alike in itertools.groupby(lines, key=lambda line: line["state"])]
    assert len(whole) == len({line["state"] for line in whole}) == commits + 1, whole
    gained = [
        Counter({table: rows - one["rows"][table] for table, rows in two["rows"].items()})
        for one, two in itertools.pairwise(whole)
    ]
    return len(kills), gained


def move_to(stage: Stage, step: Step) -> None:
    """Let all climb that is owed before this step, and make it the instant at which the step is owed of all."""
    owed = {datetime.fromisoformat(row.steps[step]) for row in Clock.objects.filter(kind="contact")}
    assert len(owed) == 1
    (at,) = owed
    sweep.sweep_all(now=at - timedelta(seconds=1))
    stage.set_clock(clock.now(), at + timedelta(seconds=1))


def end_clean(stage: Stage) -> None:
    """Do what is left to do, and send it: what waits for more to the same reader too."""
    for _ in range(2):
        while sweep.sweep(now=clock.now()).clocks:
            pass
        story.send_all()
        stage.set_clock(clock.now(), clock.now() + timedelta(minutes=2))
    assert repeats(stage.sink.accepted) == 0
    assert not story.broken()


def note_kills(stage: Stage, fault: str, kills: int, *, owed: int) -> None:
    done = f"a sweeper killed {kills} times: before each of its statements, before and after its commit"
    stage.note(fault, done, owed=owed, took="all of the batch stands, or nothing")


def test_two_beats_two_workers_two_sweepers_and_four_senders_send_each_message_once(stage: Stage) -> None:
    # As shipped: beside nine others a sender may be kept from the processor for seconds.
    stage.lease = LEASE
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


@pytest.mark.by_turns(8)
def test_a_record_that_fails_is_set_aside_and_reported_and_the_others_go_on(stage: Stage) -> None:
    children = [*story.silent(2), *story.a_silent_house(3)]
    broken = children[3].child
    # A means that no verb writes and no reading survives.
    contact = factories.seen(broken, by=children[3].carer, at=story.ARRIVES + timedelta(minutes=5))
    spoil = "UPDATE cases_contact SET means = %s WHERE child_id = %s"
    owner(stage, spoil, ["telepathy", broken.pk])
    sweeper = stage.sweeper()
    others = {one.child.pk for one in children} - {broken.pk}
    told = lambda: set(Alert.objects.values_list("child", flat=True))  # noqa: E731 - read again and again
    took = until(lambda: told() == others, seconds=60, what="the alerts of all others")
    until(lambda: Clock.objects.filter(faults__gt=1).exists(), seconds=60, what="a second try")
    assert set(Clock.objects.filter(faults__gt=0).values_list("child", flat=True)) == {broken.pk}
    assert "record_fails" in sweeper.said()
    assert not Message.objects.filter(items__alert__child=broken).exists()
    assert MessageItem.objects.values("alert__child").distinct().count() == len(others)
    sweeper.kill()
    owner(stage, spoil, [contact.means, broken.pk])
    Clock.objects.filter(faults__gt=0).update(set_aside_until=None)
    sweep.sweep_all(now=clock.now())
    story.send_all()
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert repeats(stage.sink.accepted) == 0
    assert not story.broken()
    done = "one child of a house has a row that no reading survives; a sweeper runs on"
    stage.note(
        "A record that fails",
        done,
        owed=sum(once(stage.sink.accepted).values()) + sum(stage.gateway.once.values()),
        took=f"the others are told in {took:.1f} s; it is set aside and reported",
    )


@pytest.mark.by_turns(8)
def test_a_transaction_held_open_while_many_claims_pass_is_named_before_it_slows_the_sweep(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not FULL:
        monkeypatch.setattr(health, "DEAD_AT_MOST", CLAIMS // 2)
        monkeypatch.setattr(health, "PASSED_AT_MOST", CLAIMS // 50)
    children = story.silent(100 if FULL else 10)
    sweep.sweep_all(now=clock.now())
    now, later = clock.now(), clock.now() + timedelta(hours=1)
    looks = dict(Clock.objects.filter(kind="contact").values_list("pk", "next_at"))
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
    for pk, next_at in looks.items():
        Clock.objects.filter(pk=pk).update(next_at=next_at)
    story.send_all()
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert repeats(stage.sink.accepted) == 0
    assert not story.broken()
    stage.note(
        "Transaction held open",
        f"one stands open while {CLAIMS:,} claims pass and clocks move",
        owed=5 * len(children),
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
