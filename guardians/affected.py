"""Which children of a service are left without anybody within reach, now or on a day to come, and who was asked to cover."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from cases import mail_refusals
from cases.deadlines import london_day
from cases.models import Child, KeepFrom, MailRefusal, Membership, Role
from guardians.coverage import Facts, gap
from guardians.models import GuardianAssignment, GuardianCover, GuardianLeave, GuardianTerms, ServiceArea
from guardians.within_reach import watches_of

# How far a supervisor looks ahead: later ends are of everybody, as the checks of each guardian lapse some day.
AHEAD = timedelta(weeks=8)


@dataclass(frozen=True)
class Affected:
    """One child of one guardian: from when nobody is there, until when, and who was asked and has not answered."""

    child: Child
    assignment: GuardianAssignment
    starts_at: datetime
    ends_at: datetime | None
    asked: tuple[GuardianCover, ...]
    now: datetime
    # Since when mail to the guardian comes back; None where it arrives.
    unreached_since: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the gap is there already."""
        return self.starts_at <= self.now


def of(assignments: Collection[GuardianAssignment], *, now: datetime) -> list[Affected]:
    """Return whom of these assignments' children nobody watches over or will, the soonest first.

    Every child is named, whether or not the law owes it a guardian: somebody counts on theirs.
    """
    rows = [row for row in assignments if row.child.closed_at is None]
    watches = watches_of([row.child_id for row in rows])
    asked: dict[int, list[GuardianCover]] = {}
    waiting = GuardianCover.objects.waiting(now).filter(assignment__in=[row.pk for row in rows])
    for cover in waiting.select_related("covered_by"):
        asked.setdefault(cover.assignment_id, []).append(cover)
    unreached = mail_refusals.standing({row.guardian_id for row in rows}) if rows else {}
    found = []
    for row in rows:
        hole = gap(Facts(now, tuple(watches[row.child_id])), now)
        if hole is not None:
            waits = tuple(asked.get(row.pk, ()))
            since = unreached.get(row.guardian_id)
            found.append(Affected(row.child, row, hole.starts_at, hole.ends_at, waits, now, since))
    return sorted(found, key=lambda one: (one.starts_at, one.child.reference))


def soon(assignments: "QuerySet[GuardianAssignment]", *, now: datetime) -> list[Affected]:
    """Return the same, but for gaps that begin later than AHEAD: only children whose guardian could go are worked out."""
    until = now + AHEAD
    return [one for one in of(_may_go(assignments, now, until), now=now) if one.starts_at < until]


def _may_go(
    assignments: "QuerySet[GuardianAssignment]", now: datetime, until: datetime
) -> "QuerySet[GuardianAssignment]":
    """All whose guardian can be out of reach before `until`; of every other the guardian alone is there all the time."""
    post = {"guardian": OuterRef("guardian"), "service": OuterRef("service")}
    stays = Q(ends_at=None) | Q(ends_at__gte=until)
    touches = Q(starts_at__lt=until) & (Q(ends_at=None) | Q(ends_at__gt=now))
    role = Membership.objects.filter(
        stays, user=post["guardian"], service=post["service"], role=Role.GUARDIAN, starts_at__lte=now
    )
    of_child = Q(child=None) | Q(child=OuterRef("child"))
    leave = GuardianLeave.objects.filter(touches, of_child, called_off_at=None, **post)
    mark = KeepFrom.objects.filter(touches, child=OuterRef("child"), user=OuterRef("guardian"))
    checks = GuardianTerms.objects.filter(**post).order_by("-pk").values("checks_until")[:1]
    last_day = london_day(until)
    # In any area: where the child is is looked at with the others.
    over = ServiceArea.objects.filter(
        service=OuterRef("service"), ends_date__lte=last_day, children_stay=False
    )
    return assignments.alias(checks=Subquery(checks)).filter(
        Q(ends_at__lt=until)
        | Q(starts_at__gt=now)
        | Q(guardian__is_active=False)
        | Q(guardian__email="")
        | Exists(MailRefusal.objects.filter(user=OuterRef("guardian"), ends_at=None))
        | Q(service__ends_date__lte=last_day)
        | Q(checks__lte=last_day)
        | Exists(over)
        | Exists(leave)
        | Exists(mark)
        | ~Exists(role)
    )
