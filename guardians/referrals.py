"""The verbs of a referral to a guardian service: refer, answer, withdraw, and its end by an assignment; and who reads it."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from cases import access, log, supervising
from cases.deadlines import london_day, midday, years
from cases.models import Allocation, Child, GuardianService, Membership, User
from cases.moves import require_open, require_same
from cases.responsibilities import responsible_authority
from cases.states import IllegalMove
from guardians import facts, reasons, within_reach
from guardians.models import GuardianAssignment, GuardianReferral, GuardianReferralStep, NoGuardian
from guardians.states import REFERRAL_MOVES, ReferralStatus

# What a service may answer.
ANSWERS = (ReferralStatus.ACCEPTED, ReferralStatus.WAITING, ReferralStatus.DECLINED)


@dataclass(frozen=True, kw_only=True)
class Referral:
    """To which service, when, for which signs, and the language in which the child wants to be spoken with."""

    service: GuardianService
    referred_date: date
    reason: str
    language: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the service says; of the waiting list the place on it, the day on which a guardian is expected, or both."""

    status: str
    note: str = ""
    place: int | None = None
    expected_date: date | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Asker:
    """Whom of the responsible council a service rings about a referral."""

    authority: str
    team: str = ""
    worker: str = ""
    phone: str = ""


def refer(child: Child, referral: Referral, *, by: User, at: datetime) -> GuardianReferral:
    """Record that `child` was referred to a guardian service, which reads it from now on; the same form sent again is one.

    Raises `IllegalMove` without a reason, for a day to come, for a child who is owed no guardian or has one, where a
    referral is open, and for a service that has closed; `SentBefore` for the same key with other words.
    """
    if not referral.reason.strip():
        raise IllegalMove("Enter for which signs the child is referred.")
    if referral.referred_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        said = {
            "service": referral.service,
            "reason": referral.reason.strip(),
            "language": referral.language.strip(),
        }
        standing = GuardianReferral.objects.filter(key=referral.key).first()
        if standing is not None:
            _require_own(standing, child, by)
            require_same(standing, {**said, "day": referral.referred_date})
            return standing
        _require_lack(child, at)
        _require_running(referral.service, at)
        # What said the same without a service is over: this says where.
        said_before = NoGuardian.objects.filter(child=child, ends_at=None, kind=NoGuardian.Kind.REFERRED)
        if said_before.filter(fallback_name="").exists():
            reasons.end_standing(child, at=at)
        row = GuardianReferral.objects.create(
            key=referral.key,
            child=child,
            referred_at=midday(referral.referred_date, at=at),
            recorded_at=at,
            recorded_by=by,
            **said,
        )
        log.record(
            child,
            "guardian_referred",
            subject=row,
            happened_at=row.referred_at,
            data={"service": row.service_id},
            fields={"reason": row.reason, "language": row.language},
            by=by,
            at=at,
        )
    return row


def answer(referral: GuardianReferral, given: Answer, *, by: User, at: datetime) -> GuardianReferralStep:
    """Record what the service answered: accepted, on the waiting list, or declined; the same form sent again is one.

    Raises `IllegalMove` where it cannot follow from what stands, for declining without words, and for a waiting list
    without a place and a day, or with a day that is past.
    """
    if given.status not in ANSWERS:
        raise IllegalMove("Select what the service answers.")
    if given.status == ReferralStatus.DECLINED and not given.note.strip():
        raise IllegalMove("Enter why the service declines.")
    waits = given.status == ReferralStatus.WAITING
    if waits and given.place is None and given.expected_date is None:
        raise IllegalMove("Enter the place on the waiting list, or the day on which a guardian is expected.")
    return _step(
        referral,
        given.status,
        note=given.note.strip(),
        place=given.place if waits else None,
        expected_date=given.expected_date if waits else None,
        key=given.key,
        by=by,
        at=at,
    )


def withdraw(
    referral: GuardianReferral, *, reason: str, key: uuid.UUID | None = None, by: User, at: datetime
) -> GuardianReferralStep:
    """Take a referral back, with the reason: from now on the child is to be referred again, or the gap answered for."""
    if not reason.strip():
        raise IllegalMove("Enter why the referral is withdrawn.")
    return _step(
        referral, ReferralStatus.WITHDRAWN, note=reason.strip(), key=key or uuid.uuid4(), by=by, at=at
    )


def end_by(assignment: GuardianAssignment, *, by: User, at: datetime) -> None:
    """End the open referral of a child to whom a guardian was assigned; whoever calls has locked the child."""
    referral = GuardianReferral.objects.open().filter(child=assignment.child_id).first()
    if referral is not None:
        _write(referral, ReferralStatus.ASSIGNED, {"assignment": assignment}, key=uuid.uuid4(), by=by, at=at)


def queue(user: User, *, at: datetime) -> list[GuardianReferral]:
    """The open referrals to services that `user` supervises, of children from whom nobody keeps them, the oldest first."""
    rows = GuardianReferral.objects.open().filter(
        service__in=supervising.supervised_by(user, at=at), child__closed_at=None
    )
    rows = rows.exclude(child__in=access.closed_to(user, at))
    return list(rows.select_related("child", "service").order_by("referred_at", "pk"))


def asker_of(child: Child, *, at: datetime) -> Asker:
    """The council that is responsible now, with the team, the social worker and the phone of whoever has the child."""
    authority = responsible_authority(child, at=at).name
    held = Allocation.objects.current(at).filter(child=child).select_related("team", "worker").first()
    if held is None:
        return Asker(authority)
    worker = held.worker
    phone = (worker.phone if worker is not None else "") or held.team.phone
    return Asker(authority, held.team.name, worker.name if worker is not None else "", phone)


def years_of(child: Child, *, at: datetime) -> int | None:
    """How old the child is by the birth date that is stated, or was by its own word on arrival."""
    if child.birth_date is None:
        return child.age_given
    return years(child.birth_date, today=london_day(at))


def leading(child_ids: Collection[int], *, at: datetime) -> dict[int, list[Membership]]:
    """Of these children with an open referral: who supervises or heads its service, and may know of the child."""
    rows = GuardianReferral.objects.open().filter(child__in=child_ids).values_list("child", "service")
    services = dict(rows)
    if not services:
        return {}
    return within_reach.leads_of({child_id: {service_id} for child_id, service_id in services.items()}, at=at)


def _step(
    referral: GuardianReferral,
    status: str,
    *,
    note: str,
    place: int | None = None,
    expected_date: date | None = None,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> GuardianReferralStep:
    said = {"note": note, "place": place, "expected_date": expected_date}
    with transaction.atomic():
        child = Child.objects.locked().get(pk=referral.child_id)
        referral = GuardianReferral.objects.get(pk=referral.pk)
        standing = GuardianReferralStep.objects.filter(key=key).first()
        if standing is not None:
            _require_own(standing, child, by)
            require_same(standing, {**said, "status": status, "referral": referral})
            return standing
        require_open(child.closed_at)
        if expected_date is not None and expected_date < london_day(at):
            raise IllegalMove("The day on which a guardian is expected must be today or later.")
        return _write(referral, status, said, key=key, by=by, at=at)


def _write(
    referral: GuardianReferral,
    status: str,
    said: Mapping[str, object],
    *,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> GuardianReferralStep:
    if status not in REFERRAL_MOVES[referral.status]:
        raise IllegalMove(
            "The referral cannot go from “%(current)s” to “%(wanted)s”.",
            current=str(ReferralStatus(referral.status).label),
            wanted=str(ReferralStatus(status).label),
        )
    row = GuardianReferralStep.objects.create(
        key=key,
        referral=referral,
        child_id=referral.child_id,
        before=referral.status,
        status=status,
        recorded_at=at,
        recorded_by=by,
        **said,
    )
    referral.status = status
    referral.save(update_fields=["status"])
    data = {"from": row.before, "to": row.status}
    log.record(
        referral.child,
        "guardian_referral_moved",
        subject=row,
        data=data,
        fields={"note": row.note},
        by=by,
        at=at,
    )
    return row


def _require_lack(child: Child, at: datetime) -> None:
    require_open(child.closed_at)
    if GuardianAssignment.objects.standing(at).filter(child=child).exists():
        raise IllegalMove("A guardian is assigned. End that assignment first.")
    if GuardianReferral.objects.open().filter(child=child).exists():
        raise IllegalMove("A referral to a guardian service is open already. Withdraw that one first.")
    nation = responsible_authority(child, at=at).nation
    if not facts.is_eligible(child, nation, child.nrm_referrals.all()):
        raise IllegalMove(
            "By what is on record the child is owed no guardian. Record the signs of trafficking, or the referral to"
            " the NRM, first."
        )


def _require_running(service: GuardianService, at: datetime) -> None:
    last_day = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk).ends_date
    if last_day is not None and last_day <= london_day(at):
        raise IllegalMove("This guardian service has closed.")


def _require_own(standing: GuardianReferral | GuardianReferralStep, child: Child, by: User) -> None:
    if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
        raise IllegalMove("This form was sent for another child.")
