"""The verbs of a guardian who is not there: leave, what they can carry, and checks that hold for a time."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction

from cases import log
from cases.models import Child, GuardianService, User
from cases.states import IllegalMove
from guardians.models import GuardianAssignment, GuardianLeave, GuardianTerms


def announce(
    guardian: User,
    service: GuardianService,
    *,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
) -> GuardianLeave:
    """Say that a guardian is not there from `starts_at`, now at the earliest, until `ends_at`: each child is told of.

    Raises IllegalMove for leave that is over before it begins, and beside other leave of the same time.
    """
    starts_at = max(starts_at, at)
    if ends_at <= starts_at:
        raise IllegalMove("The last day must not be before the first.")
    with transaction.atomic():
        children = _children_of(guardian, [service], at)
        # Whoever has no children is locked by this alone: the same form sent twice waits here and is refused with words.
        User.objects.select_for_update(no_key=True).get(pk=guardian.pk)
        standing = GuardianLeave.objects.filter(
            guardian=guardian, service=service, child=None, called_off_at=None
        )
        if standing.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise IllegalMove(
                "Leave in %(service)s is announced for a part of this time already.", service=service.name
            )
        leave = GuardianLeave.objects.create(
            guardian=guardian,
            service=service,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            recorded_at=at,
            recorded_by=by,
        )
        for child in children:
            _tell(child, "guardian_leave_announced", leave, by=by, at=at)
    return leave


def announce_in(
    guardian: User,
    services: Collection[GuardianService],
    *,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
) -> list[GuardianLeave]:
    """Announce the same leave in each of these services, each once; where one refuses, as `announce` does, in none."""
    span = {"starts_at": starts_at, "ends_at": ends_at}
    once = {service.pk: service for service in services}
    with transaction.atomic():
        # All together, in the order in which everybody locks them.
        _children_of(guardian, once.values(), at)
        return [announce(guardian, service, kind=kind, **span, by=by, at=at) for service in once.values()]


def end(leave: GuardianLeave, *, by: User, at: datetime) -> GuardianLeave:
    """Say that a guardian is back sooner, or does not go: what cover was accepted stays until its own end."""
    with transaction.atomic():
        children = _children_of(leave.guardian, [leave.service], at)
        leave = GuardianLeave.objects.select_for_update(no_key=True).get(pk=leave.pk)
        if leave.called_off_at is not None or (leave.ends_at is not None and leave.ends_at <= at):
            raise IllegalMove("This leave is over already.")
        if leave.starts_at < at:
            leave.ends_at = at
        else:
            leave.called_off_at = at
        leave.save(update_fields=["ends_at", "called_off_at"])
        for child in children:
            if leave.child_id in (None, child.pk):
                _tell(child, "guardian_leave_ended", leave, by=by, at=at)
    return leave


def set_terms(
    guardian: User,
    service: GuardianService,
    *,
    capacity: int | None,
    checks_until: date | None,
    released: Collection[int] = (),
    starts_at: datetime | None = None,
    by: User,
    at: datetime,
) -> GuardianTerms:
    """Say how many children a guardian can carry and until when their checks hold; what was said before is kept.

    Of whoever has more the children that are `released`, by key, are named, and from when, now at the earliest. Raises
    IllegalMove where too few are, where a day that is on record would be erased, and for one's own: how long somebody
    is fit to be with children is for another person to say.
    """
    if guardian.pk == by.pk:
        raise IllegalMove("Yours are recorded by another supervisor of the service.")
    with transaction.atomic():
        children = _children_of(guardian, [service], at)
        carried = {child.pk: child for child in children}
        last = GuardianTerms.objects.latest_of([guardian.pk]).filter(service=service).first()
        if checks_until is None and last is not None and last.checks_until is not None:
            raise IllegalMove("Enter until when their checks hold.")
        left_out = _released_of(guardian, service, at)
        going = set(released) & set(carried) | left_out & set(carried)
        if capacity is not None and len(carried) - len(going) > capacity:
            raise IllegalMove("Select the children whom this guardian can no longer carry.")
        terms = GuardianTerms.objects.create(
            guardian=guardian,
            service=service,
            capacity=capacity,
            checks_until=checks_until,
            recorded_at=at,
            recorded_by=by,
        )
        for child_id in sorted(going - left_out):
            leave = GuardianLeave.objects.create(
                guardian=guardian,
                service=service,
                child=carried[child_id],
                kind=GuardianLeave.Kind.CAPACITY,
                starts_at=max(starts_at or at, at),
                recorded_at=at,
                recorded_by=by,
            )
            _tell(carried[child_id], "guardian_leave_announced", leave, by=by, at=at)
        for child in children:
            data = {
                "guardian": guardian.pk,
                "until": checks_until.isoformat() if checks_until is not None else "",
            }
            log.record(child, "guardian_checks_recorded", subject=terms, data=data, by=by, at=at)
    return terms


def end_of(assignment: GuardianAssignment, *, at: datetime) -> None:
    """End what was said of one child whom the guardian could not carry, as the assignment ends."""
    rows = GuardianLeave.objects.filter(
        guardian=assignment.guardian_id, service=assignment.service_id, child=assignment.child_id
    )
    rows.filter(ends_at=None, called_off_at=None, starts_at__lt=at).update(ends_at=at)
    rows.filter(ends_at=None, called_off_at=None).update(called_off_at=at)


def room(guardian: User, service: GuardianService, at: datetime) -> int | None:
    """How many children more a guardian can carry; None where nobody has said."""
    terms = GuardianTerms.objects.latest_of([guardian.pk]).filter(service=service).first()
    if terms is None or terms.capacity is None:
        return None
    standing = GuardianAssignment.objects.standing(at).filter(guardian=guardian, service=service)
    carried = set(standing.filter(child__closed_at=None).values_list("child", flat=True))
    carried -= _released_of(guardian, service, at)
    return max(terms.capacity - len(carried), 0)


def _released_of(guardian: User, service: GuardianService, at: datetime) -> set[int]:
    rows = GuardianLeave.objects.filter(
        guardian=guardian, service=service, kind=GuardianLeave.Kind.CAPACITY, called_off_at=None, ends_at=None
    )
    return {pk for pk in rows.values_list("child", flat=True) if pk is not None}


def _children_of(guardian: User, services: Iterable[GuardianService], at: datetime) -> list[Child]:
    """Whom this guardian watches over or covers for in these services, in open cases, locked: they are counted anew."""
    of = [service.pk for service in services]
    assigned = GuardianAssignment.objects.standing(at).filter(guardian=guardian, service__in=of)
    covering = guardian.covers.filter(assignment__service__in=of, called_off_at=None, ends_at__gt=at)
    ids = {*assigned.values_list("child", flat=True), *covering.values_list("child", flat=True)}
    return list(Child.objects.locked().filter(pk__in=ids, closed_at=None).order_by("pk"))


def _tell(child: Child, kind: str, leave: GuardianLeave, *, by: User, at: datetime) -> None:
    data = {
        "guardian": leave.guardian_id,
        "kind": leave.kind,
        "from": leave.starts_at.isoformat(),
        "until": leave.ends_at.isoformat() if leave.ends_at is not None else "",
    }
    log.record(child, kind, subject=leave, data=data, by=by, at=at)
