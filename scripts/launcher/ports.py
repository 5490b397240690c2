"""Ports on this machine: the same ones as last time when they are free."""

import os
import socket
from pathlib import Path

from scripts.launcher import places
from scripts.launcher.screen import Trouble

HOST = "127.0.0.1"
PREFERRED = {"web": 8000, "mail": 8025, "smtp": 1025, "postgres": 54320, "redis": 63790}
ASKED_BY = {"web": "WEB_PORT", "mail": "MAIL_PORT"}


def is_free(port: int) -> bool:
    """Tell whether a port can be listened on now."""
    with socket.socket() as probe:
        # Without this a port in TIME_WAIT counts as busy and every start wanders on by one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose(names: list[str], memory: Path) -> dict[str, int]:
    """Return a free port for each name; raise Trouble when one that was asked for by name is busy."""
    remembered = places.read(memory) or {}
    chosen: dict[str, int] = {}
    for name in names:
        asked = os.environ.get(ASKED_BY.get(name, ""), "")
        chosen[name] = (
            _asked(name, asked) if asked else _wander(remembered.get(name), name, set(chosen.values()))
        )
    places.write_private(memory, {**remembered, **chosen})
    return chosen


def any_free() -> int:
    """Return a free port of the system's choice, for what nobody has to remember."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _asked(name: str, asked: str) -> int:
    variable = ASKED_BY[name]
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise Trouble(f"{variable} is {asked!r}, which is not a port number.")
    if not is_free(int(asked)):
        raise Trouble(f"port {asked} is busy, so end what uses it or give another one in {variable}.")
    return int(asked)


def _wander(remembered: object, name: str, taken: set[int]) -> int:
    first = remembered if isinstance(remembered, int) else PREFERRED[name]
    for port in [first, *range(PREFERRED[name], PREFERRED[name] + 200)]:
        if port not in taken and is_free(port):
            return port
    raise Trouble(f"no port from {PREFERRED[name]} to {PREFERRED[name] + 199} is free for {name}.")
