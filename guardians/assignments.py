"""The verbs of a guardian assignment: assign and end."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cases import access, grants, log
from cases.deadlines import london_day
from cases.models import Child, GuardianService, Membership, MissingEpisode, User
from cases.models.periods import overlaps
from cases.moves import require_open
from cases.people import person_group
from cases.states import IllegalMove
from guardians import reasons
from guardians.models import GuardianAssignment


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
        grants.take(child, grants.WATCH_OVER, person_group(assignment.guardian_id))
        log.record(
            child,
            "guardian_assignment_ended",
            subject=assignment,
            data={"guardian": assignment.guardian_id, "reason": reason},
            by=by,
            at=at,
        )
    return assignment


def assigned(user: User, at: datetime) -> Q:
    """Children whom `user` watches over at `at`: the fact behind the grant."""
    return Q(pk__in=GuardianAssignment.objects.current(at).filter(guardian=user).values("child"))


def assigned_during(user: User, episode: MissingEpisode) -> bool:
    """Whether `user` watched over the child at any time of an ended episode."""
    own = GuardianAssignment.objects.filter(child=episode.child_id, guardian=user)
    return own.filter(overlaps(episode.since, episode.ended_at)).exists() if episode.ended_at else False


def guard() -> None:
    """Tell the access module which fact a guardian's grant follows."""
    access.check_period(grants.WATCH_OVER, access.Period(assigned, assigned_during))
