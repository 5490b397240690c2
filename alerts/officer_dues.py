"""The independent reviewing officer of a child, read for its paper: since when nobody is named who reviews its care."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from alerts.paper_facts import Unreviewed
from cases import turns
from cases.facts import ChildFacts
from cases.models import HeldPaper, Membership, ReviewingOfficer, Role
from cases.models.concerns import times_kept
from cases.turns import Watch

# From when until when; None without an end.
_Period = tuple[datetime, datetime | None]


def read(
    loaded: Mapping[int, ChildFacts], *, any_officer: bool = True, any_held: bool = True, at: datetime
) -> dict[int, Unreviewed]:
    """Which of these children have nobody who reviews their care; in three questions.

    None is asked of a table that is known to have no row of them: who was named, and what was held.
    """
    rows: dict[int, list[ReviewingOfficer]] = {}
    if any_officer:
        for row in ReviewingOfficer.objects.recorded().filter(child__among=list(loaded)):
            rows.setdefault(row.child_id, []).append(row)
    roles = _roles({row.user_id for found in rows.values() for row in found if row.user_id is not None})
    lacking = {}
    for child_id, one in loaded.items():
        found = _unreviewed(one, rows.get(child_id, ()), roles, at)
        if found is not None:
            lacking[child_id] = found
    reviews = _reviews(lacking) if any_held and lacking else {}
    return {
        child_id: replace(found, reviews=reviews.get(child_id, ())) for child_id, found in lacking.items()
    }


def _unreviewed(
    one: ChildFacts,
    rows: Sequence[ReviewingOfficer],
    roles: Mapping[tuple[int, int], Sequence[_Period]],
    at: datetime,
) -> Unreviewed | None:
    """Nobody was named since this authority has the child, or whoever was has left it, is kept from it or has its work."""
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
    held = [Watch(*period) for pk in _own(one) for period in roles.get((standing.user_id, pk), ())]
    held = turns.outside(held, times_kept(one.keep_from, standing.user_id))
    left, back = _gap(held, since=standing.starts_at, at=at)
    works = [
        row.starts_at for row in one.allocations if row.worker_id == standing.user_id and row.ends_at is None
    ]
    since = min((moment for moment in (left, *works) if moment is not None), default=None)
    if since is None:
        return None
    return Unreviewed(max(since, standing.starts_at), has_left=True, until=None if works else back)


def _gap(held: Iterable[Watch], *, since: datetime, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when a role is theirs no more, and from when anew: one that is to begin after a gap is not theirs at `at`."""
    left = since
    for part in sorted(held, key=lambda one: one.starts_at):
        if part.starts_at > max(left, at):
            return left, part.starts_at
        if part.ends_at is None:
            return None, None
        left = max(left, part.ends_at)
    return left, None


def _own(one: ChildFacts) -> set[int]:
    """The authority that has the child, and those whose place it took, with the child or before: no other hands it on so."""
    passed = one.handed_over_since
    with_it = {pk for starts_at, pk in one.responsible if passed is None or starts_at >= passed}
    return with_it | one.predecessors


def _roles(user_ids: Collection[int]) -> dict[tuple[int, int], list[_Period]]:
    """By person and authority, of those of these who ever had the role there or are to have it: from when until when."""
    found: dict[tuple[int, int], list[_Period]] = {}
    if not user_ids:
        return found
    roles = Membership.objects.filter(user__in=user_ids, role=Role.REVIEWING_OFFICER, called_off_at=None)
    for row in roles.order_by("pk"):
        if row.authority_id is not None:
            found.setdefault((row.user_id, row.authority_id), []).append((row.starts_at, row.ends_at))
    return found


def _reviews(child_ids: Collection[int]) -> dict[int, list[datetime]]:
    held = HeldPaper.objects.standing().filter(child__among=list(child_ids), kind=HeldPaper.Kind.CARE_REVIEW)
    found: dict[int, list[datetime]] = {}
    for child_id, held_at in held.order_by("held_at").values_list("child", "held_at"):
        found.setdefault(child_id, []).append(held_at)
    return found
