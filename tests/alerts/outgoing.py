"""What leaves the outbox, caught before it reaches a wire, and the instants and steps of a silent afternoon."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from alerts import channels, delivery, integrity, sweep
from tests.factories import Watched

CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
# The first rungs have been owed for a minute; at the second instant the manager's and R3 have.
FIRST, SECOND = CLOSES + timedelta(minutes=31), CLOSES + timedelta(minutes=61)


def after(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=seconds)


class Out:
    """What went out, by address and phone; `on_mail` and `on_text` may raise, or do what happens meanwhile."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.texts: list[dict[str, Any]] = []
        self.on_mail: Callable[[EmailMessage], None] = lambda mail: None
        self.on_text: Callable[[dict[str, Any]], None] = lambda text: None

    def send(self, mail: EmailMessage) -> str:
        self.on_mail(mail)
        self.mails.append(mail)
        return "250 Kept"

    def post(self, payload: dict[str, Any]) -> str:
        self.on_text(payload)
        self.texts.append(payload)
        return "202 Taken"

    @property
    def to(self) -> Counter[str]:
        return Counter([str(mail["To"]) for mail in self.mails] + [text["phone"] for text in self.texts])


def catch(monkeypatch: pytest.MonkeyPatch) -> Out:
    """Catch what goes out from now on."""
    caught = Out()
    monkeypatch.setattr(channels.MailChannel, "send", lambda self, mail: caught.send(mail))
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: caught.post(payload))
    return caught


def tick(now: datetime) -> None:
    sweep.sweep_all(now=now)


def tick_until_still(now: datetime, *, at_most: int) -> None:
    """What one sweep opens or brings back may owe something at once: twice at least, and no more once nothing was due."""
    for number in range(at_most):
        if not sweep.sweep_all(now=now).clocks and number:
            break


def send_all(now: datetime) -> None:
    while delivery.deliver(clock=lambda: now):
        pass


def first_rungs(one: Watched) -> Counter[str]:
    return Counter(
        [
            one.home.phone,
            one.desk.shift.phone,
            one.desk.mailbox.address,
            one.worker.email,
            one.guardian.email,
        ]
    )


def broken(now: datetime) -> list[str]:
    return [answer.question for answer in integrity.check(now) if answer.references]


def named_by(question: str, now: datetime) -> tuple[str, ...]:
    """What this question of the check of integrity names, asked alone: all of them take longer than many a test."""
    (asked,) = [references for _invariant, words, references in integrity.QUESTIONS if words == question]
    return tuple(asked(now))
