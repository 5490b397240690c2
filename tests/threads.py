"""Threads that tests have left behind: one that waits costs nothing, one that works takes a core from the whole run.

A mail server of a test that went on reading from a client who was gone took a seventh of each run's processor.
"""

import os
import threading
import time
from collections.abc import Collection
from pathlib import Path

# Seconds: for how long each look goes on, and until when a thread may finish what it does.
LOOK, ENDS_WITHIN = 0.5, 5.0
# Of a core: on a busy machine a thread that never rests may have no more of one.
AT_WORK = 0.05


def alive() -> set[threading.Thread]:
    """The threads that are there now."""
    return {*threading.enumerate()}


def at_work(left: Collection[threading.Thread], *, within: float = ENDS_WITHIN) -> list[str]:
    """Return the names of those that still work after so many seconds; none are waited for where all of them rest."""
    ends_at = time.monotonic() + within
    while True:
        before = {one: _taken(one) for one in left if one.is_alive()}
        if not before:
            return []
        time.sleep(LOOK)
        left = [
            one for one, taken in before.items() if one.is_alive() and _taken(one) - taken > LOOK * AT_WORK
        ]
        if left and time.monotonic() > ends_at:
            return sorted(one.name for one in left)


def _taken(thread: threading.Thread) -> float:
    """The seconds of a processor that a thread has taken; none for one that has ended, and where Linux does not tell."""
    try:
        said = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    except OSError:
        return 0.0
    taken = said.rpartition(")")[2].split()[11:13]
    return sum(map(int, taken)) / os.sysconf("SC_CLK_TCK")
