"""The bytes of a mail: those of Python's own generator, which parses each header twice on the way, for a tenth of the cost."""

from dataclasses import dataclass
from email import policy, quoprimime
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from typing import Any
from uuid import UUID


class _AsWritten(EmailPolicy):
    """Keeps a header that needs neither folding nor encoding as it was written; the others are parsed as ever."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if _stands(name, value):
            return name, value
        return super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value

    def header_max_count(self, name: str) -> int | None:
        # The standard one makes a class to answer. Every header is set once, by `headers` or here.
        return None


_POLICY = _AsWritten(linesep=policy.SMTP.linesep, cte_type="7bit")
_LONGEST = policy.SMTP.max_line_length or 78


def blank() -> EmailMessage:
    """A mail without headers and words."""
    return EmailMessage(policy=_POLICY)


@dataclass(frozen=True)
class Coded:
    """The words of one part as they go over the wire, and how they were coded."""

    how: str
    body: str


def coded(words: str) -> Coded:
    """The words as Python's own library codes them."""
    if not words.isascii():
        part = MIMEPart(policy=_POLICY)
        part.set_content(words)
        return Coded(str(part["Content-Transfer-Encoding"]), str(part.get_payload()))
    lines = words.encode().splitlines()
    body = b"\n".join(lines).decode() + "\n"
    if max(map(len, lines), default=0) <= _LONGEST:
        return Coded("7bit", body)
    return Coded("quoted-printable", quoprimime.body_encode(body, _LONGEST))


def fill(email: EmailMessage, text: Coded, html: Coded, *, number: UUID) -> None:
    """Give the mail its text and, beside it, the same as a page; `number` is the mail's own and makes the boundary."""
    email["MIME-Version"] = "1.0"
    # Nobody knows the number, so nothing that is typed can end a part.
    email["Content-Type"] = f'multipart/alternative; boundary="=_{number.hex[:24]}"'
    page = _part(html, "html")
    page["MIME-Version"] = "1.0"
    email.set_payload([_part(text, "plain"), page])


def _part(words: Coded, subtype: str) -> MIMEPart:
    part = MIMEPart(policy=_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = words.how
    part.set_payload(words.body)
    return part


def _stands(name: str, value: object) -> bool:
    """Whether a value is one short line of plain characters, or an address, which is written as it is."""
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and value == value.strip()
        and "=?" not in value
        # The envelope's sender is one long word, and taken off before the mail goes over the wire.
        and (name == "Return-Path" or len(name) + 2 + len(value) <= _LONGEST)
    )
