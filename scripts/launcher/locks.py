"""Who is using a folder of services: locks that the kernel drops when a process dies in any way."""

import fcntl
import os
from pathlib import Path


class Lock:
    """A lock on one file: many may share it, one alone may clean up."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take_alone(self, *, wait: bool = False) -> bool:
        """Take it for this process alone; return whether that worked."""
        return self._take(fcntl.LOCK_EX, wait=wait)

    def share(self) -> None:
        """Hold it together with others, or come down to that from holding it alone."""
        self._take(fcntl.LOCK_SH, wait=True)

    def release(self) -> None:
        """Let go; the object is of no use afterwards."""
        os.close(self._file)

    def _take(self, kind: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(self._file, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
