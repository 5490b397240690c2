"""A mail server and a gateway that refuse, put off, or are lost after they took a message, and a sender that dies there."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from alerts import channels, claims
from alerts.claims import Accepted
from alerts.models import Message

# What becomes of one message in its sending; the rest of them are taken.
FATES = ("taken", "refused", "deferred", "lost", "died")
_NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Killed(BaseException):
    """The sender died between the server's answer and its mark."""


class Wire:
    """What the servers took, by the message's number and whom it went to, whatever the sender knows of it."""

    def __init__(self) -> None:
        self.taken: dict[UUID, list[str]] = defaultdict(list)
        # How often the sender cannot know whether the message of this number was taken.
        self.in_doubt: Counter[UUID] = Counter()
        self._fate, self._before, self._dies = "taken", 0, False

    def let(self, fate: str, *, before: int) -> None:
        """Let this become of one of the messages to come, `before` which so many are taken."""
        self._fate, self._before = fate, before

    def send(self, mail: EmailMessage) -> str:
        return self._meet(str(mail["Message-ID"]), str(mail["To"]), "250 Kept")

    def post(self, payload: dict[str, Any]) -> str:
        return self._meet(payload["id"], payload["phone"], "202 Taken")

    def accept(self, parcel: Sequence[Message], accepted: Accepted, *, at: datetime) -> int:
        """Mark it, unless the sender dies before."""
        if self._dies:
            self._dies = False
            raise Killed
        return _accept(parcel, accepted, at=at)

    def _meet(self, words: str, to: str, answer: str) -> str:
        fate = self._fate if self._before == 0 else "taken"
        self._before -= 1
        if fate != "taken":
            self._fate = "taken"
        if fate == "refused":
            raise channels.Refused("550 5.1.1 Nobody of that name")
        if fate == "deferred":
            raise channels.Deferred("451 4.7.1 Come back later")
        found = _NUMBER.search(words)
        assert found is not None, words
        number = UUID(found[0])
        self.taken[number].append(to)
        if fate in ("lost", "died"):
            self.in_doubt[number] += 1
        if fate == "lost":
            raise channels.Uncertain("connection lost after the data")
        self._dies = fate == "died"
        return answer


_accept = claims.accept


def on_the_wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Let all that goes out from now on meet such servers."""
    wire = Wire()
    monkeypatch.setattr(channels.MailChannel, "send", lambda self, mail: wire.send(mail))
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: wire.post(payload))
    monkeypatch.setattr(claims, "accept", wire.accept)
    return wire
