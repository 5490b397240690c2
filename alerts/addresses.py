"""Addresses of our own that say what a mail is an answer to: made here, and read here when it comes back."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

REPLY_TOKEN_LENGTH = 20
# 80 bits, so that the part before the @ stays within the 64 characters of RFC 5321 4.5.3.1.1.
_MARK_LENGTH = 16
_TOKEN = re.compile(r"(?P<id>[a-z2-7]{26})(?P<mark>[a-z2-7]{16})")
_MESSAGE = re.compile(r"b\.(?P<id>[a-z2-7]{26})(?P<mark>[a-z2-7]{16})")
_EPISODE = re.compile(r"(?P<reference>mc[0-9a-z-]{1,24})\.(?P<mark>[0-9a-f]{20})")


@dataclass(frozen=True)
class OfMessage:
    """A mail came back to the sender's address of this message: a bounce, or an answer of a machine."""

    id: UUID


@dataclass(frozen=True)
class OfEpisode:
    """A mail came to the address for replies about this episode."""

    reference: str


def domain() -> str:
    return settings.ALERT_FROM_EMAIL.rpartition("@")[2]


def local() -> str:
    return settings.ALERT_FROM_EMAIL.rpartition("@")[0].partition("+")[0]


def of_message(number: UUID) -> str:
    """The envelope's sender of one outgoing message; its bounce comes back to here."""
    return f"{local()}+b.{_packed(number)}{_mark('alerts.bounce', number)}@{domain()}"


def of_episode(reference: str) -> str:
    """The address for replies about one episode: its reference and a token that only we can make."""
    return f"{local()}+{reference.lower()}.{_mark_of_episode(reference)}@{domain()}"


def token_of(number: UUID) -> str:
    """The secret part of the address of the page that confirms a test message."""
    return f"{_packed(number)}{_mark('alerts.mailbox', number)}"


def read_token(token: str) -> UUID | None:
    """The message of a test's page; None for a token that we never made."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    number = _unpacked(found["id"])
    return number if constant_time_compare(found["mark"], _mark("alerts.mailbox", number)) else None


def read(address: str) -> OfMessage | OfEpisode | None:
    """What a mail to `address` is about; None for an address that we never made."""
    name, _, host = address.strip().strip("<>").lower().rpartition("@")
    ours, _, tag = name.partition("+")
    if host != domain().lower() or ours != local().lower():
        return None
    if found := _MESSAGE.fullmatch(tag):
        number = _unpacked(found["id"])
        return (
            OfMessage(number)
            if constant_time_compare(found["mark"], _mark("alerts.bounce", number))
            else None
        )
    if found := _EPISODE.fullmatch(tag):
        reference = found["reference"].upper()
        return (
            OfEpisode(reference)
            if constant_time_compare(found["mark"], _mark_of_episode(reference))
            else None
        )
    return None


def is_our_own(address: str) -> bool:
    """Whether a mail to `address` would come back to ourselves: such a one is never answered."""
    name, _, host = address.strip().strip("<>").lower().rpartition("@")
    return host == domain().lower() and name.partition("+")[0] == local().lower()


def _packed(number: UUID) -> str:
    return base64.b32encode(number.bytes).decode().rstrip("=").lower()


def _unpacked(name: str) -> UUID:
    return UUID(bytes=base64.b32decode(name.upper() + "======"))


def _mark(purpose: str, number: UUID) -> str:
    digest = hmac.digest(_key(purpose, settings.SECRET_KEY), number.hex.encode(), "sha256")
    # Five bytes are eight letters.
    return base64.b32encode(digest[: _MARK_LENGTH * 5 // 8]).decode().lower()


@lru_cache(maxsize=8)
def _key(purpose: str, secret: str) -> bytes:
    """The key that `salted_hmac` makes anew each time: of one mail's marks it is most of the work."""
    return hashlib.sha256(f"{purpose}{secret}".encode()).digest()


def _mark_of_episode(reference: str) -> str:
    return salted_hmac("alerts.reply", reference.upper(), algorithm="sha256").hexdigest()[:REPLY_TOKEN_LENGTH]
