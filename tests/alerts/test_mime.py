"""A mail has the bytes that Python's own generator gives it."""

from email import policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from alerts.emails import mime

NUMBER = UUID("0123456789abcdef0123456789abcdef")
# Alone in the values or lines: what needs no care, and each thing that does.
SENDERS = [
    '"Child alerts (Rollcall)" <alerts@rollcall.example>',
    "Children’s alerts <alerts@rollcall.example>",
    "alerts+mc26-004178.0123456789abcdef0123@rollcall.example",
]
RETURNS = f"<alerts+b.{'a' * 42}@rollcall.example>"
SUBJECTS = [
    "Child alert MC26-004178 - Heddlu Gogledd - action needed",
    "Child alert MC26-004178 - Heddlu’r Gogledd - action needed",
    "a subject that goes on " * 8,
    "=?utf-8?q?not_what_it_says?=",
    "  between spaces  ",
    "with a\ttab",
]
WORDS = [
    "A plain line.\n",
    "No end of line",
    "",
    "\n\n\n",
    "A line that ends in a space \nand = signs\n",
    "long " * 40 + "\n" + ".\n",
    "Plant: Siân Pritchard\n" * 30,
    "سلمى\n" * 30,
    "".join(f"line {n} \x0c of many = {'x' * n}\r\n" for n in range(90)),
]


def by_python(mail: EmailMessage, text: str, page: str) -> bytes:
    """The same headers, text and page as the standard library makes a mail of them."""
    standard = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    for name, value in mail.items():
        if name not in ("MIME-Version", "Content-Type"):
            standard[name] = str(value)
    standard.set_content(text)
    standard.add_alternative(page, subtype="html")
    standard.set_boundary(mail.get_boundary() or "")
    return standard.as_bytes(policy=policy.SMTP)


@pytest.mark.parametrize(
    ("name", "value"),
    [("From", s) for s in SENDERS] + [("Subject", s) for s in SUBJECTS] + [("Return-Path", RETURNS)],
)
def test_every_header_is_written_as_python_writes_it(name: str, value: str) -> None:
    mail = mime.blank()
    mail[name] = value
    mime.fill(mail, "text\n", "<p>page</p>\n", number=NUMBER)
    assert mail.as_bytes(policy=policy.SMTP) == by_python(mail, "text\n", "<p>page</p>\n")


@pytest.mark.parametrize("words", WORDS)
def test_every_part_is_written_as_python_writes_it(words: str) -> None:
    mail = mime.blank()
    mime.fill(mail, words, words, number=NUMBER)
    assert mail.as_bytes(policy=policy.SMTP) == by_python(mail, words, words)


@pytest.mark.parametrize("value", ["two\nlines", "two\r\nBcc: everybody@rollcall.example"])
def test_no_header_can_begin_another(value: str) -> None:
    mail = mime.blank()
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        mail["Subject"] = value
