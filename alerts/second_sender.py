"""The watchdog's second process, which sends while the first sweeps: the workers whose work they do are two as well."""

import multiprocessing
import os
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection

import structlog
from django.db import Error, close_old_connections, connections

from alerts import delivery

logger = structlog.get_logger(__name__)

PAUSE = 0.1
# Its memory is shared with the process that it comes from, and it is there at once: no start of its own.
_forking = multiprocessing.get_context("fork")


class SecondSender:
    """Sends for as long as it is asked to, beside whoever asks; started anew where it ended, gone with its parent.

    Nothing is ever waited for: a sender that hangs or is stopped holds nobody up, and is asked nothing more.
    """

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._ours: Connection | None = None
        self._asked = False
        self._accepted = 0

    def start(self) -> None:
        """Begin anew, with no connection to the database open: two processes must not share one.

        Where the machine has no room for another the first works alone.
        """
        connections.close_all()
        if self._ours is not None:
            self._ours.close()
        self._ours, self._asked = None, False
        try:
            ours, theirs = _forking.Pipe()
            words = (ours, theirs, self._clock)
            _forking.Process(target=_serve, args=words, name="second sender", daemon=True).start()
            theirs.close()
        except OSError as error:
            self._lost(error)
        else:
            self._ours = ours

    def ask(self, seconds: float) -> None:
        """Let it send what is owed, for so long at most; at once where its last turn has ended by now."""
        self._hear()
        if self._ours is None:
            self.start()
        if self._asked or self._ours is None:
            return
        try:
            self._ours.send(seconds)
        except OSError as error:
            self._lost(error)
        else:
            self._asked = True

    def is_sending(self) -> bool:
        """Tell whether it was asked for a turn that it has not ended, as far as it has said."""
        self._hear()
        return self._asked

    def accepted(self) -> int:
        """How many were accepted from it since this was asked last, of the turns that it has ended."""
        self._hear()
        found, self._accepted = self._accepted, 0
        return found

    def _hear(self) -> None:
        """Take what it has said so far; nothing is waited for."""
        try:
            while self._ours is not None and self._ours.poll():
                self._accepted += int(self._ours.recv())
                self._asked = False
        except (OSError, EOFError) as error:
            self._lost(error)

    def _lost(self, error: Exception) -> None:
        logger.warning("second_sender_ended", error=type(error).__name__)
        # Those that ended are looked after by this too.
        multiprocessing.active_children()
        self._ours, self._asked = None, False


def _serve(ours: Connection, theirs: Connection, clock: Callable[[], datetime]) -> None:
    """Send whenever asked, until whoever asks is gone."""
    ours.close()
    try:
        while True:
            theirs.send(_send(theirs.recv(), clock))
    except (OSError, EOFError, KeyboardInterrupt):
        # A fork ends without what its parent would do at the end.
        os._exit(0)


def _send(seconds: float, clock: Callable[[], datetime]) -> int:
    accepted, ends = 0, time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            close_old_connections()
            sent = delivery.deliver(clock=clock)
        except Error as error:
            logger.error("second_sender_database", error=type(error).__name__)
            break
        except Exception:
            logger.exception("not_sent_beside")
            break
        accepted += sent
        if not sent:
            time.sleep(PAUSE)
    return accepted
