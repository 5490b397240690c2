"""The verbs of an independent reviewing officer: name one, in whose place the next comes, and end it.

Whoever reviews the care of a child has no part in it [Care Planning Regulations 2010, reg. 46]: neither its social
worker nor whoever covers for them, nor a manager above them. They are the council's own, and end with its responsibility.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import concerns, log
from cases.deadlines import london_day
from cases.models import (
    Allocation,
    Authority,
    Child,
    ManagerCover,
    Membership,
    Reach,
    Responsibility,
    ReviewingOfficer,
    Role,
    User,
    WorkerCover,
)
from cases.models.periods import current
from cases.moves import require_open, require_same
from cases.states import IllegalMove

Ended = ReviewingOfficer.Ended


class WrongStart(IllegalMove):
    """They cannot have begun then."""


class NotIndependent(IllegalMove):
    """They have a part in the care that they would review."""


@dataclass(frozen=True, kw_only=True)
class Officer:
    """Who it is, since when: an account of that role, or else a name and how it is reached."""

    starts_at: datetime
    user: User | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def appoint(child: Child, officer: Officer, *, by: User, at: datetime) -> ReviewingOfficer:
    """Record who reviews the child's care from then on; the one before ends with it. The same form again returns what stands.

    Raises `IllegalMove` without who they are or how they are reached and for an account that has not this role at the
    responsible authority, `NotIndependent` for whoever has a part in the child's care, `WrongStart` for a time to come or
    before the one who stands began, and `SentBefore` for the same key with other words.
    """
    _require_said(officer)
    said = {**vars(officer), "name": officer.name.strip()}
    if officer.starts_at > at:
        raise WrongStart("The time must be in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        same = ReviewingOfficer.objects.filter(key=officer.key).first()
        if same is not None:
            if same.child_id != child.pk or same.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(same, said, sent=(same.recorded_at, at))
            return same
        require_open(child.closed_at)
        _require_fit(child, officer, by, at)
        last = ReviewingOfficer.objects.recorded().filter(child=child).first()
        if last is not None and officer.starts_at <= (last.ends_at or last.starts_at):
            raise WrongStart("Another reviewing officer was on record at that time.")
        if last is not None and last.ends_at is None:
            _end(child, last, Ended.FOLLOWED, ends_at=officer.starts_at, by=by, at=at)
        row = ReviewingOfficer.objects.create(child=child, recorded_at=at, recorded_by=by, **said)
        fields = {"user": row.user_id, "name": row.name, "phone": row.phone, "email": row.email}
        kind = "reviewing_officer_named"
        log.record(child, kind, subject=row, happened_at=row.starts_at, fields=fields, by=by, at=at)
    return row


def end(row: ReviewingOfficer, *, why: str, by: User, at: datetime) -> ReviewingOfficer:
    """Record that somebody reviews the child's care no more, with nobody in their place yet; raises `IllegalMove` again.

    Of a closed case as well: that they have left is true whether anything is owed of the child or not.
    """
    if not why.strip():
        raise IllegalMove("Enter why they are no longer the reviewing officer.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = ReviewingOfficer.objects.get(pk=row.pk)
        if row.ends_at is not None or row.withdrawn_at is not None or row.starts_at >= at:
            raise IllegalMove("Somebody has recorded its end already.")
        _end(child, row, Ended.LEFT, ends_at=at, why=why.strip(), by=by, at=at)
    return row


def withdraw(row: ReviewingOfficer, *, reason: str, by: User, at: datetime) -> ReviewingOfficer:
    """Strike through one who was recorded by mistake; whose place they took is the reviewing officer again, at the same council.

    Raises `IllegalMove` without a reason, the second time and of a closed case.
    """
    if not reason.strip():
        raise IllegalMove("Enter why it was recorded by mistake.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=row.child_id)
        row = ReviewingOfficer.objects.get(pk=row.pk)
        require_open(child.closed_at)
        if row.withdrawn_at is not None:
            raise IllegalMove("This is withdrawn already.")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = at, by, reason.strip()
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        fields = {"reason": row.withdrawn_reason}
        log.record(child, "reviewing_officer_withdrawn", subject=row, fields=fields, by=by, at=at)
        _stand_again(child, row, by, at)
    return row


def pass_on(child: Child, *, by: User, at: datetime) -> None:
    """End whoever stands, as another authority becomes responsible: theirs is another reviewing officer. The child is locked."""
    for one in pass_on_many([child.pk], by=by, at=at):
        log.record(
            child, one.kind, subject=one.subject, happened_at=one.happened_at, fields=one.fields, by=by, at=at
        )


def pass_on_many(child_ids: Collection[int], *, by: User, at: datetime) -> list[log.Entry]:
    """The same of many children, who are locked, in one statement; what is to stand on record of each."""
    rows = list(ReviewingOfficer.objects.standing().filter(child__among=set(child_ids)).order_by("pk"))
    for row in rows:
        row.ends_at = max(at, row.starts_at + timedelta(microseconds=1))
        row.ended_by, row.ended_as = by, Ended.TRANSFER
    ReviewingOfficer.objects.bulk_update(rows, ["ends_at", "ended_by", "ended_as"])
    kind, fields = "reviewing_officer_ended", {"as": str(Ended.TRANSFER), "why": ""}
    return [
        log.Entry(child_id=row.child_id, kind=kind, subject=row, happened_at=at, fields=fields)
        for row in rows
    ]


def serving(child: Child, *, at: datetime) -> ReviewingOfficer | None:
    """Who is the reviewing officer at `at`; None where nobody is, or whoever was named has lost account or role."""
    return ReviewingOfficer.objects.serving(at).filter(child=child).select_related("user").first()


def candidates(child: Child, *, by: User, at: datetime) -> QuerySet[User]:
    """Whoever has this role at the authority that is responsible for the child, by name.

    Somebody from whom the child is kept is left out for whoever may know of that mark, and for nobody else.
    """
    responsible = Responsibility.objects.at(at).filter(child=child).values("authority")
    roles = Membership.objects.current(at).filter(
        role=Role.REVIEWING_OFFICER, authority__in=responsible, user__is_active=True
    )
    kept = concerns.known_to(child, by, at=at).filter(current(at))
    return (
        User.objects.filter(pk__in=roles.values("user"))
        .exclude(pk__in=kept.values("user"))
        .order_by("name", "pk")
    )


def dependence(child: Child, user: User, *, at: datetime) -> str:
    """Which part somebody has in the care of the child, that they would review: "work", "managed", or none."""
    held = Allocation.objects.current(at).filter(child=child)
    if held.filter(worker=user).exists():
        return "work"
    if WorkerCover.objects.holding(at).filter(child=child, covered_by=user).exists():
        return "work"
    return "managed" if user.pk in {one.pk for one in _managers(child, at)} else ""


def _managers(child: Child, at: datetime) -> Iterable[User]:
    """Who manages the team that has the child's work, or leads it from above, whoever stands in for them included."""
    team = Allocation.objects.current(at).filter(child=child).values_list("team", flat=True).first()
    responsible = Responsibility.objects.at(at).filter(child=child).values("authority")
    posts = Membership.objects.current(at).filter(role=Role.TEAM_MANAGER, team__authority__in=responsible)
    led = posts.filter(team=team) | posts.exclude(reach=Reach.TEAM)
    covers = ManagerCover.objects.holding(at).filter(membership__in=led)
    return User.objects.filter(Q(pk__in=led.values("user")) | Q(pk__in=covers.values("covered_by")))


def _require_said(officer: Officer) -> None:
    if officer.user is not None:
        if officer.name.strip() or officer.phone.strip() or officer.email.strip():
            raise IllegalMove("Select a person, or enter a name, not both.")
        return
    if not officer.name.strip():
        raise IllegalMove("Enter who it is.")
    if not officer.phone.strip() and not officer.email.strip():
        raise IllegalMove("Enter a phone or an email address.")


def _require_fit(child: Child, officer: Officer, by: User, at: datetime) -> None:
    if officer.user is not None:
        if not candidates(child, by=by, at=at).filter(pk=officer.user.pk).exists():
            raise IllegalMove(
                "This person is not a reviewing officer of the council responsible for the child."
            )
        part = dependence(child, officer.user, at=at)
    else:
        part = _part_by_name(child, officer.name, at)
    if part == "work":
        raise NotIndependent("This person has the child’s work. Somebody independent of it reviews the care.")
    if part == "managed":
        raise NotIndependent(
            "This person manages whoever has the child’s work. Somebody independent of it reviews the care."
        )


def _part_by_name(child: Child, name: str, at: datetime) -> str:
    """The same of a name that was typed: nobody with an account is named past the refusal of their account."""
    held = Allocation.objects.current(at).filter(child=child).select_related("worker").first()
    covers = WorkerCover.objects.holding(at).filter(child=child).select_related("covered_by")
    working = [one.covered_by for one in covers]
    working += [held.worker] if held is not None and held.worker is not None else []
    if any(_heard(one.name) == _heard(name) for one in working):
        return "work"
    return "managed" if any(_heard(one.name) == _heard(name) for one in _managers(child, at)) else ""


def _heard(name: str) -> str:
    return " ".join(name.casefold().split())


def _stand_again(child: Child, struck: ReviewingOfficer, by: User, at: datetime) -> None:
    """Take back the end of whoever made way for one who was never there; what it was stays in its history.

    Not where another council has the child since: whoever reviewed it for the one before is nobody's of this one.
    """
    if struck.ended_as == Ended.TRANSFER or not _is_still_with(child, struck.recorded_at, at):
        return
    rows = ReviewingOfficer.objects.recorded().filter(child=child)
    last = rows.filter(ends_at=struck.starts_at, ended_as=Ended.FOLLOWED).first()
    if last is None or rows.filter(starts_at__gt=struck.starts_at).exists():
        return
    last.ends_at, last.ended_by, last.ended_as = None, None, ""
    last.save(update_fields=["ends_at", "ended_by", "ended_as"])
    log.record(child, "reviewing_officer_again", subject=last, by=by, at=at)


def _is_still_with(child: Child, then: datetime, at: datetime) -> bool:
    """Whether the authority of that time has the child at `at`, or one that took its place."""
    was = Responsibility.objects.at(then).filter(child=child).values_list("authority", flat=True)
    now = Responsibility.objects.at(at).filter(child=child).values("authority")
    return Authority.objects.answering_for(*was, day=london_day(at)).filter(pk__in=now).exists()


def _end(
    child: Child,
    row: ReviewingOfficer,
    ended_as: Ended,
    *,
    ends_at: datetime,
    why: str = "",
    by: User,
    at: datetime,
) -> None:
    row.ends_at, row.ended_by, row.ended_as, row.ended_why = ends_at, by, ended_as, why
    row.save(update_fields=["ends_at", "ended_by", "ended_as", "ended_why"])
    fields = {"as": str(ended_as), "why": why}
    kind = "reviewing_officer_ended"
    log.record(child, kind, subject=row, happened_at=min(ends_at, at), fields=fields, by=by, at=at)
