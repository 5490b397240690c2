"""What permission costs: the list of children filtered by it beside the same page without, and the record of one read."""

import os
from collections.abc import Callable
from unittest import mock

from django.contrib.auth.signals import user_logged_in
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import access, clock, going_live, log
from cases.models import Authority, Child, Role, User
from cases.models.children import ChildQuerySet
from tests import factories, passing
from tests.benchmarks import population
from tests.benchmarks.rows import Row, quick, row

FEW, MANY = 10_000, int(os.environ.get("BENCH_CHILDREN", "200000"))
# Children with the work of somebody, in homes; all others are on the list all the same.
BUSY, HOMES = 500, 50
TURNS, TIMES = 4, 20


def rows() -> list[Row]:
    user_logged_in.connect(passing.pass_by_force, dispatch_uid="passed by force")
    found = []
    for count in (FEW, MANY):
        ours, bare, writes = _among(count)
        name = f"list of children among {count:,}, request to last byte, beside the same page without permission (ms)"
        found.append(row(name, ours * 1000, bare * 1000, 1.5))
    found.append(
        row(
            "statements that the record of one read adds to a child's page, beside the one write that it is (number)",
            writes,
            1,
            1.0,
        )
    )
    return found


def _among(count: int) -> tuple[float, float, int]:
    """Seconds of the page with permission and without, and how many statements the record of one read adds."""
    with population.database_of_its_own() as own:
        population.fill(own, due=BUSY, idle=2 * (count - BUSY), homes=HOMES, year=27)
        reader = factories.a_person(
            Role.SOCIAL_WORKER, authority=Authority.objects.get(code="BENCH-1"), since=population.ARRIVED
        )
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(reader)
        page = _page(client, reverse("child_list"))
        ours = bare = float("inf")
        # By turns: what else the machine does falls on both.
        for _ in range(TURNS):
            ours = min(ours, quick(page, TIMES))
            with mock.patch.object(access, "children", _everybody):
                bare = min(bare, quick(page, TIMES))
        return ours, bare, _writes(client, reader)


def _page(client: Client, address: str) -> Callable[[], None]:
    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != 200 or b"MC" not in answer.content:
            raise ValueError(f"{address} answered {answer.status_code}, or holds no child")

    return ask


def _everybody(user: User, permission: str, *, at: object) -> ChildQuerySet:
    return Child.objects.all()


def _writes(client: Client, reader: User) -> int:
    team = reader.memberships.get().team
    if not going_live.is_live():
        going_live.go_live(team.authority, by=reader, at=clock.now())
    child = factories.a_child(team.authority, team=team, worker=reader, at=clock.now())
    page = _page(client, reverse("child", args=[child.reference]))
    # What is looked up once in a process, and the first press of the session.
    page()
    recorded = _asked(page)
    with mock.patch.object(log, "record_reads"):
        return recorded - _asked(page)


def _asked(action: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as asked:
        action()
    return len(asked)
