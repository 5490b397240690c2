"""The verbs of a building check: record and withdraw; it is of the building, by waking staff, and proof of no child."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from cases import home_log
from cases.clock import TOLERANCE
from cases.models import BuildingCheck, Home, User
from cases.moves import require_same
from cases.states import IllegalMove


@dataclass(frozen=True, kw_only=True)
class Round:
    """Who of the waking staff went round the building, when, and who told us where it was somebody else."""

    checked_by: str = ""
    checked_by_user: User | None = None
    told_by: str = ""
    note: str = ""
    happened_at: datetime
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def record(home: Home, check: Round, *, by: User, at: datetime) -> BuildingCheck:
    """Record a check of the building; the same key again returns the check that stands.

    A time up to five minutes ahead is read as now and kept as stated. Raises `IllegalMove` for a later one, for a
    check by nobody, and for a key that another home has used; `SentBefore` for the same key with other words.
    """
    name = check.checked_by.strip() or (check.checked_by_user.name if check.checked_by_user else "")
    if not name:
        raise IllegalMove("Enter who checked the building.")
    happened_at, stated_at = check.happened_at, None
    if happened_at > at + TOLERANCE:
        raise IllegalMove("The time of a check must be now or in the past.")
    if happened_at > at:
        happened_at, stated_at = at, check.happened_at
    said = {"checked_by": name, "told_by": check.told_by, "note": check.note}
    with transaction.atomic():
        home_log.lock([home.pk])
        standing = BuildingCheck.objects.filter(key=check.key).first()
        if standing is not None:
            if standing.home_id != home.pk:
                raise IllegalMove("This form was sent for another home.")
            # What was stated is compared as it was stated: a time a little ahead then may have come since.
            moment = "happened_at" if standing.stated_at is None else "stated_at"
            stated = {**said, moment: check.happened_at}
            require_same(standing, stated, sent=(standing.recorded_at, at))
            return standing
        made = BuildingCheck.objects.create(
            key=check.key,
            home=home,
            checked_by_user=check.checked_by_user,
            **said,
            happened_at=happened_at,
            stated_at=stated_at,
            recorded_at=at,
            recorded_by=by,
        )
        home_log.record(
            home,
            "building_checked",
            subject=made,
            happened_at=happened_at,
            fields=said,
            by=by,
            at=at,
        )
    return made


def withdraw(check: BuildingCheck, *, reason: str, by: User, at: datetime) -> BuildingCheck:
    """Withdraw a check: it stays, struck through, and the home's clock goes back at once."""
    if not reason.strip():
        raise IllegalMove("Enter why this check is withdrawn.")
    with transaction.atomic():
        home_log.lock([check.home_id])
        check = BuildingCheck.objects.select_related("home").get(pk=check.pk)
        if check.withdrawn_at is not None:
            raise IllegalMove("This check is withdrawn already.")
        check.withdrawn_at, check.withdrawn_by, check.withdrawn_reason = at, by, reason
        check.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        home_log.record(
            check.home,
            "building_check_withdrawn",
            subject=check,
            fields={"reason": reason},
            by=by,
            at=at,
        )
    return check
