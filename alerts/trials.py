"""That a draft was tried on past days: the signed mark that its page carries on until two people agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any

from django.core import signing

SALT = "alerts.trials"


@dataclass(frozen=True)
class Tried:
    """On which past London days a draft was replayed, the last one included, and whether of a part of the children alone."""

    first: date
    last: date
    in_part: bool = False


def mark(tried: Tried, *, key: str, authority_id: int, replaces: int, data: Mapping[str, Any]) -> str:
    """Sign that exactly these figures, drawn from this version, were replayed for this authority."""
    days = [tried.first.isoformat(), tried.last.isoformat(), tried.in_part]
    return signing.dumps([_draft(key, authority_id, replaces, data), *days], salt=SALT)


def read(text: str, *, key: str, authority_id: int, replaces: int, data: Mapping[str, Any]) -> Tried | None:
    """The trial that a mark tells of; None for what nobody signed here, and for a mark of any other draft."""
    try:
        draft, first, last, in_part = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    if draft != _draft(key, authority_id, replaces, data):
        return None
    return Tried(date.fromisoformat(first), date.fromisoformat(last), in_part)


def _draft(key: str, authority_id: int, replaces: int, data: Mapping[str, Any]) -> str:
    """What a replay depends on: neither the beginning nor the reason."""
    return sha256(dumps([key, authority_id, replaces, data], sort_keys=True).encode()).hexdigest()
