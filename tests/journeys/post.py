"""What the catcher's folder holds: every mail and text of a story, in the words its reader is given."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from scripts.catcher import Box

LINK = re.compile(r"http://127\.0\.0\.1:\d+/a/\S+")


@dataclass(frozen=True)
class Mail:
    """One mail as it lies in the folder."""

    to: str
    text: str
    raw: EmailMessage

    @property
    def kind(self) -> str:
        """What its first line says, which is what its reader acts on."""
        return self.text.splitlines()[0].removesuffix("OFFICIAL-SENSITIVE").strip()

    @property
    def link(self) -> str:
        """The police page that it leads to."""
        found = LINK.findall(self.text)
        assert len(set(found)) == 1, f"one link in the mail, not {found}"
        return str(found[0])


@dataclass(frozen=True)
class Text:
    """One text or call as the gateway was given it."""

    phone: str
    channel: str
    rung: str
    text: str


class Post:
    """The folder of one catcher, read anew at every question."""

    def __init__(self, folder: Path) -> None:
        self.box = Box(folder)

    @property
    def mails(self) -> list[Mail]:
        return self.mails_from(0)

    @property
    def texts(self) -> list[Text]:
        return [_text(self.box.read(name)) for name in self.box.names() if name.endswith(".json")]

    @property
    def mailed(self) -> Counter[tuple[str, str]]:
        """How many mails each address was sent, by first line."""
        return Counter((mail.to, mail.kind) for mail in self.mails)

    @property
    def texted(self) -> Counter[tuple[str, str]]:
        """How many texts each phone was sent, by rung; a duty task's own number is left out of its name."""
        return Counter((text.phone, text.rung.partition(":")[0]) for text in self.texts)

    def mails_from(self, number: int) -> list[Mail]:
        """The mails but the first so many, in the order in which they came."""
        names = [name for name in self.box.names() if name.endswith(".eml")]
        return [_mail(self.box.mail(name)) for name in names[number:]]

    def mails_to(self, address: str, kind: str) -> list[Mail]:
        """The mails of one kind to one address."""
        return [mail for mail in self.mails if (mail.to, mail.kind) == (address, kind)]

    def has(self, address: str, kind: str) -> Callable[[], bool]:
        """Whether such a mail lies there, asked when called."""
        return lambda: bool(self.mails_to(address, kind))


def _mail(message: EmailMessage) -> Mail:
    body = message.get_body(("plain",))
    assert body is not None
    return Mail(str(message["X-Envelope-To"]), str(body.get_content()), message)


def _text(content: bytes | None) -> Text:
    body: dict[str, Any] = json.loads(content or b"")["body"]
    return Text(body["phone"], body["channel"], body["rung"], body["text"])
