"""A real SMTP server and webhook in the test's own process, and what they were given."""

import json
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from scripts.catcher import Box, Sink, Web
from scripts.launcher import ports

SECRET = "a secret of the tests"


class Caught:
    """What has arrived so far, oldest first; `refusal` makes the server refuse with that reply."""

    def __init__(self, folder: Path) -> None:
        self.box = Box(folder)
        self.sink = Sink(self.box)
        # aiosmtpd greets itself to see that it is up, so it has to know its port beforehand.
        self.smtp_port = ports.any_free()
        self.smtp = Controller(
            self.sink, hostname="127.0.0.1", port=self.smtp_port, server_hostname="localhost"
        )
        self.web = Web(self.box, 0, secret=SECRET)

    @property
    def refusal(self) -> str:
        """The reply that refuses every mail, such as "451 Try again later"; empty to accept."""
        return self.sink.refusal

    @refusal.setter
    def refusal(self, reply: str) -> None:
        self.sink.refusal = reply

    @property
    def webhook_url(self) -> str:
        """Where texts and calls are taken."""
        return f"http://127.0.0.1:{self.web.server_port}/webhook"

    @property
    def mails(self) -> list[EmailMessage]:
        """Every mail, parsed; X-Envelope-From and X-Envelope-To tell the envelope."""
        return [self.box.mail(name) for name in self.box.names() if name.endswith(".eml")]

    @property
    def texts(self) -> list[dict[str, Any]]:
        """The body of every webhook call."""
        return [call["body"] for call in self.calls]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every webhook call: `body` parsed, `raw` as it came, `headers`."""
        return [json.loads(self.box.read(name) or b"") for name in self.box.names() if name.endswith(".json")]

    def wait(self, mails: int, *, seconds: float = 20) -> list[EmailMessage]:
        """Return the mails once there are this many; fail when the time is up."""
        limit = time.monotonic() + seconds
        while len(self.mails) < mails:
            assert time.monotonic() < limit, f"{len(self.mails)} of {mails} mails came within {seconds} s"
            time.sleep(0.05)
        return self.mails


@pytest.fixture
def catcher(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caught]:
    """A real mail server and webhook on loopback, with the settings pointed at them."""
    caught = Caught(tmp_path / "mail")
    caught.smtp.start()
    serving = threading.Thread(target=caught.web.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", caught.smtp_port
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = caught.webhook_url, SECRET
    # For what a test starts as a process of its own.
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{caught.smtp_port}")
    monkeypatch.setenv("ALERT_WEBHOOK_URL", caught.webhook_url)
    monkeypatch.setenv("ALERT_WEBHOOK_SECRET", SECRET)
    yield caught
    caught.web.shutdown()
    caught.web.server_close()
    serving.join(5)
    caught.smtp.stop()
