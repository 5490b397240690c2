"""Threads on one child and on one deadline: whatever the order, one lawful story and no deadlock."""

import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from structlog.testing import capture_logs

from alerts import (
    area_lists,
    brought_back,
    delivery,
    duty_tasks,
    escalations,
    kept_policies,
    revisions,
    second_calls,
    sweep,
    taken_again,
)
from alerts.models import Alert, AlertStep, Clock, DutyTask, Message, MessageItem, MessageKind, PolicyVersion
from alerts.revisions import Draft
from alerts.states import MessageStatus
from cases import attempts, children, contacts, links, log, mail_refusals
from cases.audit import seals
from cases.models import Child, Event, HeadCount, MissingEpisode
from cases.states import EpisodeStatus, IllegalMove
from tests import factories
from tests.alerts.outgoing import catch
from tests.alerts.threads import broken, settle, together
from tests.counts import counts
from tests.database import Clone
from tests.factories import Watched

CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
FIRST = CLOSES + timedelta(minutes=30)
ROUNDS = counts(16, 1000)


@pytest.fixture(autouse=True)
def held(settings: Any) -> None:
    """Nothing is sent but by the tests that send."""
    settings.SENDING = False


def test_a_contact_against_its_own_climb_leaves_no_alert_that_does_not_stand_down(committed: Clone) -> None:
    one = factories.a_watched_child()
    orders = Counter[str]()
    for number in range(ROUNDS):
        # Two organisations in turn, so that no second pair of eyes is owed.
        witness = (one.carer, one.guardian)[number % 2]
        moment = next_first_rung(one) + timedelta(seconds=1)
        results = together(
            lambda by=witness, at=moment: factories.seen(one.child, by=by, at=at),
            lambda at=moment: sweep.sweep(now=at),
        )
        assert not [r for r in results if isinstance(r, Exception)], results
        climbed = Event.objects.filter(child=one.child, kind="climbed", recorded_at=moment)
        written = Event.objects.get(child=one.child, kind="contact_recorded", recorded_at=moment)
        # The climb came first or not at all: a contact that stands is never followed by a new alert.
        assert all(event.number < written.number for event in climbed)
        orders["climbed first" if climbed else "seen first"] += 1
        settle(moment + timedelta(seconds=1))
        assert not Alert.objects.open().exists()
        waiting = Message.objects.filter(status=MessageStatus.QUEUED).exclude(kind=MessageKind.ENDING)
        assert not waiting.exists()
    assert sum(orders.values()) == ROUNDS
    assert not broken(moment + timedelta(seconds=1))


def next_first_rung(one: Watched) -> datetime:
    clock = Clock.objects.get(child=one.child, kind=Clock.Kind.CONTACT)
    assert clock.next_at is not None
    return clock.next_at


@pytest.mark.parametrize("again", range(counts(2, 10)))
def test_three_verbs_on_one_child_at_once_are_three_events_in_one_chain(committed: Clone, again: int) -> None:
    one = factories.a_watched_child()
    now = FIRST + timedelta(minutes=1)
    sweep.sweep_all(now=now)
    before = Event.objects.filter(child=one.child).count()
    results = together(
        lambda: factories.seen(one.child, by=one.carer, at=now),
        lambda: factories.missing(one.child, by=one.worker, at=now),
        lambda: factories.out(one.child, until=now + timedelta(hours=2), by=one.carer, at=now),
        lambda: sweep.sweep(now=now),
    )
    # What the child's state forbids by then is refused in words; nothing else goes wrong.
    errors = [r for r in results if isinstance(r, Exception)]
    assert all(isinstance(error, IllegalMove) for error in errors), errors
    settle(now + timedelta(seconds=1))
    events = list(Event.objects.filter(child=one.child).order_by("number"))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert len(events) > before
    assert log.broken_links([one.child.pk]) == []
    assert MissingEpisode.objects.filter(child=one.child).count() <= 1
    assert not broken(now + timedelta(seconds=1))


def test_two_reports_at_once_are_one_episode(committed: Clone) -> None:
    one = factories.a_watched_child()
    now = FIRST
    results = together(
        lambda: factories.missing(one.child, by=one.worker, at=now),
        lambda: factories.not_here(one.child, by=one.carer, at=now),
    )
    assert all(isinstance(r, (MissingEpisode, IllegalMove)) for r in results), results
    episode = MissingEpisode.objects.get(child=one.child)
    assert episode.status == EpisodeStatus.MISSING
    settle(now)
    police = Message.objects.filter(step="call_0", post="force")
    assert set(Counter(police.values_list("recipient", flat=True)).values()) == {1}
    assert not broken(now)


def test_two_housemates_reported_at_one_instant_ask_for_one_another_and_the_third_and_nobody_waits(
    committed: Clone,
) -> None:
    home = factories.a_home()
    children = [factories.a_watched_child(home=home) for _ in range(3)]
    first, second, third = children
    links.say(
        first.child,
        second.child,
        links.Claim(kind="companion", said_by="The carer"),
        by=first.worker,
        at=FIRST - timedelta(hours=1),
    )
    now = FIRST - timedelta(minutes=20)
    results = together(
        lambda: factories.missing(first.child, by=first.worker, at=now),
        lambda: factories.missing(second.child, by=second.worker, at=now),
        *[lambda: sweep.sweep(now=now)] * 2,
        lambda: factories.seen(third.child, by=third.carer, at=now - timedelta(minutes=1)),
    )
    assert not [r for r in results if isinstance(r, Exception)], results
    # Two more, of which each finds what the other is writing.
    results = together(*[lambda: sweep.sweep(now=now)] * 4)
    assert all(isinstance(r, sweep.Swept) and not r.failed for r in results), results
    settle(now)
    asked = Counter(HeadCount.objects.values_list("child", "episode__child"))
    pairs = {(third.child.pk, first.child.pk), (third.child.pk, second.child.pk)}
    # Whoever is looked for is not asked for; between the two reports one of them is not yet.
    between = {(first.child.pk, second.child.pk), (second.child.pk, first.child.pk)}
    assert pairs <= set(asked) <= pairs | between
    assert set(asked.values()) == {1}
    told = Message.objects.filter(wording="home_head_count")
    assert [item.alert.child_id for text in told for item in text.items.all()] == [third.child.pk]
    assert not broken(now)


def test_whoever_is_held_is_asked_for_by_the_next_sweep_and_no_sweeper_waits(committed: Clone) -> None:
    home = factories.a_home()
    gone, held, free = [factories.a_watched_child(home=home) for _ in range(3)]
    now = FIRST - timedelta(minutes=20)
    factories.missing(gone.child, by=gone.worker, at=now)
    with transaction.atomic(), capture_logs() as said:
        Child.objects.locked().get(pk=held.child.pk)
        results = together(lambda: sweep.sweep(now=now))
        assert all(isinstance(r, sweep.Swept) and not r.failed for r in results), results
        assert list(HeadCount.objects.values_list("child", flat=True)) == [free.child.pk]
    assert not [line for line in said if line["log_level"] == "error"], (
        "nothing waited until it was told to give up"
    )
    settle(now)
    assert HeadCount.objects.filter(child=held.child).exists()


def test_four_sweeps_at_once_on_the_same_children_climb_each_step_once(committed: Clone) -> None:
    home = factories.a_home()
    children = [factories.a_watched_child() for _ in range(5)]
    children += [factories.a_watched_child(home=home) for _ in range(3)]
    for after in (31, 61, 91):
        now = CLOSES + timedelta(minutes=after)
        for _ in range(2):
            results = together(*[lambda at=now: sweep.sweep(now=at, batch=5)] * 4)
            assert all(isinstance(r, sweep.Swept) and not r.failed for r in results), results
        settle(now)
    steps = Counter(AlertStep.objects.values_list("alert__child", "alert__clock__kind", "step"))
    assert set(steps.values()) == {1}
    assert {child for child, _, _ in steps} == {one.child.pk for one in children}
    items = MessageItem.objects.values_list("alert", "step", "kind", "recipient")
    assert set(Counter(items).values()) == {1}
    houses = Message.objects.filter(home=home, step__in=("R0", "R1"), wording="home_no_record")
    assert houses.count() == 1
    assert not broken(now)


def test_two_people_on_one_task_are_one_who_took_it(committed: Clone) -> None:
    one = factories.a_watched_child()
    sweep.sweep_all(now=FIRST)
    task = DutyTask.objects.get()
    results = together(
        lambda: duty_tasks.take(task, by=one.desk.person, at=FIRST),
        lambda: duty_tasks.take(task, by=one.desk.second, at=FIRST),
        lambda: second_calls.ring_second(now=FIRST + timedelta(minutes=16)),
        lambda: second_calls.ring_second(now=FIRST + timedelta(minutes=16)),
    )
    refused = [r for r in results if isinstance(r, IllegalMove)]
    assert len(refused) == 1
    assert not [r for r in results if isinstance(r, Exception) and not isinstance(r, IllegalMove)], results
    assert Message.objects.filter(wording="second_person").count() <= 1
    task.refresh_from_db()
    assert task.taken_by in (one.desk.person, one.desk.second)


def test_verifying_against_the_next_call_step_stops_or_follows_it(committed: Clone) -> None:
    one = factories.a_watched_child()
    episode = factories.not_here(one.child, by=one.carer, at=FIRST)
    settle(FIRST)
    now = FIRST + timedelta(minutes=15)
    results = together(
        lambda: escalations.verify(
            episode,
            force=one.force,
            officer="PC Penrowe",
            incident_reference="77",
            by=one.desk.person,
            at=now,
        ),
        lambda: sweep.sweep(now=now),
    )
    assert not [r for r in results if isinstance(r, Exception)], results
    settle(now + timedelta(seconds=1))
    settle(now + timedelta(minutes=20))
    steps = set(AlertStep.objects.filter(alert__clock__kind="call").values_list("step", flat=True))
    assert steps in ({"call_0"}, {"call_0", "call_15"})
    assert not broken(now + timedelta(minutes=20))


def agree(one: Watched, at: datetime, *, hours: int = 20) -> object:
    """Two people let a rung of one policy come after so many hours, from an hour after `at`."""
    values = {"R5": hours * 60}
    draft = Draft(
        "high",
        1,
        values,
        at + timedelta(hours=1),
        "As the board decided",
        one.authority.pk,
        untried_why="No past days yet",
    )
    try:
        return revisions.put_in_force(draft, seconded_by=one.head, by=one.director, at=at)
    except IllegalMove as refusal:
        return str(refusal)


def test_a_policy_agreed_while_a_verb_is_at_work_overwrites_nothing_of_it(committed: Clone) -> None:
    one = factories.a_watched_child()
    contact = factories.seen(one.child, by=one.carer, at=CLOSES - timedelta(minutes=50))
    at = CLOSES + timedelta(hours=2)
    written = threading.Event()

    def withdraw() -> None:
        with transaction.atomic():
            contacts.withdraw(contact, reason="It was his brother", by=one.worker, at=at)
            written.set()
            # Whoever agrees reads and waits meanwhile.
            connection.cursor().execute("SELECT pg_sleep(1)")

    def agreed() -> object:
        assert written.wait(60)
        return agree(one, at)

    results = together(withdraw, agreed)
    assert [str(result) for result in results] == ["None", "high 2"], results
    clock = Clock.objects.get(child=one.child, kind=Clock.Kind.CONTACT)
    assert (clock.due_at, clock.next_at) == (CLOSES, FIRST)


def test_a_verb_that_read_the_policies_before_another_was_agreed_looks_again_when_it_begins(
    committed: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = factories.a_watched_child()
    at = CLOSES - timedelta(minutes=50)
    read, has_read = kept_policies.of, threading.Event()

    def read_and_linger(*asked: Any) -> object:
        found = read(*asked)
        has_read.set()
        time.sleep(1)
        return found

    def agreed() -> object:
        assert has_read.wait(60)
        return agree(one, at)

    monkeypatch.setattr(kept_policies, "of", read_and_linger)
    results = together(lambda: factories.seen(one.child, by=one.carer, at=at) and None, agreed)
    assert [str(result) for result in results] == ["None", "high 2"], results
    clock = Clock.objects.get(child=one.child, kind=Clock.Kind.CONTACT)
    assert clock.due_at > CLOSES
    assert clock.next_at == at + timedelta(hours=1)


def test_two_drafts_of_one_policy_that_are_agreed_at_once_leave_one_version(committed: Clone) -> None:
    one = factories.a_watched_child()
    at = CLOSES + timedelta(hours=2)
    PolicyVersion.objects.update(takes_effect_at=CLOSES - timedelta(days=9))
    results = together(lambda: agree(one, at, hours=20), lambda: agree(one, at, hours=22))
    assert sorted(str(result)[:13] for result in results) == ["Somebody else", "high 2"], results
    assert PolicyVersion.objects.filter(key="high").count() == 2


def test_workers_that_owe_the_lists_of_the_areas_at_once_owe_each_mailbox_one(committed: Clone) -> None:
    boxes = [factories.an_authority_mailbox(factories.an_authority()) for _ in range(20)]
    monday = datetime(2026, 3, 9, 8, tzinfo=UTC)
    together(*[lambda: area_lists.owe(now=monday)] * 3)
    owed = Message.objects.filter(wording="area_list")
    assert sorted(owed.values_list("mailbox", flat=True)) == sorted(box.pk for box in boxes)


def test_workers_that_look_at_mailboxes_at_once_and_one_who_sends_a_test_owe_each_person_one(
    committed: Clone, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [factories.a_person("guardian") for _ in range(20)]
    with transaction.atomic():
        for person in people:
            mail_refusals.begin(person.pk, at=FIRST)
    now, admin = FIRST + timedelta(days=1), factories.a_person("administrator")

    def sends() -> None:
        with suppress(IllegalMove):
            mail_refusals.send_check(people[10], by=admin, at=now)

    results = together(*[lambda: taken_again.check(now=now)] * 3, sends)
    assert not [one for one in results if isinstance(one, Exception)], results
    owed = Message.objects.filter(wording="mail_check")
    assert sorted(owed.values_list("user", flat=True)) == sorted(person.pk for person in people)
    settings.SENDING, out = True, catch(monkeypatch)
    results = together(*[lambda: delivery.deliver(clock=lambda: now)] * 2)
    assert not [one for one in results if isinstance(one, Exception)], results
    assert out.to == Counter(person.email for person in people)
    assert not broken(now)
    verified = StringIO()
    seals.seal(at=now)
    call_command("verify_audit", stdout=verified)
    assert "The record verifies." in verified.getvalue()


def test_a_sweep_waits_for_no_child_whose_lower_risk_has_ended_while_somebody_holds_it(
    committed: Clone,
) -> None:
    one = factories.a_watched_child()
    lowered = factories.AT + timedelta(days=1)
    for risk, second, at in (
        ("high", None, factories.AT + timedelta(hours=1)),
        ("low", one.manager, lowered),
    ):
        children.set_risk(one.child, risk, reason="Assessed", seconded_by=second, by=one.worker, at=at)
        one.child.refresh_from_db()
    late = lowered + timedelta(days=91)
    held, swept = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Child.objects.locked().get(pk=one.child.pk)
            held.set()
            swept.wait(30)

    def restore() -> Counter[str]:
        assert held.wait(30)
        # Waited for, it is a fault after five seconds.
        with attempts.counted() as faults:
            brought_back.restore_risks(late)
        swept.set()
        return faults

    assert together(hold, restore) == [None, Counter()]
    one.child.refresh_from_db()
    assert one.child.risk == "low"
    brought_back.restore_risks(late)
    one.child.refresh_from_db()
    assert one.child.risk == "high"
