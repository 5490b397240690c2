"""A child's page after years in care beside the same page after two weeks: it asks no more and shows no more at first."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.signals import user_logged_in
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import clock, going_live
from cases.models import Event, Role
from tests import factories, lives, passing
from tests.benchmarks import population
from tests.benchmarks.rows import Row, quick, row

FEW, MANY = 100, 5_000
TURNS, TIMES = 4, 20


def rows() -> list[Row]:
    user_logged_in.connect(passing.pass_by_force, dispatch_uid="passed by force")
    with population.database_of_its_own():
        go_live()
        pages = {count: _page_after(count) for count in (FEW, MANY)}
        statements = {count: _asked(page) for count, page in pages.items()}
        sizes = {count: page() for count, page in pages.items()}
        times = dict.fromkeys(pages, float("inf"))
        # By turns: what else the machine does falls on both.
        for _ in range(TURNS):
            for count, page in pages.items():
                times[count] = min(times[count], quick(page, TIMES))
    beside = f"a child's page with {MANY:,} events, beside one with {FEW}"
    return [
        row(f"{beside}, request to last byte (ms)", times[MANY] * 1000, times[FEW] * 1000, 1.25),
        row(f"{beside} (statements)", statements[MANY], statements[FEW], 1.0),
        row(f"{beside} (bytes)", sizes[MANY], sizes[FEW], 1.1),
    ]


def go_live() -> None:
    """The database takes children from now on."""
    if going_live.is_live():
        return
    authority, now = factories.an_authority(), clock.now()
    admin = factories.a_person(Role.ADMINISTRATOR, authority=authority, since=now - timedelta(days=1))
    going_live.go_live(authority, by=admin, at=now)


def _page_after(count: int) -> Callable[[], int]:
    """The page of a child with so many events as its worker asks for it; it answers with how many bytes it has."""
    now = clock.now()
    watched = factories.a_watched_child(at=now - count * lives.EVERY - timedelta(days=1))
    lives.years(watched.child, count, by=watched.worker, until=now)
    if (found := Event.objects.filter(child=watched.child).count()) < count:
        raise ValueError(f"{found} events for {count}")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(watched.worker)
    address = reverse("child", args=[watched.child.reference])

    def ask() -> int:
        answer = client.get(address)
        if answer.status_code != 200 or watched.child.reference.encode() not in answer.content:
            raise ValueError(f"{address} answered {answer.status_code}")
        return len(answer.content)

    # What is looked up once in a process, and the first press of the session.
    ask()
    return ask


def _asked(action: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        action()
    return len(asked)
