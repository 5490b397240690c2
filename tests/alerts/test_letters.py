"""What a mail that comes in is read as, whatever its shape."""

from email.message import EmailMessage

import pytest

from alerts import letters
from alerts.letters import Kind

FROM = "From: Control <control@northmere-police.example>\r\nMessage-ID: <1@x.example>\r\n"


def read(headers: str = "", body: str = "Seen at the harbour.", **fields):
    return letters.read((FROM + headers + "\r\n" + body).encode("utf-8", "surrogateescape"), **fields)


def test_a_persons_words_are_kept_and_what_they_quote_of_ours_is_not():
    letter = read(body="She is with us.\r\n\r\n> Child: Yonas H\r\n> born 2011\r\nPC Lowmoor")
    assert letter.kind == Kind.PERSON
    assert letter.sender == "control@northmere-police.example"
    assert letter.text == "She is with us.\n\n[…]\nPC Lowmoor"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\r\n",
        "Auto-Submitted: auto-generated; x=1\r\n",
        "X-Autoreply: yes\r\n",
        "Precedence: auto_reply\r\n",
        "Subject: Automatic reply: Child alert MC26\r\n",
        "Subject: Out of office\r\n",
    ],
)
def test_what_a_machine_wrote_is_not_taken_for_a_person(headers):
    assert read(headers).kind == Kind.AUTOMATIC


def test_mail_from_nobody_in_the_envelope_is_a_machines():
    assert read(envelope_sender="").kind == Kind.AUTOMATIC
    assert read(envelope_sender="pc.shah@northmere-police.example").kind == Kind.PERSON


@pytest.mark.parametrize(
    "headers", ["Precedence: bulk\r\n", "List-Id: <all.example>\r\n", "X-Auto-Response-Suppress: All\r\n"]
)
def test_a_person_behind_a_list_or_a_strict_server_is_read_and_not_answered(headers):
    letter = read(headers)
    assert (letter.kind, letter.unanswered) == (Kind.PERSON, True)


def a_report(action: str, status: str, words: str = "smtp; 550 5.1.1 No such mailbox") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; x@y.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {words}\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", Kind.FAILED),
        ("failed", "4.4.7", Kind.FAILED),
        ("delayed", "4.4.1", Kind.DELAYED),
        ("delivered", "2.0.0", Kind.ARRIVED),
        ("relayed", "2.0.0", Kind.ARRIVED),
    ],
)
def test_a_report_says_whether_it_failed_or_waits_or_arrived(action, status, kind):
    letter = letters.read(a_report(action, status), envelope_sender="")
    assert letter.kind == kind
    assert letter.reason == f"{status} 550 5.1.1 No such mailbox"


def test_an_old_mailers_bounce_is_known_by_its_sender_and_subject():
    old = b"From: MAILER-DAEMON@old.example\r\nSubject: failure notice\r\n\r\nHi. This is qmail.\r\n"
    assert letters.read(old, envelope_sender="").kind == Kind.FAILED


def test_a_receipt_that_it_was_shown_is_told_from_one_that_it_was_deleted():
    receipt = a_report("x", "x").replace(b"delivery-status", b"disposition-notification")
    shown = receipt.replace(b"Action: x", b"Disposition: manual-action/MDN-sent-manually; displayed")
    deleted = receipt.replace(b"Action: x", b"Disposition: automatic-action/MDN-sent-automatically; deleted")
    assert letters.read(shown).kind == Kind.READ
    assert letters.read(deleted).kind == Kind.ARRIVED


def test_a_page_becomes_its_words_and_nothing_that_runs():
    page = (
        "<html><head><title>t</title><style>p{}</style><body onload=alert(1)><script>alert(1)</script>"
        "<p>Found &lt;b&gt; at <a href='javascript:x'>the port</a></p><img src=x onerror=alert(2)>safe</body>"
    )
    letter = read("Content-Type: text/html\r\n", page)
    assert letter.text == "Found <b> at the port\nsafe"


def test_the_plain_part_is_read_before_the_page_and_attachments_are_only_named():
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = "a@b.example", "<2@x>"
    mail.set_content("plain words")
    mail.add_alternative("<p>page words</p>", subtype="html")
    mail.add_attachment(b"MZ" * 50, maintype="application", subtype="x-dosexec", filename="../../b.exe")
    inner = EmailMessage()
    inner.set_content("words of a forwarded mail")
    mail.add_attachment(inner)
    letter = letters.read(mail.as_bytes())
    assert letter.text == "plain words"
    (attached,) = letter.attachments
    assert attached.size == 100
    assert attached.type == "application/x-dosexec"
    assert attached.name == "../../b.exe"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("charset", "body", "words"),
    [
        ("utf-8", "Zoë".encode("latin-1"), "Zoë"),
        ("no-such-charset", "Zoë".encode(), "Zoë"),
        ("utf-16", b"Z\x00o", "Zo"),
        ("us-ascii", "Łódź".encode(), "Łódź"),
    ],
)
def test_words_in_a_wrong_character_set_are_still_read(charset, body, words):
    content = FROM.encode() + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + body
    assert letters.read(content).text == words


def test_characters_that_reorder_or_control_are_taken_off():
    assert read(body="safe\x00 \x1b[2J\u202ednuof\u2066 x").text == "safe [2Jdnuof x"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"no header at all",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n--b\r\n--b',
        b"From: =?utf-8?b?////?=\r\nSubject: =?x?q?\xff\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: a@@b <<<\r\nTo: ;;;\r\nMessage-ID: \r\n\r\nx",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\xff",
    ],
)
def test_no_shape_of_mail_is_an_error(content):
    letter = letters.read(content)
    assert letter.kind in Kind
    assert len(letter.key) == 64


@pytest.mark.by_turns
def test_a_mail_of_countless_parts_or_words_is_cut():
    many = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 5_000 + b"--b--"
    assert letters.read(many).text == "x"
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(300)
    )
    assert letters.read(deep).text == ""
    long = read(body="x" * 30_000)
    assert (len(long.text), long.cut) == (20_000, True)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_what_is_cleaned_of_a_huge_mail_is_cut_before(monkeypatch, kind):
    looked_at = []
    monkeypatch.setattr(letters, "clean", lambda words: looked_at.append(len(words)) or words)
    header = f"Content-Type: text/{kind}\r\n"
    letter = read(header, " " * (letters.RAW_LIMIT - 5) + "words" + "<p>more" * 9)
    assert (letter.text, letter.cut) == ("words", True)
    nothing = read(header, " " * letters.RAW_LIMIT + "words")
    assert (nothing.text, nothing.cut) == ("", True)
    assert max(looked_at) <= letters.RAW_LIMIT


def test_the_same_mail_has_the_same_key_and_another_has_not():
    assert read().key == read(body="Received again by another way").key
    assert letters.read(b"\r\na").key != letters.read(b"\r\nb").key


def test_the_envelopes_recipient_is_read_from_the_top():
    content = b"Delivered-To: rollcall+b.x@rollcall.example\r\nTo: other@x.example\r\n\r\nx"
    assert letters.sent_to(content) == "rollcall+b.x@rollcall.example"
    assert letters.sent_to(b"To: other@x.example\r\n\r\nx") == ""
