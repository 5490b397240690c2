"""The policies that can hold for some children, kept in the process for as long as every row of them is the same."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from alerts import policies
from alerts.models import PolicyVersion
from alerts.policy_shelf import Shelf
from cases import presence
from cases.models import Responsibility
from cases.worded import worded

# So many sets are kept at once, each for all children of the same authorities.
KEPT = 50
# What tells one writing of a row from every other: who has written it is a number that PostgreSQL gives once, and where it
# lies is another with each writing. Nobody who writes a policy has to say so, and what is rolled back was never there.
_OF_ROW = "id::text || '/' || alerts_policyversion.xmin::text || alerts_policyversion.ctid::text"
# The stamp of those that can hold for the children, as one more answer of the question what is there of them.
STAMP: presence.Questions = (
    (
        "policies",
        f"""
            SELECT md5(coalesce(string_agg({_OF_ROW}, ' ' ORDER BY id), ''))
              FROM alerts_policyversion
             WHERE key NOT LIKE 'demo%%' AND (authority_id IS NULL OR authority_id IN
                   (SELECT authority_id FROM cases_responsibility WHERE child_id = ANY (%(ids)s)))""",  # noqa: S608 - nothing of it was typed
    ),
)


class Policies:
    """Versions of all policies, and a shelf of each kind, made once."""

    def __init__(self, versions: Sequence[PolicyVersion]) -> None:
        """`versions` come by key and in the order of their numbers."""
        self._versions = versions
        self._shelves: dict[str, Shelf] = {}

    def contact(self, draft: PolicyVersion | None = None) -> Shelf:
        """The rows of contact and the call ladder; a `draft` of one of these as if it were on record."""
        return self._shelf("", draft)

    def of(self, key: str, draft: PolicyVersion | None = None) -> Shelf:
        """The versions of one policy of another clock; a `draft` of it as if it were on record."""
        return self._shelf(key, draft)

    def _shelf(self, key: str, draft: PolicyVersion | None) -> Shelf:
        if draft is not None and _is_of(draft, key):
            return Shelf([*self._those(key), draft])
        if key not in self._shelves:
            self._shelves[key] = Shelf(self._those(key))
        return self._shelves[key]

    def _those(self, key: str) -> list[PolicyVersion]:
        return [version for version in self._versions if _is_of(version, key)]


def _is_of(version: PolicyVersion, key: str) -> bool:
    return version.key == key if key else version.key not in policies.OF_OTHER_CLOCKS


class _Kept(threading.local):
    """By stamp, those used last at the end; each thread has its own, for a shelf grows while it is read."""

    def __init__(self) -> None:
        self.sets: OrderedDict[str, Policies] = OrderedDict()


_kept = _Kept()


def of(child_ids: Collection[int], there: Collection[str]) -> Policies:
    """The policies of these children: as kept where `there`, what was found of them, has the stamp of a set that is."""
    stamp = presence.stamp("policies", there)
    found = _kept.sets.get(stamp)
    if found is None:
        stamp, found = _read(child_ids)
        _kept.sets[stamp] = found
        while len(_kept.sets) > KEPT:
            _kept.sets.popitem(last=False)
    _kept.sets.move_to_end(stamp)
    return found


def read(child_ids: Collection[int]) -> Policies:
    """The same, read from the rows."""
    return _read(child_ids)[1]


def _read(child_ids: Collection[int]) -> tuple[str, Policies]:
    """The rows with their own stamp: somebody may have written one since the question."""
    versions = _versions(set(child_ids))
    stamps = [version.stamp for version in sorted(versions, key=lambda one: one.pk)]
    return hashlib.md5(" ".join(stamps).encode(), usedforsecurity=False).hexdigest(), Policies(versions)


@worded
def _versions(child_ids: Any) -> QuerySet[Any]:
    theirs = Responsibility.objects.filter(child__among=child_ids).values("authority")
    rows = PolicyVersion.objects.filter(Q(authority=None) | Q(authority__in=theirs))
    rows = rows.exclude(key__startswith="demo").annotate(stamp=RawSQL(_OF_ROW, ()))  # noqa: S611 - nothing of it was typed
    return rows.order_by("key", "version")
