"""A mail has the bytes that Python's own generator gives it."""

from copy import copy
from email import policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import wire
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
    "Child alert MC26-004178 - Heddlu Gogledd - read now",
    "Child alert MC26-004178 - Heddlu’r Gogledd - read now",
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


def by_generator(mail: EmailMessage) -> bytes:
    """The same mail as the standard library writes it, without the envelope's sender."""
    bare = copy(mail)
    del bare["Return-Path"]
    return bare.as_bytes(policy=policy.SMTP)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("name", "value"),
    [("From", s) for s in SENDERS] + [("Subject", s) for s in SUBJECTS] + [("Return-Path", RETURNS)],
)
def test_every_header_is_written_as_python_writes_it(name: str, value: str) -> None:
    mail = mime.blank()
    mail[name] = value
    mime.fill(mail, mime.coded("text\n"), mime.coded("<p>page</p>\n"), number=NUMBER)
    assert mail.as_bytes(policy=policy.SMTP) == by_python(mail, "text\n", "<p>page</p>\n")
    assert wire.written(mail) == by_generator(mail)


@pytest.mark.by_turns
@pytest.mark.parametrize("words", WORDS)
def test_every_part_is_written_as_python_writes_it(words: str) -> None:
    mail = mime.blank()
    mime.fill(mail, mime.coded(words), mime.coded(words), number=NUMBER)
    assert mail.as_bytes(policy=policy.SMTP) == wire.written(mail) == by_python(mail, words, words)


@given(
    subject=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])),
    words=st.text(st.characters(codec="utf-8")),
)
def test_whatever_is_typed_goes_over_the_wire_as_python_writes_it(subject: str, words: str) -> None:
    mail = mime.blank()
    mail["Return-Path"], mail["To"], mail["Subject"] = RETURNS, "desk@rollcall.example", subject
    mime.fill(mail, mime.coded(words), mime.coded(f"<p>{words}</p>"), number=NUMBER)
    assert wire.written(mail) == by_generator(mail)


def test_a_mail_of_another_shape_goes_over_the_wire_as_python_writes_it() -> None:
    mail = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    mail["Return-Path"], mail["Subject"] = RETURNS, "Test - not a child"
    mail.set_content("Plant: Siân\n.\n")
    assert wire.written(mail) == by_generator(mail)
    mail.add_alternative("<p>page</p>", subtype="html")
    mail.add_attachment(b"\x00\xff", maintype="application", subtype="octet-stream")
    mail.set_boundary("one")
    next(mail.iter_parts()).set_boundary("two")
    assert wire.written(mail) == by_generator(mail)


@pytest.mark.parametrize("value", ["two\nlines", "two\r\nBcc: everybody@rollcall.example"])
def test_no_header_can_begin_another(value: str) -> None:
    mail = mime.blank()
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        mail["Subject"] = value
