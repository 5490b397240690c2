"""How long a process waits for an answer of PostgreSQL: a server that hangs must not hang whoever asks it."""

import select
import time
from typing import Any

from psycopg2 import OperationalError, extensions

from config import env

UP = (extensions.STATUS_READY, extensions.STATUS_BEGIN)
# PostgreSQL breaks off a statement itself when its time is up; this is for the answer to come.
ON_THE_WAY = 2.0
# For so long after a wait in vain a new connection gets so much less time, in seconds.
LATELY, AGAIN = 10.0, 1.0


def keep() -> None:
    """Let every connection of this process give up when no answer comes in the time that a statement may take.

    PostgreSQL's own limits are of no use while it is frozen, or its disk hangs: the connection stands and is
    silent. COPY does not work in such a process [psycopg2, support for coroutine libraries].
    """

    gave_up = -LATELY
    answering = env.statement_seconds() + ON_THE_WAY

    def wait(connection: Any) -> None:
        nonlocal gave_up
        began = time.monotonic()
        # Whoever has just waited in vain does not wait as long again for each thing that one page asks.
        connecting = AGAIN if began - gave_up < LATELY else env.CONNECT_SECONDS
        ends = began + (answering if connection.status in UP else connecting)
        while (state := connection.poll()) != extensions.POLL_OK:
            watch = select.poll()
            watch.register(
                connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
            )
            left = ends - time.monotonic()
            if left <= 0 or not watch.poll(left * 1000):
                gave_up = time.monotonic()
                raise OperationalError("PostgreSQL does not answer")

    extensions.set_wait_callback(wait)
