"""The verbs of a guardian assignment: assign and end."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cases import access, grants, log
from cases.deadlines import london_day
from cases.models import Child, GuardianService, Membership, MissingEpisode, Reach, Role, User
from cases.models.periods import overlaps
from cases.moves import isolated, require_open
from cases.people import person_group
from cases.states import IllegalMove
from guardians import covers, leaves, reasons, within_reach
from guardians.models import GuardianAssignment, GuardianCover


def assign(
    child: Child,
    guardian: User,
    *,
    service: GuardianService,
    kind: str = GuardianAssignment.Kind.DIRECT_WORKER,
    lead: bool = True,
    by: User,
    at: datetime,
) -> GuardianAssignment:
    """Let `guardian` watch over `child` from now on; a lead replaces nobody by itself."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
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
    return assignment


def end(assignment: GuardianAssignment, *, reason: str, by: User, at: datetime) -> GuardianAssignment:
    """End an assignment: the guardian reads nothing of the child from this instant."""
    with transaction.atomic():
        child = Child.objects.locked().get(pk=assignment.child_id)
        assignment = GuardianAssignment.objects.select_related("guardian").get(pk=assignment.pk)
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
    return assignment


def _require_room(guardian: User, service: GuardianService, at: datetime) -> None:
    if leaves.room(guardian, service, at) == 0:
        raise IllegalMove("%(name)s has as many children as they can carry.", name=isolated(guardian.name))
    lapse_at = within_reach.checked_until([guardian.pk]).get((guardian.pk, service.pk))
    if lapse_at is not None and lapse_at <= at:
        raise IllegalMove("The checks of %(name)s have lapsed.", name=isolated(guardian.name))


def assigned(user: User, at: datetime) -> Q:
    """Children whom `user` watches over at `at`, as their guardian or by cover: the fact behind the grant."""
    return covers.watched_by(user.pk, at)


def supervised(user: User, at: datetime) -> Q:
    """Children whom somebody of a service that `user` supervises watches over at `at`."""
    led = Membership.objects.current(at).filter(user=user, role=Role.GUARDIAN, reach=Reach.SERVICE)
    own = GuardianAssignment.objects.current(at).filter(service__in=led.values("service"))
    return Q(pk__in=own.values("child"))


def assigned_during(user: User, episode: MissingEpisode) -> bool:
    """Whether `user` watched over the child, or covered for its guardian, at any time of an ended episode."""
    if episode.ended_at is None:
        return False
    then = overlaps(episode.since, episode.ended_at)
    own = GuardianAssignment.objects.filter(then, child=episode.child_id, guardian=user)
    covered = GuardianCover.objects.accepted().filter(then, child=episode.child_id, covered_by=user)
    return own.exists() or covered.exists()


def guard() -> None:
    """Tell the access module which fact a guardian's grant follows, and what a supervisor's sight of a child does."""
    access.check_period(grants.WATCH_OVER, access.Period(assigned, assigned_during))
    access.check_period(grants.SUPERVISED, access.Period(supervised, lambda _user, _episode: False))
