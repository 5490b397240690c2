"""The head of the record: where its seals stand, signed and kept in a file apart, so that nothing can be cut off unseen."""

import base64
import binascii
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cases.audit import seals
from cases.models import Seal

FORMAT = 1


class Unreadable(Exception):
    """What was given is no head, or no key."""


class Forged(Exception):
    """The head was not signed with our key, or changed since."""


@dataclass(frozen=True)
class Head:
    """The newest seal at a moment, and up to which id and for how many rows each table was sealed then."""

    seal: int
    digest: str
    tables: dict[str, dict[str, int]]
    made_at: str


def make(*, at: datetime) -> Head | None:
    """Where the seals stand; none before there is a seal."""
    newest = Seal.objects.order_by("-number").first()
    if newest is None:
        return None
    of_tables = Seal.objects.filter(number__lte=newest.number).order_by("table", "-number").distinct("table")
    tables = {one.table: {"last": one.last, "rows": one.total} for one in of_tables.defer("marks", "heads")}
    return Head(newest.number, newest.digest, tables, at.astimezone(UTC).isoformat(timespec="seconds"))


def export(folder: Path, key: str, *, at: datetime) -> Path | None:
    """Seal what is new and write the signed head into `folder`, whole or not at all; none where there is no seal."""
    seals.seal(at=at)
    head = make(at=at)
    if head is None:
        return None
    path = folder / f"audit-head-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{head.seal}.json"
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".audit-head-", delete=False) as file:
        file.write(signed(head, key))
    return Path(file.name).replace(path)


def signed(head: Head, key: str) -> str:
    """The text of a head's file: what it says, Ed25519 over exactly these bytes, and the public key to check it with."""
    private = Ed25519PrivateKey.from_private_bytes(decoded(key))
    said = _said(head)
    public = private.public_key().public_bytes_raw()
    return json.dumps(
        {"head": said, "signature": _text(private.sign(said.encode())), "public_key": _text(public)}
    )


def read(text: str, public: bytes) -> Head:
    """The head of a file's text; raise `Forged` where it was not signed so, `Unreadable` where it is none."""
    try:
        file = json.loads(text)
        said, signature = str(file["head"]), base64.b64decode(file["signature"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, said.encode())
        values = json.loads(said)
        if values.pop("format") != FORMAT:
            raise Unreadable
        return Head(**values)
    except InvalidSignature as error:
        raise Forged from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable from error


def public_key(key: str) -> bytes:
    """The public half of our own key."""
    return Ed25519PrivateKey.from_private_bytes(decoded(key)).public_key().public_bytes_raw()


def decoded(key: str) -> bytes:
    """The 32 bytes of a key in base64, of either alphabet; raise `Unreadable` where there are not as many."""
    try:
        raw = base64.b64decode(
            key.strip().rstrip("=").replace("-", "+").replace("_", "/") + "=", validate=True
        )
    except (ValueError, binascii.Error) as error:
        raise Unreadable from error
    if len(raw) != 32:
        raise Unreadable
    return raw


def _said(head: Head) -> str:
    return json.dumps({"format": FORMAT, **asdict(head)}, sort_keys=True)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
