"""A child who is moved while it is rung for: the calls go along to the home where it lives now, and it hears of them."""

from datetime import datetime, timedelta

import pytest

from alerts import desk, duty_tasks, moved_calls, sweep
from alerts.emails import phoned
from alerts.models import Alert, DutyTask, Message
from cases import placements
from cases.models import Child, Home, MissingEpisode, Role
from tests.factories import AT, Watched, a_child, a_home, a_person, a_watched_child, missing, placed, seen

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The teatime roll-call of the first 72 hours is missed: the home is texted and duty is asked to ring it.
RUNG = AT.replace(hour=18, minute=30)
MOVED = RUNG + 10 * MINUTE


@pytest.fixture
def watched() -> Watched:
    found = a_watched_child()
    seen(found.child, by=found.carer, at=RUNG - 5 * HOUR)
    return found


def beside(watched: Watched) -> Child:
    """Another child of the same home, as silent."""
    found = a_child(watched.authority, team=watched.team, worker=watched.worker)
    placed(found, watched.home)
    seen(found, by=watched.carer, at=RUNG - 5 * HOUR)
    return found


def moved(child: Child, where: Home | placements.Address, *, at: datetime = MOVED) -> None:
    placed(child, where, starts_at=at - 5 * MINUTE, at=at)


def asked(kind: str = DutyTask.Kind.RING_HOME) -> list[tuple[Home | None, bool, str]]:
    """The calls of this kind: of which home, whether there is still to be one, and what came of it."""
    rows = DutyTask.objects.filter(kind=kind).order_by("pk")
    return [(row.home, row.done_at is None, row.answer) for row in rows]


def texted(home: Home) -> list[tuple[str, str]]:
    return list(Message.objects.filter(phone=home.phone).values_list("wording", "step"))


def homes(watched: Watched, at: datetime) -> list[tuple[Home | None, list[Child]]]:
    """The homes to ring that stand on the desk."""
    read = desk.read(watched.desk.person, now=at)
    return [(row.home, [line.child for line in row.children]) for row in read.homes]


def test_the_home_where_the_child_lives_now_is_rung_and_hears_it_once(watched: Watched) -> None:
    sweep.sweep_all(now=RUNG)
    there = a_home(watched.authority)
    moved(watched.child, there)
    assert asked() == [(watched.home, False, moved_calls.MOVED), (there, True, "")]
    assert homes(watched, MOVED) == [(there, [watched.child])]
    sweep.sweep_all(now=MOVED + 20 * MINUTE)
    sweep.sweep_all(now=MOVED + 50 * MINUTE)
    assert texted(there) == [("home_no_record", "R0")]
    assert [home for home, is_open, _ in asked() if is_open] == [there]


def test_the_home_that_was_left_is_rung_on_for_the_others(watched: Watched) -> None:
    other = beside(watched)
    sweep.sweep_all(now=RUNG)
    there = a_home(watched.authority)
    moved(watched.child, there)
    assert asked() == [(watched.home, True, ""), (there, True, "")]
    assert homes(watched, MOVED) == [(watched.home, [other]), (there, [watched.child])]


def test_a_call_that_reached_nobody_at_the_home_that_was_left_is_made_to_the_other(watched: Watched) -> None:
    sweep.sweep_all(now=RUNG)
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    duty_tasks.could_not_reach(task, by=watched.desk.person, at=RUNG + MINUTE)
    there = a_home(watched.authority)
    moved(watched.child, there)
    assert [(home, is_open) for home, is_open, _ in asked()] == [(watched.home, False), (there, True)]
    assert homes(watched, MOVED) == [(there, [watched.child])]
    assert texted(there) == [("home_no_record", "R0")]


def test_the_police_read_how_often_the_home_was_rung_where_the_child_lives(watched: Watched) -> None:
    sweep.sweep_all(now=RUNG)
    task = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    duty_tasks.could_not_reach(task, by=watched.desk.person, at=RUNG + MINUTE)
    sweep.sweep_all(now=RUNG + 30 * MINUTE)
    episode = MissingEpisode.objects.get(child=watched.child)
    assert phoned.home_in_words(episode) == ["The home was rung 1 time; nobody was reached."]
    there = a_home(watched.authority)
    moved(watched.child, there, at=RUNG + 40 * MINUTE)
    assert phoned.home_in_words(episode) == ["Nobody has rung the home yet."]
    again = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME, home=there)
    duty_tasks.could_not_reach(again, by=watched.desk.person, at=RUNG + 41 * MINUTE)
    assert phoned.home_in_words(episode) == ["The home was rung 1 time; nobody was reached."]


def test_where_is_this_child_is_answered_by_a_placement_and_the_home_is_rung(watched: Watched) -> None:
    child = a_child(watched.authority, team=watched.team, worker=watched.worker)
    sweep.sweep_all(now=AT.replace(hour=14))
    there = a_home(watched.authority)
    at = AT.replace(hour=14, minute=10)
    moved(child, there, at=at)
    sweep.sweep_all(now=at + MINUTE)
    assert asked(DutyTask.Kind.FIND_PLACEMENT) == [(None, False, moved_calls.MOVED)]
    assert (there, [child]) in homes(watched, at + MINUTE)
    assert [row for row in homes(watched, at + MINUTE) if child in row[1]] == [(there, [child])]
    assert texted(there) == [("home_no_record", "R0")]


def test_of_one_address_after_another_the_call_is_a_new_one(watched: Watched) -> None:
    for number, at in enumerate((RUNG - HOUR, MOVED)):
        where = {"phone": f"01632 96090{number}", "authority": watched.authority, "force": watched.force}
        moved(watched.child, placements.Address(address=f"{number} Fell Lane", **where), at=at)
        sweep.sweep_all(now=RUNG)
    assert [is_open for _home, is_open, _ in asked()] == [False, True]
    assert list(Message.objects.filter(phone="01632 960901").values_list("step", flat=True)) == ["R0"]


def test_who_lives_nowhere_any_more_is_asked_about(watched: Watched) -> None:
    sweep.sweep_all(now=RUNG)
    placements.end(watched.placement, ends_at=MOVED, reason="Bed lost", by=watched.worker, at=MOVED)
    assert asked() == [(watched.home, False, moved_calls.MOVED)]
    assert asked(DutyTask.Kind.FIND_PLACEMENT) == [(None, True, "")]


def test_the_home_of_a_child_who_is_known_to_be_missing_is_not_asked_again(watched: Watched) -> None:
    beside(watched)
    sweep.sweep_all(now=RUNG)
    missing(watched.child, by=watched.worker, at=RUNG + MINUTE)
    sweep.sweep_all(now=RUNG + 2 * MINUTE)
    there = a_home(watched.authority)
    moved(watched.child, there)
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.RING_HOME, home=there).exists()
    assert not Message.objects.filter(phone=there.phone, wording="home_no_record").exists()


def test_the_head_count_of_a_child_who_is_moved_goes_along(watched: Watched) -> None:
    other = beside(watched)
    seen(other, by=watched.carer, at=RUNG - MINUTE)
    seen(watched.child, by=watched.carer, at=RUNG - MINUTE)
    missing(other, by=watched.worker, at=RUNG)
    for _ in range(3):
        sweep.sweep_all(now=RUNG)
    assert Alert.objects.filter(child=watched.child, clock__kind="head_count").exists()
    there = a_home(watched.authority)
    moved(watched.child, there)
    assert (there, True, "") in asked()
    assert texted(there) == [("home_head_count", "R0")]


def test_who_looks_after_the_child_now_answers_the_call(watched: Watched) -> None:
    sweep.sweep_all(now=RUNG)
    there = a_home(watched.authority)
    moved(watched.child, there)
    seen(watched.child, by=a_person(Role.PLACEMENT_STAFF, home=there), at=MOVED + MINUTE)
    sweep.sweep_all(now=MOVED + MINUTE)
    assert not DutyTask.objects.open().exists()
