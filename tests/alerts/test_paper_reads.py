"""Paper is read from the tables that have a row of the children, and from no fewer than it needs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import paper_reads, watching
from alerts.paper_rules import Paper
from cases import facts, presence, worker_leaves
from tests.alerts.everything import watched_from_every_table
from tests.alerts.papers import asked_for
from tests.factories import AT, Watched, a_child, a_watched_child, missing, photographed, seen

HOUR = timedelta(hours=1)


@pytest.fixture
def w(db: None) -> Watched:
    asked_for()
    return a_watched_child(birth_date=(AT - timedelta(days=17 * 365)).date())


@pytest.mark.by_turns(8)
def test_nothing_is_read_of_a_table_that_nobody_asked_for(db: None) -> None:
    """Else a child with rows there alone would be owed what it has."""
    child = a_child()
    missing(child, at=AT + HOUR)
    asked = paper_reads._Asked(facts.load([child.pk]), AT + HOUR)
    # Looks are of guardians, and count where one is there; of allocations those whose worker has a leave.
    with_another = {"guardian_stays": {"guardians_guardianlook"}, "absences": {"cases_allocation"}}
    for name, models, question in paper_reads._QUESTIONS:
        with CaptureQueriesContext(connection) as queries:
            question(asked)
        tables = {match[1] for query in queries if (match := re.search(r'FROM "(\w+)"', query["sql"]))}
        expected = {model._meta.db_table for model in models} | with_another.get(name, set())
        assert tables, name
        assert tables <= expected, name


@pytest.mark.by_turns
def test_of_a_child_that_has_little_little_is_asked(w: Watched) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            watching.watch([w.child.pk], papers=True, at=AT + HOUR)
        return [query["sql"] for query in queries]

    before = asked()
    assert not any('FROM "cases_photo"' in sql for sql in before)
    photographed(w.child)
    after = asked()
    assert len(after) == len(before) + 1
    assert any('FROM "cases_photo"' in sql for sql in after)


@pytest.mark.by_turns
def test_what_is_there_is_read_as_if_every_table_were_asked(w: Watched) -> None:
    photographed(w.child)
    seen(w.child, by=w.guardian, at=AT + HOUR)
    goes, back = AT + 30 * HOUR, AT + 90 * HOUR
    worker_leaves.announce(w.worker, kind="leave", starts_at=goes, ends_at=back, by=w.worker, at=AT + HOUR)
    ids, at = [w.child.pk], AT + 2 * HOUR
    found = watching.watch(ids, papers=True, at=at)
    assert found == watched_from_every_table(ids, at=at)
    assert {Paper.COVER, Paper.GUARDIAN_CHECK} <= {one.paper for one in found[w.child.pk].papers.owed}


@pytest.mark.by_turns
def test_each_table_is_found_by_any_row_of_the_child(w: Watched) -> None:
    other = a_watched_child()
    photographed(other.child)
    name = "paper cases_photo"
    assert name not in presence.found(paper_reads.SELDOM, [w.child.pk])
    assert name in presence.found(paper_reads.SELDOM, [w.child.pk, other.child.pk])
