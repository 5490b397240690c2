"""The bare statements that write what a sweep writes, with nothing decided: what PostgreSQL alone asks."""

import json
import time
import uuid
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from tests.benchmarks import population
from tests.benchmarks.population import ARRIVED, R1_OWED
from tests.database import Clone

BATCH = 500


def counts(own: Clone) -> dict[str, int]:
    """How many rows of each kind were written for each due child, so that the bare statements write as many."""
    tables = (
        "alerts_alert",
        "alerts_alertstep",
        "alerts_message",
        "alerts_messageitem",
        "alerts_dutytask",
        "alerts_dutytaskalert",
        "cases_event",
    )
    with psycopg2.connect(own.owner_dsn) as connection, connection.cursor() as cursor:
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            (counts[table],) = cursor.fetchone()
    return counts


def writes(own: Clone, ids: list[int], counts: dict[str, int]) -> float:
    """Lock, write and move on, batch by batch, with nothing decided: what PostgreSQL alone asks."""
    done, began = 0, time.perf_counter()
    with psycopg2.connect(own.dsn) as connection, connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT c.id, c.child_id FROM alerts_clock c WHERE next_at <= %s ORDER BY urgency, next_at LIMIT %s",
                [R1_OWED, BATCH],
            )
            due = cursor.fetchall()
            if not due:
                return time.perf_counter() - began
            cursor.execute(
                "SELECT id FROM cases_child WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED",
                [[d[1] for d in due]],
            )
            cursor.fetchall()
            # This batch's part of each, so that in the end there are as many of each to the row.
            before, done = done, done + len(due)
            rows = {
                table: count * done // len(ids) - count * before // len(ids)
                for table, count in counts.items()
            }
            _write(cursor, due, rows)
            cursor.execute(
                "UPDATE alerts_clock SET next_at = %s WHERE id = ANY(%s)",
                [population.IDLE_UNTIL, [d[0] for d in due]],
            )
            connection.commit()


def _write(cursor: psycopg2.extensions.cursor, due: list[tuple[int, int]], rows: dict[str, int]) -> None:
    alerts = _insert(
        cursor,
        "alerts_alert (clock_id, child_id, due_at, round, status, rows, steps, opened_at, end_reason)",
        [(clock, child, ARRIVED, 1, "open", ["x"], "{}", R1_OWED, "") for clock, child in due],
        back="id, child_id",
    )
    _insert(
        cursor,
        "alerts_alertstep (alert_id, step, owed_at, climbed_at, met)",
        [
            (alert, f"R{again}", R1_OWED, R1_OWED, "messages")
            for (alert, _), again in _in_turn(alerts, rows["alerts_alertstep"])
        ],
    )
    _write_messages(cursor, alerts, rows)
    _write_tasks(cursor, alerts, rows)
    data = json.dumps({"clock": "contact", "step": "R0", "owed_at": R1_OWED.isoformat()})
    _insert(
        cursor,
        "cases_event (child_id, number, kind, subject_type, data, happened_at, recorded_at, actor_label,"
        " fields_digest, previous_digest, digest)",
        [
            (
                child,
                n + 1,
                "climbed",
                "alert",
                data,
                R1_OWED,
                R1_OWED,
                "Rollcall",
                "",
                f"{n:064d}",
                f"{n + 1:064d}",
            )
            for (_, child), n in _in_turn(alerts, rows["cases_event"])
        ],
    )


def _write_messages(cursor: psycopg2.extensions.cursor, alerts: list[Any], rows: dict[str, int]) -> None:
    words = ("alert", "home_no_record", "R0", "text", "home", "x", "01632", 15)
    messages = [(str(uuid.uuid4()),) for _ in range(rows["alerts_message"])]
    _insert(
        cursor,
        "alerts_message (id, kind, wording, step, channel, post, recipient, phone, urgency, owed_at,"
        " created_at, status, attempts, next_try_at, fence, last_error)",
        [(message, *words, R1_OWED, R1_OWED, "queued", 0, R1_OWED, 0, "") for (message,) in messages],
    )
    items = rows["alerts_messageitem"]
    _insert(
        cursor,
        "alerts_messageitem (message_id, alert_id, step, kind, recipient)",
        [
            (message, alert, f"R{again}", "alert", "x")
            for ((message,), again), ((alert, _), _again) in zip(
                _in_turn(messages, items), _in_turn(alerts, items), strict=True
            )
        ],
    )


def _write_tasks(cursor: psycopg2.extensions.cursor, alerts: list[Any], rows: dict[str, int]) -> None:
    cursor.execute("SELECT min(id) FROM cases_authority")
    (authority,) = cursor.fetchone()
    tasks = _insert(
        cursor,
        "alerts_dutytask (kind, authority_id, step, urgency, opened_at, next_at, answer)",
        [("ring_home", authority, "", 15, R1_OWED, R1_OWED, "") for _ in range(rows["alerts_dutytask"])],
        back="id",
    )
    items = rows["alerts_dutytaskalert"]
    _insert(
        cursor,
        "alerts_dutytaskalert (task_id, alert_id)",
        [
            (task, alert)
            for ((task,), _), ((alert, _child), _again) in zip(
                _in_turn(tasks, items), _in_turn(alerts, items), strict=True
            )
        ],
    )


def _in_turn(rows: list[Any], count: int) -> list[tuple[Any, int]]:
    """So many of these rows, one after the other and then again from the first, each with how often it came before."""
    return [(rows[n % len(rows)], n // len(rows)) for n in range(count)]


def _insert(
    cursor: psycopg2.extensions.cursor, into: str, values: list[tuple[Any, ...]], *, back: str = ""
) -> list[Any]:
    returning = f" RETURNING {back}" if back else ""
    statement = f"INSERT INTO {into} VALUES %s{returning}"
    # All of a batch in one statement.
    page = max(len(values), 1)
    return execute_values(cursor, statement, values, page_size=page, fetch=bool(back)) or []
