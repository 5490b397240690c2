"""A child without a social worker: told at once and upward, in clock hours and working days, until somebody has the work."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import clocks, expected, sweep, watching
from alerts.models import Alert, AlertStep, Clock, Message
from alerts.schedule import Step
from cases import children, holidays, responsibilities
from cases.deadlines import Nation
from cases.models import Child
from tests.factories import AT, Watched, a_child, a_duty_desk, a_watched_child, an_authority, case_closed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# A Monday and the ends of the two working days after it.
TUESDAY = datetime(2026, 3, 3, 23, 59, 59, tzinfo=UTC)
WEDNESDAY = TUESDAY + DAY


@pytest.fixture
def watched() -> Watched:
    return a_watched_child()


@pytest.fixture
def alone(watched: Watched) -> Child:
    return a_child(team=watched.team, by=watched.worker)


def steps(child: Child) -> list[str]:
    return list(
        AlertStep.objects.filter(alert__child=child, alert__clock__kind="no_worker").values_list(
            "step", flat=True
        )
    )


def test_nobody_hears_of_a_child_who_has_a_social_worker(watched: Watched) -> None:
    sweep.sweep_all(now=AT + HOUR)
    assert not Clock.objects.filter(child=watched.child, kind=Clock.Kind.NO_WORKER).exists()


def test_duty_hears_at_once_the_manager_after_four_hours_and_the_head_after_a_working_day(
    watched: Watched, alone: Child
) -> None:
    sweep.sweep_all(now=AT)
    assert steps(alone) == ["R1"]
    told = Message.objects.filter(wording="duty_no_worker")
    assert [message.mailbox for message in told] == [watched.desk.mailbox]
    sweep.sweep_all(now=AT + 4 * HOUR - timedelta(seconds=1))
    assert steps(alone) == ["R1"]
    sweep.sweep_all(now=AT + 4 * HOUR)
    assert told.filter(user=watched.manager).exists()
    sweep.sweep_all(now=TUESDAY - HOUR)
    assert steps(alone) == ["R1", "R2"]
    sweep.sweep_all(now=TUESDAY)
    assert told.filter(user=watched.head).exists()
    sweep.sweep_all(now=WEDNESDAY)
    assert steps(alone) == ["R1", "R2", "R4", "R5"]
    assert told.filter(user=watched.director).exists()


def test_the_alert_stands_down_when_somebody_is_given_the_work(watched: Watched, alone: Child) -> None:
    sweep.sweep_all(now=AT)
    children.reassign([alone], team=watched.team, worker=watched.worker, by=watched.manager, at=AT + HOUR)
    sweep.sweep_all(now=AT + HOUR)
    alert = Alert.objects.get(child=alone, clock__kind="no_worker")
    assert (alert.status, alert.end_reason) == ("ended", "no_longer_owed")
    sweep.sweep_all(now=WEDNESDAY)
    assert steps(alone) == ["R1"]


def test_the_clock_begins_anew_when_the_work_is_nobodys_again(watched: Watched) -> None:
    other = an_authority()
    a_duty_desk(other)
    responsibilities.start(watched.child, authority=other, by=watched.desk.person, at=AT + DAY)
    clock = Clock.objects.get(child=watched.child, kind=Clock.Kind.NO_WORKER)
    assert clock.due_at == AT + DAY


def test_a_closed_case_owes_no_social_worker(watched: Watched, alone: Child) -> None:
    case_closed(alone, reason="Reunited", by=watched.manager, at=AT + HOUR)
    sweep.sweep_all(now=WEDNESDAY)
    assert steps(alone) == []


def test_working_days_leave_out_the_bank_holidays_of_the_nation() -> None:
    friday = datetime(2026, 4, 2, 9, tzinfo=UTC)
    days = holidays.of(Nation.ENGLAND_AND_WALES)
    owed = expected.no_social_worker(friday, nation=Nation.ENGLAND_AND_WALES, holidays=days)
    assert owed is not None
    assert owed.steps[Step.R4].date().isoformat() == "2026-04-07", "after Easter"
    scottish = expected.no_social_worker(
        friday, nation=Nation.SCOTLAND, holidays=holidays.of(Nation.SCOTLAND)
    )
    assert scottish is not None
    assert scottish.steps[Step.R4].date().isoformat() == "2026-04-06"
    assert expected.no_social_worker(None, nation=Nation.SCOTLAND, holidays=days) is None


def test_a_drill_has_no_such_clock(watched: Watched) -> None:
    drilled = a_child(watched.authority, by=watched.worker)
    Child.objects.filter(pk=drilled.pk).update(is_drill=True)
    (facts,) = watching.watch([drilled.pk], at=AT).values()
    assert Clock.Kind.NO_WORKER not in {reading.kind for reading in clocks.readings(facts)}
