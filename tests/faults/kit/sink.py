"""A mail server that keeps everything it was handed, and refuses, hangs, drips or hangs up as it is told."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller

from scripts.launcher import ports

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    """One mail whose last byte has come in, whatever was answered to it."""

    mail_id: str
    to: str
    subject: str
    text: str
    answer: str
    at: float
    # The name under which the sender greeted.
    by: str


class Sink:
    """A real SMTP server on loopback; it can go away and come back on the same port."""

    def __init__(self) -> None:
        # What is answered to a whole mail; "hang", "drip" and "reset" are no answers but faults.
        self.answer = "250 Kept"
        # So many seconds after the mail has come in whole.
        self.answers_after = 0.0
        # What is answered to single recipients, by address.
        self.recipients: dict[str, str] = {}
        # After so many more mails one is kept and its answer held back until `let_go`, or for ever.
        self.hold_after: int | None = None
        self.held = threading.Event()
        self.held_by = ""
        self.let_go = threading.Event()
        self.offered = 0
        self._received: list[Received] = []
        self._lock = threading.Lock()
        self._controller: Controller | None = None
        self.port = 0

    def start(self) -> None:
        """Listen, on the same port as before when there was one."""
        self.port = self.port or ports.any_free()
        self._controller = Controller(self, hostname=HOST, port=self.port, server_hostname="localhost")
        self._controller.start()

    def stop(self) -> None:
        """Listen no more: whoever connects is refused."""
        self.let_go.set()
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    @property
    def handed(self) -> list[Received]:
        """Every mail that came in whole, oldest first, accepted or not."""
        with self._lock:
            return list(self._received)

    @property
    def accepted(self) -> list[Received]:
        """Every mail that somebody could have read."""
        return [mail for mail in self.handed if mail.answer.startswith("250")]

    def wait(self, mails: int, *, seconds: float) -> None:
        """Wait until so many mails were accepted; fail when the time is up."""
        limit = time.monotonic() + seconds
        while len(self.accepted) < mails:
            assert time.monotonic() < limit, f"{len(self.accepted)} of {mails} mails within {seconds} s"
            time.sleep(0.05)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient, or answer what was set for it."""
        with self._lock:
            self.offered += 1
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the mail, and answer or not."""
        fault = self.answer if self.answer in {"hang", "drip", "reset"} else ""
        answer = "250 Kept" if fault == "reset" else self.answer
        self._keep(envelope, answer, by=session.host_name)
        if self.answers_after:
            await asyncio.sleep(self.answers_after)
        if self._is_the_one():
            self.held_by = session.host_name
            self.held.set()
            await self._until_let_go()
        if fault == "reset":
            server.transport.abort()
        if fault == "hang":
            await self._until_let_go()
        if fault == "drip":
            while not self.let_go.is_set() and not server.transport.is_closing():
                server.transport.write(b"250-still thinking\r\n")
                await asyncio.sleep(0.2)
        return answer

    def _is_the_one(self) -> bool:
        if self.hold_after is None:
            return False
        self.hold_after = self.hold_after - 1 if self.hold_after else None
        return self.hold_after is None

    async def _until_let_go(self) -> None:
        while not self.let_go.is_set():
            await asyncio.sleep(0.02)

    def _keep(self, envelope: Any, answer: str, *, by: str) -> None:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(preferencelist=("plain",))
        with self._lock:
            self._received.append(
                Received(
                    str(mail["Message-ID"]),
                    envelope.rcpt_tos[0],
                    str(mail["Subject"]),
                    str(body.get_content()) if body is not None else "",
                    answer,
                    time.monotonic(),
                    by,
                )
            )


def repeats(mails: Sequence[Received]) -> int:
    """How many mails came again under a Message-ID that had come before."""
    return sum(count - 1 for count in Counter(mail.mail_id for mail in mails).values())


def once(mails: Sequence[Received]) -> Counter[str]:
    """How many different mails each address was handed: a repeat counts once."""
    return Counter(to for _, to in {(mail.mail_id, mail.to) for mail in mails})
