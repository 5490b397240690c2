"""Of children of whom nobody has written anything down: whether anybody at their placement could have looked, and who else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import staffing_dues, unkept, watching
from alerts.schedule import Applies, Window
from alerts.staffing_dues import Staffed
from alerts.unkept import Way
from cases.facts import ChildFacts
from cases.models import Placement, PlacementStaffing

# A child, and when its roll-call closed.
Late = tuple[int, datetime]
# Within the roll-call, and not after it.
_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class NobodyThere:
    """The roll-calls that were missed and that nobody there can call, and who is to look instead."""

    names: tuple[str, ...]
    windows: Mapping[str, Window]
    ways: tuple[Way, ...]
    # The child lives elsewhere by now: it is said of where it lived then.
    has_moved: bool = False

    @property
    def nobodys(self) -> tuple[str, ...]:
        """Those of them at which nobody else is to look."""
        covered = {name for way in self.ways for name in way.windows}
        return tuple(name for name in self.names if name not in covered)


def possible(child_ids: Collection[int]) -> set[int]:
    """Of these children those of whom somebody said of a placement that it has not somebody day and night; few of them."""
    rows = PlacementStaffing.objects.filter(child__among=child_ids)
    some = rows.exclude(presence=PlacementStaffing.Presence.ALWAYS)
    return set(some.values_list("child", flat=True))


def of(due: Mapping[int, datetime], *, at: datetime) -> dict[int, NobodyThere]:
    """As `of_each`, by child, of children of whom each has one roll-call."""
    return {child_id: one for (child_id, _due_at), one in of_each(due.items(), at=at).items()}


def of_each(late: Collection[Late], *, at: datetime) -> dict[Late, NobodyThere]:
    """Of those roll-calls that could not be called where the child lived then, by what had been said of it by then.

    One query where all of them live with somebody, and a fixed number of others otherwise.
    """
    some = possible({child_id for child_id, _due_at in late})
    if not some:
        return {}
    watched = watching.watch(some, at=at)
    lived = {
        (child_id, due_at): _placement(watched[child_id].child, due_at - _A_MOMENT)
        for child_id, due_at in late
        if child_id in watched
    }
    staffed = staffing_dues.of_placements({one.pk for one in lived.values() if one is not None})
    found = {}
    for key, placement in lived.items():
        if placement is None or placement.pk not in staffed:
            continue
        one = _of(
            staffed[placement.pk], watched[key[0]].applies, key[1], at if placement.ends_at is None else None
        )
        if one is not None:
            found[key] = one
    return found


def _of(
    there: Staffed, applies: Sequence[Applies], due_at: datetime, at: datetime | None
) -> NobodyThere | None:
    """Who looks instead is whoever does so `at`; without it, whoever was to look then."""
    # By the rows in which the roll-call was owed: others may have followed them since.
    owed_at = due_at - _A_MOMENT
    moment = at or owed_at
    rows = [one.row for one in applies if one.covers(owed_at)]
    names = unkept.missed(rows, there.nobody_was_there(applies, at=owed_at), due_at)
    ways = [way for way in there.ways if way.starts_at <= moment < way.ends_at and way.windows & set(names)]
    windows = {window.name: window for row in rows for window in row.windows}
    return NobodyThere(names, windows, tuple(ways), has_moved=at is None) if names else None


def _placement(child: ChildFacts, moment: datetime) -> Placement | None:
    """Where the child lived at this moment."""
    return next(
        (
            one
            for one in child.placements
            if one.starts_at <= moment and (one.ends_at is None or moment < one.ends_at)
        ),
        None,
    )
