"""Ten thousand alerts to the last mail accepted, beside a plain loop that sends one fixed text."""

import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import psycopg2

from tests.benchmarks import bare, population
from tests.benchmarks.population import R1_OWED
from tests.database import Clone

ALERTS = int(os.environ.get("BENCH_ALERTS", "10000"))
# Looking again, composing two parts and keeping the proof may cost so many times the bare sending.
LIMIT = 20.0

# A mail server that only says yes, in a process of its own, so that both loops pay the same for it.
_SINK = r"""
import socketserver, sys
class Yes(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 yes\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
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


def rows() -> list[dict[str, object]]:
    """Seconds from ten thousand deadlines passed to the last mail accepted, with one sender."""
    with sink() as port:
        with population.database_of_its_own() as own:
            population.fill(own, due=ALERTS, idle=0, homes=0)
            ours = _ours(port)
            counts = bare.counts(own)
        with population.database_of_its_own() as own:
            ids = population.fill(own, due=ALERTS, idle=0, homes=0)
            reference = bare.writes(own, ids, counts) + _plain_loop(own, port)
    return [
        {
            "name": f"{ALERTS:,} alerts to the last mail accepted (s)",
            "ours": ours,
            "reference": reference,
            "ratio": ours / reference,
            "limit": LIMIT,
        }
    ]


@contextmanager
def sink() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def _ours(port: int) -> float:
    from django.test import override_settings

    from alerts import delivery, sweep
    from alerts.models import Message

    began = time.perf_counter()
    sweep.sweep_all(now=R1_OWED)
    accepted = 0
    with override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port):
        while sent := delivery.deliver(clock=lambda: R1_OWED):
            accepted += sent
    took = time.perf_counter() - began
    if accepted < ALERTS or Message.objects.unsent().exists():
        raise RuntimeError(f"{accepted} accepted, {Message.objects.unsent().count()} unsent")
    return took


def _plain_loop(own: Clone, port: int) -> float:
    """Claim 100, send a fixed text over one kept connection, mark each: no facts, no words, no proof."""
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = "alerts@bench.example", "duty@bench.example", "Bench"
    email.set_content("One fixed text of about the usual length. " * 20)
    text = email.as_bytes()
    began = time.perf_counter()
    with psycopg2.connect(own.dsn) as connection, connection.cursor() as cursor:
        server = smtplib.SMTP("127.0.0.1", port, local_hostname=socket.gethostname())
        while True:
            cursor.execute(
                "UPDATE alerts_message SET status = 'sending', lease_until = %s WHERE id IN"
                " (SELECT id FROM alerts_message WHERE status = 'queued' ORDER BY urgency, next_try_at LIMIT 100"
                "  FOR UPDATE SKIP LOCKED) RETURNING id",
                [R1_OWED],
            )
            claimed = [row[0] for row in cursor.fetchall()]
            connection.commit()
            if not claimed:
                server.quit()
                return time.perf_counter() - began
            for message in claimed:
                server.sendmail("alerts@bench.example", ["duty@bench.example"], text)
                cursor.execute(
                    "UPDATE alerts_message SET status = 'sent', sent_at = %s WHERE id = %s",
                    [R1_OWED, message],
                )
                connection.commit()
