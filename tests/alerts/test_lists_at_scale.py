"""Every list at a hundred children and at ten thousand: as many questions to the database, and a page that stays light."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.models import Child, Role, User
from tests import factories, twins
from tests.browser.town import NOW, Town, at_this_hour
from tests.database import Clone
from tests.factories import Watched

# A house of the town and its children: so many more of them, at first and in the end.
MANY = 834
# One worker's and one guardian's children are in so many of the houses: about a hundred, more than anybody has.
OWN = 8
# Rows that one question may read for somebody to whom it shows nearly nothing.
READ = 1000


@dataclass(frozen=True)
class Country:
    """One authority with ten thousand children, and another with one."""

    town: Town
    elsewhere: Watched
    elsewhere_admin: User


@pytest.fixture(scope="module")
def country(kept: Clone) -> Iterator[Country]:
    with at_this_hour():
        town = Town()
        elsewhere = factories.a_watched_child(at=NOW - timedelta(hours=60), given_name="Quillon")
        factories.missing(elsewhere.child, by=elsewhere.worker, at=NOW - timedelta(hours=1))
        found = Country(
            town, elsewhere, factories.a_person(Role.ADMINISTRATOR, authority=elsewhere.authority)
        )
        _grow(kept, town, 1, MANY)
        yield found


def _grow(own: Clone, town: Town, first: int, last: int) -> None:
    """More houses like the town's, each with its twelve children in every state, for the same desk, force and managers."""
    watched, others = town.watched, town.people
    instead = {
        "cases_allocation.worker_id": _mine("worker_id", others["neighbour"]),
        "guardians_guardianassignment.guardian_id": _mine("guardian_id", others["new guardian"]),
    }
    children = list(Child.objects.filter(responsibilities__authority=watched.authority))
    twins.add(own, children, [watched.home], twins.Twins(first, last, instead))


def _mine(column: str, other: User) -> str:
    return f"CASE WHEN twin.nth <= {OWN} OR old.{column} IS NULL THEN old.{column} ELSE {other.pk} END"


ELSEWHERE = (
    ("worker", "/today/"),
    ("worker", "/children/"),
    ("worker", "/search/?q=selam"),
    ("worker", "/search/?q=01632960777"),
    ("worker", "/children/arrivals/"),
    ("worker", "/children/{child}/"),
    ("worker", "/children/{child}/timeline/"),
    ("duty", "/duty/"),
    ("duty", "/children/"),
    ("duty", "/children/?status=missing"),
    ("duty", "/children/?sort=-due"),
    ("duty", "/search/?q=selam"),
    ("manager", "/overview/"),
    ("manager", "/overview/missing/"),
    ("manager", "/overview/unallocated/"),
    ("manager", "/overview/guardians/"),
    ("manager", "/overview/morning/"),
    ("manager", "/overview/alert-load/"),
    ("director", "/overview/"),
    ("carer", "/homes/{home}/roll-call/"),
    ("guardian", "/looking-out/"),
    ("guardian", "/children/"),
    ("officer", "/missing/"),
    ("officer", "/children/"),
    ("admin", "/admin/"),
    ("admin", "/admin/mailboxes/"),
)


@pytest.mark.parametrize(("who", "path"), ELSEWHERE)
def test_ten_thousand_children_of_somebody_else_are_not_even_looked_at(
    country: Country, who: str, path: str
) -> None:
    client = Client()
    client.force_login(_of(country, who))
    watched = country.elsewhere
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path.format(child=watched.child.reference, home=watched.home.pk))
    assert answer.status_code == 200
    assert Child.objects.count() > 10_000

    with connection.cursor() as cursor:
        # A small table is read whole because that is quick: whether there is another way is asked here.
        cursor.execute("SET enable_seqscan = off")
    try:
        far = [(read, sql) for sql in _questions(asked) if (read := _rows_read(sql)) > READ]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")
    assert not far


def _of(country: Country, who: str) -> User:
    watched = country.elsewhere
    return {"duty": watched.desk.person, "admin": country.elsewhere_admin}.get(who) or getattr(watched, who)


def _questions(asked: CaptureQueriesContext) -> list[str]:
    return [one["sql"] for one in asked.captured_queries if re.match(r"\s*(SELECT|WITH)\b", one["sql"])]


def _rows_read(sql: str) -> int:
    """How many rows the scans of one question looked at, those that it then left out among them."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"), [])
        (plan,) = cursor.fetchone()
    return _scanned((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _scanned(node: dict[str, Any]) -> int:
    below = sum(map(_scanned, node.get("Plans", ())))
    if "Scan" not in node["Node Type"] or node["Node Type"] == "Subquery Scan":
        return below
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return below + round(each * node["Actual Loops"])
