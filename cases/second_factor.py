"""The second factor: what somebody has beside the password they know, who has passed it, and the verbs that change it.

An app that counts codes (TOTP, RFC 6238), passkeys (WebAuthn), and recovery codes for the day when both are lost.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from cases import log
from cases.models import User
from cases.states import IllegalMove

# In the session: the account that has passed the second factor in it.
PASSED = "second_factor"
# Codes of the step before and after are taken too: phones' clocks are a little off [RFC 6238 5.2].
STEP_SECONDS, STEPS_ASIDE = 30, 1
CODES, CODE_LENGTH = 10, 10
# Nothing that is read as something else from a paper: no 0 and O, no 1, I and L.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

Kind = Authenticator.Type
View = TypeVar("View", bound=Callable[..., Any])


class WrongCode(Exception):
    """A code that opens nothing: mistyped, of another time, or used before."""


# --- Who has passed it


def is_asked() -> bool:
    """Whether this installation asks for it; only a demo may not."""
    return bool(settings.SECOND_FACTOR)


def has_passed(request: HttpRequest, person: User | AnonymousUser) -> bool:
    """Whether whoever is signed in here has shown their second factor in this session, or need not."""
    return bool(not is_asked() or (person.is_authenticated and request.session.get(PASSED) == person.pk))


def sign_in_passes(request: HttpRequest) -> None:
    """Let the sign-in that this request completes count as one with a second factor."""
    request.__dict__["passes_second_factor"] = True


def is_passing(request: HttpRequest) -> bool:
    """Whether it was shown in this request already, as a passkey is that signs in by itself."""
    return bool(request.__dict__.get("passes_second_factor"))


def pass_session(request: HttpRequest, person: User) -> None:
    """Mark the session of whoever has signed in, or has just set up their first."""
    request.session[PASSED] = person.pk


def let_set_up(request: HttpRequest, newcomer: User) -> None:
    """Show a page of setting up to whoever has signed in by password and has no factor yet."""
    request.user = newcomer
    request.__dict__["is_newcomer"] = True


def is_newcomer(request: HttpRequest) -> bool:
    return bool(request.__dict__.get("is_newcomer"))


def sets_up(view: View) -> View:
    """Mark a page that is open to whoever has signed in by password and has no second factor yet."""
    view.__dict__["sets_up_second_factor"] = True
    return view


def is_set_up_page(view: Callable[..., Any]) -> bool:
    return bool(getattr(view, "sets_up_second_factor", False))


# --- What somebody has


def factors(person: User) -> list[Authenticator]:
    """The app and the passkeys of somebody, oldest first; recovery codes are no factor of their own."""
    own = Authenticator.objects.filter(user_id=person.pk).exclude(type=Kind.RECOVERY_CODES)
    return list(own.order_by("created_at", "pk"))


def has_one(person: User) -> bool:
    return Authenticator.objects.filter(user_id=person.pk).exclude(type=Kind.RECOVERY_CODES).exists()


def codes_left(person: User) -> int:
    """How many recovery codes still open the account."""
    sheet = Authenticator.objects.filter(user_id=person.pk, type=Kind.RECOVERY_CODES).first()
    return len(sheet.data["codes"]) if sheet else 0


# --- The app that counts codes


def new_secret() -> str:
    """160 random bits, as an app takes them."""
    return totp.generate_totp_secret()


def link_for_app(person: User, secret: str) -> str:
    """What the picture says to the app, by Google's key URI format."""
    name = settings.SERVICE_NAME
    asked = urlencode({"secret": secret, "issuer": name}, quote_via=quote)
    return f"otpauth://totp/{quote(name)}:{quote(person.email)}?{asked}"


def step_of(secret: str, code: str, *, after: int = -1, at: datetime) -> int | None:
    """The step of time to which a code belongs, where it is a late enough one; None for any other code."""
    typed = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    for step in range(max(now - STEPS_ASIDE, after + 1), now + STEPS_ASIDE + 1):
        if constant_time_compare(typed, totp.format_hotp_value(totp.hotp_value(secret, step))):
            return step
    return None


def add_app(person: User, secret: str, code: str, *, may_add: bool, at: datetime) -> list[str]:
    """Keep the app whose code shows that it has the secret; returns the recovery codes where these are the first.

    `may_add` says that the session has passed a factor: without that only the very first is added. Raises WrongCode, and
    IllegalMove where there is an app already.
    """
    with transaction.atomic():
        person = _locked(person, may_add)
        if Authenticator.objects.filter(user_id=person.pk, type=Kind.TOTP).exists():
            raise IllegalMove("You have an authenticator app already. Remove it before you set up another.")
        step = step_of(secret, code, at=at)
        if step is None:
            raise WrongCode
        return _add(person, Kind.TOTP, {"secret": seal(secret), "step": step}, at)


def give_app(person: User, secret: str, *, at: datetime) -> None:
    """Give somebody who is invented an app with this secret, where they have not got it."""
    app = Authenticator.objects.filter(user_id=person.pk, type=Kind.TOTP).first()
    if app is None or unseal(app.data["secret"]) != secret:
        kept = {"data": {"secret": seal(secret), "step": 0}, "created_at": at}
        Authenticator.objects.update_or_create(user_id=person.pk, type=Kind.TOTP, defaults=kept)


def add_passkey(
    person: User, name: str, credential: dict[str, Any], *, may_add: bool, at: datetime
) -> list[str]:
    """Keep a passkey that the browser has made and `passkeys.made` has looked at; else as `add_app`."""
    with transaction.atomic():
        person = _locked(person, may_add)
        return _add(person, Kind.WEBAUTHN, {"name": name, "credential": credential}, at)


def rename(passkey: Authenticator, name: str, *, by: User, at: datetime) -> None:
    with transaction.atomic():
        passkey = Authenticator.objects.select_for_update().get(pk=passkey.pk)
        passkey.data["name"] = name
        passkey.save(update_fields=["data"])
        log.record_configuration(by, "second_factor_renamed", data={"factor": passkey.pk}, by=by, at=at)


def remove(factor: Authenticator, *, by: User, at: datetime) -> User:
    """Remove one of several: every other session of the person ends. IllegalMove for the last one."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=factor.user_id)
        if [other.pk for other in factors(person)] == [factor.pk]:
            raise IllegalMove("This is your only second step. Add another one before you remove it.")
        data = {"kind": factor.type, "factor": factor.pk}
        factor.delete()
        _end_sessions(person)
        log.record_configuration(person, "second_factor_removed", data=data, by=by, at=at)
    return person


def reset(person: User, *, reason: str, by: User, at: datetime) -> None:
    """Take every factor of somebody who has lost them: they are signed out everywhere, and set up a new one.

    IllegalMove for oneself, and where there is nothing to reset.
    """
    if by.pk == person.pk:
        raise IllegalMove("Another administrator resets your own second step.")
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        own = Authenticator.objects.filter(user_id=person.pk)
        kinds = sorted(own.exclude(type=Kind.RECOVERY_CODES).values_list("type", flat=True))
        if not kinds:
            raise IllegalMove("This person has no second step to reset.")
        own.delete()
        _end_sessions(person)
        data = {"kinds": kinds, "reason": reason}
        log.record_configuration(person, "second_factor_reset", data=data, by=by, at=at)


def new_codes(person: User, *, at: datetime) -> list[str]:
    """Make ten new recovery codes, in the place of those before; they are kept as digests, so nobody reads them again."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not has_one(person):
            raise IllegalMove("Set up a second step first.")
        codes = _write_codes(person, at)
        log.record_configuration(person, "recovery_codes_made", by=person, at=at)
    return codes


def check(person: User, code: str, *, at: datetime) -> str:
    """Take a code of the app, once, or a recovery code, once; raises WrongCode for every other."""
    with transaction.atomic():
        own = Authenticator.objects.select_for_update().filter(user_id=person.pk).order_by("pk")
        for one in own.exclude(type=Kind.WEBAUTHN):
            if _take(one, code, at):
                one.last_used_at = at
                one.save(update_fields=["data", "last_used_at"])
                if one.type == Kind.RECOVERY_CODES:
                    left = len(one.data["codes"])
                    log.record_configuration(
                        person, "recovery_code_used", data={"left": left}, by=person, at=at
                    )
                return str(one.type)
    raise WrongCode


def opens(person: User, code: str, *, at: datetime) -> bool:
    """Whether `check` would take this code now; it is not used up."""
    own = Authenticator.objects.filter(user_id=person.pk).exclude(type=Kind.WEBAUTHN)
    return any(_take(one, code, at) for one in own)


def _take(one: Authenticator, code: str, at: datetime) -> bool:
    """Whether the code opens, and note in the row, which whoever calls saves, that it never will again."""
    if one.type == Kind.TOTP:
        secret = unseal(one.data["secret"])
        # A step counts once, and none before it: a code that somebody has read over a shoulder is used up.
        step = step_of(secret, code, after=one.data["step"], at=at) if secret else None
        if step is not None:
            one.data["step"] = step
        return step is not None
    typed = _digest(one.user_id, code)
    left = [known for known in one.data["codes"] if not constant_time_compare(known, typed)]
    taken = len(left) < len(one.data["codes"])
    one.data["codes"] = left
    return taken


# --- How it is kept


def seal(text: str) -> str:
    """Encrypt a secret by a key made of SECRET_KEY: who has the database alone has no codes."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret; nothing where it was sealed by a key that is gone."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def _keys() -> MultiFernet:
    known = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hmac.digest(str(key).encode(), b"second factor", hashlib.sha256) for key in known]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _digest(user_id: int, code: str) -> str:
    """A code of fifty random bits is not guessed from its digest, the less without SECRET_KEY."""
    typed = "".join(letter for letter in code.lower() if letter in LETTERS)
    return salted_hmac("recovery code", f"{user_id}|{typed}", algorithm="sha256").hexdigest()


def _locked(person: User, may_add: bool) -> User:
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not may_add and has_one(locked):
        raise IllegalMove("A second step was set up meanwhile. Sign in with it.")
    return locked


def _add(person: User, kind: str, data: dict[str, Any], at: datetime) -> list[str]:
    made = Authenticator.objects.create(user_id=person.pk, type=kind, data=data, created_at=at)
    log.record_configuration(
        person, "second_factor_added", data={"kind": kind, "factor": made.pk}, by=person, at=at
    )
    # A device has no password behind which a recovery code could be typed.
    return [] if codes_left(person) or person.device_home_id is not None else _write_codes(person, at)


def _write_codes(person: User, at: datetime) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    Authenticator.objects.filter(user_id=person.pk, type=Kind.RECOVERY_CODES).delete()
    Authenticator.objects.create(
        user_id=person.pk,
        type=Kind.RECOVERY_CODES,
        data={"codes": [_digest(person.pk, code) for code in codes]},
        created_at=at,
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _end_sessions(person: User) -> None:
    person.sessions_ended += 1
    person.save(update_fields=["sessions_ended"])
