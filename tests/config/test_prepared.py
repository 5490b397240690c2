"""What tests ask of the database by the name of a prepared statement is what they asked, answered the same."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import Jsonb

from tests import prepared
from tests.counts import FULL
from tests.database import Clone

VALUES: list[Any] = [
    True,
    7,
    -7,
    2**31,
    -(2**31),
    2**63,
    "it's 50% of \\ it",
    None,
    datetime(2026, 11, 23, 21, 0, 0, 5, tzinfo=UTC),
    date(2026, 11, 23),
    timedelta(days=2, seconds=-5),
    Decimal("0.10"),
    UUID(int=7),
    Jsonb({"a": ["b'", 1]}),
    ["a", "b's", 'c"d', "e\\f", "", "NULL"],
    [1, 2],
]


@pytest.fixture
def own(kept: Clone) -> Iterator[prepared.Connection]:
    """A connection of this test's own, in a transaction, which prepares what it is asked often."""
    with closing(psycopg2.connect(kept.dsn, **{**prepared.options(""), "options": ""})) as opened:
        assert isinstance(opened, prepared.Connection)
        yield opened


def asked(own: prepared.Connection, statement: str, values: Any, times: int = 3) -> list[Any]:
    """What so many askings of it are answered."""
    with own.cursor() as cursor:
        found = []
        for _ in range(times):
            cursor.execute(statement, values)
            found.append(
                (cursor.fetchall(), [column.type_code for column in cursor.description], cursor.query)
            )
        return found


def names(own: prepared.Connection) -> list[str]:
    with own.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements ORDER BY prepare_time")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "value", VALUES, ids=[f"{type(one).__name__} {number}" for number, one in enumerate(VALUES)]
)
def test_a_value_is_of_the_same_type_and_the_same_in_a_prepared_statement(
    own: prepared.Connection, value: Any
) -> None:
    # What has no type of its own takes it from where it stands; an array from what it is said to be.
    has_type = not isinstance(value, str | list | None)
    typed = "::text[]" if isinstance(value, list) else ""
    statement = f"SELECT '100%%', %s{typed}" + (", pg_typeof(%s)::text" if has_type else "")
    plain, second, third = asked(own, statement, [value] * (1 + has_type))
    assert plain == second == third
    assert len(names(own)) == 1


def test_from_the_third_asking_on_it_is_prepared_and_the_statement_has_its_values(
    own: prepared.Connection,
) -> None:
    statement = "SELECT key FROM alerts_policyversion WHERE version = %s AND key = %s"
    assert len({str(one) for one in asked(own, statement, (1, "duty"), 2)}) == 1
    assert names(own) == []
    asked(own, statement, (1, "duty"))
    assert len(names(own)) == 1
    ((rows, _types, said),) = asked(own, statement, (1, "after"), 1)
    assert rows == [("after",)]
    assert said == b"SELECT key FROM alerts_policyversion WHERE version = 1 AND key = 'after'"
    asked(own, statement, (2**40, "duty"), 2)
    assert len(names(own)) == 1, "a number of another type is another statement"


def test_values_with_names_are_prepared_alike_each_once(own: prepared.Connection) -> None:
    statement = "SELECT '100%%', %(key)s, version FROM alerts_policyversion WHERE key = %(key)s AND version = ANY (%(of)s)"
    plain, second, third = asked(own, statement, {"key": "duty", "of": [1]})
    assert plain == second == third
    assert plain[0] == [("100%", "duty", 1)]
    assert len(names(own)) == 1
    ((rows, _types, said),) = asked(own, statement, {"of": [1, 2], "key": "after"}, 1)
    assert {row[1] for row in rows} == {"after"}
    assert b"key = 'after' AND version = ANY (ARRAY[1,2])" in said


def test_what_cannot_be_prepared_is_asked_as_ever_and_breaks_no_transaction(own: prepared.Connection) -> None:
    grouped = "SELECT count(*), version + %s FROM alerts_policyversion GROUP BY version + %s"
    plain, *others = asked(own, grouped, (1, 1), 6)
    assert plain[0]
    assert others == [plain] * 5
    assert names(own) == []


def test_two_statements_in_one_are_never_prepared(own: prepared.Connection) -> None:
    two = "SELECT set_config('rollcall.actor', %s, true); SELECT version FROM alerts_policyversion LIMIT %s"
    assert len({str(one) for one in asked(own, two, ("1", 1), 5)}) == 1
    assert names(own) == []


def test_a_statement_that_fails_fails_with_its_own_words(own: prepared.Connection) -> None:
    statement = "SELECT 12 / %s"
    asked(own, statement, (3,))
    with own.cursor() as cursor, pytest.raises(psycopg2.errors.DivisionByZero):
        cursor.execute(statement, (0,))
    with own.cursor() as cursor, pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        cursor.execute(statement, (3,))


@pytest.mark.by_turns(8)
def test_what_is_written_is_the_same_and_so_is_what_is_said_of_it(own: prepared.Connection) -> None:
    """Each value in a row and each in a list of rows, changed and deleted, or refused by a rule of the table."""
    columns = (
        "it boolean, small smallint, number bigint, exact numeric, words text, at timestamptz, day date,"
        " span interval, own uuid, more jsonb, many text[]"
    )
    rows: list[list[Any]] = [
        [
            True,
            7,
            2**40,
            Decimal("0.10"),
            "it's 50%",
            VALUES[8],
            VALUES[9],
            VALUES[10],
            UUID(int=7),
            Jsonb([1]),
            ["b's"],
        ],
        [None] * 10 + [[]],
    ]
    places = ", ".join(["%s"] * len(rows[0]))
    one = f"INSERT INTO written VALUES ({places}) RETURNING *"
    both = f"INSERT INTO written VALUES ({places}), ({places}) RETURNING number, words"
    changed = "UPDATE written SET words = %s, small = small + %s WHERE number = %s"
    gone = "DELETE FROM written WHERE number = %s RETURNING words"
    with own.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE written ({columns}, CHECK (small < 100))")
        for statement, values in (
            *((one, row) for row in rows),
            (both, [*rows[0], *rows[1]]),
            (changed, ["new", 1, 2**40]),
            (gone, [2**40]),
        ):
            found = []
            for _ in range(4):
                cursor.execute("SAVEPOINT here")
                cursor.execute(statement, values)
                told = cursor.fetchall() if cursor.description else None
                found.append((cursor.rowcount, told, cursor.query))
                cursor.execute("ROLLBACK TO SAVEPOINT here" if statement != one else "RELEASE SAVEPOINT here")
            assert found == found[:1] * 4, statement
            assert found[0][0] > 0
        for _ in range(4):
            cursor.execute("SAVEPOINT here")
            with pytest.raises(psycopg2.errors.CheckViolation, match="written_small_check"):
                cursor.execute(changed, ["new", 99, 2**40])
            cursor.execute("ROLLBACK TO SAVEPOINT here")
    assert len(names(own)) == 5, "each of them, and that of nothing but NULL with its own types"


def test_outside_of_a_transaction_it_is_prepared_alike(own: prepared.Connection) -> None:
    own.autocommit = True
    grouped = "SELECT count(*), version + %s FROM alerts_policyversion GROUP BY version + %s"
    assert len(asked(own, grouped, (1, 1), 5)) == 5
    assert names(own) == []
    assert [rows for rows, *_ in asked(own, "SELECT %s", (3,), 5)] == [[(3,)]] * 5
    assert len(names(own)) == 1
    own.autocommit = False
    asked(own, "SELECT %s AS it", (3,))
    own.rollback()
    assert [rows for rows, *_ in asked(own, "SELECT %s AS it", (4,))] == [[(4,)]] * 3
    assert len(names(own)) == 2


def test_what_was_not_asked_for_longest_makes_room(
    own: prepared.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "AT_MOST", 2)
    for number in (0, 1, 0, 2):
        asked(own, f"SELECT %s, {number}", ("x",))
    assert names(own) == ["asked_1", "asked_3"]
    assert asked(own, "SELECT %s, 1", ("y",), 1)[0][0] == [("y", 1)]


@pytest.mark.django_db
def test_tests_ask_so_but_at_full_counts() -> None:
    assert connection.connection is not None
    assert isinstance(connection.connection, prepared.Connection) is not FULL
