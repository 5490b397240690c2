"""Whose calendar may be opened: of each team and each worker who has a child that the reader may read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Allocation, User, WorkerCover, worked_by
from cases.models.children import ChildQuerySet
from cases.moves import isolated


@dataclass(frozen=True)
class Whose:
    """One team or one worker: the mark in the address, the name, and which of these children are theirs, by key."""

    mark: str
    name: str
    children: Any
    # Of a worker alone: what they promised to do for other children stands there too.
    person_id: int | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class Choice:
    """The teams and the workers of whom one may be chosen, each with its name."""

    teams: Mapping[str, str]
    workers: Mapping[str, str]

    def of(self, mark: str, *, at: datetime) -> Whose | None:
        """The one with this mark; None where the reader reads no child of theirs."""
        key = int(mark.rpartition("-")[2]) if mark in self.teams or mark in self.workers else 0
        if mark in self.teams:
            rows = Allocation.objects.current(at).filter(team=key)
            return Whose(mark, self.teams[mark], rows.order_by().values("child"), team_id=key)
        if mark in self.workers:
            # Of one who is away, or has left, the children are asked for here all the same.
            own = Allocation.objects.current(at).filter(worker=key).order_by().values_list("child", flat=True)
            return Whose(mark, self.workers[mark], own.union(worked_by(key, at)), key)
        return None


def choice(readable: ChildQuerySet, *, at: datetime) -> Choice:
    """Whose calendars a reader of these children may open, by name; two people of one name are told apart by their team."""
    held = Allocation.objects.current(at).filter(child__in=readable.values("pk")).order_by()
    names = ("team", "team__name", "team__authority__name", "worker", "worker__name")
    rows = list(held.values_list(*names).distinct())
    covers = WorkerCover.objects.holding(at).filter(child__in=readable.values("pk")).order_by()
    told = ("allocation__team__name", "covered_by", "covered_by__name")
    people = [(team, pk, name) for _team, team, _where, pk, name in rows if pk is not None]
    people += list(covers.values_list(*told).distinct())
    authorities = {where for _pk, _team, where, _worker, _name in rows}
    teams = {
        f"team-{pk}": isolated(team) if len(authorities) < 2 else f"{isolated(team)}, {isolated(where)}"
        for pk, team, where, _worker, _name in rows
    }
    workers = {f"worker-{pk}": f"{isolated(name)}, {isolated(team)}" for team, pk, name in people}
    return Choice(_by_name(teams), _by_name(workers))


def _by_name(found: Mapping[str, str]) -> Mapping[str, str]:
    ordered: Sequence[tuple[str, str]] = sorted(found.items(), key=lambda one: (one[1].casefold(), one[0]))
    return dict(ordered)


def person(one: Whose | None) -> User | None:
    """The worker whose calendar it is; None of a team’s."""
    return None if one is None or one.person_id is None else User.objects.get(pk=one.person_id)
