"""Text and voice through a signed webhook."""

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from alerts.channels.waits import ANSWER_LIMIT, Bounded, Deferred, Refused, Uncertain, in_words, is_loopback

# So old may a text be that the gateway hands on: what was listened to is not sent once more tomorrow.
FRESH = timedelta(minutes=5)
# What a gateway answers when it would take the same request later.
PASSING_ANSWERS = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


def post_webhook(payload: Mapping[str, Any], *, at: datetime) -> str:
    """Post a text or voice call to the gateway and return its answer, within EMAIL_TIMEOUT seconds for the whole request.

    The body is signed with HMAC-SHA256 over the timestamp, a full stop and the body. Any 2xx is an
    acceptance, and the same id on a repeat is the same message. Refused for 4xx but 408 and 429,
    Uncertain when the answer was lost, Deferred for the rest.
    """
    if not settings.ALERT_WEBHOOK_URL:
        raise Deferred("no gateway for texts and calls is set up")
    ends = time.monotonic() + settings.EMAIL_TIMEOUT
    body = json.dumps(dict(payload), ensure_ascii=False, separators=(",", ":")).encode()
    connection, path = _gateway(ends)
    try:
        try:
            connection.request("POST", path, body, headers=_signed(body, at))
        except (OSError, http.client.HTTPException) as error:
            raise Deferred(f"gateway: {error}") from error
        try:
            response = http.client.HTTPResponse(Bounded(connection.sock, ends), method="POST")  # type: ignore[arg-type]
            response.begin()
            words = in_words(response.read(ANSWER_LIMIT))
        except (OSError, http.client.HTTPException) as error:
            raise Uncertain(f"gateway: {error}") from error
    finally:
        connection.close()
    return _judged(response.status, f"{response.status} {words}".strip())


def ping(address: str) -> None:
    """Ask for one address outside, within EMAIL_TIMEOUT seconds; Deferred when it does not answer with 2xx."""
    ends = time.monotonic() + settings.EMAIL_TIMEOUT
    connection, path = _connection(address, ends)
    try:
        connection.request("GET", path)
        response = http.client.HTTPResponse(Bounded(connection.sock, ends), method="GET")  # type: ignore[arg-type]
        response.begin()
    except (OSError, http.client.HTTPException) as error:
        raise Deferred(f"outside: {error}") from error
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        raise Deferred(f"outside: {response.status}")


def _gateway(ends: float) -> tuple[http.client.HTTPConnection, str]:
    return _connection(settings.ALERT_WEBHOOK_URL, ends)


def _connection(address: str, ends: float) -> tuple[http.client.HTTPConnection, str]:
    url = urlsplit(address)
    host, left = url.hostname or "", max(ends - time.monotonic(), 0.1)
    if url.scheme != "https" and not is_loopback(host):
        raise Deferred("an address outside must begin with https://")
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return kind(host, url.port, timeout=left), path


def _signed(body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "X-Rollcall-Timestamp": stamp,
        "X-Rollcall-Signature": _mark(stamp, body),
    }


def is_signed(body: bytes, *, stamp: str, mark: str, at: datetime) -> bool:
    """Whether the gateway sent this, within the last minutes: signed with our secret in the form that we sign in."""
    if not settings.ALERT_WEBHOOK_SECRET or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(at.timestamp() - int(stamp)) > FRESH.total_seconds():
        return False
    return hmac.compare_digest(_mark(stamp, body).encode(), mark.encode())


def _mark(stamp: str, body: bytes) -> str:
    made = hmac.new(settings.ALERT_WEBHOOK_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"sha256={made.hexdigest()}"


def _judged(status: int, answer: str) -> str:
    if 200 <= status < 300:
        return answer[:ANSWER_LIMIT]
    if 400 <= status < 500 and status not in PASSING_ANSWERS:
        raise Refused(answer[:ANSWER_LIMIT])
    raise Deferred(answer[:ANSWER_LIMIT])
