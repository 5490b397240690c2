"""Ten thousand alerts to the last mail accepted, beside a plain loop that sends one fixed text."""

import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from statistics import median
from typing import Any

import psycopg2

from tests.benchmarks import bare, population
from tests.benchmarks.population import R1_OWED
from tests.benchmarks.rows import TIMES, Row, row
from tests.database import Clone

ALERTS = int(os.environ.get("BENCH_ALERTS", "10000"))

# A mail server that only says yes, in a process of its own, so that both loops pay the same for it.
_SINK = r"""
import socketserver, sys
class Yes(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    def handle(self):
        self.wfile.write(b"220 yes\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                # As every mail server in use does.
                self.wfile.write(b"250-yes\r\n250 PIPELINING\r\n")
                continue
            if word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 yes\r\n")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
with Server(("127.0.0.1", 0), Yes) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


def rows() -> list[Row]:
    """Ten thousand deadlines passed at one instant, with one sender: time, statements and CPU beside the bare loops."""
    with sink() as port, population.database_of_its_own() as filled:
        # Numbered as of another year than the one child whom a verb registers beside them.
        ids = population.fill(filled, due=ALERTS, idle=0, homes=0, year=31)
        runs = [_run(filled, ids, port) for _ in range(TIMES)]
    found = {name: median(run[name] for run in runs) for name in runs[0]}
    name = f"{ALERTS:,} alerts to the last mail accepted, beside"
    return [
        row(f"{name} bare rows, mails and marks (s)", found["ours"], found["plain"], 9.0),
        # A bound of our own: what is promised is of a sweeper and a sender that work beside one another (bench_senders).
        row(
            f"{name} ready mails by smtplib alone, in one process that sweeps first and then sends (s)",
            found["ours"],
            found["smtp"],
            6.0,
        ),
        row(
            "statements for each of them from climb to mark, beside the mark alone",
            found["statements"],
            1.0,
            3.0,
        ),
        row("CPU of the application for each of them (ms)", found["python"], found["plain_python"], 20.0),
        row("CPU of the database for each of them (ms)", found["database"], found["plain_database"], 5.0),
        row(
            f"the first mail of {ALERTS:,} due at once, beside the second promised (s)",
            found["first"],
            1.0,
            1.0,
        ),
        row(
            f"a report to the police's mail accepted, behind a backlog of {ALERTS:,}, beside the two seconds promised (s)",
            found["behind"],
            2.0,
            1.0,
        ),
    ]


def _run(filled: Clone, ids: list[int], port: int) -> dict[str, float]:
    """One run of each way, on copies that are alike."""
    with population.copy_of(filled) as own:
        ours, statements, mail = _ours(port)
        counts = bare.counts(own)
    with population.copy_of(filled) as own, closing(psycopg2.connect(own.dsn)) as connection:
        plain = Spent.by(connection, lambda: _plain_loop(connection, port, own, ids, counts))
    smtp = _bare_smtp(port, mail)
    with population.copy_of(filled):
        first, behind = _latency(port)
    return {
        "ours": ours.wall,
        "python": ours.python,
        "database": ours.database,
        "statements": statements,
        "plain": plain.wall,
        "plain_python": plain.python,
        "plain_database": plain.database,
        "smtp": smtp,
        "first": first,
        "behind": behind,
    }


@contextmanager
def sink() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Spent:
    """Seconds of the wall's clock, and milliseconds of CPU for each alert in this process and in its database backend."""

    wall: float
    python: float
    database: float

    @classmethod
    def by(cls, connection: psycopg2.extensions.connection, action: Callable[[], object]) -> "Spent":
        pid = connection.get_backend_pid()
        began, python, database = time.perf_counter(), time.process_time(), _cpu_of(pid)
        action()
        wall = time.perf_counter() - began
        each = 1000 / ALERTS
        return cls(wall, (time.process_time() - python) * each, (_cpu_of(pid) - database) * each)


def _cpu_of(pid: int) -> float:
    """Seconds that a process of this machine has spent on a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _ours(port: int) -> tuple[Spent, float, bytes]:
    """What the engine spends, its statements for each alert, and one of its mails as it goes over the wire."""
    from django.db import connection

    from alerts import sweep
    from alerts.models import Message

    statements = 0

    def count(execute: Callable[..., Any], *words: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*words)

    def work() -> None:
        sweep.sweep_all(now=R1_OWED)
        if (accepted := send_all(port)) < ALERTS or Message.objects.unsent().exists():
            raise RuntimeError(f"{accepted} accepted, {Message.objects.unsent().count()} unsent")

    connection.ensure_connection()
    with connection.execute_wrapper(count):
        spent = Spent.by(connection.connection, work)
    return spent, statements / ALERTS, a_mail()


def a_mail() -> bytes:
    """One of the engine's mails as it goes over the wire."""
    from alerts import emails
    from alerts.models import Message

    return emails.compose(Message.objects.filter(channel="mail")[0], now=R1_OWED).email.as_bytes()


def send_all(port: int, *, clock: Callable[[], datetime] = lambda: R1_OWED) -> int:
    from django.test import override_settings

    from alerts import delivery

    accepted = 0
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
        while sent := delivery.deliver(clock=clock):
            accepted += sent
    return accepted


def _latency(port: int) -> tuple[float, float]:
    """Seconds to the first mail, and from a child's report behind all the others to the police's mail of it."""
    from alerts import sweep
    from alerts.models import Message
    from cases import going_live
    from tests import factories

    # With a force and its control room: of the others no force is known.
    home = factories.a_home()
    if not going_live.is_live():
        admin = factories.a_person("administrator", authority=home.authority)
        going_live.go_live(home.authority, by=admin, at=population.ARRIVED)
    one = factories.a_watched_child(at=population.ARRIVED, home=home)
    began = time.perf_counter()
    sweep.sweep(now=R1_OWED)
    sender = _sending(port)
    sent = Message.objects.filter(status="sent", channel="mail")
    while not sent.exists():
        time.sleep(0.005)
    first = time.perf_counter() - began
    sender.join()
    sweep.sweep_all(now=R1_OWED)
    sender = _sending(port)
    time.sleep(1)
    began = time.perf_counter()
    factories.missing(one.child, by=one.carer, at=R1_OWED)
    sweep.sweep(now=R1_OWED)
    police = Message.objects.filter(post="force", channel="mail", episode__child=one.child)
    backlog = Message.objects.unsent().exclude(post="force").count()
    if backlog < ALERTS // 2:
        raise RuntimeError(f"of the backlog {backlog} were left when the child was reported")
    while not police.filter(status="sent").exists():
        if not sender.is_alive() and not police.filter(status="sent").exists():
            raise RuntimeError("the backlog was over before the police were told")
        time.sleep(0.01)
    behind = time.perf_counter() - began
    sender.join()
    return first, behind


def _sending(port: int) -> threading.Thread:
    """A sender at work on what is owed now, in the batches that are shipped."""
    from django.db import connection

    sender = threading.Thread(target=lambda: (send_all(port), connection.close()))
    sender.start()
    return sender


def _bare_smtp(port: int, mail: bytes) -> float:
    """Seconds for the same mail, ready-made, as many times over one connection."""
    began = time.perf_counter()
    server = smtplib.SMTP("127.0.0.1", port, local_hostname=socket.gethostname())
    for _ in range(ALERTS):
        server.sendmail("alerts@bench.example", ["duty@bench.example"], mail)
    server.quit()
    return time.perf_counter() - began


def _plain_loop(
    connection: psycopg2.extensions.connection, port: int, own: Clone, ids: list[int], counts: dict[str, int]
) -> None:
    """Write the rows, claim 100, send a fixed text over one kept connection, mark each: no facts, no words, no proof."""
    bare.writes(own, ids, counts)
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = "alerts@bench.example", "duty@bench.example", "Bench"
    email.set_content("One fixed text of about the usual length. " * 20)
    text = email.as_bytes()
    server = smtplib.SMTP("127.0.0.1", port, local_hostname=socket.gethostname())
    with connection.cursor() as cursor:
        while claimed := _claimed(cursor):
            connection.commit()
            for message in claimed:
                server.sendmail("alerts@bench.example", ["duty@bench.example"], text)
                cursor.execute(
                    "UPDATE alerts_message SET status = 'sent', sent_at = %s, lease_until = NULL WHERE id = %s",
                    [R1_OWED, message],
                )
                connection.commit()
    server.quit()


def _claimed(cursor: psycopg2.extensions.cursor) -> list[str]:
    cursor.execute(
        "UPDATE alerts_message SET status = 'sending', lease_until = %s WHERE id IN"
        " (SELECT id FROM alerts_message WHERE status = 'queued' ORDER BY urgency, next_try_at LIMIT 100"
        "  FOR UPDATE SKIP LOCKED) RETURNING id",
        [R1_OWED],
    )
    return [row[0] for row in cursor.fetchall()]
