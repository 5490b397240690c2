"""The closed cases of an authority that is split, said by set: of thousands nobody says it one by one."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import mergers, split_successors, splits
from cases.models import Allocation, Authority, Split, Team, User
from cases.split_rows import Row
from cases.splits import Kind

# Of those that stand with no team of this authority.
NO_TEAM = 0


@dataclass(frozen=True)
class Sets:
    """A row for each last team, by its id, of closed cases of which nobody has said anything; and which cases these are."""

    rows: Sequence[Row]
    shown: str


def left(split: Split, *, at: datetime) -> QuerySet[Any]:
    """The closed cases of which nobody has said yet which successor takes them."""
    return splits.unsaid(split, Kind.CHILD, at=at).filter(closed_at__isnull=False)


def read(split: Split, *, at: datetime) -> Sets:
    """Those for a page, each set with whoever takes its last team suggested; in as many questions whatever their number."""
    cases = _by_team(split, at)
    names = dict(Team.objects.filter(pk__in=cases).order_by("name", "pk").values_list("pk", "name"))
    said = split_successors.said(split, Kind.TEAM, at=at).filter(subject_id__in=cases)
    takes, why = dict(said.values_list("subject_id", "successor")), _("Its team goes there")
    if NO_TEAM in cases:
        names[NO_TEAM] = _("No team")
    return Sets([_row(pk, name, cases[pk], takes.get(pk), why) for pk, name in names.items()], _mark(cases))


def say(split: Split, to: Mapping[int, Authority], *, shown: str, by: User, at: datetime) -> int:
    """Say of all closed cases of each of these last teams which successor takes them; return of how many.

    What somebody has said already stands. `shown` is the mark that was read: raises `passing_on.ShownOtherwise` where other
    cases are left since, and `IllegalMove` as `splits.say` does.
    """
    with transaction.atomic():
        split = splits.locked(split)
        cases = _by_team(split, at)
        mergers.require_shown(_mark(cases), shown)
        given = {pk: one for team_id, one in to.items() for pk in cases.get(team_id, ())}
        return splits.say(split, Kind.CHILD, given, by=by, at=at)


def _row(pk: int, name: str, cases: Sequence[int], to: int | None, why: str) -> Row:
    count = len(cases)
    about = ngettext("%(n)s closed case", "%(n)s closed cases", count) % {"n": f"{count:,}"}
    return Row(pk, name, about, suggested=to, why=why if to is not None else "")


def _by_team(split: Split, at: datetime) -> dict[int, list[int]]:
    """By the id of their last team here which closed cases are left."""
    ids = list(left(split, at=at).order_by("pk").values_list("pk", flat=True))
    held = Allocation.objects.current(at).filter(child__among=ids, team__authority=split.authority_id)
    teams = dict(held.values_list("child", "team"))
    found: dict[int, list[int]] = defaultdict(list)
    for pk in ids:
        found[teams.get(pk, NO_TEAM)].append(pk)
    return dict(found)


def _mark(cases: Mapping[int, Sequence[int]]) -> str:
    return hashlib.sha256(repr(sorted(cases.items())).encode()).hexdigest()[:20]
