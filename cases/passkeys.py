"""Passkeys: what the browser is asked for, and whether its answer is true. The mathematics is fido2's, by allauth."""

import json
from datetime import datetime
from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder

from cases.models import User
from cases.second_factor import WrongCode

# What a browser's answer may break in on the way through the libraries: anybody can send one by hand.
_BROKEN = (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError)


def ask_for_new(person: User) -> str:
    """What the browser needs to make one, in JSON: kept on the device, and opened by its PIN, finger or face."""
    return json.dumps(auth.begin_registration(person, passwordless=True), cls=DjangoJSONEncoder)


def made(credential: Any) -> dict[str, Any]:
    """Return the answer of the browser that made one; raises WrongCode where it is not what was asked for."""
    try:
        auth.parse_registration_response(credential)
        verified = auth.complete_registration(credential).is_user_verified()
    except _BROKEN as error:
        raise WrongCode from error
    if not verified or not isinstance(credential, dict):
        raise WrongCode
    return credential


def ask_for_known(person: User | None) -> str:
    """What the browser needs to sign with one, in JSON: of this person, else of whoever holds it."""
    return json.dumps(auth.begin_authentication(person), cls=DjangoJSONEncoder)


def ask_on_page() -> str:
    """The same for whoever holds one, asked once for a page: several people sign in forms of their own on it."""
    page = context.request
    if not hasattr(page, "asks_for_passkey"):
        page.asks_for_passkey = ask_for_known(None)
    asked: str = page.asks_for_passkey
    return asked


def asked() -> dict[str, Any] | None:
    """What was asked and nobody has answered yet: the first that answers uses it up."""
    return auth.get_state()


def ask_again(asked: dict[str, Any] | None) -> None:
    """Let the next one answer what was asked on the same page; None asks nothing."""
    auth.clear_state()
    if asked is not None:
        auth.set_state(asked)


def shown(person: User | None, credential: Any, *, at: datetime) -> Authenticator:
    """Return the passkey that signed, marked as used; raises WrongCode, for a wrong signature as for nobody’s passkey."""
    try:
        auth.parse_authentication_response(credential)
        holder = person or auth.extract_user_from_response(credential)
        passkey = auth.complete_authentication(holder, credential)
    except _BROKEN as error:
        raise WrongCode from error
    passkey.last_used_at = at
    passkey.save(update_fields=["last_used_at"])
    return passkey
