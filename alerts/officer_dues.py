"""The independent reviewing officer of a child, read for its paper: since when nobody is named who reviews its care."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from alerts.paper_facts import Unreviewed
from cases.facts import ChildFacts
from cases.models import HeldPaper, Membership, ReviewingOfficer, Role


def read(
    loaded: Mapping[int, ChildFacts], *, any_officer: bool = True, any_held: bool = True
) -> dict[int, Unreviewed]:
    """Which of these children have nobody who reviews their care; in three questions.

    None is asked of a table that is known to have no row of them: who was named, and what was held.
    """
    rows: dict[int, list[ReviewingOfficer]] = {}
    if any_officer:
        for row in ReviewingOfficer.objects.recorded().filter(child__among=list(loaded)):
            rows.setdefault(row.child_id, []).append(row)
    leave = _leave({row.user_id for found in rows.values() for row in found if row.user_id is not None})
    lacking = {}
    for child_id, one in loaded.items():
        found = _unreviewed(one, rows.get(child_id, ()), leave)
        if found is not None:
            lacking[child_id] = found
    reviews = _reviews(lacking) if any_held and lacking else {}
    return {
        child_id: Unreviewed(found.since, found.has_left, reviews.get(child_id, ()))
        for child_id, found in lacking.items()
    }


def _unreviewed(
    one: ChildFacts, rows: Sequence[ReviewingOfficer], leave: Mapping[tuple[int, int], datetime | None]
) -> Unreviewed | None:
    """Nobody was named since this authority has the child, or whoever was has left it, or has its work by now."""
    standing = next((row for row in rows if row.ends_at is None), None)
    if standing is None:
        ended = [
            row for row in rows if row.ended_as == ReviewingOfficer.Ended.LEFT and row.ends_at is not None
        ]
        left = max((row.ends_at for row in ended if row.ends_at is not None), default=None)
        passed_on = [row.ends_at for row in rows if row.ended_as == ReviewingOfficer.Ended.TRANSFER]
        passed = max((at for at in (one.handed_over_since, *passed_on) if at is not None), default=None)
        if left is not None and (passed is None or left >= passed):
            return Unreviewed(left, has_left=True)
        return Unreviewed(passed)
    if standing.user_id is None:
        return None
    # A role at another council opens nothing here, and so reviews nobody.
    ends = [leave[standing.user_id, pk] for pk in _own(one) if (standing.user_id, pk) in leave]
    if not ends:
        return Unreviewed(standing.starts_at, has_left=True)
    dated = [at for at in ends if at is not None]
    until = max(dated) if len(dated) == len(ends) else None
    works = [
        row.starts_at for row in one.allocations if row.worker_id == standing.user_id and row.ends_at is None
    ]
    parts = [at for at in (until, *works) if at is not None]
    return Unreviewed(max(min(parts), standing.starts_at), has_left=True) if parts else None


def _own(one: ChildFacts) -> set[int]:
    """The authority that has the child, and those whose place it took, with the child or before: no other hands it on so."""
    passed = one.handed_over_since
    with_it = {pk for starts_at, pk in one.responsible if passed is None or starts_at >= passed}
    return with_it | one.predecessors


def _leave(user_ids: Collection[int]) -> dict[tuple[int, int], datetime | None]:
    """By person and authority, of those of these who ever had the role there: until when; None without an end."""
    found: dict[tuple[int, int], datetime | None] = {}
    if not user_ids:
        return found
    roles = Membership.objects.filter(user__in=user_ids, role=Role.REVIEWING_OFFICER, called_off_at=None)
    roles = roles.exclude(authority=None).order_by("user", "ends_at")
    for user_id, authority_id, ends_at in roles.values_list("user", "authority", "ends_at"):
        role = (user_id, authority_id)
        stands = role in found and found[role] is None
        found[role] = None if stands else ends_at
    return found


def _reviews(child_ids: Collection[int]) -> dict[int, list[datetime]]:
    held = HeldPaper.objects.standing().filter(child__among=list(child_ids), kind=HeldPaper.Kind.CARE_REVIEW)
    found: dict[int, list[datetime]] = {}
    for child_id, held_at in held.order_by("held_at").values_list("child", "held_at"):
        found.setdefault(child_id, []).append(held_at)
    return found
