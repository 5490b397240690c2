"""Sending against real servers that accept, refuse, stall, drip and hang up."""

import hashlib
import hmac
import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formataddr, getaddresses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from alerts.channels import Deferred, MailChannel, Refused, Uncertain, post_webhook
from alerts.channels import mail as mail_channel

AT = datetime(2026, 11, 23, 21, 40, tzinfo=UTC)
PATIENCE = 1


class Server:
    """An aiosmtpd server that answers as it is told and keeps what it accepted."""

    def __init__(self) -> None:
        self.accepted: list[bytes] = []
        self.sessions: set[int] = set()
        self.data_answers: list[str] = []
        self.rcpt_answers: list[str] = []
        # Extensions beside its own.
        self.offers: list[str] = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        return [*responses[:-1], *self.offers, responses[-1]]

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        answer = self.rcpt_answers.pop(0) if self.rcpt_answers else "250 ok"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.data_answers.pop(0) if self.data_answers else "250 queued as 7"
        self.sessions.add(id(session))
        if answer == "hang up":
            server.transport.abort()
            return "451 gone"
        if answer == "accept and hang up":
            self.accepted.append(envelope.content)
            server.transport.abort()
            return "451 gone"
        if answer.startswith("250"):
            self.accepted.append(envelope.content)
        return answer


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.EMAIL_TIMEOUT = PATIENCE
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER = "127.0.0.1", ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture(params=["one by one", "in one breath"])
def server(settings, request) -> Iterator[Server]:
    """One that takes commands one by one, then one that takes several at once."""
    handler = Server()
    handler.offers = ["250-PIPELINING"] if request.param == "in one breath" else []
    controller = Controller(handler, hostname="127.0.0.1", port=_free_port(), server_hostname="test.example")
    controller.start()
    settings.EMAIL_PORT = controller.port
    yield handler
    controller.stop()


@pytest.fixture
def channel() -> Iterator[MailChannel]:
    with MailChannel() as channel:
        yield channel


def a_mail(words: str = "One.\n.A line with a full stop first.\n", number: int = 1) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = formataddr(("Child alerts (Rollcall)", "alerts@rollcall.example"))
    mail["To"] = "control-room@northmere.police.example"
    mail["Subject"] = "Child alert MC26-004178-M1 - Northmere Police - action needed"
    mail["Message-ID"] = f"<{number}@rollcall.example>"
    mail.set_content(words)
    return mail


@contextmanager
def plain_server(settings, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """A server that speaks raw bytes, for behaviours that no real library shows."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                talk(self.request)

    class Threaded(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        block_on_close = False

    with Threaded(("127.0.0.1", 0), Handler) as raw:
        threading.Thread(target=raw.serve_forever, daemon=True).start()
        settings.EMAIL_PORT = raw.server_address[1]
        yield
        raw.shutdown()


def say_until_data(peer: socket.socket) -> None:
    """Greet and go along until the client has said DATA and got its go-ahead."""
    peer.sendall(b"220 raw\r\n")
    lines = peer.makefile("rb")
    for line in lines:
        if line.upper().startswith(b"DATA"):
            peer.sendall(b"354 go on\r\n")
            return
        peer.sendall(b"250 ok\r\n")


def read_to_the_end(peer: socket.socket) -> bytes:
    """Read a mail to its full stop; raises ConnectionError where the client is gone, for nothing more comes then."""
    words = b""
    while not words.endswith(b"\r\n.\r\n"):
        part = peer.recv(4096)
        if not part:
            raise ConnectionError
        words += part
    return words


def test_a_mail_that_is_accepted_gives_the_servers_answer(server, channel):
    assert channel.send(a_mail()) == "250 queued as 7"
    (accepted,) = server.accepted
    assert b"Subject: Child alert MC26-004178-M1" in accepted
    assert b"\r\n.A line with a full stop first.\r\n" in accepted


@pytest.mark.by_turns
@pytest.mark.parametrize("ending", [None, Refused, Deferred])
def test_an_answer_is_kept_without_what_no_database_takes(server, channel, ending):
    server.data_answers = [{None: "250", Refused: "550", Deferred: "451"}[ending] + " is\0so\x1b[1m"]
    if ending is None:
        assert channel.send(a_mail()) == "250 is so [1m"
    else:
        with pytest.raises(ending) as caught:
            channel.send(a_mail())
        assert str(caught.value)[4:] == "is so [1m"


@pytest.mark.by_turns
def test_many_mails_go_over_one_kept_connection(server, channel):
    for number in range(5):
        channel.send(a_mail(number=number))
    assert len(server.accepted) == 5
    assert len(server.sessions) == 1


def test_a_passing_refusal_is_deferred_and_the_connection_goes_on(server, channel):
    server.data_answers = ["451 busy, later"]
    with pytest.raises(Deferred, match="451 busy"):
        channel.send(a_mail())
    assert channel.send(a_mail()).startswith("250")
    assert len(server.sessions) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("<in+7@rollcall.example>", ["in+7@rollcall.example"]),
        ("<>", [""]),
        ("duty@council.example", ["duty@council.example"]),
        ('"Duty, nights" <duty@council.example>', ["duty@council.example"]),
        ("a@council.example, b@council.example", ["a@council.example", "b@council.example"]),
        ('"a b"@council.example', ['"a b"@council.example']),
    ],
)
def test_the_envelope_is_what_the_library_reads_out_of_a_header(header, found):
    assert mail_channel._addresses(header) == found
    assert header == "<>" or [address for _, address in getaddresses([header])] == found


@pytest.mark.parametrize("end", ["\r\nRCPT TO:<other@council.example>", "\r", "\n"])
def test_no_address_carries_a_command_of_its_own(end):
    for address in mail_channel._addresses(f"duty@council.example{end}"):
        assert not set(address) & set("\r\n ")


def test_a_deferral_is_no_uncertainty_when_the_server_has_said_no(server, channel):
    server.data_answers = ["451 busy, later"]
    with pytest.raises(Deferred) as caught:
        channel.send(a_mail())
    assert not isinstance(caught.value, Uncertain)


@pytest.mark.by_turns
def test_a_permanent_refusal_of_the_words_is_refused(server, channel):
    server.data_answers = ["554 not this"]
    with pytest.raises(Refused, match="554 not this"):
        channel.send(a_mail())
    assert channel.send(a_mail()).startswith("250")


@pytest.mark.by_turns
def test_a_permanent_refusal_of_the_recipient_names_the_code_for_it(server, channel):
    server.rcpt_answers = ["550 no such mailbox"]
    with pytest.raises(Refused, match="550 no such mailbox") as caught:
        channel.send(a_mail())
    assert caught.value.codes == {"control-room@northmere.police.example": 550}
    assert channel.send(a_mail()).startswith("250")
    assert len(server.accepted) == 1


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "to", ["x@homeoffice.gov.uk", "duty@council.example, Intake <x@ie.HomeOffice.gov.uk>"]
)
def test_no_mail_leaves_for_a_body_that_enforces_immigration_law_wherever_its_address_was_kept(
    server, channel, to
):
    mail = a_mail()
    mail.replace_header("To", to)
    with pytest.raises(Refused, match="enforces immigration law"):
        channel.send(mail)
    assert server.accepted == []
    assert channel.send(a_mail()).startswith("250")


@pytest.mark.by_turns(8)
def test_a_server_that_waits_for_words_to_nobody_gets_none(settings, channel):
    heard = []

    def talk(peer: socket.socket) -> None:
        peer.sendall(b"220 raw\r\n")
        peer.recv(4096)
        peer.sendall(b"250-raw\r\n250 PIPELINING\r\n")
        heard.append(peer.recv(4096))
        peer.sendall(b"250 ok\r\n550 no such mailbox\r\n354 go\r\n")
        heard.append(peer.recv(4096))
        peer.sendall(b"554 nobody to give it to\r\n")
        heard.append(peer.recv(4096))
        peer.sendall(b"250 reset\r\n")

    with plain_server(settings, talk), pytest.raises(Refused, match="550 no such mailbox"):
        channel.send(a_mail())
    assert heard[0].count(b"\r\n") == 3, "the commands did not go in one breath"
    assert heard[1:] == [b".\r\n", b"rset\r\n"]


def test_several_recipients_are_asked_about_one_by_one(server, channel):
    server.rcpt_answers = ["250 ok", "550 no such mailbox"]
    mail = a_mail()
    mail.replace_header("To", "first@northmere.police.example, second@northmere.police.example")
    with pytest.raises(Refused, match="550 no such mailbox"):
        channel.send(mail)
    assert not server.accepted


def test_a_passing_refusal_of_the_recipient_is_deferred(server, channel):
    server.rcpt_answers = ["450 greylisted"]
    with pytest.raises(Deferred, match="450 greylisted"):
        channel.send(a_mail())


def test_a_connection_reset_after_data_is_uncertain(server, channel):
    server.data_answers = ["accept and hang up"]
    with pytest.raises(Uncertain):
        channel.send(a_mail())
    # What the sender cannot know: the server has it.
    assert len(server.accepted) == 1


def test_after_a_lost_connection_the_next_mail_opens_a_new_one(server, channel):
    server.data_answers = ["hang up"]
    with pytest.raises(Uncertain):
        channel.send(a_mail())
    assert channel.send(a_mail()).startswith("250")
    assert len(server.sessions) == 2


def test_a_mail_that_cannot_be_written_out_leaves_nothing_for_the_next_to_be_taken_for(
    server, channel, monkeypatch
):
    channel.send(a_mail("First.\n"))

    def fails(_email: EmailMessage) -> bytes:
        raise ValueError("no such letters")

    with monkeypatch.context() as broken:
        broken.setattr(mail_channel.wire, "written", fails)
        with pytest.raises(ValueError, match="no such letters"):
            channel.send(a_mail("Second.\n", 2))
    channel.send(a_mail("Third.\n", 3))
    assert [b"First." in kept or b"Third." in kept for kept in server.accepted] == [True, True]
    assert not any(b"MAIL FROM" in kept or b"Second." in kept for kept in server.accepted)
    assert len(server.sessions) == 2


@pytest.mark.by_turns
def test_a_server_that_closed_the_kept_connection_meanwhile_is_met_again(settings, channel):
    turns: list[int] = []

    def talk(peer: socket.socket) -> None:
        turns.append(1)
        say_until_data(peer)
        read_to_the_end(peer)
        peer.sendall(b"250 taken\r\n")
        peer.close()

    with plain_server(settings, talk):
        assert channel.send(a_mail()) == "250 taken"
        assert channel.send(a_mail(number=2)) == "250 taken"
    assert len(turns) == 2


@pytest.mark.by_turns(8)
def test_a_server_that_says_goodbye_between_two_mails_is_met_again(settings, channel):
    turns: list[int] = []

    def talk(peer: socket.socket) -> None:
        turns.append(1)
        say_until_data(peer)
        read_to_the_end(peer)
        peer.sendall(b"250 taken\r\n")
        peer.recv(4096)
        peer.sendall(b"421 idle for too long\r\n")

    with plain_server(settings, talk):
        channel.send(a_mail())
        assert channel.send(a_mail(number=2)) == "250 taken"
    assert len(turns) == 2


def test_nobody_listening_is_deferred(settings, channel):
    settings.EMAIL_PORT = _free_port()
    with pytest.raises(Deferred):
        channel.send(a_mail())


@pytest.mark.by_turns
def test_a_server_that_hangs_costs_no_more_than_the_time_for_one_mail(settings, channel):
    with plain_server(settings, lambda peer: time.sleep(30)):
        took = _timed(channel, Deferred)
    assert PATIENCE * 0.9 < took < PATIENCE + 0.7


@pytest.mark.by_turns
def test_a_server_that_drips_its_greeting_costs_no_more(settings, channel):
    def talk(peer: socket.socket) -> None:
        for character in b"220 " + b"slowly " * 100:
            peer.sendall(bytes([character]))
            time.sleep(0.2)

    with plain_server(settings, talk):
        took = _timed(channel, Deferred)
    assert took < PATIENCE + 0.7


@pytest.mark.by_turns
def test_a_server_that_drips_its_last_answer_costs_no_more_and_leaves_it_uncertain(settings, channel):
    def talk(peer: socket.socket) -> None:
        say_until_data(peer)
        read_to_the_end(peer)
        for character in b"250 " + b"slowly " * 100:
            peer.sendall(bytes([character]))
            time.sleep(0.2)

    with plain_server(settings, talk):
        took = _timed(channel, Uncertain)
    assert took < PATIENCE + 0.7


@pytest.mark.by_turns
def test_a_server_that_never_reads_the_words_costs_no_more_and_leaves_it_uncertain(settings, channel):
    def talk(peer: socket.socket) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        say_until_data(peer)
        time.sleep(30)

    with plain_server(settings, talk):
        # More than the kernel keeps for a socket, and little to write down on a busy machine.
        took = _timed(channel, Uncertain, a_mail(("word " * 14 + "\n") * 70_000))
    assert took < PATIENCE + 2


@pytest.mark.by_turns(8)
def test_a_server_that_hangs_on_a_kept_connection_costs_no_more_either(settings, channel):
    def talk(peer: socket.socket) -> None:
        say_until_data(peer)
        read_to_the_end(peer)
        peer.sendall(b"250 taken\r\n")
        time.sleep(30)

    with plain_server(settings, talk):
        channel.send(a_mail())
        took = _timed(channel, Deferred)
    assert took < PATIENCE + 0.7


@pytest.mark.by_turns(8)
def test_a_server_that_refuses_everybody_at_the_door_refuses_no_message(settings, channel):
    with plain_server(settings, lambda peer: peer.sendall(b"554 not today\r\n")), pytest.raises(Deferred):
        channel.send(a_mail())


def test_a_password_that_is_wrong_refuses_no_message(server, settings, channel):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "rollcall", "wrong"
    with pytest.raises(Deferred):
        channel.send(a_mail())
    assert server.accepted == []


def test_outside_this_machine_no_mail_goes_in_clear(server, settings, channel, monkeypatch):
    monkeypatch.setattr("alerts.channels.mail.is_loopback", lambda host: False)
    with pytest.raises(Deferred, match="offers no TLS"):
        channel.send(a_mail())
    assert server.accepted == []


@pytest.mark.by_turns
def test_an_unknown_certificate_is_not_trusted(settings, channel, tmp_path):
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST = True, "localhost"
    handler = Server()
    controller = Controller(
        handler, hostname="127.0.0.1", port=_free_port(), tls_context=_own_certificate(tmp_path)
    )
    controller.start()
    settings.EMAIL_PORT = controller.port
    try:
        with pytest.raises(Deferred, match=r"(?i)certificate"):
            channel.send(a_mail())
    finally:
        controller.stop()
    assert handler.accepted == []


def test_mail_goes_over_tls_when_the_certificate_is_known(settings, channel, tmp_path, monkeypatch):
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST = True, "localhost"
    handler = Server()
    context = _own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    controller = Controller(
        handler, hostname="127.0.0.1", port=_free_port(), tls_context=context, require_starttls=True
    )
    controller.start()
    settings.EMAIL_PORT = controller.port
    try:
        assert channel.send(a_mail()).startswith("250")
        assert channel.send(a_mail(number=2)).startswith("250")
    finally:
        # A server waits half a minute for whoever does not say goodbye under TLS.
        channel.close()
        controller.stop()
    assert len(handler.accepted) == 2


# --- The gateway of texts and calls


class Gateway(ThreadingHTTPServer):
    """A webhook that answers as it is told and keeps what it was sent."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), GatewayHandler)


class GatewayHandler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 202
        if answer == "hang":
            time.sleep(30)
        elif answer == "drip":
            for character in b"HTTP/1.1 202 Accepted\r\n" + b"X-Slow: yes\r\n" * 50:
                self.wfile.write(bytes([character]))
                time.sleep(0.2)
        elif answer == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        else:
            self.send_response(int(answer))
            self.end_headers()
            self.wfile.write(b"no\0ted\r\n")

    def log_message(self, *args: Any) -> None:
        """Say nothing: the tests read what was got."""


@pytest.fixture
def gateway(settings) -> Iterator[Gateway]:
    with Gateway() as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{gateway.server_address[1]}/webhook?team=1"
        settings.ALERT_WEBHOOK_SECRET = "a secret of the tests"
        yield gateway
        gateway.shutdown()


PAYLOAD = {
    "id": "3f1f2a0e-0000-4000-8000-000000000001",
    "channel": "text",
    "phone": "07700 900123",
    "reference": "MC26-004178",
    "rung": "R1",
    "text": "Rollcall: no record since 9pm UK time – ring the home.",
}


@pytest.mark.by_turns
def test_a_text_is_posted_as_json_and_signed(gateway):
    assert post_webhook(PAYLOAD, at=AT) == "202 no ted"
    ((headers, body),) = gateway.got
    assert json.loads(body) == PAYLOAD
    stamp = headers["X-Rollcall-Timestamp"]
    assert stamp == str(int(AT.timestamp()))
    mark = hmac.new(b"a secret of the tests", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Rollcall-Signature"] == f"sha256={mark}"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.by_turns
@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_2xx_is_an_acceptance(status, gateway):
    gateway.answers = [status]
    assert post_webhook(PAYLOAD, at=AT).startswith(str(status))


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_gateway_that_does_not_take_the_message_refuses_it(status, gateway):
    gateway.answers = [status]
    with pytest.raises(Refused, match=str(status)):
        post_webhook(PAYLOAD, at=AT)


@pytest.mark.by_turns
@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
def test_a_gateway_in_trouble_defers_it(status, gateway):
    gateway.answers = [status]
    with pytest.raises(Deferred, match=str(status)):
        post_webhook(PAYLOAD, at=AT)


@pytest.mark.by_turns(8)
def test_the_same_message_keeps_its_id_when_it_is_posted_again(gateway):
    gateway.answers = [503, 202]
    with pytest.raises(Deferred):
        post_webhook(PAYLOAD, at=AT)
    post_webhook(PAYLOAD, at=AT)
    assert [json.loads(body)["id"] for _, body in gateway.got] == [PAYLOAD["id"]] * 2


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("fault", ["hang", "drip", "reset"])
def test_a_lost_answer_is_uncertain_and_costs_no_more_than_its_time(fault, gateway):
    gateway.answers = [fault]
    began = time.monotonic()
    with pytest.raises(Uncertain):
        post_webhook(PAYLOAD, at=AT)
    assert time.monotonic() - began < PATIENCE + 0.7
    assert len(gateway.got) == 1


def test_no_gateway_listening_is_deferred_and_certain(settings):
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{_free_port()}/webhook"
    with pytest.raises(Deferred) as caught:
        post_webhook(PAYLOAD, at=AT)
    assert not isinstance(caught.value, Uncertain)


def test_a_service_without_a_gateway_says_so(settings):
    settings.ALERT_WEBHOOK_URL = ""
    with pytest.raises(Deferred, match="set up"):
        post_webhook(PAYLOAD, at=AT)


@pytest.mark.by_turns(8)
def test_outside_this_machine_no_text_goes_in_clear(settings):
    settings.ALERT_WEBHOOK_URL = "http://gateway.example/webhook"
    with pytest.raises(Deferred, match="https"):
        post_webhook(PAYLOAD, at=AT)


def _timed(channel: MailChannel, outcome: type[Exception], mail: EmailMessage | None = None) -> float:
    mail = mail or a_mail()
    began = time.monotonic()
    with pytest.raises(outcome):
        channel.send(mail)
    return time.monotonic() - began


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _own_certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that nobody but this test has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, private)
    return context
