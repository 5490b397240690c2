"""A mail that came in, read without trust: what kind it is, its words as plain text, and the names of what is attached."""

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum
from html.parser import HTMLParser

# What a reply may say, in characters; the rest is cut and said to be.
TEXT_LIMIT = 20_000
# So many characters are looked at for them, in plain parts and in pages each: to clean 30 MB takes minutes.
RAW_LIMIT = 20 * TEXT_LIMIT
# Parts and attachments that are looked at; a mail of ten thousand parts is no reply.
PARTS_LIMIT = 200
NAMED_LIMIT = 20
_NAME_LIMIT = 120
# Left to right and back again: characters that show words in another order than they stand.
_REORDERING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_SKIPPED = {"script", "style", "head", "title", "template", "svg"}
_BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote", "hr"}


class Kind(StrEnum):
    PERSON = "person"
    # Written by a machine: out of office, a ticket's number, a list.
    AUTOMATIC = "automatic"
    # A report of the mail system: not delivered, or not yet.
    FAILED = "failed"
    DELAYED = "delayed"
    # A report that says it arrived, or was shown on a screen.
    ARRIVED = "arrived"
    READ = "read"


@dataclass(frozen=True)
class Attachment:
    """What was attached, by its own words; its content is kept as it came and not looked at."""

    name: str
    type: str
    size: int
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Letter:
    """One mail as far as it can be trusted; `key` is the same when the same mail comes again."""

    kind: Kind
    sender: str
    key: str
    text: str
    attachments: tuple[Attachment, ...]
    # What a report says of why: its status and the other server's words.
    reason: str = ""
    # Its words are not whole: cut by us, or on the way with the mail.
    cut: bool = False
    # The mail itself did not arrive whole, and so perhaps nothing that is attached.
    came_cut: bool = False
    # A person may have written it, and whoever sent it asks for no automatic answer.
    unanswered: bool = False


def read(content: bytes, *, envelope_sender: str | None = None, cut: bool = False) -> Letter:
    """Read one mail of any shape; never raises for what is in it. `envelope_sender` is "" for mail that wants no answer."""
    mail = message_from_bytes(content, policy=policy.default)
    parts = list(_parts(mail))
    kind, reason = _report(mail, parts)
    if kind is None:
        kind = Kind.AUTOMATIC if _is_automatic(mail, envelope_sender) else Kind.PERSON
    text, was_cut = _words(parts)
    return Letter(
        kind=kind,
        sender=_address(envelope_sender or "") or _address(_header(mail, "From")),
        key=_key(mail, content),
        text=text,
        attachments=tuple(_attachments(parts)),
        reason=reason[:250],
        cut=cut or was_cut,
        came_cut=cut,
        unanswered=_wants_no_answer(mail),
    )


def sent_to(content: bytes) -> str:
    """The envelope's recipient where the mail server wrote it on top (Postfix, Exim, our own catcher)."""
    mail = message_from_bytes(content[:100_000], policy=policy.default)
    named = ("X-Original-To", "Envelope-To", "X-Envelope-To", "Delivered-To")
    return next((_address(_header(mail, name)) for name in named if name in mail), "")


def _parts(mail: Message) -> Iterator[Message]:
    """The mail's parts in order; not those of a mail that is attached to it."""
    waiting = [mail]
    for _ in range(PARTS_LIMIT):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting[:0] = [inner for inner in payload if isinstance(inner, Message)]


def _header(mail: Message, name: str) -> str:
    """A header's value, or nothing when it is so damaged that the parser fails on it."""
    try:
        return clean(str(mail.get(name, "") or "")).replace("\n", " ").strip()
    except Exception:  # noqa: BLE001 - the parser's own faults are many
        return ""


def _address(words: str) -> str:
    with contextlib.suppress(Exception):
        for _, address in getaddresses([words]):
            if address.count("@") == 1 and len(address) <= 254 and not re.search(r"[\s<>,;\"]", address):
                return address
    return ""


def _key(mail: Message, content: bytes) -> str:
    return hashlib.sha256(_header(mail, "Message-ID").encode() or content).hexdigest()


def _is_automatic(mail: Message, envelope_sender: str | None) -> bool:
    """Whether a machine wrote it [RFC 3834, and what older programs write instead]."""
    submitted = _header(mail, "Auto-Submitted").lower()
    if submitted and submitted.split(";")[0].strip() != "no":
        return True
    if any(_header(mail, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")):
        return True
    if _header(mail, "Precedence").lower() == "auto_reply" or envelope_sender == "":
        return True
    subject = _header(mail, "Subject").lower()
    return _local(mail) in {"mailer-daemon", "postmaster"} or bool(
        re.match(r"(auto(matic)?[ -]?(reply|response)|out of (the )?office)\b", subject)
    )


def _wants_no_answer(mail: Message) -> bool:
    """A list, a bulk mail, an address that nobody reads, or a server that says so: not answered, and yet read."""
    if _header(mail, "Precedence").lower() in {"bulk", "junk", "list"}:
        return True
    if any(_header(mail, name) for name in ("List-Id", "X-Auto-Response-Suppress")):
        return True
    return re.sub(r"[._-]", "", _local(mail)) in {"noreply", "donotreply"}


def _local(mail: Message) -> str:
    return _address(_header(mail, "From")).lower().partition("@")[0]


def _report(mail: Message, parts: Iterable[Message]) -> tuple[Kind | None, str]:
    """What a report of the mail system says [RFC 3464 delivery, RFC 8098 reading]; None when it is none."""
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _delivery(part)
        if part.get_content_type() == "message/disposition-notification":
            return (Kind.READ if re.search(r"\bdisplayed\b", _raw(part), re.IGNORECASE) else Kind.ARRIVED), ""
    failed = _header(mail, "X-Failed-Recipients")
    undelivered = re.search(
        r"undeliver|delivery (status notification|fail)|failure notice|returned mail|mail delivery failed",
        _header(mail, "Subject"),
        re.IGNORECASE,
    )
    if failed or (_local(mail) in {"mailer-daemon", "postmaster"} and undelivered):
        delayed = re.search(r"delay|warning|will retry", _header(mail, "Subject"), re.IGNORECASE)
        return (Kind.DELAYED if delayed else Kind.FAILED), _header(mail, "Subject")
    return None, ""


def _delivery(part: Message) -> tuple[Kind, str]:
    fields = _raw(part)
    actions = {
        action.lower() for action in re.findall(r"^Action:\s*([a-z]+)", fields, re.IGNORECASE | re.MULTILINE)
    }
    status = re.search(r"^Status:\s*([245]\.\d{1,3}\.\d{1,3})", fields, re.IGNORECASE | re.MULTILINE)
    words = re.search(r"^Diagnostic-Code:\s*(.+(?:\n[ \t].+)*)", fields, re.IGNORECASE | re.MULTILINE)
    reason = " ".join(
        [status[1] if status else "", " ".join(words[1].partition(";")[2].split()) if words else ""]
    )
    if "failed" in actions:
        return Kind.FAILED, reason.strip()
    if "delayed" in actions:
        return Kind.DELAYED, reason.strip()
    if not actions and status and status[1].startswith("5"):
        return Kind.FAILED, reason.strip()
    return Kind.ARRIVED, reason.strip()


def _raw(part: Message) -> str:
    """The fields of a report, which the parser keeps as messages within the part."""
    payload = part.get_payload()
    if isinstance(payload, list):
        lines = []
        for inner in payload:
            if not isinstance(inner, Message):
                continue
            with contextlib.suppress(Exception):
                lines += [f"{name}: {_header(inner, name)}" for name in inner]
                lines.append(str(inner.get_payload()))
        return "\n".join(lines)
    return clean(_decoded(part)[:RAW_LIMIT])


def _words(parts: Iterable[Message]) -> tuple[str, bool]:
    """The first plain text, else the first page with its marks taken off; and whether anything was cut."""
    of_mail = [part for part in parts if not part.is_multipart() and not _is_attached(part)]
    plain = (part for part in of_mail if part.get_content_type() == "text/plain")
    words, was_cut = _first(plain, clean)
    if words:
        return _cut(words, was_cut)
    words, page_was_cut = _first(
        (part for part in of_mail if part.get_content_type() == "text/html"), _of_page
    )
    return _cut(words, was_cut or page_was_cut)


def _first(parts: Iterable[Message], read_out: Callable[[str], str]) -> tuple[str, bool]:
    """The words of the first of these parts that has any, and whether one was cut before it was read out."""
    left = RAW_LIMIT
    for part in parts:
        raw = _decoded(part)
        words, was_cut = read_out(raw[:left]).strip(), len(raw) > left
        if words or was_cut:
            return words, was_cut
        left -= len(raw)
    return "", False


def _cut(words: str, was_cut: bool) -> tuple[str, bool]:
    words = _without_quotes(words)
    return words[:TEXT_LIMIT], was_cut or len(words) > TEXT_LIMIT


def _without_quotes(words: str) -> str:
    """Without the lines that repeat our own mail: what stands there is known, and may name the child."""
    lines: list[str] = []
    for line in words.splitlines():
        if not line.lstrip().startswith(">"):
            lines.append(line.rstrip())
        elif not lines or lines[-1] != "[…]":
            lines.append("[…]")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _decoded(part: Message) -> str:
    """The part's words by the character set it names, else by what its bytes can be."""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - damaged encodings fail in many ways
        content = None
    if not isinstance(content, bytes):
        return str(part.get_payload() if not part.is_multipart() else "")
    for charset in (part.get_content_charset() or "", "utf-8"):
        with contextlib.suppress(LookupError, UnicodeDecodeError, ValueError):
            return content.decode(charset)
    return content.decode("cp1252", errors="replace")


def clean(words: str) -> str:
    """Without control characters and those that reorder what is read; one kind of line end."""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        character
        for character in words
        if character in "\n\t"
        or (unicodedata.category(character) not in {"Cc", "Cs", "Co"} and ord(character) not in _REORDERING)
    )


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_name(part))


def _name(part: Message) -> str:
    try:
        return clean(part.get_filename() or "").replace("\n", " ").strip()[:_NAME_LIMIT]
    except Exception:  # noqa: BLE001 - a damaged name is no name
        return ""


def _attachments(parts: Iterable[Message]) -> Iterator[Attachment]:
    named = 0
    for part in parts:
        type_ = part.get_content_type()
        is_text = type_ in {"text/plain", "text/html"} and not _is_attached(part)
        if part.is_multipart() or is_text or type_.startswith("message/") or named == NAMED_LIMIT:
            continue
        named += 1
        with contextlib.suppress(Exception):
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
            yield Attachment(_name(part) or "?", clean(type_)[:80], len(content), content)


class _Page(HTMLParser):
    """Collects the words of a page and nothing else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            # A head that was never closed hides nothing of the body.
            self._skipped = 0
        elif tag in _SKIPPED:
            self._skipped += 1
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped = max(self._skipped - 1, 0)
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.words.append(data)


def _of_page(page: str) -> str:
    reader = _Page()
    with contextlib.suppress(Exception):
        reader.feed(page)
        reader.close()
    lines = (" ".join(line.split()) for line in clean("".join(reader.words)).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
