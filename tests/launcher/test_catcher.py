"""The mail catcher: real SMTP in, files and a careful page out."""

import hashlib
import hmac
import json
import re
import smtplib
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from scripts import catcher as catchers
from tests.mailbox import SECRET


def send(catcher, *, subject="Rollcall", text="See https://rollcall.example/a/secret/ now", page=""):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alerts@rollcall.example", "duty@northmere.example", subject
    mail["Message-ID"] = make_msgid(domain="rollcall.example")
    mail.set_content(text)
    if page:
        mail.add_alternative(page, subtype="html")
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, local_hostname="localhost", timeout=10) as server:
        server.send_message(mail, "bounce-7@rollcall.example", ["second@northmere.example"])
    return mail


def get(catcher, path, **headers):
    url = catcher.webhook_url.replace("/webhook", path)
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode(), answer.headers


def test_a_mail_is_kept_whole_with_its_envelope(catcher):
    sent = send(catcher)
    (kept,) = catcher.wait(1)
    assert kept["Message-ID"] == sent["Message-ID"]
    assert kept["X-Envelope-From"] == "bounce-7@rollcall.example"
    assert kept["X-Envelope-To"] == "second@northmere.example"
    assert kept.get_content().splitlines() == sent.get_content().splitlines()
    (name,) = catcher.box.names()
    assert name.endswith(".eml")
    assert (catcher.box.folder / name).stat().st_mode & 0o777 == 0o600


def test_mails_are_read_in_the_order_they_came(catcher):
    for number in range(12):
        send(catcher, subject=f"Number {number}")
    assert [mail["Subject"] for mail in catcher.mails] == [f"Number {number}" for number in range(12)]


def test_a_refusal_keeps_nothing(catcher):
    catcher.refusal = "451 4.3.0 Try again later"
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(catcher)
    assert caught.value.smtp_code == 451
    assert catcher.mails == []
    catcher.refusal = ""
    send(catcher)
    assert len(catcher.mails) == 1


def test_the_page_shows_what_came_and_runs_nothing_of_it(catcher):
    send(
        catcher,
        subject="<script>alert(1)</script>",
        text="<b>bold</b> https://x.example/a?b=1&c=2",
        page="<p>Hello</p>",
    )
    listed, headers = get(catcher, "/")
    assert "<script>" not in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in listed
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    (name,) = catcher.box.names()
    shown, _headers = get(catcher, f"/message/{name}")
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown
    for page in (listed, shown):
        assert "<strong>DEMO</strong> Every person and place is invented" in page
    assert 'href="https://x.example/a?b=1&amp;c=2"' in shown
    body, headers = get(catcher, f"/message/{name}/html")
    assert "<p>Hello</p>" in body
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "allow-scripts" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/message/../secrets.json", "/message/..%2Fsecrets.json", "/message/none.eml", "/nothing"]
)
def test_nothing_but_messages_is_served(catcher, path):
    (catcher.box.folder.parent / "secrets.json").write_text("{}")
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(catcher, path)
    assert caught.value.code == 404


def test_a_foreign_name_for_this_machine_is_shown_nothing(catcher):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(catcher, "/", Host="evil.example")
    assert caught.value.code == 403


BODY = {
    "id": "7",
    "channel": "voice",
    "phone": "01632 960101",
    "reference": "MC26-004178",
    "text": "Press 1",
}


def post(catcher, body, **headers):
    sent = urllib.request.Request(catcher.webhook_url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return answer.status


def signed(body, *, secret=SECRET, stamp="1772442000"):
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Rollcall-Timestamp": stamp, "X-Rollcall-Signature": f"sha256={mark}"}


def test_texts_and_calls_are_kept_beside_the_mails(catcher):
    body = json.dumps(BODY).encode()
    headers = signed(body)
    assert post(catcher, body, **headers) == 202
    send(catcher)
    assert catcher.texts == [BODY]
    assert catcher.calls[0]["headers"]["X-Rollcall-Signature"] == headers["X-Rollcall-Signature"]
    listed, _headers = get(catcher, "/")
    assert "Call" in listed
    assert "01632 960101" in listed


def test_what_rollcall_did_not_sign_is_refused_and_not_kept(catcher):
    body = json.dumps(BODY).encode()
    others = [
        {},
        {"X-Rollcall-Signature": "abc"},
        signed(body, secret="another secret"),
        signed(body + b" "),
        signed(body) | {"X-Rollcall-Timestamp": "1772442001"},
        signed(body) | {"X-Rollcall-Signature": ""},
        {"Content-Type": "text/plain", "Origin": "https://evil.example"},
    ]
    for headers in others:
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(catcher, body, **headers)
        assert caught.value.code == 401
    assert catcher.box.names() == []


def test_without_a_secret_nothing_is_signed(catcher):
    catcher.web.secret = ""
    body = json.dumps(BODY).encode()
    with pytest.raises(urllib.error.HTTPError):
        post(catcher, body, **signed(body, secret=""))
    assert catcher.box.names() == []


def test_of_many_the_newest_are_listed_and_the_older_a_page_on(catcher, monkeypatch):
    monkeypatch.setattr(catchers, "LISTED", 3)
    read = []
    whole = catchers.Box.mail
    monkeypatch.setattr(catchers.Box, "mail", lambda box, name: read.append(name) or whole(box, name))
    for number in range(7):
        send(catcher, subject=f"Number {number}")
    pages, address = [], "/"
    while address:
        read.clear()
        listed, headers = get(catcher, address)
        pages.append(re.findall(r"Number \d", listed))
        assert len(set(read)) <= 3, "reads what it does not show"
        assert ("Refresh" in headers) == (address == "/")
        older = re.search(r'href="(/\?before=[^"]+)">Older', listed)
        address = older[1] if older else ""
    assert pages == [[f"Number {n}" for n in some] for some in ((6, 5, 4), (3, 2, 1), (0,))]
