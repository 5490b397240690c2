"""The verbs of a guardian assignment: assign, hand over, allow the address, and end."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from cases import grants, log, mail_refusals, relations, supervising
from cases.deadlines import add_months, london_day
from cases.groups import person_group
from cases.models import Child, GuardianService, Membership, MissingEpisode, Reach, Role, User
from cases.models.periods import overlaps
from cases.moves import isolated, require_open
from cases.states import EpisodeStatus, IllegalMove
from cases.worded import worded
from guardians import areas, council, covers, leaves, reasons, referrals, within_reach
from guardians.models import GuardianAssignment, GuardianCover, GuardianReferral

# How long the guardian of a missing child stays.
STAYS_MONTHS = 6
# Of a closed case the assignment stays on record, and opens nothing.
_OPEN: dict[str, Any] = {"child__closed_at": None}


def assign(
    child: Child,
    guardian: User,
    *,
    service: GuardianService,
    kind: str = GuardianAssignment.Kind.DIRECT_WORKER,
    lead: bool = True,
    beside: GuardianAssignment | None = None,
    by: User,
    at: datetime,
) -> GuardianAssignment:
    """Let `guardian` watch over `child` from now on; a lead replaces nobody by itself.

    A second one comes `beside` the one who leads: raises IllegalMove where that one does not any more, and of a service
    that neither takes children of the area nor has this one.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        _require_service(child, service, at)
        leading = GuardianAssignment.objects.standing(at).filter(child=child, lead=True)
        if beside is not None and not leading.filter(pk=beside.pk).exists():
            raise IllegalMove("The guardian who was to stay beside this one has gone since. Choose again.")
        return _assign(child, guardian, service=service, kind=kind, lead=lead, by=by, at=at)


def hand_over(
    assignment: GuardianAssignment,
    guardian: User,
    *,
    service: GuardianService,
    kind: str = "",
    reason: str,
    by: User,
    at: datetime,
) -> GuardianAssignment:
    """Let another guardian take the place of the one who has it, at one instant: there is no gap between the two.

    It may happen while the child is missing, and by the one who leads to the one who stood beside. What the one who goes
    was allowed, an address, the other is not, but for what was allowed to them already. Without a `kind` it stays the same.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=assignment.child_id)
        require_open(child.closed_at)
        assignment = GuardianAssignment.objects.select_related("guardian").get(pk=assignment.pk)
        if assignment.guardian_id == guardian.pk:
            raise IllegalMove("This guardian is assigned already.")
        # Before the old one ends: a service that has the child may go on with it.
        _require_service(child, service, at)
        standing = GuardianAssignment.objects.standing(at).filter(child=child, guardian=guardian)
        beside = standing.first() if assignment.lead else None
        for one in (assignment, beside):
            if one is not None:
                _end(child, one, reason=reason, by=by, at=at)
        kind, lead = kind or assignment.kind, assignment.lead
        following = _assign(child, guardian, service=service, kind=kind, lead=lead, by=by, at=at)
        if beside is not None and beside.address_allowed and beside.service_id == service.pk:
            following.address_allowed = True
            following.save(update_fields=["address_allowed"])
        for one in (assignment, beside):
            if one is not None:
                council.end_of(one, by=by, at=at)
    return following


def _assign(
    child: Child, guardian: User, *, service: GuardianService, kind: str, lead: bool, by: User, at: datetime
) -> GuardianAssignment:
    last_day = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk).ends_date
    if last_day is not None and last_day <= london_day(at):
        raise IllegalMove("This guardian service has closed.")
    if not Membership.objects.current(at).filter(user=guardian, service=service).exists():
        raise IllegalMove("This person is no guardian of %(service)s.", service=service.name)
    standing = GuardianAssignment.objects.standing(at).filter(child=child)
    if lead and standing.filter(lead=True).exists():
        raise IllegalMove("This child has a lead guardian. End that assignment first.")
    if standing.filter(guardian=guardian).exists():
        raise IllegalMove("This guardian is assigned already.")
    _require_room(guardian, service, at)
    assignment = GuardianAssignment.objects.create(
        child=child,
        guardian=guardian,
        service=service,
        kind=kind,
        lead=lead,
        starts_at=at,
        recorded_by=by,
    )
    reasons.end_standing(child, at=at)
    grants.give(child, grants.WATCH_OVER, person_group(guardian.pk))
    log.record(
        child,
        "guardian_assigned",
        subject=assignment,
        data={"guardian": guardian.pk, "kind": kind},
        by=by,
        at=at,
    )
    referrals.end_by(assignment, by=by, at=at)
    return assignment


def _require_service(child: Child, service: GuardianService, at: datetime) -> None:
    """Raise IllegalMove for a service of which nobody may be this child's guardian, whoever asks and by whatever way."""
    found = areas.services_for(child, at=at)
    if found is not None and service.pk not in found:
        raise IllegalMove(
            "%(service)s takes no children of this area, and has neither the referral of this child nor the child.",
            service=service.name,
        )


def end(assignment: GuardianAssignment, *, reason: str, by: User, at: datetime) -> GuardianAssignment:
    """End an assignment: the guardian reads nothing of the child from this instant.

    Raises IllegalMove while the child is missing, until six months after: until then it is handed over or it stands. That
    of a guardian who has gone ends at any time: it protects nobody, and what is owed instead can be answered.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=assignment.child_id)
        assignment = GuardianAssignment.objects.select_related("guardian").get(pk=assignment.pk)
        stays_until = open_until(assignment, at)
        if stays_until is not None:
            raise IllegalMove(
                "The child is missing. The assignment stays open until %(day)s, when it is looked at again: hand it"
                " over to another guardian if this one cannot go on.",
                day=date_format(london_day(stays_until), "j F Y"),
            )
        _end(child, assignment, reason=reason, by=by, at=at)
        council.end_of(assignment, by=by, at=at)
    return assignment


def open_until(assignment: GuardianAssignment, at: datetime) -> datetime | None:
    """Until when the guardian of a missing child stays, whatever anybody thinks; None where nothing keeps them, or they went.

    A service goes on working for six months after a child goes missing [evaluation of the trafficking guardians, 2020].
    """
    episode = sought(assignment.child)
    until = add_months(episode.since, STAYS_MONTHS) if episode is not None else None
    if until is None or until <= at or within_reach.has_gone(assignment, at=at):
        return None
    return until


def sought(child: Child) -> MissingEpisode | None:
    """The search for the child, where there is one; of a child who is away it is known where it is."""
    return MissingEpisode.objects.open().exclude(status=EpisodeStatus.AWAY).filter(child=child).first()


def _end(child: Child, assignment: GuardianAssignment, *, reason: str, by: User, at: datetime) -> None:
    if assignment.ends_at is not None:
        raise IllegalMove("This assignment has ended already.")
    if assignment.starts_at >= at:
        raise IllegalMove("This assignment began at this very moment. Try again to end it.")
    assignment.ends_at = at
    assignment.save(update_fields=["ends_at"])
    leaves.end_of(assignment, at=at)
    covers.settle(child, assignment.guardian_id, at=at)
    covers.end_of(assignment, child, reason="", by=by, at=at)
    log.record(
        child,
        "guardian_assignment_ended",
        subject=assignment,
        data={"guardian": assignment.guardian_id, "reason": reason},
        by=by,
        at=at,
    )


def allow_address(
    assignment: GuardianAssignment, *, allowed: bool, reason: str, by: User, at: datetime
) -> GuardianAssignment:
    """Let a guardian read the placement's address and the child's phone, or no longer, with the reason.

    Raises IllegalMove without a reason, for an assignment that has ended, in a closed case, and where it stands so
    already. What was opened can be taken back in a closed case too.
    """
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=assignment.child_id)
        if allowed:
            require_open(child.closed_at)
        assignment = GuardianAssignment.objects.select_related("guardian").get(pk=assignment.pk)
        if assignment.ends_at is not None:
            raise IllegalMove("This assignment has ended already.")
        if assignment.address_allowed == allowed:
            raise IllegalMove("That is on record already.")
        assignment.address_allowed = allowed
        assignment.save(update_fields=["address_allowed"])
        data = {"guardian": assignment.guardian_id, "allowed": allowed, "reason": reason.strip()}
        log.record(child, "guardian_address_allowed", subject=assignment, data=data, by=by, at=at)
    return assignment


def _require_room(guardian: User, service: GuardianService, at: datetime) -> None:
    if leaves.room(guardian, service, at) == 0:
        raise IllegalMove("%(name)s has as many children as they can carry.", name=isolated(guardian.name))
    lapse_at = within_reach.checked_until([guardian.pk]).get((guardian.pk, service.pk))
    if lapse_at is not None and lapse_at <= at:
        raise IllegalMove("The checks of %(name)s have lapsed.", name=isolated(guardian.name))
    mail_refusals.require_arrives(guardian)


def assigned(user: User, at: datetime) -> Q:
    """Children whom `user` watches over at `at`, as their guardian or by cover: the fact behind the grant.

    The assignment opens nothing without a role in its own service, whatever role there is in another.
    """
    return Q(pk__in=_assigned_to.within(user.pk, at))


@worded
def _assigned_to(user: Any, at: Any) -> QuerySet[GuardianAssignment, Any]:
    own = GuardianAssignment.objects.current(at).in_role(at).filter(guardian=user, **_OPEN)
    covered = GuardianCover.objects.current(at).in_role(at).filter(covered_by=user, **_OPEN)
    return own.order_by().values("child").union(covered.order_by().values("child"))


def allowed(user: User, at: datetime) -> Q:
    """Children whose guardian `user` is at `at` with leave to read the address; who covers for one has none."""
    return Q(pk__in=_allowed_to.within(user.pk, at))


@worded
def _allowed_to(user: Any, at: Any) -> QuerySet[GuardianAssignment, Any]:
    standing = GuardianAssignment.objects.current(at).in_role(at)
    return standing.filter(guardian=user, address_allowed=True, **_OPEN).values("child")


def supervised(user: User, at: datetime) -> Q:
    """Children whom somebody of a service that `user` supervises watches over at `at`."""
    return Q(pk__in=_supervised_by.within(user.pk, at))


@worded
def _supervised_by(user: Any, at: Any) -> QuerySet[GuardianAssignment, Any]:
    held = Membership.objects.current(at).filter(user=user, role=Role.GUARDIAN)
    led = held.exclude(reach=Reach.TEAM)
    standing = GuardianAssignment.objects.current(at).filter(service__in=led.values("service"), **_OPEN)
    return standing.values("child")


def services_of(child: Child, at: datetime) -> QuerySet[GuardianService]:
    """The services of whoever watches over the child at `at`, and the one to which it is referred."""
    own = GuardianAssignment.objects.current(at).filter(child=child)
    asked = GuardianReferral.objects.open().filter(child=child)
    return GuardianService.objects.filter(Q(pk__in=own.values("service")) | Q(pk__in=asked.values("service")))


def assigned_during(role: Membership, episode: MissingEpisode) -> bool:
    """Whether the person watched over the child, or covered, for the service of this role at any time of an ended episode."""
    if episode.ended_at is None:
        return False
    then = overlaps(episode.since, episode.ended_at)
    own = GuardianAssignment.objects.filter(guardian=role.user_id, service=role.service_id)
    covered = GuardianCover.objects.accepted().filter(
        covered_by=role.user_id, assignment__service=role.service_id
    )
    return any(rows.filter(then, child=episode.child_id).exists() for rows in (own, covered))


def _rows() -> list[QuerySet[Any]]:
    return [GuardianAssignment.objects.all()]


def guard() -> None:
    """Say which fact a guardian's grant follows, what a supervisor's sight of a child does, and whose services it has."""
    relations.check_period(grants.WATCH_OVER, relations.Period(assigned, assigned_during, _rows))
    relations.check_period(grants.ADDRESS_ALLOWED, relations.Period(allowed, lambda _role, _episode: False))
    relations.check_period(grants.SUPERVISED, relations.Period(supervised, lambda _role, _episode: False))
    supervising.find_services(services_of)
