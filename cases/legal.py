"""The verbs of a child's legal status: it begins, ends with what follows, and is withdrawn where it was never so."""

import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from cases import log
from cases.catalogue import written
from cases.models import Child, LegalStatus, PoliceForce, User
from cases.models.legal import PROTECTED_AT_MOST
from cases.moves import require_open, require_same
from cases.states import IllegalMove

Code, Ending = LegalStatus.Code, LegalStatus.Ending
# [proposal] Police protection that begins so soon after another has to say why it is no extension of it.
SOON = timedelta(days=7)


class WrongStart(IllegalMove):
    """It cannot have begun then."""


class WrongEnd(IllegalMove):
    """It cannot have ended then."""


class Unexplained(IllegalMove):
    """It could be the extension of another, and nobody says what happened anew."""


@dataclass(frozen=True, kw_only=True)
class Status:
    """What began, and when; of police protection by which force and officers."""

    code: str
    starts_at: datetime
    note: str = ""
    force: PoliceForce | None = None
    officer: str = ""
    reference: str = ""
    designated_officer: str = ""
    designated_phone: str = ""
    occasion: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, kw_only=True)
class Over:
    """When it ended, how, and the code of what follows; none where the child went back or nothing follows."""

    ended_at: datetime
    how: str
    follows: str = ""
    returned: bool = False


def record(child: Child, status: Status, *, by: User, at: datetime) -> LegalStatus:
    """Keep that a legal status began; what stood before ends with it. The same form again returns what stands.

    Police protection that stands is ended by `end` alone, with what follows. Raises `IllegalMove`, or one of its kinds here,
    for a time to come or before what stood, and for police protection without force and officers or so soon after another
    that it could be its extension; `SentBefore` for the same key with other words.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        same = LegalStatus.objects.filter(key=status.key).first()
        if same is not None:
            if same.child_id != child.pk or same.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(same, vars(status), sent=(same.recorded_at, at))
            return same
        require_open(child.closed_at)
        standing = LegalStatus.objects.standing().filter(child=child).first()
        if standing is not None and standing.is_police:
            raise IllegalMove("Police protection stands. Record how it ended, and what follows it.")
        _require(child, status, at)
        if standing is not None:
            _follow(child, standing, status, by, at)
        return _begin(child, status, by, at)


def end(row: LegalStatus, over: Over, *, by: User, at: datetime) -> LegalStatus:
    """Record how it ended, and begin what follows at that instant.

    Police protection ends by law after 72 hours: recorded later it ends there, and what follows begins when it did, with the
    gap between them on record. Raises `IllegalMove` for a second end, without words, and for a time to come or before it
    began.
    """
    if not over.how.strip():
        raise IllegalMove("Enter with whom it was agreed, which court ordered it, or with whom the child is.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = LegalStatus.objects.get(pk=row.pk)
        require_open(child.closed_at)
        if row.withdrawn_at is not None or row.ends_at is not None:
            raise IllegalMove("Somebody has recorded its end already.")
        require_end(row, over.ended_at, at)
        ending = Ending.FOLLOWED if over.follows else Ending.RETURNED if over.returned else Ending.OTHER
        _end(child, row, over.ended_at, ending=ending, how=over.how.strip(), by=by, at=at)
        if over.follows:
            following = Status(code=over.follows, starts_at=over.ended_at, note=over.how.strip())
            _require(child, following, at)
            _begin(child, following, by, at)
    return row


def withdraw(row: LegalStatus, *, reason: str, by: User, at: datetime) -> LegalStatus:
    """Strike through what was recorded by mistake.

    Police protection that ended with it stands again, for nothing else follows it, and so does its clock; of what else
    stood before it somebody says so.
    """
    if not reason.strip():
        raise IllegalMove("Enter why it was recorded by mistake.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = LegalStatus.objects.get(pk=row.pk)
        if row.withdrawn_at is not None:
            raise IllegalMove("This is withdrawn already.")
        require_open(child.closed_at)
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        fields = {"reason": row.withdrawn_reason}
        log.record(
            child, "legal_status_withdrawn", subject=row, data={"code": row.code}, fields=fields, by=by, at=at
        )
        _stand_again(child, row, by, at)
    return row


def _stand_again(child: Child, struck: LegalStatus, by: User, at: datetime) -> None:
    """Take back the end of police protection after which nothing is on record any more; what it was stays in its history."""
    last = LegalStatus.objects.recorded().filter(child=child).order_by("-starts_at").first()
    if last is None or not last.is_police or last.ending != Ending.FOLLOWED or last.ends_at is None:
        return
    if struck.starts_at < last.ends_at:
        return
    last.ends_at, last.ending, last.ended_how, last.ended_by = None, "", "", None
    last.save(update_fields=["ends_at", "ending", "ended_how", "ended_by"])
    log.record(child, "legal_status_stands_again", subject=last, data={"code": last.code}, by=by, at=at)


def _follow(child: Child, standing: LegalStatus, status: Status, by: User, at: datetime) -> None:
    if status.starts_at <= standing.starts_at:
        raise WrongStart("What stands began later. Withdraw it first, if it was recorded by mistake.")
    how = written(Code(status.code).label)
    _end(child, standing, status.starts_at, ending=Ending.FOLLOWED, how=how, by=by, at=at)


def _begin(child: Child, status: Status, by: User, at: datetime) -> LegalStatus:
    row = LegalStatus.objects.create(child=child, recorded_at=at, recorded_by=by, **vars(status))
    fields = {name: value for name, value in asdict(status).items() if name not in ("key", "force")}
    log.record(
        child,
        "legal_status_begun",
        subject=row,
        data={"code": row.code},
        happened_at=row.starts_at,
        fields={**fields, "force": row.force_id},
        by=by,
        at=at,
    )
    return row


def _end(
    child: Child, row: LegalStatus, ended_at: datetime, *, ending: str, how: str, by: User, at: datetime
) -> None:
    row.ends_at = min(ended_at, row.over_at) if row.over_at is not None else ended_at
    row.ending, row.ended_how, row.ended_by = ending, how, by
    row.save(update_fields=["ends_at", "ending", "ended_how", "ended_by"])
    log.record(
        child,
        "legal_status_ended",
        subject=row,
        data={"code": row.code, "ending": row.ending, "late": ended_at > row.ends_at},
        happened_at=row.ends_at,
        fields={"how": how, "ended_at": ended_at},
        by=by,
        at=at,
    )


def require_end(row: LegalStatus, ended_at: datetime, at: datetime) -> None:
    """Raise `WrongEnd` for an end before the beginning, or to come."""
    if not row.starts_at < ended_at <= at:
        raise WrongEnd("It ended after it began, and not in the future.")


def require_start(child: Child, starts_at: datetime, at: datetime) -> None:
    """Raise `WrongStart` for a time to come, or at which another status was on record."""
    if starts_at > at:
        raise WrongStart("The time must be in the past.")
    rows = LegalStatus.objects.recorded().filter(child=child)
    if rows.filter(ends_at__gt=starts_at).exists():
        raise WrongStart("Another legal status was on record at that time.")


def _require(child: Child, status: Status, at: datetime) -> None:
    Code(status.code)
    require_start(child, status.starts_at, at)
    if status.code != Code.POLICE:
        return
    if status.force is None or not status.officer.strip() or not status.designated_officer.strip():
        raise IllegalMove("Enter the force, the officer, and the designated officer.")
    if not status.occasion.strip() and is_soon(child, status.starts_at):
        raise Unexplained(
            "Police protection ended less than a week before, and cannot be extended."
            " Enter what happened anew, or record what followed the first."
        )


def is_soon(child: Child, starts_at: datetime) -> bool:
    """Whether police protection from then on would follow soon on another."""
    before = LegalStatus.objects.recorded().filter(child=child, code=Code.POLICE, starts_at__lte=starts_at)
    last = before.order_by("-starts_at").first()
    return last is not None and starts_at < (last.ends_at or last.starts_at + PROTECTED_AT_MOST) + SOON
