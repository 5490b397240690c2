"""The promise is asked each night, and what came of it is red where the monitor reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts import asking, health, heartbeats, integrity, nightly, sweep, tasks
from alerts.models import Alert, AlertStep, DutyTask, Heartbeat, Message, Outage
from tests import factories
from tests.alerts.outgoing import FIRST

pytestmark = pytest.mark.django_db
LATER = FIRST + timedelta(minutes=3)


def check(at: datetime) -> health.Check:
    return next(one for one in health.engine(at) if one.name == "integrity")


def found(question: str) -> tuple[str, ...]:
    return next(one.references for one in integrity.check(LATER) if question in one.question)


def test_what_the_night_found_is_red_and_so_is_a_night_that_was_missed(monkeypatch: Any) -> None:
    assert check(FIRST).ok
    nightly.keep([asking.Broken("no lost child", "a", ())], at=FIRST)
    assert check(FIRST + timedelta(hours=25)).ok
    assert not check(FIRST + timedelta(hours=27)).ok
    nightly.keep([asking.Broken("no lost child", "a", ("x", "y"))], at=FIRST)
    assert (check(FIRST).ok, check(FIRST).urgent) == (False, False)
    nightly.keep([asking.Broken("no silence", "a", ("x",))], at=FIRST)
    assert (check(FIRST).ok, check(FIRST).urgent) == (False, True)


@pytest.mark.by_turns(8)
def test_ladders_that_stand_still_although_each_row_looks_well_are_found() -> None:
    one = factories.a_watched_child()
    sweep.sweep_all(now=FIRST)
    questions = ("all called off", "later than any policy", "second person was not rung", "end ahead or hold")
    assert [found(question) for question in questions] == [(), (), (), ()]
    alert = Alert.objects.get(child=one.child, clock__kind="contact")
    Message.objects.filter(items__alert=alert).update(status="cancelled")
    Alert.objects.filter(pk=alert.pk).update(steps=dict.fromkeys(alert.steps, "2030-01-01T00:00:00+00:00"))
    DutyTask.objects.update(next_at=FIRST - timedelta(days=1))
    Outage.objects.create(began_at=FIRST, ended_at=LATER, held_until=LATER + timedelta(hours=9))
    called_off, later, task, outage = (found(question) for question in questions)
    climbed = set(AlertStep.objects.values_list("step", flat=True))
    assert set(called_off) == {f"{one.child.reference} {step}" for step in climbed}
    assert f"{one.child.reference} R3" in later
    assert task == (f"task {DutyTask.objects.get().pk}",)
    assert outage == (Outage.objects.get().reference,)


def at_hour(hour: int, *, day: int = 3) -> datetime:
    return datetime(2026, 3, day, hour, 40, tzinfo=UTC)


def test_it_is_asked_once_a_night_and_again_while_a_child_may_be_gone() -> None:
    assert [nightly.is_owed(at_hour(hour)) for hour in (2, 3, 4)] == [False, True, False]
    nightly.keep([asking.Broken("no lost child", "a", ("x",))], at=at_hour(3))
    assert [nightly.is_owed(at_hour(hour)) for hour in (4, 23)] == [False, False]
    assert nightly.is_owed(at_hour(3, day=4))
    nightly.keep([asking.Broken("no silence", "a", ("x",))], at=at_hour(3))
    assert nightly.is_owed(at_hour(4)), "what is mended by then is red no more"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("is_late", [False, True])
def test_what_the_engine_has_not_done_yet_is_kept_as_no_answer_of_the_night(
    monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    now = at_hour(3)
    for part in (heartbeats.SWEEP, heartbeats.DRAIN):
        heartbeats.beat(part, at=now - timedelta(hours=5 if is_late else 0))
    monkeypatch.setattr(tasks.clock, "now", lambda: now)
    tasks.check_integrity()
    assert Heartbeat.objects.filter(name=nightly.ROW).exists() is not is_late
