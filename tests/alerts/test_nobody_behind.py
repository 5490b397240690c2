"""A call that nobody took, and behind the desk nobody to ring: it is looked again until somebody stands there."""

from datetime import timedelta

import pytest

from alerts import second_calls
from alerts.models import AlertStep, DutyTask, Message
from cases import concerns
from cases.models import KeepFrom
from tests import factories
from tests.alerts.outgoing import FIRST, named_by, tick
from tests.factories import AT, Watched

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)
SILENT = "duty tasks that nobody took and of which no second person will ever hear"


@pytest.fixture
def one() -> Watched:
    """A child who is kept from everybody behind the desk, and whose home is to be rung."""
    found = factories.a_watched_child()
    for person in (found.desk.second, found.manager, found.head, found.director):
        KeepFrom.objects.create(
            child=found.child, user=person, reason="He said so", set_by=found.worker, starts_at=AT
        )
    tick(FIRST)
    return found


def the_task() -> DutyTask:
    return DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)


def test_whoever_comes_to_stand_behind_the_desk_is_rung_of_what_nobody_could_be_rung_of_before(
    one: Watched,
) -> None:
    due = the_task().next_at
    assert due is not None
    second_calls.ring_second(now=due)
    assert (the_task().next_at, the_task().second_rung_at) == (due + second_calls.LOOK_AGAIN, None)
    assert named_by(SILENT, due) == ()
    mark = KeepFrom.objects.get(user=one.manager)
    concerns.lift_keep_from(mark, reason="Cleared", seconded_by=one.carer, by=one.worker, at=due)
    second_calls.ring_second(now=due + second_calls.LOOK_AGAIN)
    step = f"{DutyTask.UNTAKEN}:{the_task().pk}"
    assert set(Message.objects.filter(step=step).values_list("user", flat=True)) == {one.manager.pk}
    assert (the_task().next_at, the_task().second_rung_at) == (None, due + second_calls.LOOK_AGAIN)


def test_what_is_about_nothing_any_more_keeps_no_clock(one: Watched) -> None:
    task = the_task()
    task.items.all().delete()
    second_calls.ring_second(now=FIRST + 2 * QUARTER)
    assert the_task().next_at is None


def test_the_check_names_a_call_of_which_nobody_will_hear_and_an_empty_rung_that_nobody_looks_into(
    one: Watched,
) -> None:
    DutyTask.objects.update(next_at=None)
    assert named_by(SILENT, FIRST) == (f"task {the_task().pk}",)
    AlertStep.objects.filter(step="R1").update(met=AlertStep.Met.NOBODY)
    rungs = "rungs on which nobody stood and into which nobody looks"
    assert named_by(rungs, FIRST) == (f"{one.child.reference} R1",)
