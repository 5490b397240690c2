"""Statements that are planned once for a batch: there for the block, and asked in full wherever they are not."""

import pytest
from django.db import connection

from cases import planned
from cases.planned import Statement

pytestmark = pytest.mark.usefixtures("committed")
ADD = Statement(("int",), "SELECT $1 + 1")


@pytest.mark.by_turns
def test_it_answers_within_the_block_alone() -> None:
    assert planned.rows("add", [1]) is None
    with planned.once(add=ADD):
        assert planned.rows("add", [1]) == [(2,)]
        assert planned.rows("another", [1]) is None
    assert planned.rows("add", [1]) is None


@pytest.mark.by_turns(8)
def test_one_that_cannot_be_planned_is_not_there() -> None:
    with planned.once(add=ADD, wrong=Statement((), "SELECT no_such_column")):
        assert planned.rows("add", [1]) is None


@pytest.mark.by_turns(8)
def test_where_another_server_answers_that_knows_no_plan_it_is_asked_in_full() -> None:
    with planned.once(add=ADD):
        with connection.cursor() as cursor:
            # What a pooler does that lends another server for the next transaction.
            cursor.execute("DEALLOCATE ALL")
        assert planned.rows("add", [1]) is None
        assert planned.rows("add", [1]) is None
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
