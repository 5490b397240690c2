"""Limits of signing in: a guesser is slowed where they guess from, and locks out nobody who has signed in here before."""

import secrets
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from cases.models import User

# Wrong passwords for one account from one place: after 5 a minute's wait, after 10 a quarter of an hour, after 30 a
# day. A place is a network address, or a browser in which this account has signed in before.
FROM_ONE_PLACE = {"wrong_here": "5/1m/key,10/15m/key,30/1d/key"}
# Wrong passwords for one account from everywhere that is no known browser of it: so many places are no mistake.
FROM_EVERYWHERE = {"wrong_anywhere": "100/1h/key"}
# One network address, whatever the account: a whole office may stand behind it.
FROM_ONE_ADDRESS = {"wrong_from_address": "60/5m/ip"}

SALT = "known browser"
# Seconds; a browser that is used at all is known all the time.
KNOWN_FOR = 180 * 24 * 3600
# A home's or a duty room's machine is used by a whole rota.
MOST_PEOPLE = 20


class Adapter(DefaultAccountAdapter):
    """allauth's rules of signing in, with our limits and words."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The email address or the password is not right."),
        "too_many_login_attempts": _("Too many wrong passwords. Wait a few minutes, then try again."),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raise a validation error where too many wrong passwords came from this place, or for this account."""
        self._login_failed_rl_usage = take_try(request, str(credentials.get("email", "")))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Remember in the browser that this account has signed in here."""
        response: HttpResponse = super().post_login(request, user, **details)
        remember_device(request, response, user.email)
        return response


def take_try(request: HttpRequest, login: str) -> ratelimit.RateLimitUsage | None:
    """Count one password typed for an account; nothing where it is one too many. Whoever was right gives it back."""
    login = login.lower()
    device = known_device(request, login)
    limits: list[tuple[dict[str, str], str | None]] = [(FROM_ONE_PLACE, f"{login}|browser {device}")]
    if not device:
        limits = [
            (FROM_ONE_ADDRESS, None),
            (FROM_ONE_PLACE, f"{login}|{ratelimit.get_ip(request)}"),
            (FROM_EVERYWHERE, login),
        ]
    taken = ratelimit.RateLimitUsage(usage=[])
    for config, key in limits:
        (action,) = config
        used = ratelimit.consume(request, app="rollcall", action=action, config=config, key=key)
        if used is None:
            return None
        taken.usage += used.usage
    return taken


def known_device(request: HttpRequest, login: str) -> str:
    """Return the mark of this browser where the account has signed in here before, else nothing."""
    mark = _mark(login)
    return next((device for who, device in _people(request) if constant_time_compare(who, mark)), "")


def remember_device(request: HttpRequest, response: HttpResponse, login: str) -> None:
    """Write into the browser that the account has signed in here, beside the others of the same machine."""
    mark = _mark(login)
    device = known_device(request, login) or secrets.token_urlsafe(9)
    others = [[who, other] for who, other in _people(request) if who != mark]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([[mark, device], *others][:MOST_PEOPLE], salt=SALT),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        rows = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=KNOWN_FOR
        )
    except signing.BadSignature:
        return []
    return [(who, device) for who, device in rows]


def _mark(login: str) -> str:
    """Stands for an account without naming it to whoever reads the cookie."""
    return salted_hmac(SALT, login.strip().lower()).hexdigest()[:24]
