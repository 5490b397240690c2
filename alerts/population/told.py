"""A child with what has been entered of them so far, and the events that the verbs would have written."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from alerts.population.plan import Life
from alerts.population.stage import House, Place, Stage
from cases import grants
from cases.log import Entry
from cases.models import Child, ChildGroupPermission, Placement, User
from guardians.models import GuardianAssignment

Written = tuple[Entry, User | None, datetime]
DAY = timedelta(days=1)


@dataclass
class Told:
    """A child with what has been entered of them so far."""

    child: Child
    life: Life
    place: Place
    worker: User
    until: datetime
    past: list[Written] = field(default_factory=list)
    stays: list[tuple[Placement, House]] = field(default_factory=list)
    guardian: GuardianAssignment | None = None
    # The forces that may read of a search.
    forces: set[int] = field(default_factory=set)
    # When each search that is over began.
    opened: list[datetime] = field(default_factory=list)

    def tell(
        self,
        kind: str,
        *,
        subject: models.Model | None = None,
        by: User | None,
        at: datetime,
        happened_at: datetime | None = None,
        data: dict[str, Any] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> None:
        """Keep the event that a verb would have written."""
        entry = Entry(
            child_id=self.child.pk,
            kind=kind,
            subject=subject,
            data=data or {},
            happened_at=happened_at,
            fields=fields,
        )
        self.past.append((entry, by, at))

    def house_at(self, moment: datetime) -> tuple[Placement, House] | None:
        """Where the child lived at `moment`."""
        inside = (
            stay for stay in self.stays
            if stay[0].starts_at <= moment and (stay[0].ends_at is None or moment < stay[0].ends_at)
        )  # fmt: skip
        return next(inside, None)


def give(stage: Stage, child: Child, codename: str, group: str) -> None:
    """The grant that follows from the fact."""
    stage.book.add(
        ChildGroupPermission(
            content_object=child, permission_id=grants.permission_id(codename), group=stage.groups[group]
        )
    )
