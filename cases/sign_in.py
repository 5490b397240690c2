"""Limits of signing in: a guesser is slowed where they guess from, and locks out nobody who has signed in here before."""

import secrets
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.stages import LoginStage
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import authenticate
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from cases import clock, log, second_factor
from cases.models import User

# Wrong passwords for one account from one place: after 5 a minute's wait, after 10 a quarter of an hour, after 30 a
# day. A place is a network address, or a browser in which this account has signed in before.
FROM_ONE_PLACE = {"wrong_here": "5/1m/key,10/15m/key,30/1d/key"}
# Wrong passwords for one account from everywhere that is no known browser of it: so many places are no mistake.
FROM_EVERYWHERE = {"wrong_anywhere": "100/1h/key"}
# One network address, whatever the account: a whole office may stand behind it.
FROM_ONE_ADDRESS = {"wrong_from_address": "60/5m/ip"}
# Wrong codes of the second step for one account, wherever from: whoever types them knows the password. Of a million
# codes three are right at a time, so thirty a day let a guesser in once in thirty years.
WRONG_CODES = {"wrong_code": "5/1m/key,10/15m/key,30/1d/key"}
# Passkeys shown without a password: nobody guesses one, so this spares the machine alone.
PASSKEYS = {"passkey": "30/1m/ip"}
# In the session: when its person last showed who they are, in seconds of the epoch.
CONFIRMED = "confirmed_at"
# Seconds after which a page that changes how somebody signs in asks for their password again; a form that was opened
# in time may be sent later, for an app is not installed in a minute.
CONFIRMED_FOR, SENT_WITHIN = 600, 1800

# On record as reads are, refused: what somebody typed for an account and was wrong.
SIGN_IN, WRONG_PASSWORD, WRONG_CODE = "sign_in", "wrong_password", "wrong_code"

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

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whose password this is; a closed account answers as a wrong password does, and counts as one."""
        self.pre_authenticate(request, **credentials)
        user = authenticate(request, **credentials)
        # allauth would lead whoever is right about a closed account to a page that says so.
        AuthenticationBackend.unstash_authenticated_user()
        if not isinstance(user, User):
            put_wrong_password_on_record(request, str(credentials.get("email", "")))
            self.authentication_failed(request, **credentials)
            return None
        self._rollback_login_failed_rl_usage()
        return user

    def get_login_stages(self) -> list[str]:
        """Between the password and the session there is the second step, and nothing else."""
        return ["cases.sign_in.SecondStep"]

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session, marked as having passed the second factor where this sign-in has shown it."""
        super().login(request, user)
        confirm(request)
        if second_factor.is_passing(request):
            second_factor.pass_session(request, user)

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Remember in the browser that this account has signed in here."""
        response: HttpResponse = super().post_login(request, user, **details)
        remember_device(request, response, user.email)
        return response


class SecondStep(LoginStage):
    """Ask for the second factor of whoever knows the password and has one; nobody else learns whether there is one."""

    key = "second_step"
    urlname = "second_step"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Lead to the page of the second step, or let the sign-in go on."""
        user = self.login.user
        asked = second_factor.is_asked() and not second_factor.is_passing(self.request)
        if not asked or not isinstance(user, User) or not second_factor.has_one(user):
            return None, True
        self.state["password"] = user.get_session_auth_hash()
        return redirect(self.urlname), True

    def still_holds(self) -> bool:
        """Whether the password that was right at the first step is right still, and there is a factor to show."""
        user = self.login.user
        return (
            isinstance(user, User)
            and constant_time_compare(self.state.get("password", ""), user.get_session_auth_hash())
            and second_factor.has_one(user)
        )


def confirm(request: HttpRequest) -> None:
    """Note in the session that its person has just shown who they are."""
    request.session[CONFIRMED] = clock.now().timestamp()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether that is so short ago that a change of how they sign in asks for nothing more."""
    limit = SENT_WITHIN if request.method == "POST" else CONFIRMED_FOR
    return bool(clock.now().timestamp() - request.session.get(CONFIRMED, 0) < limit)


def put_wrong_password_on_record(request: HttpRequest, login: str) -> None:
    """Keep that a password was wrong, with the account where there is one; what was typed, an address too, is not kept.

    The same is asked of the database for an account that does not exist.
    """
    _put_on_record(request, User.objects.filter(email=login.strip().lower()).first(), WRONG_PASSWORD)


def put_wrong_code_on_record(request: HttpRequest, user: User) -> None:
    """Keep that a code or a passkey was wrong for an account whose password was right."""
    _put_on_record(request, user, WRONG_CODE)


def _put_on_record(request: HttpRequest, user: User | None, what: str) -> None:
    place = log.Place(path=request.path, page=what, address=request.META.get("REMOTE_ADDR"))
    log.record_access(
        user=user, child_id=None, permission=SIGN_IN, allowed=False, place=place, at=clock.now()
    )


def take_code_try(request: HttpRequest, user: User) -> ratelimit.RateLimitUsage | None:
    """Count one code typed for an account; nothing where it is one too many. Whoever was right gives it back."""
    return ratelimit.consume(
        request, app="rollcall", action="wrong_code", config=WRONG_CODES, key=str(user.pk)
    )


def take_passkey_try(request: HttpRequest) -> ratelimit.RateLimitUsage | None:
    """Count one passkey shown from a network address; nothing where it is one too many."""
    return ratelimit.consume(request, app="rollcall", action="passkey", config=PASSKEYS)


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


class FactorAdapter(DefaultMFAAdapter):
    """What a passkey is told about us: the address that it opens, and the name that a browser shows beside it."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        host: str = context.request.get_host().partition(":")[0]
        return {"id": host, "name": settings.SERVICE_NAME}
