"""A record that nobody can decide: the desk is asked to ring, and each question and each child is asked by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from celery.signals import task_failure, task_success
from django.test import Client

from alerts import clocks, health, heartbeats, integrity, lasting, second_calls, sweep, tasks
from alerts.models import Alert, Clock, DutyTask, Message
from alerts.recipients import Post
from tests import factories
from tests.alerts.outgoing import CLOSES, FIRST, SECOND, catch, send_all
from tests.factories import Watched

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A child whose clocks nobody can decide."""
    one = factories.a_watched_child()
    real = clocks.decide

    def fails(reading: Any, watched: Any, alert: Any, at: Any) -> Any:
        if watched.child.child.pk == one.child.pk:
            raise ValueError("record")
        return real(reading, watched, alert, at)

    monkeypatch.setattr(clocks, "decide", fails)
    return one


def fail_often(times: int = 3) -> None:
    for number in range(times):
        sweep.sweep_all(now=FIRST + number * MINUTE)


@pytest.mark.by_turns(8)
def test_after_three_faults_the_desk_rings_the_home_and_its_second_person_hears(
    unread: Watched, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    out = catch(monkeypatch)
    fail_often(2)
    assert not DutyTask.objects.exists()
    fail_often(5)
    (task,) = DutyTask.objects.all()
    assert (task.kind, task.home, task.step) == ("ring_home", unread.home, "unread")
    assert task.title == "This child’s record cannot be read: ring the home"
    send_all(FIRST + 5 * MINUTE)
    assert {unread.desk.shift.phone, unread.desk.mailbox.address} == set(out.to)
    sweep.sweep_all(now=FIRST + 20 * MINUTE)
    send_all(FIRST + 20 * MINUTE)
    assert unread.desk.shift.second_phone in out.to
    client.force_login(unread.desk.shift.person)
    page = client.get("/duty/").content.decode()
    assert unread.home.name in page
    assert "record cannot be read" in page


def test_once_it_can_be_read_its_ladder_goes_on_under_the_same_alert(
    unread: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_often()
    monkeypatch.undo()
    sweep.sweep_all(now=SECOND + 10 * MINUTE)
    (alert,) = Alert.objects.open().filter(clock__kind="contact")
    assert {"R0", "R1", "R2", "R3"} <= set(alert.climbed.values_list("step", flat=True))
    factories.seen(unread.child, by=unread.carer, at=SECOND + 11 * MINUTE)
    sweep.sweep_all(now=SECOND + 12 * MINUTE)
    assert not DutyTask.objects.open().filter(step="unread").exists()


def test_a_second_person_is_rung_by_the_desk_alone_where_the_record_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = factories.a_watched_child()
    sweep.sweep_all(now=FIRST)

    def fails(*_given: Any) -> Any:
        raise ValueError("record")

    monkeypatch.setattr(second_calls, "_calls_of", fails)
    sweep.sweep_all(now=FIRST + 20 * MINUTE)
    rung = Message.objects.filter(wording="second_person")
    assert one.desk.shift.second_phone in set(rung.values_list("phone", flat=True))
    assert set(rung.values_list("post", flat=True)) == {Post.SECOND}
    assert DutyTask.objects.get(kind="ring_home").second_rung_at == FIRST + 20 * MINUTE


@pytest.mark.by_turns(8)
def test_check_integrity_asks_each_child_and_each_question_by_itself(
    unread: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child()
    Clock.objects.filter(child=other.child, kind="contact").update(next_at=CLOSES + timedelta(days=9))
    broken = integrity.check(CLOSES)
    (asked,) = [one.references for one in broken if one.question.startswith("clocks that are not")]
    assert f"{unread.child.reference} could not be asked: ValueError" in asked
    assert f"{other.child.reference} contact" in asked

    def fails(now: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(integrity, "QUESTIONS", (("a", "b", fails), *integrity.QUESTIONS))
    again = integrity.check(CLOSES)
    assert again[0].references == ("could not be asked: KeyError",)
    assert len(again) == len(broken) + 1


@pytest.mark.by_turns
def test_records_that_fail_are_named_to_the_token_alone_and_each_is_trouble_of_its_own(
    client: Client, settings: Any
) -> None:
    settings.HEALTH_TOKEN, settings.SENDING = "t" * 24, False
    one, two = factories.a_watched_child(), factories.a_watched_child()
    Clock.objects.filter(child__in=[one.child, two.child], kind="contact").update(faults=3, fault="x")
    heartbeats.beat(heartbeats.SWEEP, at=FIRST)
    (check,) = [one for one in health.engine(FIRST) if one.name == "records_that_fail"]
    names = sorted([one.child.reference, two.child.reference])
    assert check.lines == [f"records_that_fail {name}: 2 set aside" for name in names]
    answer = client.get("/health/", HTTP_AUTHORIZATION=f"Bearer {settings.HEALTH_TOKEN}").json()
    assert answer["checks"]["records_that_fail"]["references"] == names
    client.force_login(factories.a_person("administrator", authority=one.authority))
    assert "references" not in client.get("/health/").json()["checks"]["records_that_fail"]


def faults(at: datetime) -> list[str]:
    return [one.detail for one in health.engine(at) if one.name == "faults" and not one.ok]


@pytest.mark.by_turns
def test_what_fails_beside_the_clocks_is_red_once_it_has_for_a_minute_and_until_it_does_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factories.a_watched_child()

    def fails(*_given: Any, **_more: Any) -> Any:
        raise ValueError("record")

    monkeypatch.setattr(sweep.probes, "send_canary", fails)
    sweep.sweep_all(now=FIRST)
    assert faults(FIRST) == [], "once is a deadlock"
    sweep.sweep_all(now=FIRST + MINUTE)
    assert faults(FIRST + MINUTE) == ["fail again and again: canary_not_owed"]
    assert faults(FIRST + 4 * MINUTE) == []


def test_a_tick_of_beat_that_fails_twice_is_red_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for at in (FIRST, FIRST + 5 * MINUTE):
        monkeypatch.setattr(tasks.clock, "now", lambda at=at: at)
        task_failure.send(sender=tasks.tell_of_posts)
    assert faults(FIRST + 9 * MINUTE) == ["fail again and again: alerts.tasks.tell_of_posts"]
    task_success.send(sender=tasks.tell_of_posts)
    assert faults(FIRST + 9 * MINUTE) == []


def test_a_fault_of_a_clock_that_ran_ahead_hides_none_of_now_and_stays_red_for_none_that_is_over() -> None:
    ahead = FIRST + timedelta(days=1)
    for at in (ahead, ahead + 2 * MINUTE):
        lasting.note(["tell_of_posts"], at=at)
    assert lasting.at(FIRST) == []
    for at in (FIRST, FIRST + MINUTE):
        lasting.note(["tell_of_posts"], at=at)
    assert lasting.at(FIRST + MINUTE) == ["tell_of_posts"]
