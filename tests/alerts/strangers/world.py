"""The children, councils and people of the stranger machine, and what is true of each child."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.models import Reach, Role, User
from tests.alerts.promise import world as promise
from tests.factories import (
    AT,
    a_child,
    a_duty_desk,
    a_home,
    a_person,
    a_team,
    a_watched_child,
    an_authority,
    placed,
)


@dataclass
class Known:
    """What is true of one child."""

    authority: Any
    team: Any
    worker: User | None
    home: Any
    guardian: User | None
    addressed: bool = False
    forces: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    # None where the record is not restricted.
    named: dict[int, datetime | None] | None = None
    # Counted with each home, so that one and the same home is another stay; and since when the child has lived there.
    stay: int = 0
    lives_since: datetime = AT
    # Whether an assessment of its risk waits for a manager.
    unread: bool = False

    def live_in(self, home: Any, *, since: datetime) -> None:
        self.home, self.stay, self.lives_since = home, self.stay + 1, since


@dataclass(frozen=True, kw_only=True)
class World(promise.World):
    """Two of everything, so that a history can cross every border, and everybody who could reach a child."""

    authorities: list[Any]
    teams: list[Any]
    service: Any
    people: list[User]


def a_world() -> World:
    one = a_watched_child()
    there = an_authority()
    team = a_team(there)
    guardian = a_person(Role.GUARDIAN, service=one.assignment.service)
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    homes = [one.home, a_home(there)]
    desks = [one.desk, a_duty_desk(there)]
    child = a_child(there, team=team, worker=worker)
    placed(child, homes[1])
    return World(
        one=one,
        authorities=[one.authority, there],
        teams=[one.team, team],
        homes=homes,
        desks=desks,
        workers=[one.worker, worker],
        guardians=[one.guardian, guardian],
        people=[
            *(one.worker, one.manager, one.head, one.director, one.carer, one.guardian, one.officer),
            a_person(Role.GUARDIAN, service=one.assignment.service, reach=Reach.SERVICE),
            *(worker, guardian, a_person(Role.TEAM_MANAGER, team=team)),
            a_person(Role.TEAM_MANAGER, team=team, reach=Reach.SERVICE),
            *(a_person(Role.PLACEMENT_STAFF, home=homes[1]), a_person(Role.POLICE, force=there.force)),
            *(person for desk in desks for person in (desk.person, desk.second)),
            *(a_person(Role.DUTY_DESK, team=desk.team) for desk in desks),
        ],
        children=[one.child, child],
        service=one.assignment.service,
    )
