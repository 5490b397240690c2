"""Where a child lived, as it came on record: what is written late changes no roll-call of before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.models import Event, Placement
from cases.worded import Question

# By kind of event and placement: when the start or the end was written.
Written = Mapping[tuple[str, int | None], datetime]


@dataclass(frozen=True)
class Stay:
    """Which home's roll-call times count, from when until when; `home_id` is None where the child had no home."""

    home_id: int | None
    since: datetime | None
    until: datetime | None


def known(newest_first: Sequence[Placement], written: Written) -> list[tuple[datetime, datetime | None]]:
    """The period in which each placement counts: either bound from its time, or from when it was written, if that was later.

    What ends because the next began was written with that.
    """
    periods: list[tuple[datetime, datetime | None]] = []
    after: Placement | None = None
    for placement in newest_first:
        starts_at, ends_at = placement.starts_at, placement.ends_at
        since = max(starts_at, written.get(("placement_started", placement.pk), starts_at))
        until = ends_at
        if ends_at is not None:
            ended = written.get(("placement_ended", placement.pk))
            if ended is None and after is not None:
                ended = written.get(("placement_started", after.pk))
            until = max(since, ends_at, ended or ends_at)
        periods.append((since, until))
        after = placement
    return periods


def written(found: Iterable[Sequence[Placement]]) -> dict[tuple[str, int | None], datetime]:
    """When the starts and ends of these placements were written: event and placement to instant."""
    rows = [placement for placements in found for placement in placements]
    if not rows:
        return {}
    moments = {at for p in rows for at in (p.starts_at, p.ends_at) if at is not None}
    # By the instants too: the log of a child is long, and its index is of child and instant.
    said = _SAID({placement.child_id for placement in rows}, moments)
    return {(kind, placement_id): at for kind, placement_id, at in said}


_SAID = Question(
    lambda ids, moments: Event.objects.filter(
        child__among=ids,
        happened_at__among=moments,
        kind__in=("placement_started", "placement_ended"),
        subject_type="placement",
    ).values_list("kind", "subject_id", "recorded_at")
)


def stays(newest_first: Sequence[Placement], written: Written) -> list[Stay]:
    """One stay after the other, without a gap, in order.

    A move counts from when it was written, if that was later: it changes no roll-call that was missed before.
    """
    turns: list[tuple[datetime | None, int | None]] = []
    ended: Placement | None = None
    for placement in reversed(newest_first):
        if ended is not None and ended.ends_at is not None and ended.ends_at < placement.starts_at:
            turns.append((written.get(("placement_ended", ended.pk), ended.ends_at), None))
        started = written.get(("placement_started", placement.pk), placement.starts_at)
        turns.append((max(started, placement.starts_at) if turns else None, placement.home_id))
        ended = placement
    if ended is not None and ended.ends_at is not None:
        turns.append((written.get(("placement_ended", ended.pk), ended.ends_at), None))
    ends = [since for since, _home in turns[1:]]
    return [Stay(home_id, since, until) for (since, home_id), until in zip(turns, [*ends, None], strict=True)]
