"""A mailbox for the demo: takes every mail by SMTP and every text and call by webhook, keeps them as files, shows them."""

import argparse
import asyncio
import hashlib
import hmac
import html
import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
# So many are listed on one page.
LISTED = 200
LARGEST_POST = 256_000
NAME = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9]{9}-[0-9]{4}\.(eml|json)")
LINK = re.compile(r"https?://[^\s<>\"&]+(?:&amp;[^\s<>\"&]+)*")

PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A mail's own HTML: its styles, no scripts, and links that open in a new tab.
MAIL_POLICY = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# As on the pages of the product.
DEMO = '<p class="demo"><strong>DEMO</strong> Every person and place is invented, and none of this went to anybody.</p>'
STYLE = """
body { font: 1rem/1.5 arial, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #0b0c0c }
a { color: #1a65a6 } table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: bold }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #b1b4b6 }
td { overflow-wrap: anywhere } th, td:first-child { white-space: nowrap }
@media (max-width: 40rem) {
  thead { display: none } tr { display: block; padding: .4rem 0; border-bottom: 1px solid #b1b4b6 }
  th, td { display: block; border: 0; padding: 0 }
}
.demo { background: #0b0c0c; color: #fff; margin: 0 0 1rem; padding: .4rem .8rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f2f1; padding: 1rem }
iframe { width: 100%; height: 40rem; border: 1px solid #b1b4b6 }
"""


class Box:
    """A folder with one file for each message, named by the instant it came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._serial = itertools.count()

    def keep(self, content: bytes, suffix: str) -> str:
        """Write a message whole or not at all, and return its name."""
        instant = time.time_ns()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(instant // 10**9))
        name = f"{stamp}-{instant % 10**9:09}-{next(self._serial) % 10_000:04}.{suffix}"
        unfinished = self.folder / f".{name}"
        unfinished.write_bytes(content)
        unfinished.chmod(0o600)
        unfinished.replace(self.folder / name)
        return name

    def names(self) -> list[str]:
        """Return the names of all messages, oldest first."""
        return sorted(path.name for path in self.folder.iterdir() if NAME.fullmatch(path.name))

    def read(self, name: str) -> bytes | None:
        """Return a message, or None when there is none of that name."""
        path = self.folder / name
        return path.read_bytes() if NAME.fullmatch(name) and path.is_file() else None

    def mail(self, name: str) -> EmailMessage:
        """Return a kept mail, parsed."""
        message = message_from_bytes(self.read(name) or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


class Pipe:
    """A mail server's pipe: hands mail to an address of Rollcall's own to a command, and answers by its exit code."""

    # sysexits.h, as Postfix and Exim read it.
    ANSWERS: ClassVar = {
        os.EX_OK: "250 2.0.0 Taken",
        os.EX_TEMPFAIL: "451 4.3.0 Try again later",
        os.EX_NOUSER: "550 5.1.1 No such address",
    }

    def __init__(self, own: str, command: Sequence[str]) -> None:
        self.own, self.command = own.lower(), tuple(command)

    def takes(self, address: str) -> bool:
        """Whether the address is Rollcall's own with a mark behind it, such as rollcall+b.x@rollcall.example."""
        name, _, host = address.lower().rpartition("@")
        return "+" in name and f"{name.partition('+')[0]}@{host}" == self.own

    async def hand_over(self, content: bytes, *, sender: str, to: str) -> str:
        """Run the command with the mail on its standard input; the answer is for the server that sent it."""
        process = await asyncio.create_subprocess_exec(
            *self.command, "--to", to, "--sender", sender, stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        await process.communicate(content)
        return self.ANSWERS.get(process.returncode or 0, "554 5.3.0 The pipe failed")


class Sink:
    """The SMTP side: keeps what it is given, or refuses with `refusal` when that is set."""

    def __init__(self, box: Box, pipe: Pipe | None = None) -> None:
        self.box, self.pipe = box, pipe
        self.refusal = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail with its envelope's addresses on top."""
        if self.refusal:
            return self.refusal
        addresses = [f"X-Envelope-From: {envelope.mail_from}"]
        addresses += [f"X-Envelope-To: {address}" for address in envelope.rcpt_tos]
        top = "".join(f"{line}\r\n" for line in addresses).encode("ascii", "backslashreplace")
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        if self.pipe is not None and self.pipe.takes(envelope.rcpt_tos[0]):
            return await self.pipe.hand_over(
                content, sender=envelope.mail_from or "", to=envelope.rcpt_tos[0]
            )
        self.box.keep(top + content, "eml")
        return "250 Kept"


class Page(BaseHTTPRequestHandler):
    """The web side: the list, one message, and the webhook."""

    server: "Web"
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer with the list, a message, or its parts."""
        asked = urlsplit(self.path)
        parts = asked.path.strip("/").split("/")
        name = parts[1] if len(parts) > 1 else ""
        content = self.server.box.read(name) if parts[0] == "message" else None
        if not self._is_local():
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"Only for this machine.")
        elif parts == [""]:
            before = parse_qs(asked.query).get("before", [""])[0]
            self._page("Mail", _list(self.server.box, before), refresh=not before)
        elif parts == ["style.css"]:
            self._answer(HTTPStatus.OK, "text/css", STYLE.encode())
        elif content is None:
            self._page("Not found", "<h1>There is no such message</h1>", status=HTTPStatus.NOT_FOUND)
        elif parts[2:] == ["raw"]:
            self._answer(HTTPStatus.OK, "text/plain", content)
        elif parts[2:] == ["html"]:
            body = _part(self.server.box.mail(name), "html")
            self._answer(HTTPStatus.OK, "text/html", body.encode(), csp=MAIL_POLICY)
        else:
            self._page(*_message(self.server.box, name))

    def do_POST(self) -> None:
        """Keep what a text or voice provider would be sent, if Rollcall signed it: any page can post here."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/webhook" or not self._is_local() or not 0 < length <= LARGEST_POST:
            self.close_connection = True
            self._answer(HTTPStatus.BAD_REQUEST, "text/plain", b"Not a webhook call.")
            return
        body = self.rfile.read(length)
        if not self._is_signed(body):
            self._answer(
                HTTPStatus.UNAUTHORIZED, "text/plain", b"Not signed with the secret of this webhook."
            )
            return
        try:
            fields = json.loads(body)
        except ValueError:
            fields = {"text": body.decode(errors="replace")}
        kept = {"body": fields, "raw": body.decode(errors="replace"), "headers": dict(self.headers.items())}
        self.server.box.keep(json.dumps(kept, indent=2).encode(), "json")
        self._answer(HTTPStatus.ACCEPTED, "application/json", b"{}")

    def log_message(self, *_words: object) -> None:
        """Say nothing: links in mails are secrets."""

    def _is_signed(self, body: bytes) -> bool:
        stamp = self.headers.get("X-Rollcall-Timestamp", "")
        mark = hmac.new(self.server.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        given = self.headers.get("X-Rollcall-Signature", "")
        # How old it is is not judged: the demo's clock may be shifted.
        return bool(self.server.secret) and hmac.compare_digest(given.encode(), f"sha256={mark}".encode())

    def _is_local(self) -> bool:
        # A name that resolves to this machine in somebody's browser is no reason to show it mails.
        return urlsplit(f"//{self.headers.get('Host', '')}").hostname in {HOST, "localhost"}

    def _page(
        self, title: str, body: str, *, status: HTTPStatus = HTTPStatus.OK, refresh: bool = False
    ) -> None:
        text = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
            '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">'
            f"{DEMO}<main>{body}</main></html>"
        )
        self._answer(status, "text/html", text.encode(), refresh=refresh)

    def _answer(
        self, status: HTTPStatus, kind: str, body: bytes, *, csp: str = PAGE_POLICY, refresh: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", csp)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if refresh:
            self.send_header("Refresh", "5")
        self.end_headers()
        self.wfile.write(body)


class Web(ThreadingHTTPServer):
    """The web side's server."""

    daemon_threads = True

    def __init__(self, box: Box, port: int, *, secret: str) -> None:
        self.box = box
        self.secret = secret
        super().__init__((HOST, port), Page)


def _list(box: Box, before: str = "") -> str:
    """The newest of them, or of those before one: whoever reads each of thousands again answers nobody in time."""
    rows = []
    names = [name for name in reversed(box.names()) if not before or name < before]
    for name in names[:LISTED]:
        kind, to, what = _summary(box, name)
        cells = (f"{name[9:11]}:{name[11:13]}:{name[13:15]}", kind, to)
        columns = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        lead = f"<br>{html.escape(_first_line(box, name))}" if name.endswith(".eml") else ""
        rows.append(f'<tr>{columns}<td><a href="/message/{name}">{html.escape(what)}</a>{lead}</td></tr>')
    head = "".join(
        f'<th scope="col">{title}</th>'
        for title in ("Time (UTC)", "Kind", "To", "Subject and first line, or text")
    )
    empty = "" if rows or before else "<p>Nothing has been sent yet.</p>"
    older = f'<p><a href="/?before={names[LISTED - 1]}">Older</a></p>' if len(names) > LISTED else ""
    renews = "" if before else " This page renews itself every 5 seconds."
    return (
        f"<h1>Caught mails, texts and calls</h1><p>Newest first.{renews}</p>{empty}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{older}"
    )


def _summary(box: Box, name: str) -> tuple[str, str, str]:
    if name.endswith(".eml"):
        mail = box.mail(name)
        return "Mail", str(mail["To"] or mail["X-Envelope-To"]), str(mail["Subject"] or "(no subject)")
    fields: dict[str, Any] = json.loads(box.read(name) or b"{}").get("body", {})
    if not isinstance(fields, dict):
        return "Webhook", "", str(fields)[:120]
    kind = {"voice": "Call", "text": "Text"}.get(str(fields.get("channel")), "Webhook")
    return kind, str(fields.get("phone", "")), str(fields.get("text", ""))[:120] or "(no text)"


def _first_line(box: Box, name: str) -> str:
    """Subjects are the same for a whole thread; what a mail wants is in its first line."""
    return " ".join(_part(box.mail(name), "plain").strip().partition("\n")[0].split())


def _message(box: Box, name: str) -> tuple[str, str]:
    _kind, _to, what = _summary(box, name)
    back = '<p><a href="/">All messages</a></p>'
    if name.endswith(".json"):
        body = f"<pre>{html.escape((box.read(name) or b'').decode(errors='replace'))}</pre>"
        return what, f"{back}<h1>{html.escape(what)}</h1>{body}"
    mail = box.mail(name)
    headers = "".join(
        f'<tr><th scope="row">{html.escape(key)}</th><td>{html.escape(str(value))}</td></tr>'
        for key, value in mail.items()
    )
    text = LINK.sub(
        lambda link: f'<a href="{link[0]}" target="_blank" rel="noopener noreferrer">{link[0]}</a>',
        html.escape(_part(mail, "plain"), quote=False),
    )
    shown = f'<h2>As HTML</h2><iframe title="The mail as HTML" src="/message/{name}/html"></iframe>'
    return what, (
        f"{back}<h1>{html.escape(what)}</h1><h2>As text</h2><pre>{text}</pre>"
        f"{shown if _part(mail, 'html') else ''}<h2>Headers</h2><table><tbody>{headers}</tbody></table>"
        f'<p><a href="/message/{name}/raw">The mail as it came</a></p>'
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp", type=int, required=True, help="port for mails")
    parser.add_argument("--http", type=int, required=True, help="port for the page and the webhook")
    parser.add_argument("--dir", type=Path, required=True, help="folder for the messages")
    parser.add_argument(
        "--own", default="", help="Rollcall's own address: mail to its marks goes to receive_mail"
    )
    words = parser.parse_args()
    box = Box(words.dir)
    pipe = Pipe(words.own, (sys.executable, "manage.py", "receive_mail")) if words.own else None
    # Without a name given here it would look for one in the DNS.
    smtp = Controller(Sink(box, pipe), hostname=HOST, port=words.smtp, server_hostname="localhost")
    smtp.start()
    Web(box, words.http, secret=os.environ.get("ALERT_WEBHOOK_SECRET", "")).serve_forever()


if __name__ == "__main__":
    main()
