"""Ports on this machine: the same ones as last time."""

import os
import socket
import time
from pathlib import Path

from scripts.launcher import places
from scripts.launcher.screen import Trouble

HOST = "127.0.0.1"
PREFERRED = {"web": 8000, "mail": 8025, "smtp": 1025, "postgres": 54320, "redis": 63790}
# Those of the addresses that people open: they stay where they are, and whoever wants another says so.
ASKED_BY = {"web": "WEB_PORT", "mail": "MAIL_PORT"}
# In seconds: the last process of an earlier start may hold its port for an instant after it was ended.
PATIENCE = 2


def is_free(port: int) -> bool:
    """Tell whether a port can be listened on now; raise Trouble where that is for root alone."""
    with socket.socket() as probe:
        # Without this a port in TIME_WAIT counts as busy and every start wanders on by one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except PermissionError:
            raise Trouble(f"port {port} is for root alone, so choose one from 1024 on.") from None
        except OSError:
            return False
    return True


def choose(names: list[str], memory: Path) -> dict[str, int]:
    """Return a free port for each name; raise Trouble when that of an address which people open is busy."""
    remembered = places.read(memory) or {}
    chosen = {name: _wanted(name, remembered.get(name)) for name in names if name in ASKED_BY}
    _require_free(chosen)
    for name in names:
        if name not in chosen:
            chosen[name] = _wander(remembered.get(name), name, set(chosen.values()))
    places.write_private(memory, {**remembered, **chosen})
    return chosen


def any_free() -> int:
    """Return a free port of the system's choice, for what nobody has to remember."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wanted(name: str, remembered: object) -> int:
    asked = os.environ.get(ASKED_BY[name])
    if not asked:
        return remembered if isinstance(remembered, int) else PREFERRED[name]
    if not asked.isascii() or not asked.isdigit() or not 0 < int(asked) < 65536:
        raise Trouble(f"{ASKED_BY[name]} is {asked!r}, which is not a port number.")
    return int(asked)


def _require_free(wanted: dict[str, int]) -> None:
    busy: dict[str, int] = {}
    free: dict[str, int] = {}
    for name, port in wanted.items():
        (free if port not in free.values() and _becomes_free(port) else busy)[name] = port
    if not busy:
        return
    # What was asked for and is free is said again, or whoever does as they are told loses it.
    others = {name: port for name, port in free.items() if os.environ.get(ASKED_BY[name])}
    for name, port in busy.items():
        others[name] = _wander(min(port + 1, 65535), name, {*wanted.values(), *others.values()})
    are = "port {} is busy, so end what uses it"
    if len(busy) > 1:
        are = "the ports {} are busy, so end what uses them"
    words = " ".join(f"{ASKED_BY[name]}={others[name]}" for name in wanted if name in others)
    raise Trouble(f"{are.format(' and '.join(map(str, busy.values())))}, or choose another: {words} ./run")


def _becomes_free(port: int) -> bool:
    limit = time.monotonic() + PATIENCE
    while not is_free(port):
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def _wander(remembered: object, name: str, taken: set[int]) -> int:
    first = remembered if isinstance(remembered, int) else PREFERRED[name]
    for port in [first, *range(PREFERRED[name], PREFERRED[name] + 200)]:
        if port not in taken and is_free(port):
            return port
    raise Trouble(f"no port from {PREFERRED[name]} to {PREFERRED[name] + 199} is free for {name}.")
