"""Of children of whom nobody has written anything down: whether anybody at their placement could have looked, and who else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import staffing_dues, unkept, watching
from alerts.schedule import Window
from alerts.unkept import Way
from cases.models import PlacementStaffing


@dataclass(frozen=True)
class NobodyThere:
    """The roll-calls that were missed and that nobody there can call, and who is to look instead."""

    names: tuple[str, ...]
    windows: Mapping[str, Window]
    ways: tuple[Way, ...]

    @property
    def nobodys(self) -> tuple[str, ...]:
        """Those of them at which nobody else is to look."""
        covered = {name for way in self.ways for name in way.windows}
        return tuple(name for name in self.names if name not in covered)


def possible(child_ids: Collection[int]) -> set[int]:
    """Of these children those at whose placement somebody is not there day and night; one query, and few of them."""
    rows = PlacementStaffing.objects.filter(child__in=child_ids, placement__ends_at=None)
    some = rows.exclude(presence=PlacementStaffing.Presence.ALWAYS)
    return set(some.values_list("child", flat=True))


def of(due: Mapping[int, datetime], *, at: datetime) -> dict[int, NobodyThere]:
    """By child, of those whose roll-call closed at `due` and could not be called where they live.

    One query where all of them live with somebody, and a fixed number of others otherwise.
    """
    some = possible(due)
    if not some:
        return {}
    watched = watching.watch(some, at=at)
    staffed = staffing_dues.read({child_id: one.child for child_id, one in watched.items()})
    found = {}
    for child_id, there in staffed.items():
        applies = watched[child_id].applies
        # By the rows in which the roll-call was owed: others may have followed them since.
        owed_at = due[child_id] - timedelta(seconds=1)
        rows = [one.row for one in applies if one.covers(owed_at)]
        names = unkept.missed(rows, there.nobody_there(applies, at=owed_at), due[child_id])
        ways = [way for way in there.ways if way.starts_at <= at < way.ends_at and way.windows & set(names)]
        windows = {window.name: window for row in rows for window in row.windows}
        if names:
            found[child_id] = NobodyThere(names, windows, tuple(ways))
    return found
