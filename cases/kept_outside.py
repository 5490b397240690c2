"""Whoever has no account, and from whom a child is kept: a relative, a companion, an interpreter, known by their name."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cases import concerns, escorts
from cases.models import Child, KeepFrom, User
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """Who it is, as far as anybody knows: the name, the part they have, their phone and mail address."""

    name: str
    part: str
    phone: str = ""
    mail: str = ""


def keep_from(
    child: Child, who: Somebody, *, reason: str, phone: str = "", by: User, at: datetime
) -> KeepFrom:
    """Keep `child` from somebody without an account, as `concerns.keep_from` from somebody who has one.

    They are known by name, phone and mail address, wherever somebody types one of these. Raises `IllegalMove` without a
    name, for a mail address that an account has, and where the same mark stands.
    """
    if not who.name.strip():
        raise IllegalMove("Enter their name.")
    mail = who.mail.strip().lower()
    if mail and User.objects.filter(email=mail).exists():
        raise IllegalMove("Somebody has an account with this address: keep the child from that one.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        person = _known(child, who) or User.objects.create_user(
            # A name that no mail server knows [RFC 2606]: nobody signs in with it.
            f"outside-{secrets.token_hex(8)}@outside.invalid",
            name=" ".join(who.name.split()),
            phone=who.phone,
            outside=who.part,
            outside_mail=mail,
            is_active=False,
            has_digest=False,
        )
        return concerns.keep_from(child, person, reason=reason, phone=phone, by=by, at=at)


def _known(child: Child, who: Somebody) -> User | None:
    """Who was kept from the child before, under the same name with the same phone and address."""
    people = User.objects.filter(kept_from__child=child).exclude(outside="").distinct().order_by("pk")
    said = (escorts.plain(who.name), who.part, who.phone, who.mail.strip().lower())
    return next(
        (
            one
            for one in people
            if (escorts.plain(one.name), one.outside, one.phone, one.outside_mail) == said
        ),
        None,
    )
