"""The bare statements that write what a sweep writes, with nothing decided: what PostgreSQL alone asks."""

import json
import time
import uuid

import psycopg2
from psycopg2.extras import execute_values

from tests.benchmarks import population
from tests.benchmarks.population import ARRIVED, R1_OWED
from tests.database import Clone

BATCH = 500


def counts(own: Clone) -> dict[str, int]:
    """How many rows of each kind were written for each due child, so that the bare statements write as many."""
    tables = ("alerts_alert", "alerts_alertstep", "alerts_message", "alerts_messageitem", "cases_event")
    with psycopg2.connect(own.owner_dsn) as connection, connection.cursor() as cursor:
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            (counts[table],) = cursor.fetchone()
    return counts


def writes(own: Clone, ids: list[int], counts: dict[str, int]) -> float:
    """Lock, write and move on, batch by batch, with nothing decided: what PostgreSQL alone asks."""
    each = {table: max(round(count / len(ids)), 1) for table, count in counts.items()}
    began = time.perf_counter()
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
            _write(cursor, due, each)
            cursor.execute(
                "UPDATE alerts_clock SET next_at = %s WHERE id = ANY(%s)",
                [population.IDLE_UNTIL, [d[0] for d in due]],
            )
            connection.commit()


def _write(cursor: psycopg2.extensions.cursor, due: list[tuple[int, int]], each: dict[str, int]) -> None:
    at = R1_OWED
    alerts = execute_values(
        cursor,
        "INSERT INTO alerts_alert (clock_id, child_id, due_at, round, status, rows, steps, opened_at, end_reason)"
        " VALUES %s RETURNING id, child_id",
        [(clock, child, ARRIVED, 1, "open", ["x"], "{}", at, "") for clock, child in due],
        page_size=BATCH,
        fetch=True,
    )
    execute_values(
        cursor,
        "INSERT INTO alerts_alertstep (alert_id, step, owed_at, climbed_at, met) VALUES %s",
        [(a, f"R{n}", at, at, "messages") for a, _ in alerts for n in range(each["alerts_alertstep"])],
        page_size=BATCH * 2,
    )
    messages = [(str(uuid.uuid4()), a) for a, _ in alerts for _ in range(each["alerts_message"])]
    execute_values(
        cursor,
        "INSERT INTO alerts_message (id, kind, wording, step, channel, post, recipient, phone, urgency, owed_at,"
        " created_at, status, attempts, next_try_at, fence, last_error) VALUES %s",
        [
            (
                m,
                "alert",
                "home_no_record",
                "R0",
                "text",
                "home",
                "x",
                "01632",
                15,
                at,
                at,
                "queued",
                0,
                at,
                0,
                "",
            )
            for m, _ in messages
        ],
        page_size=BATCH * 2,
    )
    execute_values(
        cursor,
        "INSERT INTO alerts_messageitem (message_id, alert_id, step, kind, recipient) VALUES %s",
        [(m, a, f"R{n}", "alert", "x") for m, a in messages for n in range(each["alerts_messageitem"])],
        page_size=BATCH * 2,
    )
    data = json.dumps({"clock": "contact", "step": "R0", "owed_at": at.isoformat()})
    execute_values(
        cursor,
        "INSERT INTO cases_event (child_id, number, kind, subject_type, data, happened_at, recorded_at, actor_label,"
        " fields_digest, previous_digest, digest) VALUES %s",
        [
            (child, n + 1, "climbed", "alert", data, at, at, "Rollcall", "", f"{n:064d}", f"{n + 1:064d}")
            for _, child in alerts
            for n in range(each["cases_event"])
        ],
        page_size=BATCH * 2,
    )
