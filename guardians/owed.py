"""Who goes on with what the council owes a child once whoever raised it watches over the child no more."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from cases.models import TEAM_ROLES, Child, Membership, User
from guardians.models import CouncilConcern, CouncilConcernEnding, GuardianAssignment, GuardianCover
from guardians.models.council import CouncilConcernQuerySet

_WATCHES = {"child": OuterRef("child")}


def watching(child: Child, *, at: datetime) -> set[int]:
    """The services of whose guardians somebody watches over the child."""
    rows = GuardianAssignment.objects.current(at).filter(child=child)
    return set(rows.values_list("service", flat=True))


def services_of(concern: CouncilConcern, *, at: datetime) -> set[int]:
    """Those that hear of a concern: its own, and of a promise whose service has left the child those that came after."""
    now = watching(concern.child, at=at)
    if concern.due_at is None or concern.service_id in now:
        return {concern.service_id}
    return now


def inherited(user: User, *, at: datetime) -> CouncilConcernQuerySet:
    """What `user` goes on with as the child's guardian or by cover: whoever raised it watches over the child no more.

    All of their own service; of one that has left the child what was promised. Of what is closed those that they closed.
    """
    watches = GuardianAssignment.objects.current(at).filter(**_WATCHES)
    own, covers = watches.in_role(at), GuardianCover.objects.current(at).in_role(at).filter(**_WATCHES)
    raiser, here = OuterRef("recorded_by"), OuterRef("service")
    still = Exists(own.filter(guardian=raiser)) | Exists(covers.filter(covered_by=raiser))
    own, covers = own.filter(guardian=user), covers.filter(covered_by=user)
    colleague = Exists(own.filter(service=here)) | Exists(covers.filter(assignment__service=here))
    left = Q(due_at__isnull=False) & ~Exists(watches.filter(service=here))
    rows = CouncilConcern.objects.filter(Q(ending=None) | Q(ending__recorded_by=user)).exclude(still)
    return rows.filter(Exists(own) | Exists(covers)).filter(colleague | left)


def owed_to(user: User, children: Collection[int], *, at: datetime) -> CouncilConcernQuerySet:
    """What the council promised of these children and nobody has closed, that `user` raised or goes on with."""
    theirs = Q(recorded_by=user) | Q(pk__in=inherited(user, at=at).values("pk"))
    return CouncilConcern.objects.promised().filter(theirs, child__in=children)


def taken_over(led: Collection[int], *, at: datetime) -> CouncilConcernQuerySet:
    """The open promises to services that have left the child, where one of the services `led` watches over it now."""
    watches = GuardianAssignment.objects.current(at).filter(**_WATCHES)
    left = ~Exists(watches.filter(service=OuterRef("service")))
    return (
        CouncilConcern.objects.open()
        .filter(Exists(watches.filter(service__in=led)), due_at__isnull=False)
        .filter(left)
    )


def closed_by_council(child: Child) -> CouncilConcernQuerySet:
    """The promises to this child that somebody of the council closed: whoever watches over it next reads with which words."""
    of_team = Membership.objects.filter(user=OuterRef("recorded_by"), role__in=TEAM_ROLES)
    of_team = of_team.filter(
        Q(ends_at=None) | Q(ends_at__gt=OuterRef("recorded_at")), starts_at__lte=OuterRef("recorded_at")
    )
    closed = CouncilConcernEnding.objects.filter(
        Exists(of_team), concern=OuterRef("pk"), kind=CouncilConcernEnding.Kind.ANSWERED
    )
    return CouncilConcern.objects.filter(Exists(closed), child=child, due_at__isnull=False)
