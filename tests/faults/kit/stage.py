"""The stage of a fault: a database of its own at a story's instant, a mail server, a gateway, and real processes."""

import json
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from django.conf import settings

from cases import clock
from scripts.launcher import application, ports, processes
from scripts.launcher.redis import Redis
from tests.counts import FULL, counts
from tests.database import Clone
from tests.faults.kit import ledger
from tests.faults.kit.gateway import Gateway
from tests.faults.kit.nursery import Nursery
from tests.faults.kit.sink import Sink, once

# As shipped: how long a sender may hold a message, and how long a whole mail may take, in seconds.
LEASE, TIMEOUT = settings.LEASE_SECONDS, settings.EMAIL_TIMEOUT
# A time that is part of a promise is tested with three times its value.
PATIENCE = 3
# Seconds after which what is waited for is asked for again.
EACH = counts(0.15, 0.05)

_serial = count(1)


@cache
def nursery() -> Nursery:
    """That of this process."""
    return Nursery()


class Process(processes.Child):
    """One real process that can be killed, frozen and thawed."""

    def start(self) -> None:
        """Start it by its command; at small counts where another has imported all that it needs."""
        if FULL:
            super().start()
        else:
            assert self.env is not None
            self.process = nursery().begin(self.command[1:], env=self.env, log=self.log)

    def kill(self) -> None:
        """End it and all it started, at once and without a word."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def freeze(self) -> None:
        """Stop it where it stands."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had been."""
        os.killpg(self.pid, signal.SIGCONT)

    def said(self) -> str:
        """All that it wrote."""
        return self.log.read_text(errors="replace")


@dataclass
class Stage:
    """Everything a fault test works with; whatever it started is ended when the test is."""

    database: Clone
    folder: Path
    sink: Sink
    gateway: Gateway
    shift: int
    redis: Redis | None = None
    started: list[Process] = field(default_factory=list)
    # Seconds; short at small counts, so that nobody waits half a minute for each killed sender.
    lease: int = LEASE if FULL else 4
    timeout: int = TIMEOUT if FULL else 2
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process on this stage."""
        alien = {"DEMO", "DEBUG", "DEAD_MAN_URL"}
        own = {
            "DATABASE_URL": self.database.url,
            "MIGRATION_DATABASE_URL": self.database.owner_url,
            "REDIS_URL": self.redis.url() if self.redis is not None else "redis://127.0.0.1:1/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "ALERT_WEBHOOK_URL": self.gateway.url,
            "ALERT_WEBHOOK_SECRET": "a secret of the tests",
            "TESTING": "on",
            "CLOCK_SHIFT": str(self.shift),
            "LEASE_SECONDS": str(self.lease),
            "EMAIL_TIMEOUT": str(self.timeout),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        return {k: v for k, v in os.environ.items() if k not in alien} | own | self.more

    def run(self, name: str, *words: str, **more: str) -> Process:
        """Start Python with these words and variables."""
        log = self.folder / f"{name}-{next(_serial)}.log"
        process = Process(name, [sys.executable, *words], log=log, env=self.environment | more)
        process.start()
        self.started.append(process)
        return process

    def sender(self, **more: str) -> Process:
        """A process that does nothing but send what is owed."""
        return self.run("sender", "-m", "tests.faults.kit.loop", "deliver", **more)

    def sweeper(self, **more: str) -> Process:
        """A process that does nothing but sweep."""
        return self.run("sweeper", "-m", "tests.faults.kit.loop", "sweep", **more)

    def worker(self, *, processes: int = 2, **more: str) -> Process:
        """One Celery worker that takes everything, the sweep and sending."""
        return self.run("worker", *application.worker(None, number=processes), **more)

    def workers(self, **more: str) -> list[Process]:
        """Celery's workers as the launcher starts them: whoever sweeps, and whoever sends."""
        return [
            self.run(name, *application.worker(queue), **more) for name, queue in application.QUEUES.items()
        ]

    def beat(self, **more: str) -> Process:
        """Celery's beat as the launcher starts it; at small counts it ticks each second."""
        schedule = f"--schedule={self.folder / f'beat-{next(_serial)}'}"
        words = ("beat", "--loglevel=WARNING", "--pidfile=", schedule)
        program = counts(("-m", "tests.faults.kit.slow_beat"), application.CELERY)
        return self.run("beat", *program, *words, **more)

    def watchdog(self, **more: str) -> Process:
        """The watchdog's own command."""
        return self.run("watchdog", "manage.py", "watchdog", **more)

    def web(self) -> int:
        """The site as the launcher serves it; returns its port once it answers."""
        port = ports.any_free()
        address = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "WEB_BIND": f"127.0.0.1:{port}"}
        words = ("-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi:application")
        # As many threads as are shipped, in one process.
        site = self.run("web", *words, WEB_PROCESSES="1", WEB_THREADS="8", **address)
        until(lambda: _answers(port), seconds=60, what=f"the site: {site.said}")
        return port

    def hurry(self, lasts: timedelta, *, stride: timedelta, seconds: float, **more: str) -> float | None:
        """Let so much time pass with the workers and the watchdog at work; after how many seconds of it a person was told."""
        pace = {"HURRY_SECONDS": f"{lasts.total_seconds()}", "HURRY_STRIDE": f"{stride.total_seconds()}"}
        hurrying = self.run("hurry", "-m", "tests.faults.kit.loop", "hurry", **pace, **more)
        assert hurrying.process is not None
        assert hurrying.process.wait(seconds) == 0, hurrying.said()
        said = json.loads(hurrying.said().splitlines()[-1])
        self.shift = settings.CLOCK_SHIFT = int(said["shift"])
        return said["told"]

    def set_clock(self, now: datetime, story: datetime) -> None:
        """Make the story's instant now, here, for the processes to come, and for those that follow."""
        self.shift += seconds_from(now, story)
        settings.CLOCK_SHIFT = self.shift
        if "CLOCK_FILE" in self.more:
            # In one piece: nobody is to read half a number.
            written = self.folder / "clock.new"
            written.write_text(str(self.shift))
            written.rename(self.more["CLOCK_FILE"])

    def let_clocks_follow(self) -> None:
        """Let `set_clock` be seen by the processes to come while they run: their server's clock jumps."""
        self.more["CLOCK_FILE"] = str(self.folder / "clock")
        self.set_clock(clock.now(), clock.now())

    def deliver_five_times(self, *, swept: Callable[[], bool]) -> None:
        """Let one and the same tick of each kind come five times at once, and wait until the last has been worked off."""
        from config.celery import app

        assert self.redis is not None
        with app.connection_for_write(self.redis.url()) as line:
            waiting, queues = line.default_channel.client, application.QUEUES.values()
            worker = None
            for name in ("alerts.tasks.sweep", "alerts.tasks.drain_outbox"):
                for _ in range(5):
                    app.send_task(name, task_id=f"{name} once", connection=line)
                worker = worker or self.worker(processes=5)
                done = lambda: not any(map(waiting.llen, queues)) and swept()  # noqa: E731 - read again and again
                until(done, seconds=60, what=f"every tick taken: {worker.said}")
        # Asked to end it does first what it has taken.
        assert worker is not None
        assert worker.process is not None
        worker.process.terminate()
        worker.process.wait(60)

    def flush_redis(self) -> None:
        """Empty Redis: every tick that waits is gone."""
        assert self.redis is not None
        with socket.create_connection(("127.0.0.1", self.redis.port), timeout=5) as line:
            line.sendall(f"AUTH {self.redis.password}\r\nFLUSHALL\r\n".encode())
            answer = b""
            while answer.count(b"+OK") < 2:
                answer += line.recv(100)

    def start_redis(self) -> Process:
        """A Redis of this test's own; again on the same port after it was killed."""
        again = self.redis is not None
        self.redis = self.redis or Redis(self.folder, password="of-the-tests")
        child = self.redis.start(self.redis.port if again else ports.any_free(), self.folder / "redis.log")
        self.redis.wait()
        process = Process("redis", child.command, log=child.log)
        process.process = child.process
        self.started.append(process)
        return process

    def again(self) -> Counter[str]:
        """How often each mail, text or call came again, by its id."""
        came = Counter(mail.mail_id for mail in self.sink.accepted)
        came += Counter(str(body["id"]) for body in self.gateway.posted)
        return came - Counter(came.keys())

    def assert_heard(self, *, mails: Counter[str], texts: Counter[tuple[str, str]]) -> int:
        """These are all the mails and all the texts and calls, none of them came twice, and this many they are.

        Mails by address, texts and calls by phone and rung.
        """
        for came, owed in ((once(self.sink.accepted), mails), (self.gateway.once, texts)):
            assert came == owed, f"lost: {dict(owed - came)}; too many: {dict(came - owed)}"
        assert not self.again()
        return mails.total() + texts.total()

    def note(self, fault: str, done: str, *, owed: int, took: str) -> None:
        """Keep what a fault cost; counted at the servers, where nobody can embellish it."""
        mails, texts = self.sink.accepted, self.gateway.posted
        out = sum(once(mails).values()) + sum(self.gateway.once.values())
        repeated = len(mails) + len(texts) - out
        ledger.note(ledger.Line(fault, done, owed, owed - out, repeated, took))

    def stop(self) -> None:
        """End every process, those that stand frozen too."""
        for process in self.started:
            if process.ended() is None:
                process.thaw()
        processes.stop(self.started, patience=1)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def until(true: Callable[[], bool], *, seconds: float, what: str, each: float = EACH) -> float:
    """Wait until something is so and return how many seconds it took; fail when the time is up.

    It is asked again `each` so many seconds: seldom where a page of the product must answer it.
    """
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(each)
    return time.monotonic() - began


def seconds_from(real: datetime, story: datetime) -> int:
    """The CLOCK_SHIFT with which the story's instant is now."""
    return int((story - real) / timedelta(seconds=1))
