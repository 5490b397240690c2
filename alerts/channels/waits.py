"""What every way out shares: how a delivery ends, and waiting for an answer no longer than a whole message may take."""

import io
import ipaddress
import socket
import time
from collections.abc import Mapping
from typing import Any

# Of an answer so much is kept as proof.
ANSWER_LIMIT = 300


def in_words(answer: bytes) -> str:
    """What a server or gateway answered, as it can be kept: what is no character to read, NUL among it, is a space."""
    said = answer.decode(errors="replace")
    return "".join(one if one.isprintable() else " " for one in said).strip()[:ANSWER_LIMIT]


class Deferred(Exception):
    """Not delivered now; the same message may be tried again."""


class Uncertain(Deferred):
    """The connection was lost after the message was handed over: it may have been accepted."""


class Refused(Exception):
    """Refused for good; `codes` holds the server's answer by recipient where it named one."""

    def __init__(self, words: str, codes: Mapping[str, int] | None = None) -> None:
        super().__init__(words)
        self.codes = dict(codes or {})


class BoundedReader(io.RawIOBase):
    """Reads a socket until `ends` on the monotonic clock, however slowly the other side drips."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        super().__init__()
        self._sock, self.ends = sock, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.bound()
        return self._sock.recv_into(buffer)

    def bound(self) -> None:
        """Allow the next wait what is left; TimeoutError when nothing is."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)


class Bounded:
    """A socket as http.client asks for one, read until `ends`."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        self._sock, self._ends = sock, ends

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(BoundedReader(self._sock, self._ends))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, the only one to which anything may go in clear."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
