"""Where the processes of the fault tests begin: one has imported the product and waits, and each is forked from it.

To import it costs a second and a half of a processor, and the tests start some eighty processes. At full counts each is
started as it is shipped, by its own command.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.database import ROOT

# What one or another of them would import.
ALL_NEED = (
    "alerts.management.commands.watchdog",
    "alerts.tasks",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "config.urls",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
)


class Born:
    """A process of the nursery, to whoever started it what `subprocess.Popen` is."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code once it has ended, negative where a signal ended it."""
        if self.returncode is None:
            self.returncode = self.nursery.ask(ended=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raise subprocess.TimeoutExpired after so many seconds."""
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.02)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal where it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that waits; it ends with whoever made it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.kit.nursery", str(theirs.fileno())],
                cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._line = ours.makefile("rw")

    def begin(
        self, words: Sequence[str], *, env: Mapping[str, str], log: Path, given: Path | None = None
    ) -> Born:
        """Begin what Python would do with these words and variables; what it says is added to its log.

        On its standard input stands what is in the file that is given.
        """
        return Born(
            self, self.ask(words=list(words), env=dict(env), log=str(log), given=str(given or os.devnull))
        )

    def ask(self, **said: Any) -> Any:
        """Say one line, and hear one."""
        self._line.write(json.dumps(said) + "\n")
        self._line.flush()
        return json.loads(self._line.readline())


def serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork for whoever asks, until they have gone; returns in each fork with what it is to do, and here with nothing."""
    with line, line.makefile("rw") as file:
        for asked in map(json.loads, file):
            if "ended" in asked:
                found, status = os.waitpid(asked["ended"], os.WNOHANG)
                answer = os.waitstatus_to_exitcode(status) if found else None
            else:
                apart, has_begun = os.pipe()
                if (pid := os.fork()) == 0:
                    os.setsid()
                    os.close(apart)
                    os.close(has_begun)
                    return dict(asked)
                os.close(has_begun)
                # A process that is killed at once is to be the first of its own group by then.
                os.read(apart, 1)
                os.close(apart)
                answer = pid
            file.write(json.dumps(answer) + "\n")
            file.flush()
    return None


def become(words: list[str], env: dict[str, str], log: str, given: str) -> None:
    """Do what Python does with these words, as if it had been started with these variables."""
    with open(given, "rb") as read:  # noqa: PTH123 - a file of a fork
        os.dup2(read.fileno(), 0)
    with open(log, "ab") as out:  # noqa: PTH123 - a file of a fork
        for number in (1, 2):
            os.dup2(out.fileno(), number)
    os.environ.clear()
    os.environ.update(env)
    is_module = words[0] == "-m"
    sys.argv = words[is_module:]
    settle_anew()
    if is_module:
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")


def settle_anew() -> None:
    """Let the settings be those of the variables as they are now."""
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connections
    from django.utils.functional import empty

    for handler in (connections, caches):
        with contextlib.suppress(AttributeError):
            del handler["default"]
        handler._settings = None
        handler.__dict__.pop("settings", None)
    sys.modules.pop("config.settings")
    settings._wrapped = empty


def main(number: int) -> None:
    """Import the product, and wait."""
    import django

    django.setup()
    for name in ALL_NEED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    if (job := serve(socket.socket(fileno=number))) is not None:
        become(**job)


if __name__ == "__main__":
    main(int(sys.argv[1]))
