"""Who is at the placements of some children, and who looks instead, read for what of the policy cannot be kept there."""

from collections.abc import Mapping, Sequence
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
    """Of one child: who is where it lives, and who looks instead."""

    presence: Presence
    ways: Sequence[Way]

    def run(self, applies: Sequence[Applies], *, at: datetime) -> Run | None:
        return unkept.run(applies, self.presence, self.ways, at=at)

    def lacks(self, applies: Sequence[Applies], *, at: datetime) -> tuple[str, ...]:
        """What cannot be kept now, and is nobody's."""
        return unkept.at_instant(applies, self.presence, self.ways, at)


def read(loaded: Mapping[int, ChildFacts]) -> dict[int, Staffed]:
    """By child: of those of whose placement somebody has said it; of others nothing is guessed."""
    standing = [one.placement.pk for one in loaded.values() if one.placement is not None]
    rows = PlacementStaffing.objects.filter(placement__among=standing).order_by("placement_id", "-pk")
    said = {row.placement_id: row for row in rows.distinct("placement_id")}
    # Whoever is there day and night needs no other way.
    some = [pk for pk, row in said.items() if row.presence != PlacementStaffing.Presence.ALWAYS]
    if not some:
        return {}
    ways: dict[int, list[Way]] = {pk: [] for pk in some}
    for way in PlacementWay.objects.filter(placement__among=some):
        if way.recorded_at >= said[way.placement_id].recorded_at:
            ends_at = end_of(way.until_date)
            ways[way.placement_id].append(Way(frozenset(way.windows), way.recorded_at, ends_at))
    return {said[pk].child_id: Staffed(_presence(said[pk]), ways[pk]) for pk in some}


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


def _presence(row: PlacementStaffing) -> Presence:
    return Presence(
        row.recorded_at,
        always=row.presence == PlacementStaffing.Presence.ALWAYS,
        hours=row.hours,
        visits_a_week=row.visits_a_week or 0,
    )
