"""What one press costs with all that follows in its commit: its statements, and its time beside the bare ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts import policies
from alerts.models import PolicyVersion
from cases import children, clock
from cases.models import Placement
from tests import factories, lives
from tests.benchmarks import population
from tests.benchmarks.bench_child_page import go_live
from tests.benchmarks.rows import Row, quick, row
from tests.factories import Watched

TURNS, TIMES = 4, 20


@dataclass(frozen=True)
class Allowed:
    """What a press may cost: statements, and how many times what PostgreSQL alone takes to answer them."""

    statements: int
    times: float


# Of a child of some weeks, of whom nobody is looking. One statement more is a choice. In times each stayed below three on
# two idle cores (2.2 to 2.7), and one that grows by a third is seen.
ALLOWED = {
    "a contact": Allowed(18, 3.5),
    "a guardian’s check": Allowed(22, 3.5),
    "a higher risk": Allowed(23, 3.5),
    "another placement": Allowed(33, 3.5),
    "a report that the child is missing": Allowed(47, 3.5),
}


def rows() -> list[Row]:
    with population.database_of_its_own(), transaction.atomic():
        go_live()
        now = clock.now()
        PolicyVersion.objects.filter(key=policies.PAPER).update(takes_effect_at=now - timedelta(days=99))
        young, old = _child(now, 10), _child(now, 2_000)
        found = []
        for name, verb in _verbs(young, now).items():
            allowed = ALLOWED[name]
            asked = _statements(verb)
            later = _statements(_verbs(old, now)[name])
            found += [
                row(f"{name}, statements beside {allowed.statements}", len(asked), allowed.statements, 1.0),
                row(
                    f"{name} after two thousand contacts, beside ten (statements)",
                    len(later),
                    len(asked),
                    1.0,
                ),
            ]
            ours, bare = float("inf"), float("inf")
            # By turns: what else the machine does falls on both.
            for _ in range(TURNS):
                ours = min(ours, quick(_undone(verb), TIMES))
                bare = min(bare, quick(_undone(_bare(asked)), TIMES))
            found.append(
                row(f"{name} beside its bare statements (ms)", ours * 1000, bare * 1000, allowed.times)
            )
        transaction.set_rollback(True)
    return found


def _child(now: datetime, contacts: int) -> Watched:
    watched = factories.a_watched_child(at=now - contacts * lives.EVERY - timedelta(days=21))
    lives.years(watched.child, contacts, by=watched.carer, until=now - timedelta(hours=1))
    return watched


def _verbs(one: Watched, now: datetime) -> Mapping[str, Callable[[], object]]:
    child, by = one.child, one.worker
    seen = {
        name: factories.a_sighting(who, at=now) for name, who in (("by", one.carer), ("of", one.guardian))
    }
    where = {"where": one.home, "placement_type": Placement.Type.FOSTER, "starts_at": now}
    return {
        "a contact": lambda: factories.contacts.record(child, seen["by"], by=one.carer, at=now),
        "a guardian’s check": lambda: factories.contacts.record(child, seen["of"], by=one.guardian, at=now),
        "a higher risk": lambda: children.set_risk(child, "high", reason="Calls", by=by, at=now),
        "another placement": lambda: factories.placements.start(child, **where, by=by, at=now),
        "a report that the child is missing": lambda: factories.missing(child, by=by, at=now),
    }


def _statements(verb: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        _undone(verb)()
    # The first and the last are ours.
    return [query["sql"] for query in asked.captured_queries][1:-1]


def _bare(statements: list[str]) -> Callable[[], None]:
    """The same statements as they were sent, and nothing made of what they answer."""

    def send() -> None:
        with connection.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                if cursor.description:
                    cursor.fetchall()

    return send


def _undone(action: Callable[[], object]) -> Callable[[], None]:
    def act() -> None:
        point = transaction.savepoint()
        try:
            action()
        finally:
            transaction.savepoint_rollback(point)

    return act
