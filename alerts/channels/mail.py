"""Mail over one kept SMTP connection."""

import contextlib
import io
import re
import smtplib
import socket
import ssl
import time
from email.message import EmailMessage
from email.utils import getaddresses
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings

from alerts.channels import wire
from alerts.channels.waits import (
    ANSWER_LIMIT,
    BoundedReader,
    Deferred,
    Refused,
    Uncertain,
    in_words,
    is_loopback,
)
from cases import mail_domains

GIVEN_UP_AFTER = 2
# One address without a name, a comment or quotes, in angle brackets or not; and the sender to whom nothing comes back.
_MARK = r"[^\s<>()\[\],:;\\\"@\x00-\x1f\x7f]+"
_PLAIN = re.compile(rf"<({_MARK}@{_MARK})?>|({_MARK}@{_MARK})")


class MailChannel:
    """One kept SMTP connection, opened at the first message and again whenever it is lost; for one thread."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._reader: BoundedReader | None = None
        # How often in a row no connection was to be had, and what was said the last time.
        self._failed = 0
        self._why = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, email: EmailMessage) -> str:
        """Hand one mail to the server and return its answer, within EMAIL_TIMEOUT seconds for the whole message.

        Deferred for 4xx answers, time-outs and lost connections, Uncertain when the connection was lost
        after DATA, Refused for 5xx answers to the message itself, and for a body that enforces immigration law.
        """
        ends = time.monotonic() + settings.EMAIL_TIMEOUT
        if self._server is not None:
            try:
                return self._try(email, ends)
            except _Lost:
                # The server closed the kept connection between two messages: that says nothing of this one.
                self._drop()
        self._connect(ends)
        try:
            return self._try(email, ends)
        except _Lost as error:
            self._drop()
            raise Deferred(str(error)) from error

    def expect(self) -> None:
        """Raise Deferred where no connection was to be had twice in a row: nobody need write a mail for that server now."""
        if self._failed >= GIVEN_UP_AFTER:
            raise Deferred(self._why)

    def close(self) -> None:
        """End the connection politely; a server that has gone already is no error."""
        if self._server is not None and self._reader is not None:
            self._reader.ends = time.monotonic() + 1
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._server.quit()
        self._drop()

    def _connect(self, ends: float) -> None:
        """Open the connection; whatever goes wrong here is the server's trouble and never one message's end."""
        try:
            self._server, self._reader = _open(ends)
        except (OSError, smtplib.SMTPException) as error:
            self._failed, self._why = self._failed + 1, f"{settings.EMAIL_HOST}: {error}"
            raise Deferred(self._why) from error
        self._failed = 0

    def _try(self, email: EmailMessage, ends: float) -> str:
        if self._server is None or self._reader is None:
            raise Deferred("no connection")
        self._reader.ends = ends
        try:
            goes_on, words = _offer(self._server, email)
            return _hand_over(self._server, self._reader, words, goes_on)
        except Uncertain:
            self._drop()
            raise
        except (Refused, Deferred):
            self._reset()
            raise
        except (OSError, smtplib.SMTPException) as error:
            raise _Lost(f"{settings.EMAIL_HOST}: {error}") from error
        except Exception:
            # Said in part: the server would take whatever comes next for the rest of it.
            self._drop()
            raise

    def _reset(self) -> None:
        """Forget the message that was not taken, and keep the connection for the next."""
        if self._server is not None:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()

    def _drop(self) -> None:
        server, self._server, self._reader = self._server, None, None
        if server is not None:
            server.close()


class _Lost(Exception):
    """The connection went before the message was handed over."""


def _open(ends: float) -> tuple[smtplib.SMTP, BoundedReader]:
    """Connect, greet, encrypt and sign in."""
    host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
    server = smtplib.SMTP(local_hostname=urlsplit(settings.PUBLIC_URL).hostname or "localhost")
    sock = socket.create_connection((host, port), timeout=max(ends - time.monotonic(), 0.1))
    try:
        if settings.EMAIL_USE_SSL:
            sock = _encrypted(sock, host)
        reader = _attach(server, sock, ends)
        code, words = server.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        server.ehlo_or_helo_if_needed()
        if not settings.EMAIL_USE_SSL and (settings.EMAIL_USE_TLS or not is_loopback(host)):
            reader = _start_tls(server, reader, host)
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        server.close()
        sock.close()
        raise
    return server, reader


def _attach(server: smtplib.SMTP, sock: socket.socket, ends: float) -> BoundedReader:
    reader = BoundedReader(sock, ends)
    server.sock, server.file = sock, io.BufferedReader(reader)
    return reader


def _start_tls(server: smtplib.SMTP, reader: BoundedReader, host: str) -> BoundedReader:
    """Encrypt, or refuse to go on: outside this machine no mail goes in clear."""
    if not server.has_extn("starttls"):
        raise smtplib.SMTPNotSupportedError("offers no TLS")
    code, words = server.docmd("STARTTLS")
    if code != 220:
        raise smtplib.SMTPResponseException(code, words)
    reader.bound()
    if server.sock is None:
        raise smtplib.SMTPServerDisconnected("gone")
    reader = _attach(server, _encrypted(server.sock, host), reader.ends)
    # What was said in clear does not count any more [RFC 3207].
    server.helo_resp = server.ehlo_resp = None
    server.esmtp_features, server.does_esmtp = {}, False
    server.ehlo_or_helo_if_needed()
    return reader


def _encrypted(sock: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context.wrap_socket(sock, server_hostname=host)


def _offer(server: smtplib.SMTP, email: EmailMessage) -> tuple[tuple[int, bytes], bytes]:
    """Name sender and recipients, and ask to go on; return the answer, and the words that it is about.

    A recipient refused for good refuses the message.
    """
    sender, recipients = _envelope(email)
    if len(recipients) == 1 and server.has_extn("pipelining"):
        return _offer_at_once(server, sender, recipients[0], email)
    code, words = server.mail(sender)
    _require(code, words)
    for recipient in recipients:
        code, words = server.rcpt(recipient)
        _require(code, words, recipient)
    return server.docmd("DATA"), wire.written(email)


def _offer_at_once(
    server: smtplib.SMTP, sender: str, recipient: str, email: EmailMessage
) -> tuple[tuple[int, bytes], bytes]:
    """The same in one breath [RFC 2920]: a mail to a server far away takes two journeys for four."""
    commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
    server.send("".join(f"{command}\r\n" for command in commands))
    # While the server reads.
    words = wire.written(email)
    named, taken, goes_on = [server.getreply() for _ in commands]
    if goes_on[0] == 354 and not 200 <= taken[0] < 300:
        # It waits for words, and has nobody to give them to: it gets none.
        server.send(".\r\n")
        server.getreply()
    _require(*named)
    _require(*taken, recipient)
    return goes_on, words


def _hand_over(server: smtplib.SMTP, reader: BoundedReader, words: bytes, goes_on: tuple[int, bytes]) -> str:
    """The words themselves, after the answer to DATA; once the server has said go on, a loss is uncertain."""
    code, said = goes_on
    if code != 354:
        _require(code if code >= 400 else 451, said)
    # A line that begins with a full stop gets another one [RFC 5321 4.5.2].
    quoted = words.replace(b"\r\n.", b"\r\n..")
    end = b".\r\n" if quoted.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        reader.bound()
        server.send(quoted + end)
        code, said = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Uncertain(f"{settings.EMAIL_HOST}: lost after DATA: {error}") from error
    if code < 200:
        raise Uncertain(f"{settings.EMAIL_HOST}: {_said(code, said)}")
    _require(code, said)
    return _said(code, said)


def _require(code: int, words: bytes, recipient: str = "") -> None:
    """Go on after a 2xx answer; the server that says goodbye is lost, the rest is deferred or refused."""
    if 200 <= code < 300:
        return
    answer = _said(code, words)
    if code == 421 or code < 0:
        raise smtplib.SMTPServerDisconnected(answer)
    if code >= 500:
        raise Refused(answer, {recipient: code} if recipient else None)
    raise Deferred(answer)


def _said(code: int, words: bytes) -> str:
    return f"{code} {in_words(words)}"[:ANSWER_LIMIT]


def _envelope(email: EmailMessage) -> tuple[str, list[str]]:
    """Sender and recipients: a Return-Path names another sender than From, "<>" the one that nothing comes back to.

    Refused for a body that enforces immigration law: the last gate of every mail, wherever its address was kept.
    """
    (sender,) = _addresses(str(email["Return-Path"] or email["From"]))
    recipients = _addresses(str(email["To"]))
    for recipient in recipients:
        if mail_domains.is_of_immigration(recipient):
            raise Refused("no mail goes to a body that enforces immigration law", {recipient: 550})
    return sender, recipients


def _addresses(words: str) -> list[str]:
    """The bare addresses of a header; nearly all are one plain address, which is not parsed by every rule there is."""
    if found := _PLAIN.fullmatch(words):
        return [found[1] or found[2] or ""]
    return [address for _, address in getaddresses([words])]
