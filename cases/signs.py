"""The verbs of an address, a person, an account, a plate or a number of concern: note it, and take it off by two people."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from cases import access, sign_keys
from cases.deadlines import london_day
from cases.models import Authority, Membership, PoliceForce, Sign, User
from cases.moves import require_same
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is to be looked out for, why, who says so, and whether the force of the area may read it.

    `force` is that in whose area an address is, where that is not the authority's own.
    """

    kind: str
    text: str
    why: str
    source: str
    for_force: bool
    force: PoliceForce | None = None

    @property
    def said(self) -> dict[str, object]:
        words = {name: getattr(self, name).strip() for name in ("text", "why", "source")}
        force_id = self.force.pk if self.force is not None else None
        return {"kind": self.kind, "for_force": self.for_force, "force_id": force_id, **words}

    @property
    def found_by(self) -> str:
        """What it is found by: a phone number by its digits, everything else by letters and digits of every script."""
        if self.kind == Sign.Kind.PHONE:
            return sign_keys.phone(self.text)
        return sign_keys.plate(self.text) if self.kind == Sign.Kind.PLATE else sign_keys.words(self.text)


def note(authority: Authority, told: Told, *, key: uuid.UUID, by: User, at: datetime) -> Sign:
    """Put it on the list of `authority`; the same key again returns what stands.

    Raises `IllegalMove` without words, and for what stands on the list already; `SentBefore` for other words.
    """
    if not all(text.strip() for text in (told.text, told.why, told.source)):
        raise IllegalMove("Enter what it is, why, and who says so.")
    if told.force is not None and told.kind != Sign.Kind.ADDRESS:
        raise IllegalMove("In whose area it is is said of an address alone.")
    if not told.found_by:
        raise IllegalMove("Enter letters or digits that it can be found by.")
    with transaction.atomic():
        # The authority's row holds back a second one of the same.
        authority = Authority.objects.select_for_update(no_key=True).get(pk=authority.pk)
        standing = Sign.objects.filter(key=key).first()
        if standing is not None:
            require_same(standing, {**told.said, "authority_id": authority.pk, "recorded_by_id": by.pk})
            return standing
        same = Sign.objects.standing().filter(authority=authority, kind=told.kind, found_by=told.found_by)
        if same.exists():
            raise IllegalMove("This is on the list already.")
        return Sign.objects.create(
            key=key,
            authority=authority,
            found_by=told.found_by,
            recorded_at=at,
            recorded_by=by,
            **told.said,
        )


def ask_off(sign: Sign, *, reason: str, by: User, at: datetime) -> Sign:
    """Ask that it is taken off: it stands, and the force reads it, until another person agrees."""
    if not reason.strip():
        raise IllegalMove("Enter why it is taken off.")
    with transaction.atomic():
        sign = _standing(sign)
        if sign.asked_at is not None:
            raise IllegalMove("Somebody has asked for this already.")
        sign.asked_at, sign.asked_by, sign.reason = at, by, reason.strip()[:500]
        sign.save(update_fields=["asked_at", "asked_by", "reason"])
    return sign


def take_off(sign: Sign, *, by: User, at: datetime) -> Sign:
    """The second person agrees: it is on no list any more, and the row stays."""
    with transaction.atomic():
        sign = _standing(sign)
        if sign.asked_by_id is None:
            raise IllegalMove("Enter why it is taken off.")
        if sign.asked_by_id == by.pk:
            raise IllegalMove("This needs a second person.")
        sign.ends_at, sign.ended_by = at, by
        sign.save(update_fields=["ends_at", "ended_by"])
    return sign


def leave_on(sign: Sign, *, by: User, at: datetime) -> Sign:
    """The second person does not agree: it stays on the list, and what was asked is in the history of the row."""
    with transaction.atomic():
        sign = _standing(sign)
        if sign.asked_by_id is None:
            raise IllegalMove("Nobody has asked for it to be taken off.")
        sign.asked_at, sign.asked_by, sign.reason = None, None, ""
        sign.save(update_fields=["asked_at", "asked_by", "reason"])
    return sign


def of_desk(user: User, *, at: datetime) -> QuerySet[Sign]:
    """What stands on the lists of the authorities whose duty desk `user` works; raises `PermissionDenied` for others."""
    own = access.duty_authorities(user, at=at)
    # Of an authority that has ended whoever takes its place keeps the list.
    authorities = Authority.objects.answered_by(own, day=london_day(at)).values("pk")
    rows = Sign.objects.standing().filter(authority__in=authorities)
    return rows.select_related("authority", "force", "recorded_by", "asked_by")


def of_area(user: User, *, at: datetime) -> QuerySet[Sign]:
    """What is in the area of the officer's force and its council has let it read; raises `PermissionDenied` for others.

    An address is where it stands, whichever council lists it; all else is in the area of the council that does.
    """
    roles = access.officer_roles(user, at=at)
    if not roles:
        raise PermissionDenied
    here = reduce(or_, (_in_area(role, force, at) for role, force in roles))
    return Sign.objects.standing().filter(here, for_force=True).select_related("authority")


def _in_area(role: Membership, force: PoliceForce, at: datetime) -> Q:
    """What is in the area of the force, of councils that have confirmed this officer or whose place such a one has taken.

    Of a council of another force: where a second council of this one has, as for its children.
    """
    day = london_day(at)
    said = list(role.confirmations.values_list("authority", "second"))
    read = Authority.objects.answered_by([pk for pk, _second in said], day=day).values("pk")
    of_force = Authority.objects.filter(force=force)
    others = any(second for _pk, second in said) or not of_force.exists()
    confirmed = Q(authority__in=read) | (~Q(authority__force=force) if others else Q(pk__in=()))
    return (Q(force=force) | Q(force=None, authority__force=force)) & confirmed


def _standing(sign: Sign) -> Sign:
    sign = Sign.objects.select_for_update(no_key=True).get(pk=sign.pk)
    if sign.ends_at is not None:
        raise IllegalMove("This is off the list already.")
    return sign
