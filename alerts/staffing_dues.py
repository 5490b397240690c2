"""Who is at the placements of some children, and who looks instead, read for what of the policy cannot be kept there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import unkept
from alerts.schedule import Applies
from alerts.unkept import Presence, Run, Way
from cases.deadlines import end_of
from cases.facts import ChildFacts
from cases.models import PlacementStaffing, PlacementWay


@dataclass(frozen=True)
class Staffed:
    """Of one child: all that was said of who is where it lives, the first first, and who looks instead."""

    said: Sequence[Presence]
    ways: Sequence[Way]

    def run(self, applies: Sequence[Applies], *, at: datetime) -> Run | None:
        return unkept.run(applies, self.said, self.ways, at=at)

    def lacks(self, applies: Sequence[Applies], *, at: datetime) -> tuple[str, ...]:
        """What cannot be kept now, and is nobody's."""
        return unkept.at_instant(applies, self.said[-1], self.ways, at)

    def nobody_there(self, applies: Sequence[Applies], *, at: datetime) -> tuple[str, ...]:
        """What nobody where the child lives can keep now, whoever looks instead."""
        return unkept.at_instant(applies, self.said[-1], (), at)

    def nobody_was_there(self, applies: Sequence[Applies], *, at: datetime) -> tuple[str, ...]:
        """The same at an instant that is over, by what had been said by then; nothing where nobody had said it."""
        said = [one for one in self.said if one.said_at <= at]
        return unkept.at_instant(applies, said[-1], (), at) if said else ()


def read(loaded: Mapping[int, ChildFacts]) -> dict[int, Staffed]:
    """By child: of those of whose placement somebody has said it; of others nothing is guessed."""
    standing = [one.placement.pk for one in loaded.values() if one.placement is not None]
    said = _said(standing)
    # Whoever is there day and night needs no other way.
    some = {pk: rows for pk, rows in said.items() if rows[-1].presence != PlacementStaffing.Presence.ALWAYS}
    return {some[pk][-1].child_id: staffed for pk, staffed in _staffed(some).items()}


def of_placements(placement_ids: Collection[int]) -> dict[int, Staffed]:
    """By placement, ended or not: of those of which somebody has said it; two queries."""
    return _staffed(_said(placement_ids))


def _said(placement_ids: Collection[int]) -> dict[int, list[PlacementStaffing]]:
    said: dict[int, list[PlacementStaffing]] = {}
    for row in PlacementStaffing.objects.filter(placement__among=placement_ids).order_by("pk"):
        said.setdefault(row.placement_id, []).append(row)
    return said


def _staffed(said: Mapping[int, Sequence[PlacementStaffing]]) -> dict[int, Staffed]:
    ways: dict[int, list[Way]] = {pk: [] for pk in said}
    for way in PlacementWay.objects.filter(placement__among=list(said)) if said else ():
        ways[way.placement_id].append(_way(way, said[way.placement_id]))
    return {pk: Staffed([_presence(row) for row in rows], ways[pk]) for pk, rows in said.items()}


def _way(way: PlacementWay, said: Sequence[PlacementStaffing]) -> Way:
    """It counts until its day is over, or until somebody says anew who is there."""
    ends_at = end_of(way.until_date)
    anew = (row.recorded_at for row in said if row.recorded_at > way.recorded_at)
    return Way(frozenset(way.windows), way.recorded_at, min((ends_at, *anew)), way.who, way.how)


def runs(
    of: Mapping[int, Staffed], applies: Mapping[int, Sequence[Applies]], *, at: datetime
) -> dict[int, tuple[datetime, datetime | None]]:
    """By child: since when, or from when, something cannot be kept, and until when; nothing where all can be."""
    found = {}
    for child_id, staffed in of.items():
        run = staffed.run(applies.get(child_id, ()), at=at)
        if run is not None:
            found[child_id] = (run.starts_at, run.ends_at)
    return found


def lacking(
    loaded: Mapping[int, ChildFacts], applies: Mapping[int, Sequence[Applies]], *, at: datetime
) -> dict[int, tuple[str, ...]]:
    """By child: which roll-calls cannot be kept now, and are nobody's."""
    found = {
        child_id: staffed.lacks(applies.get(child_id, ()), at=at)
        for child_id, staffed in read(loaded).items()
    }
    return {child_id: names for child_id, names in found.items() if names}


def nobody_there(
    loaded: Mapping[int, ChildFacts], applies: Mapping[int, Sequence[Applies]], *, at: datetime
) -> dict[int, tuple[str, ...]]:
    """By child: which roll-calls nobody where it lives can keep now, whoever looks instead."""
    return {
        child_id: staffed.nobody_there(applies.get(child_id, ()), at=at)
        for child_id, staffed in read(loaded).items()
    }


def _presence(row: PlacementStaffing) -> Presence:
    return Presence(
        row.recorded_at,
        always=row.presence == PlacementStaffing.Presence.ALWAYS,
        hours=row.hours,
        visits_a_week=row.visits_a_week or 0,
    )
