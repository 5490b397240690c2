"""The children, houses and people of the promise machine, and how one of its rules acts."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from alerts import policies
from alerts.models import PolicyVersion
from cases.facts import ChildFacts
from cases.models import Child, MissingEpisode, User
from cases.states import IllegalMove
from guardians import assignments
from tests.alerts.wires import Wire
from tests.factories import (
    AT,
    DutyDesk,
    Watched,
    a_child,
    a_duty_desk,
    a_force_mailbox,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    placed,
)

which = st.integers(0, 1)
minutes = st.sampled_from([0, 1, 10, 31, 59, 119])


@dataclass(frozen=True)
class World:
    """Two children of one house, and a second authority with desk, home, force and worker to move them to."""

    one: Watched
    children: list[Child]
    guardians: list[User]
    desks: list[DutyDesk]
    homes: list[Any]
    workers: list[User]


class Crash(Exception):
    """The process dies before its next statement."""


@contextmanager
def dying(after: int) -> Iterator[None]:
    """Die before the statement of this number; what was not committed is gone."""
    left = after

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal left
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            left -= 1
            if left < 0:
                raise Crash
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        yield


def a_world(at: datetime = AT, **details: Any) -> World:
    """Children who came here at `at`; `details` are of both."""
    # As the duties are now, and not as they were before the first migration.
    of_searches = PolicyVersion.objects.filter(key__in=[policies.DUTY, policies.AFTER, policies.REVIEW])
    of_searches.update(takes_effect_at=AT - timedelta(days=100))
    one = a_watched_child(at=at, **details)
    sibling = a_child(one.authority, team=one.team, worker=one.worker, at=at, trafficking="yes", **details)
    placed(sibling, one.home)
    second = a_person("guardian", service=one.assignment.service)
    assignments.assign(sibling, second, service=one.assignment.service, by=one.worker, at=AT)
    there = an_authority()
    worker = a_person("social_worker", team=a_team(there))
    a_person("team_manager", authority=there, reach="directorate")
    a_force_mailbox(there.force)
    return World(
        one=one,
        children=[one.child, sibling],
        guardians=[one.guardian, second],
        desks=[one.desk, a_duty_desk(there)],
        homes=[one.home, a_home(there)],
        workers=[one.worker, worker],
    )


class Stage(RuleBasedStateMachine):
    """Every rule is what somebody does, or what happens to a machine; `now` only moves on."""

    world: World
    wire: Wire
    # Whether all that the check of integrity asks is asked of the rows at its end.
    is_checked = True

    @initialize()
    def begin(self) -> None:
        self.held = transaction.atomic()
        self.held.__enter__()
        self.now = AT + timedelta(hours=1)
        self.searched: set[int] = set()
        self.called_off: set[int] = set()
        # Since when each child has had nobody who watches over it; and who had somebody before that.
        self.unguarded: dict[int, datetime] = {}
        self.guarded: dict[int, bool] = {}
        self.in_dead_hands: set[uuid.UUID] = set()
        self.wire.taken.clear()
        self.wire.in_doubt.clear()
        self.known: list[tuple[datetime, dict[int, dict[str, Any]]]] = []
        self.steps = 0
        # Each child as it stands after the step.
        self.read: dict[int, ChildFacts] = {}
        # As of when the profile of each search is kept, and what it said then; what is released of each; each number.
        self.frozen: dict[int, tuple[datetime, dict[str, Any]]] = {}
        self.released: dict[int, set[tuple[str, str]]] = {}
        self.numbers: dict[tuple[int, int], str] = {}

    def teardown(self) -> None:
        if hasattr(self, "held"):
            try:
                self.history_says_what_was_known()
                # As it stood after the last step.
                if self.is_checked:
                    self.nothing_is_broken(self.now - timedelta(seconds=1))
            finally:
                transaction.set_rollback(True)
                self.held.__exit__(None, None, None)

    def child(self, number: int) -> Child:
        return Child.objects.get(pk=self.world.children[number].pk)

    def open(self, number: int) -> MissingEpisode | None:
        return MissingEpisode.objects.open().filter(child=self.world.children[number]).first()

    def people(self) -> list[User]:
        return [*self.world.workers, self.world.one.carer, *self.world.guardians]

    def do(self, what: Callable[..., Any], /, *words: Any, **facts: Any) -> Any:
        """One verb in its own commit; what it refuses leaves nothing behind."""
        try:
            with transaction.atomic():
                return what(*words, **facts)
        except IllegalMove as error:
            note(f"{what.__name__} refused: {error}")
            return None
