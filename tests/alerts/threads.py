"""Threads that begin at one instant, each with a line of its own to the database, and what must hold when they are done."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from alerts import integrity, sweep


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do all at the same instant, each in a thread with a connection of its own; return results or errors."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def one(number: int, work: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(60)
            results[number] = work()
        except Exception as error:  # noqa: BLE001 - judged by the test
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def broken(now: datetime) -> list[str]:
    return [f"{a.question}: {a.references}" for a in integrity.check(now) if a.references]


def settle(now: datetime) -> None:
    while sweep.sweep(now=now).clocks:
        pass
