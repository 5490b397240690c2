"""Two verbs that lock more than one row each: whoever comes second waits, and nobody is undone because both wait."""

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from alerts import duty_tasks, home_areas, home_calls, late_posts, outbox, phone_tasks, sweep
from alerts.models import Alert, Channel, DutyTask, Message
from alerts.posts import Post, Recipient
from cases import (
    arrivals,
    children,
    closings,
    duplicates,
    home_log,
    leavers,
    mergers,
    organisations,
    people,
    placements,
    restrictions,
)
from cases.deadlines import london_day
from cases.models import Child, Placement, Role, User
from cases.states import IllegalMove
from tests.alerts.test_duty_desk import silent_until
from tests.alerts.test_one_call_for_a_house import OWED, a_house
from tests.database import Clone
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_force,
    a_home,
    a_person,
    a_watched_child,
    an_authority,
    placed,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = AT + timedelta(hours=1)
Verb = Callable[[], object]


class Crossing:
    """Has a verb begun on a connection of its own as the first comes to a function; the first goes on once it waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.pool = monkeypatch, ThreadPoolExecutor(1)
        self.begun: Future[object] | None = None

    def at(self, module: Any, name: str, second: Verb, *, after: bool = False) -> None:
        kept = getattr(module, name)

        def met(*args: Any, **facts: Any) -> Any:
            given = kept(*args, **facts) if after else None
            if self.begun is None:
                self.begun = self.pool.submit(_alone, second)
                _until_it_waits(self.begun)
            return given if after else kept(*args, **facts)

        self.monkeypatch.setattr(module, name, met)

    def result(self) -> object:
        assert self.begun is not None, "the first came there"
        return self.begun.result(timeout=30)


@pytest.fixture
def crossing(committed: Clone, monkeypatch: pytest.MonkeyPatch) -> Crossing:
    return Crossing(monkeypatch)


def _alone(verb: Verb) -> object:
    try:
        return verb()
    except IllegalMove as refusal:
        return refusal
    finally:
        connections["default"].close()


def _until_it_waits(begun: Future[object]) -> None:
    # Within the transaction of the first what is read of the others is read once: they are asked on a line of their own.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_alone, lambda: _ask_until(begun)).result(timeout=30)


def _ask_until(begun: Future[object]) -> None:
    with connections["default"].cursor() as cursor:
        for _ in range(500):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] or begun.done():
                return
            cursor.execute("SELECT pg_sleep(0.02)")
    raise AssertionError("neither waits nor is done")


def gives(child: Child, one: Watched, to: User) -> object:
    """Whoever gives a child has the child, and waits for the person."""
    return children.allocate(child, team=one.team, worker=to, by=one.manager, at=NOW)


@pytest.mark.parametrize(
    "met", [(duplicates, "tell_named"), (placements, "start")], ids=["tells", "has named the authority"]
)
def test_an_intake_and_a_merger_take_turns(crossing: Crossing, met: tuple[Any, str]) -> None:
    hidden, successor = a_watched_child(given_name="Hawa", languages=["Tigrinya"]), an_authority()
    by = a_person(Role.SOCIAL_WORKER, team=hidden.team)
    Child.objects.filter(pk=hidden.child.pk).update(port_reference="W-117")
    if met[1] == "tell_named":
        restrictions.restrict(hidden.child, reason="A threat", named=[], by=hidden.manager, at=AT)
    details = children.Details(given_name="Hawa", arrived_at=AT, port_reference="W-117", age_given=15)
    arrival = arrivals.Arrival(
        details=details, team=hidden.team, home=hidden.home, placement_type="K2", key=uuid.uuid4()
    )
    crossing.at(*met, lambda: mergers.move(hidden.authority, successor, by=None, at=NOW))
    came = arrivals.take_in(arrival, by=by, at=NOW)
    assert Placement.objects.get(child=came).home == hidden.home
    assert isinstance(crossing.result(), mergers.Plan | IllegalMove)


def test_a_home_is_corrected_with_whoever_came_to_live_there_meanwhile(
    crossing: Crossing, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere, right = a_home(), a_home(), a_force()
    admin, comes = a_person(Role.ADMINISTRATOR, authority=home.authority), a_watched_child()
    lock = home_log.lock

    def once(ids: Any) -> list[int]:
        monkeypatch.setattr(home_log, "lock", lock)
        with ThreadPoolExecutor(1) as pool:
            moves = pool.submit(_alone, lambda: placed(comes.child, home, starts_at=NOW, at=NOW))
            assert isinstance(moves.result(timeout=30), Placement)
        return lock(ids)

    monkeypatch.setattr(home_log, "lock", once)
    later = NOW + timedelta(hours=1)
    crossing.at(
        organisations, "correct_home", lambda: placed(comes.child, elsewhere, starts_at=later, at=later)
    )
    home_areas.correct(home, force=right, by=admin, at=NOW)
    assert Placement.objects.get(child=comes.child, home=home).force == right
    assert isinstance(crossing.result(), Placement)


def test_a_home_that_closes_and_one_who_is_placed_there_whose_social_worker_works_in_it_take_turns(
    crossing: Crossing,
) -> None:
    one, home = a_watched_child(), a_home()
    admin = a_person(Role.ADMINISTRATOR, authority=one.authority)
    people.join(one.worker, Role.PLACEMENT_STAFF, home=home, at=AT)
    crossing.at(people, "leave", lambda: placed(one.child, home, starts_at=NOW, at=NOW))
    closed = closings.close_home(home, last_day=london_day(NOW), reason="Sold", by=admin, at=NOW)
    assert closed.closed_at is not None
    assert isinstance(crossing.result(), IllegalMove), "it is closed"


@pytest.mark.parametrize("what", ["a role", "no role any more"])
def test_whoever_is_given_a_role_or_leaves_and_one_who_gives_them_their_child_take_turns(
    crossing: Crossing, what: str
) -> None:
    one = a_watched_child()
    admin = a_person(Role.ADMINISTRATOR, authority=one.authority)
    person = a_person(Role.ADMINISTRATOR, authority=one.authority)
    people.join(person, Role.SOCIAL_WORKER, team=one.team, at=AT)
    gives(one.child, one, person)

    def gives_back() -> object:
        return children.allocate(
            one.child, team=one.team, worker=person, by=one.manager, at=NOW + timedelta(hours=1)
        )

    if what == "a role":
        crossing.at(people, "join", gives_back)
        joined = people.enrol(
            person.email, Role.PLACEMENT_STAFF, name="", known=person, home=one.home, by=admin, at=NOW
        )
        assert joined.user == person
    else:
        crossing.at(people, "_settle", gives_back, after=True)
        assert not leavers.close(person, reason="Gone", by=admin, at=NOW + timedelta(minutes=1)).is_active
    crossing.result()


def test_one_call_for_two_tasks_and_a_verb_on_the_child_of_the_second_take_turns(crossing: Crossing) -> None:
    later = AT + timedelta(days=3)
    first = silent_until("R1", now=later)
    second = silent_until("R1", now=later)
    tasks = [DutyTask.objects.open().get(home=one.home) for one in (second, first)]

    def climbs() -> object:
        with transaction.atomic():
            Child.objects.locked().get(pk=first.child.pk)
            return DutyTask.objects.select_for_update().get(pk=tasks[0].pk)

    crossing.at(duty_tasks, "finish", climbs, after=True)
    home_calls.finish_all(
        tasks, answer="All are there", by=first.desk.person, at=later + timedelta(minutes=1)
    )
    assert crossing.result() == tasks[0]
    assert not DutyTask.objects.open().filter(pk__in=[one.pk for one in tasks]).exists()


def test_a_placement_written_while_a_sweep_adds_another_child_of_the_home_closes_no_call_for_it(
    crossing: Crossing,
) -> None:
    watched = silent_until("R1", now=NOW + timedelta(hours=12))
    rung = DutyTask.objects.get(kind=DutyTask.Kind.RING_HOME)
    other = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=rung.opened_at - HOUR * 12
    )
    placed(other, watched.home)
    there, at = a_home(watched.authority), rung.opened_at + MINUTE
    # The sweep that climbs for the other has the call to the home in hand: the placement waits for it.
    crossing.at(duty_tasks, "_joined_already", lambda: placed(watched.child, there, starts_at=at, at=at))
    sweep.sweep_all(now=at)
    crossing.result()
    rung.refresh_from_db()
    assert rung.done_at is None
    assert [item.alert.child for item in rung.items.all()] == [other]
    assert DutyTask.objects.open().filter(home=there, kind=DutyTask.Kind.RING_HOME).count() == 1


def test_what_two_senders_find_late_for_one_reader_at_once_is_one_call(crossing: Crossing) -> None:
    w, children = a_house(2)
    sweep.sweep_all(now=OWED)
    alerts = list(Alert.objects.open().filter(child__in=children, clock__kind="contact").order_by("pk"))
    Message.objects.update(status="cancelled")
    manager = Recipient(Post.MANAGER, Channel.TEXT, user_id=w.manager.pk, phone="01632 960 555")
    said = {"step": "call_45", "kind": "alert", "wording": "manager_no_record", "urgency": 1}
    outbox.enqueue([outbox.Owed(alert=a, recipient=manager, owed_at=OWED, **said) for a in alerts], at=OWED)
    Message.objects.filter(step="call_45").update(attempts=2)

    def late(alert: Alert) -> None:
        with transaction.atomic():
            list(Child.objects.locked().filter(pk=alert.child_id))
            late_posts.phone([Message.objects.get(items__alert=alert, step="call_45")], at=OWED + HOUR)

    crossing.at(phone_tasks, "phone_about", lambda: late(alerts[1]))
    late(alerts[0])
    crossing.result()
    (call,) = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message__step="call_45")
    assert {item.alert for item in call.items.all()} == set(alerts)
