"""The verbs of a guardian's supervision: record one with the children talked about, and withdraw what was said of one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from cases import access, log, supervising
from cases.access import Permission
from cases.clock import TOLERANCE, as_read_at
from cases.deadlines import london_day
from cases.models import Child, GuardianService, User
from cases.moves import other_words, require_open, require_same
from cases.states import IllegalMove
from guardians.models import (
    GuardianAssignment,
    GuardianCover,
    GuardianDiscussion,
    GuardianDiscussionWithdrawal,
    GuardianSupervision,
)


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is written down of a supervision; `said` is of each child, by its key."""

    held_at: datetime
    next_date: date
    said: Mapping[int, str]
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def watched_by(guardian: User, service: GuardianService, *, at: datetime) -> set[int]:
    """The children over whom `guardian` watches for this service at `at`, by assignment or by cover."""
    own = GuardianAssignment.objects.current(at).in_role(at).filter(guardian=guardian, service=service)
    covered = GuardianCover.objects.current(at).in_role(at)
    covered = covered.filter(covered_by=guardian, assignment__service=service)
    return {*own.values_list("child", flat=True), *covered.values_list("child", flat=True)}


def record(
    guardian: User, service: GuardianService, held: Held, *, by: User, at: datetime
) -> GuardianSupervision:
    """Keep that `by`, who leads the service, supervised `guardian`; the same form again returns it.

    Raises `IllegalMove` for oneself, for nobody who leads the service, a time to come, a next day that is not after it,
    nothing said, a child whom the guardian does not watch over or `by` may not see, and a closed case; `SentBefore`
    where the form came before with other words.
    """
    said = {child_id: words.strip() for child_id, words in held.said.items() if words.strip()}
    if guardian.pk == by.pk:
        raise IllegalMove("Nobody supervises themselves.")
    _require_leads(service, by, at)
    _require(held, said, at)
    with transaction.atomic():
        children = Child.objects.locked().filter(pk__in=said).order_by("pk")
        locked = {child.pk: child for child in children}
        standing = GuardianSupervision.objects.filter(key=held.key).first()
        if standing is not None:
            _require_same(standing, (guardian, service, by), held, said, at)
            return standing
        theirs = watched_by(guardian, service, at=at)
        row = GuardianSupervision.objects.create(
            key=held.key,
            service=service,
            guardian=guardian,
            held_by=by,
            held_at=min(held.held_at, at),
            next_date=held.next_date,
            recorded_at=at,
        )
        for child_id, words in said.items():
            _discuss(row, locked[child_id], words, is_theirs=child_id in theirs)
    return row


def withdraw(discussion: GuardianDiscussion, *, reason: str, by: User, at: datetime) -> None:
    """Strike through what was said of one child: it is of another, or was not said so. The child is due as before."""
    if not reason.strip():
        raise IllegalMove("Enter why it is withdrawn.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=discussion.child_id)
        _require_leads(discussion.supervision.service, by, at)
        if GuardianDiscussionWithdrawal.objects.filter(discussion=discussion).exists():
            raise IllegalMove("This is withdrawn already.")
        row = GuardianDiscussionWithdrawal.objects.create(
            discussion=discussion, reason=reason.strip(), recorded_at=at, recorded_by=by
        )
        fields = {"reason": row.reason}
        log.record(child, "guardian_supervision_withdrawn", subject=discussion, fields=fields, by=by, at=at)


def _discuss(row: GuardianSupervision, child: Child, words: str, *, is_theirs: bool) -> None:
    require_open(child.closed_at)
    if not is_theirs or not access.may(row.held_by, child, Permission.SEE_STATUS, at=row.recorded_at):
        raise IllegalMove(
            "The guardian does not watch over %(reference)s any more.", reference=child.reference
        )
    one = GuardianDiscussion.objects.create(
        supervision=row, child=child, discussed=words, recorded_at=row.recorded_at
    )
    log.record(
        child,
        "guardian_supervised",
        subject=one,
        happened_at=row.held_at,
        fields={"discussed": words},
        by=row.held_by,
        at=row.recorded_at,
    )


def _require(held: Held, said: Mapping[int, str], at: datetime) -> None:
    if held.held_at > at + TOLERANCE:
        raise IllegalMove("The time of the supervision must be now or in the past.")
    if held.next_date <= london_day(held.held_at):
        raise IllegalMove("The next supervision must be after this one.")
    if not said:
        raise IllegalMove("Enter what was discussed of a child.")


def _require_leads(service: GuardianService, by: User, at: datetime) -> None:
    if service.pk not in supervising.supervised_by(by, at=at):
        raise IllegalMove("Guardians are supervised by who leads their service.")


def _require_same(
    standing: GuardianSupervision,
    whose: tuple[User, GuardianService, User],
    held: Held,
    said: Mapping[int, str],
    at: datetime,
) -> None:
    if (standing.guardian_id, standing.service_id, standing.held_by_id) != tuple(one.pk for one in whose):
        raise IllegalMove("This form was sent for another guardian.")
    first = standing.recorded_at
    moment = min(as_read_at(first, held.held_at), at)
    require_same(standing, {"held_at": moment, "next_date": held.next_date}, sent=(first, at))
    if dict(standing.discussions.values_list("child", "discussed")) != said:
        raise other_words()
