"""A device that stands in a home: its passkey opens the home's roll-call, and whoever writes there signs by name."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from cases import log, people, second_factor, sessions
from cases.models import HOME_ROLES, Home, Membership, Placement, Role, User
from cases.states import IllegalMove

# The roll-call with its faces and its buttons; "Not here" is one of them, for it waits for no password.
PAGES = frozenset({"roll_call", "roll_call_record", "not_here", "photo"})
# How long its session is open, and what was sent after it had locked; nobody signs these.
OF_ITS_SESSION = sessions.ANSWER_LOCKED | {"kept_form"}

_tokens = PasswordResetTokenGenerator()


# --- What an administrator does


def of(home: Home, *, at: datetime) -> list[User]:
    """The devices that stand in a home now, by name."""
    standing = Membership.objects.current(at).filter(home=home).values("user")
    return list(User.objects.filter(device_home=home, pk__in=standing).order_by("name", "pk"))


def add(home: Home, name: str, *, by: User, at: datetime) -> User:
    """Put a device on the list of a home: an account without a password, with the home's role and no mail."""
    with transaction.atomic():
        # A name that no mail server knows [RFC 2606].
        email = f"device-{secrets.token_hex(8)}@device.invalid"
        device = User.objects.create_user(email, name=name, joined_at=at, device_home=home, has_digest=False)
        people.join(device, Role.PLACEMENT_STAFF, home=home, by=by, at=at)
        log.record_configuration(home, "home_device_added", data={"device": device.pk}, by=by, at=at)
    return device


def make_link(device: User, *, by: User, at: datetime) -> tuple[str, str]:
    """Return the two parts of a link that is opened once, on the device itself; one from before opens nothing any more.

    IllegalMove for a device that has its passkey: it is reset first.
    """
    with transaction.atomic():
        device = User.objects.select_for_update(no_key=True).get(pk=device.pk)
        if second_factor.has_one(device):
            raise IllegalMove("This device has its passkey already. Reset it first.")
        device.set_unusable_password()
        device.save(update_fields=["password"])
        log.record_configuration(device, "home_device_link_made", by=by, at=at)
    return urlsafe_base64_encode(str(device.pk).encode()), _tokens.make_token(device)


# --- What the device does


def read(key: str, token: str, *, at: datetime) -> User | None:
    """Which device an unused link is for, while it stands in its home; else None."""
    try:
        number = int(urlsafe_base64_decode(key).decode())
    except (ValueError, UnicodeDecodeError):
        return None
    device = User.objects.filter(pk=number, device_home__isnull=False).select_related("device_home").first()
    if device is None or second_factor.has_one(device) or not _tokens.check_token(device, token):
        return None
    return device if _stands(device, at) else None


def opens(device: User, page: str, places: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether a page with these parts of its address is the roll-call of the device's own home, or about a child in it."""
    if page not in PAGES or not _stands(device, at):
        return False
    if places.get("home_id", device.device_home_id) != device.device_home_id:
        return False
    reference = places.get("reference")
    here = Placement.objects.current(at).filter(home=device.device_home_id)
    return reference is None or here.filter(child__reference=str(reference)).exists()


def stand_at(request: HttpRequest, device: User) -> None:
    """Note that this request comes from a device."""
    request.__dict__["device"] = device


def is_at(request: HttpRequest) -> bool:
    """Whether a request comes from a device, where everybody signs by name."""
    return "device" in request.__dict__


def signers(request: HttpRequest, *, at: datetime) -> list[User]:
    """Who may sign at the device from which this request comes: the staff of its home by name; else nobody."""
    device: User | None = request.__dict__.get("device")
    return _staff(device, at) if device is not None else []


def signer(device: User, chosen: str, *, at: datetime) -> User | None:
    """Return the person who was chosen from the list, as somebody who signs at this device; None for anybody else."""
    person = next((one for one in _staff(device, at) if str(one.pk) == chosen), None)
    if person is not None:
        # The log says at which device they signed.
        person.__dict__["signs_at"] = device
    return person


def _staff(device: User, at: datetime) -> list[User]:
    held = Membership.objects.current(at).filter(home=device.device_home_id, role__in=HOME_ROLES)
    staff = User.objects.filter(pk__in=held.values("user"), device_home=None)
    return list(staff.order_by("name", "pk"))


def _stands(device: User, at: datetime) -> bool:
    return Membership.objects.current(at).filter(user=device, home=device.device_home_id).exists()
