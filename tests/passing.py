"""How tests pass the second factor: by force where they sign in by force, and by true codes where they use the pages."""

import hashlib
import json
from datetime import datetime
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.forms import Form
from django.http import HttpRequest
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from cases import clock, second_factor, sign_in
from cases.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# What a hash takes: turns, KiB of memory, and lanes at once. The service's own is a fifth of a second of the machine.
COSTS = ("time_cost", "memory_cost", "parallelism")
REAL_COSTS = {name: getattr(Argon2PasswordHasher, name) for name in COSTS}
LEAST_COSTS = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


def hash_at(costs: dict[str, int]) -> None:
    """Let this process hash passwords by the same function at these costs."""
    for name, cost in costs.items():
        setattr(Argon2PasswordHasher, name, cost)


def pass_by_force(request: HttpRequest, user: User, **_more: object) -> None:
    """Whom `force_login` signs in has passed the second factor; it has no address, as every visit of a page has."""
    if not request.path:
        second_factor.pass_session(request, user)


def sign_by_force() -> None:
    """Let a second person who is invented without any factor sign by the password alone; whoever has one shows it."""
    from cases.views import second_person

    asks = second_person.show_factor

    def show_factor(request: HttpRequest, form: Form, person: User, *, looks: bool = False) -> None:
        if second_factor.has_one(person):
            asks(request, form, person, looks=looks)

    second_person.show_factor = show_factor


def just_signed_in(client: Client, *, passed: bool = True) -> None:
    """Let a client that is signed in be so since now, and by the password alone where it has not `passed`."""
    session = client.session
    session[sign_in.CONFIRMED] = clock.now().timestamp()
    if not passed:
        del session[second_factor.PASSED]
    session.save()


def has_app(person: User, *, at: datetime, secret: str = SECRET) -> User:
    """`person` with an authenticator app that was set up long before `at`."""
    second_factor.give_app(person, secret, at=at)
    return person


def code(*, at: datetime, steps: int = 0, secret: str = SECRET) -> str:
    """What the app shows at `at`, or so many steps of half a minute later."""
    step = int(at.timestamp()) // second_factor.STEP_SECONDS + steps
    return totp.format_hotp_value(totp.hotp_value(secret, step))


def a_credential(name: str) -> dict[str, Any]:
    """What a browser answers that made a passkey, without one: true in form, and nobody's."""
    identity = _identity(name)
    public = ES256.from_cryptography_key(_key(identity).public_key())
    made = AttestedCredentialData.create(Aaguid.NONE, identity, public)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 0, bytes(made))
    return {
        "id": websafe_encode(identity),
        "rawId": websafe_encode(identity),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                CollectedClientData.create("webauthn.create", identity, "http://localhost")
            ),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", data, {}))),
        },
    }


def an_assertion(name: str, options: str) -> dict[str, Any]:
    """What a browser at localhost answers to `options` with the passkey of that name: a true signature."""
    identity = _identity(name)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
    data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 0)
    challenge = websafe_decode(json.loads(options)["publicKey"]["challenge"])
    client = CollectedClientData.create("webauthn.get", challenge, "http://localhost")
    signature = _key(identity).sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
    return {
        "id": websafe_encode(identity),
        "rawId": websafe_encode(identity),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
        },
    }


def _identity(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _key(identity: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(identity[:8], "big"), ec.SECP256R1())
