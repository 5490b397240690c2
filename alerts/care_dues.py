"""Whether the care of some children has ended, read for their paper."""

from collections.abc import Collection, Mapping

from alerts.paper_facts import CareEnded, Held
from alerts.paper_rules import Paper
from cases.models import CareEnd, HeldPaper


def read(ids: Collection[int]) -> dict[int, CareEnded]:
    """When the care of each ended last, and from when it was, or will be, looked after again; most never ended."""
    rows = CareEnd.objects.filter(child__among=ids).order_by("child", "-starts_at").distinct("child")
    found = rows.values_list("child", "starts_at", "ends_at", "back_at")
    return {child_id: CareEnded(at, anew_at or back_at) for child_id, at, anew_at, back_at in found}


def count_anew(held: Mapping[int, dict[Paper, Held]], ended: Mapping[int, CareEnded]) -> None:
    """Count of the reviews those alone that were held since care began anew: the next first one is followed sooner."""
    since = {child_id: one.anew_at for child_id, one in ended.items() if one.anew_at is not None}
    if not since:
        return
    times = dict.fromkeys(since, 0)
    rows = HeldPaper.objects.standing().filter(child__in=since, kind=HeldPaper.Kind.CARE_REVIEW)
    for child_id, held_at in rows.values_list("child", "held_at"):
        times[child_id] += held_at >= since[child_id]
    for child_id, count in times.items():
        if (one := held.get(child_id, {}).get(Paper.CARE_REVIEW)) is not None and count:
            held[child_id][Paper.CARE_REVIEW] = Held(count, one.last_at)
