"""Whom a task about an empty rung rings that somebody took and did not finish, of what joined it meanwhile."""

from datetime import datetime

import pytest

from alerts import duty_tasks, policies, sweep
from alerts.duties import Duty
from alerts.models import DutyTask, Message, PolicyVersion
from cases.models import Membership
from tests.alerts.test_calm_calls import (
    DAY,
    EVENING,
    GONE,
    HOUR,
    MIDNIGHT,
    MINUTE,
    UNREFERENCED,
    about,
    kept,
    of_nobody,
    rung_in_the_morning,
    unheld,
)
from tests.factories import AT, Watched, a_watched_child, missing

pytestmark = pytest.mark.django_db
MORNING = MIDNIGHT + 8 * HOUR


@pytest.fixture
def watched() -> Watched:
    """A child who is missing; from before midnight on nobody manages the team."""
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - 100 * DAY)
    found = a_watched_child()
    missing(found.child, by=found.worker, at=GONE)
    for moment in (GONE, GONE + HOUR):
        sweep.sweep_all(now=moment)
    leaves(found, "manager")
    return found


def leaves(watched: Watched, post: str) -> None:
    Membership.objects.filter(user=getattr(watched, post)).update(ends_at=GONE + 2 * HOUR)


def calls(task: DutyTask, since: datetime, until: datetime) -> list[tuple[datetime, str, str]]:
    """When whom a call about this task reached by then, and of what.

    It is swept at each quarter of an hour and five minutes before.
    """
    for minutes in range(0, (until - since) // MINUTE + 1, 5):
        if minutes % 15 != 5:
            sweep.sweep_all(now=since + minutes * MINUTE)
    rows = Message.objects.filter(items__step__in=task.call_steps, channel="text").order_by("created_at")
    return list(rows.values_list("created_at", "post", "items__alert__clock__duty"))


RUNG_OF_THE_BED = (MORNING, "second", Duty.BED_KEPT)


@pytest.mark.by_turns
def test_what_joined_while_somebody_was_on_it_is_told_to_whoever_was_rung_before_where_nobody_else_is_left(
    watched: Watched,
) -> None:
    leaves(watched, "head")
    task = rung_in_the_morning(watched)
    duty_tasks.take(task, by=watched.desk.person, at=EVENING - 5 * MINUTE)
    unheld(watched)
    lapsed_at = EVENING + 55 * MINUTE
    told = calls(task, EVENING, EVENING + 3 * HOUR)
    assert told == [RUNG_OF_THE_BED, (lapsed_at, "second", Duty.STRATEGY_BY_PHONE)], "once"


@pytest.mark.by_turns
def test_whoever_has_not_heard_of_the_task_at_all_is_rung_first(watched: Watched) -> None:
    task = rung_in_the_morning(watched)
    duty_tasks.take(task, by=watched.desk.person, at=EVENING - 5 * MINUTE)
    unheld(watched)
    assert calls(task, EVENING, EVENING + 3 * HOUR) == [
        RUNG_OF_THE_BED,
        (EVENING + 55 * MINUTE, "head", Duty.BED_KEPT),
        (EVENING + 115 * MINUTE, "second", Duty.STRATEGY_BY_PHONE),
    ], "the head of service was rung when it had joined"


@pytest.mark.by_turns
def test_what_joins_after_everybody_was_rung_rings_one_after_the_other_anew(watched: Watched) -> None:
    task = rung_in_the_morning(watched)
    duty_tasks.take(task, by=watched.desk.person, at=EVENING - 80 * MINUTE)
    before = EVENING - 20 * MINUTE, "head", Duty.BED_KEPT
    assert calls(task, EVENING - 20 * MINUTE, EVENING - 5 * MINUTE) == [RUNG_OF_THE_BED, before]
    unheld(watched)
    of_new = [
        (EVENING + 40 * MINUTE + n * HOUR, post, Duty.STRATEGY_BY_PHONE)
        for n, post in enumerate(["second", "head"])
    ]
    assert calls(task, EVENING, EVENING + 3 * HOUR) == [RUNG_OF_THE_BED, before, *of_new]


@pytest.mark.by_turns
def test_nobody_is_rung_again_of_what_was_on_the_task_when_they_were_rung(watched: Watched) -> None:
    task = rung_in_the_morning(watched)
    unheld(watched)
    anew = EVENING + 15 * MINUTE, "second", Duty.STRATEGY_BY_PHONE
    assert calls(task, EVENING, EVENING + 15 * MINUTE) == [RUNG_OF_THE_BED, anew]
    task.refresh_from_db()
    duty_tasks.take(task, by=watched.desk.person, at=EVENING + 20 * MINUTE)
    lapsed = EVENING + 80 * MINUTE, "head", Duty.BED_KEPT
    assert calls(task, EVENING + 25 * MINUTE, EVENING + 4 * HOUR) == [RUNG_OF_THE_BED, anew, lapsed]


def test_what_wakes_nobody_and_joined_while_somebody_was_on_it_rings_nobody_at_night(
    watched: Watched,
) -> None:
    leaves(watched, "head")
    for minutes in (0, 15):
        sweep.sweep_all(now=UNREFERENCED + minutes * MINUTE)
    task = of_nobody()
    assert task is not None
    of_reference = calls(task, UNREFERENCED + 20 * MINUTE, UNREFERENCED + 20 * MINUTE)
    assert [(at, post) for at, post, _duty in of_reference] == [(UNREFERENCED + 15 * MINUTE, "second")]
    task.refresh_from_db()
    duty_tasks.take(task, by=watched.desk.person, at=UNREFERENCED + 20 * MINUTE)
    kept(watched, at=UNREFERENCED + 30 * MINUTE)
    assert calls(task, UNREFERENCED + 30 * MINUTE, UNREFERENCED + 85 * MINUTE) == of_reference
    task.refresh_from_db()
    assert Duty.BED_KEPT in about(task)
    assert (task.taken_at, task.next_at) == (None, None), "nobody was left to tell"
