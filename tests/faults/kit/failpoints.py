"""Does a piece of work again and again, killed before its first statement, its second … and around its commits."""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django

from tests.counts import counts

# The tables that one transition of the engine writes together.
WRITTEN = (
    "alerts_alert",
    "alerts_alertstep",
    "alerts_message",
    "alerts_messageitem",
    "alerts_dutytask",
    "alerts_dutytaskalert",
    "cases_event",
    "cases_missingepisode",
    "cases_episodeforce",
    "alerts_clock",
    "alerts_homeclock",
    "alerts_homealert",
)
MOST = 400
# Before one in so many of its statements a sweeper dies; a sender has few, and dies before each.
OF_A_SWEEP = counts(3, 1)
DYING = "failpoints"


class Death:
    """Kills its process at the n-th chance: before one in so many statements, and before and after each commit."""

    def __init__(self, chance: int, *, one_in: int = 1) -> None:
        self.left, self.one_in = chance, one_in
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], *words: Any) -> Any:
        """Stand in front of one statement."""
        self.statements += 1
        if self.statements % self.one_in == 0:
            self.come()
        return execute(*words)

    def come(self) -> None:
        """Die if this is the chance."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(work: str) -> None:
    """Die at every chance once; print after each what stands in the database."""
    django.setup()
    from django.conf import settings
    from django.db import connection

    from alerts import claims, outcomes
    from cases import clock

    # It dies of us, at each chance, and of no message: none goes alone, or is given up, for that.
    claims.SUSPECT_AFTER = outcomes.LAPSES_AT_MOST = MOST
    start = clock.now()
    before, chance = _state(), 0
    connection.close()
    for tries in range(1, MOST):
        chance += 1
        # Each try comes when the lease of the one before has lapsed.
        now = start + timedelta(seconds=(settings.LEASE_SECONDS + 1) * tries) if work == "deliver" else start
        child = os.fork()
        if child == 0:
            _work(work, Death(chance, one_in=OF_A_SWEEP if work == "sweep" else 1), now)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed, after = os.WIFSIGNALED(status), _state()
        print(json.dumps({"killed": killed, "exit": status, **after}), flush=True)
        connection.close()
        if not killed:
            sys.exit(os.WEXITSTATUS(status))
        if work == "sweep" and after != before:
            # That commit stands: of the next one every statement is still to be died at.
            before, chance = after, 0
    sys.exit(3)


def _work(work: str, death: Death, now: datetime) -> None:
    from django.db import connection
    from django.db.backends.base.base import BaseDatabaseWrapper

    from alerts import delivery, sweep

    commit = BaseDatabaseWrapper._commit

    def commit_or_die(wrapper: BaseDatabaseWrapper) -> None:
        death.come()
        commit(wrapper)
        death.come()

    BaseDatabaseWrapper._commit = commit_or_die
    with connection.cursor() as cursor:
        cursor.execute(f"SET application_name = '{DYING}'")
    with connection.execute_wrapper(death):
        if work == "deliver":
            delivery.deliver(clock=lambda: now)
        else:
            sweep.sweep(now=now)


def _state() -> dict[str, Any]:
    """A digest of every row, and how many rows each table has."""
    from django.db import connection

    digest, rows = hashlib.sha256(), {}
    with connection.cursor() as cursor:
        # The server must have noticed the death: until then its locks stand, and what it did is in doubt.
        cursor.execute(
            "SELECT pg_backend_pid() <> pid AND pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database() AND pid <> pg_backend_pid()",
            [DYING],
        )
        for table in WRITTEN:
            cursor.execute(
                f"SELECT count(*), md5(COALESCE(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            )
            rows[table], of_table = cursor.fetchone()
            digest.update(of_table.encode())
    return {"state": digest.hexdigest()[:12], "rows": rows}


if __name__ == "__main__":
    main(sys.argv[1])
