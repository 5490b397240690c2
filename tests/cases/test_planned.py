"""A statement that is planned once answers as it would in full, and only where it stands."""

from types import SimpleNamespace

import pytest
from django.db import connection

from cases import planned

SUM = planned.Statement(("int", "int[]"), "SELECT $1 + n FROM unnest($2) n")


def standing() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_it_answers_within_its_block_and_leaves_nothing_behind() -> None:
    for _ in range(2):
        with planned.once(sum=SUM, other=planned.Statement((), "SELECT 'x'")):
            assert [planned.rows("sum", [n, [1, 2]]) for n in range(8)] == [
                [(n + 1,), (n + 2,)] for n in range(8)
            ]
            assert planned.rows("other", []) == [("x",)]
            assert planned.rows("unknown", []) is None
            assert standing() == 2
        assert planned.rows("sum", [1, [1]]) is None
        assert standing() == 0


@pytest.mark.django_db
def test_another_connection_knows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with planned.once(sum=SUM):
        with monkeypatch.context() as again:
            again.setattr(planned, "connection", SimpleNamespace(connection=object()))
            assert planned.rows("sum", [1, [1]]) is None
        assert planned.rows("sum", [1, [1]]) == [(2,)]


def test_what_cannot_be_planned_is_asked_in_full_and_stops_nothing(committed: None) -> None:
    with planned.once(sum=SUM, wrong=planned.Statement((), "SELECT FROM no_such_table")):
        assert planned.rows("sum", [1, [1]]) is None
    connection.close()
    with planned.once(sum=SUM):
        connection.close()
        assert planned.rows("sum", [1, [1]]) is None
    assert standing() == 0
