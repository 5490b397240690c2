"""Which children of a service are left without anybody within reach, now or on a day to come, and who was asked to cover."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cases.models import Child
from guardians.coverage import Facts, gap
from guardians.models import GuardianAssignment, GuardianCover
from guardians.within_reach import watches_of


@dataclass(frozen=True)
class Affected:
    """One child of one guardian: from when nobody is there, until when, and who was asked and has not answered."""

    child: Child
    assignment: GuardianAssignment
    starts_at: datetime
    ends_at: datetime | None
    asked: tuple[GuardianCover, ...]
    now: datetime

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
    found = []
    for row in rows:
        hole = gap(Facts(now, tuple(watches[row.child_id])), now)
        if hole is not None:
            waits = tuple(asked.get(row.pk, ()))
            found.append(Affected(row.child, row, hole.starts_at, hole.ends_at, waits, now))
    return sorted(found, key=lambda one: (one.starts_at, one.child.reference))
