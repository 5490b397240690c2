"""A rung on which nobody stands: the alert climbs at once, and duty is asked to see who stands in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from alerts import second_calls, sweep
from alerts.models import AlertStep, DutyTask, Message
from cases import concerns, people
from cases.models import Shift
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
R1 = CLOSES + timedelta(minutes=30)
R2 = CLOSES + timedelta(hours=1)


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def empty_managers(watched: Watched) -> None:
    """Nobody manages the team, and there is no second person on the rota."""
    people.leave(factories.membership_of(watched.manager), at=factories.AT)
    shift = watched.desk.shift
    Shift.objects.filter(pk=shift.pk).update(ends_at=factories.AT)
    Shift.objects.create(team=shift.team, person=shift.person, phone=shift.phone, starts_at=factories.AT)
    watched.desk.team.second_phone = ""
    watched.desk.team.save()


def of_nobody() -> list[DutyTask]:
    return list(DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL).order_by("pk"))


@pytest.mark.by_turns
def test_a_rung_that_somebody_stands_on_opens_no_such_task(watched: Watched) -> None:
    for hours in range(16):
        sweep.sweep_all(now=CLOSES + timedelta(hours=hours))
    assert of_nobody() == []


@pytest.mark.by_turns
def test_an_empty_rung_is_a_task_with_its_own_clock(watched: Watched) -> None:
    empty_managers(watched)
    sweep.sweep_all(now=R2)
    (task,) = of_nobody()
    assert (task.step, task.home, task.authority) == ("R2", watched.home, watched.authority)
    assert task.next_at == R2 + timedelta(minutes=15)
    assert AlertStep.objects.get(step="R2").met == AlertStep.Met.NOBODY


@pytest.mark.by_turns
def test_a_whole_silent_house_and_a_repeated_sweep_are_one_task(watched: Watched) -> None:
    other = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
    factories.placed(other, watched.home)
    empty_managers(watched)
    for minute in range(0, 30, 5):
        sweep.sweep_all(now=R2 + timedelta(minutes=minute))
    (task,) = of_nobody()
    assert task.items.count() == 2


@pytest.mark.by_turns
def test_each_empty_rung_is_a_task_of_its_own(watched: Watched) -> None:
    empty_managers(watched)
    people.leave(factories.membership_of(watched.head), at=factories.AT)
    for minutes in (60, 61, 90, 91, 180):
        sweep.sweep_all(now=CLOSES + timedelta(minutes=minutes))
    assert "R2" in {task.step for task in of_nobody()}
    steps = [task.step for task in of_nobody()]
    assert len(steps) == len(set(steps)) > 1


@pytest.mark.by_turns
def test_it_says_which_rung_and_never_who_is_kept_from_the_child(client: Client, watched: Watched) -> None:
    empty_managers(watched)
    manager = factories.a_person("team_manager", team=watched.team)
    concerns.keep_from(watched.child, manager, reason="An allegation", by=watched.head, at=factories.AT)
    sweep.sweep_all(now=R2)
    client.force_login(watched.desk.person)
    page = client.get("/duty/").content.decode()
    assert "Team manager, Second on the rota" in page
    assert "Nobody could be told there" in page
    assert manager.name not in page
    assert "allegation" not in page
    assert "kept" not in page.casefold()


@pytest.mark.by_turns(8)
def test_it_is_closed_with_an_answer(client: Client, watched: Watched) -> None:
    empty_managers(watched)
    sweep.sweep_all(now=R2)
    (task,) = of_nobody()
    client.force_login(watched.desk.person)
    where = f"/duty/tasks/{task.pk}/done/"
    assert client.post(where, {"answer": ""}).status_code == 422
    assert client.post(where, {"answer": "H. Ashdene stands in until Friday"}).status_code == 302
    task.refresh_from_db()
    assert task.answer == "H. Ashdene stands in until Friday"


@pytest.mark.by_turns
def test_an_untaken_one_rings_the_second_person_as_every_task_does(watched: Watched) -> None:
    people.leave(factories.membership_of(watched.head), at=factories.AT)
    for hours in (1, 2, 3, 4):
        sweep.sweep_all(now=CLOSES + timedelta(hours=hours))
    task = next(task for task in of_nobody() if task.step == "R4")
    second_calls.ring_second(now=CLOSES + timedelta(hours=5))
    task.refresh_from_db()
    assert task.second_rung_at is not None or task.done_at is not None
    assert Message.objects.filter(wording="second_person").exists()
