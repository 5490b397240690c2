"""The policies as they stand on record, read once, and what of them holds for whom."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from alerts import lawful, policies, policy_turns, transfer_policies
from alerts.applying import Version
from alerts.call_ladder import CallTimes
from alerts.models import DemoWatch, PolicyVersion
from alerts.paperwork import Rules as PaperRules
from alerts.policies import Calls, Duties
from alerts.policy_turns import Turns
from alerts.review_ladder import Rules
from alerts.transfer_ladder import Limits as TransferLimits
from cases.models import Authority, Responsibility, Transfer
from cases.worded import worded
from guardians.coverage import Limits

V = TypeVar("V")
# By an authority's own version and what was delivered beside it: the own as it holds.
Lawful = dict[tuple[int, int], PolicyVersion]
# No row of contact and no call ladder of the council's.
_OTHERS = Q(key__in=policies.OF_OTHER_CLOCKS) | Q(key__startswith="demo")
# So many lists are kept at once; whoever moves from council to council has one of their own.
KEPT = 500


class Shelf:
    """The versions of some policies: of each, what holds for a child whose authorities were these one after the other."""

    def __init__(self, stored: Iterable[PolicyVersion], made: dict[int, Any] | None = None) -> None:
        """`stored` come in the order of their numbers; what shelves of the same versions have `made` they can share."""
        self._of_key: dict[str, list[PolicyVersion]] = {}
        for version in stored:
            self._of_key.setdefault(version.key, []).append(version)
        self._own = {
            (version.key, version.authority_id)
            for versions in self._of_key.values()
            for version in versions
            if version.authority_id is not None
        }
        # By the version itself: the calculator's value, of which only since when it holds differs from child to child.
        self._made: dict[int, Any] = {} if made is None else made
        self._lists: dict[tuple[str, Turns], Any] = {}
        self._lawful: Lawful = {}

    @property
    def has_own(self) -> bool:
        """Whether any of these versions is one authority's."""
        return bool(self._own)

    @property
    def kept(self) -> int:
        """How many lists are kept, each for all whom the same holds for."""
        return len(self._lists)

    def rows(self, turns: Turns = ()) -> list[Version]:
        """The rows of contact, by key and then in order of time."""
        keys = [key for key in self._of_key if key != policies.CALL]
        return [version for key in keys for version in self._made_of(key, turns, _row)]

    def calls(self, turns: Turns = ()) -> list[Calls]:
        return self._made_of(policies.CALL, turns, policies.calls_of_version)

    def duties(self, turns: Turns = (), *, key: str = policies.DUTY) -> list[Duties]:
        """The duty steps of an open episode, or of what an ending opens."""
        return self._made_of(key, turns, policies.duties_of_version)

    def reviews(self, turns: Turns = ()) -> list[Rules]:
        return self._made_of(policies.REVIEW, turns, policies.reviews_of_version)

    def papers(self, turns: Turns = ()) -> list[PaperRules]:
        return self._made_of(policies.PAPER, turns, policies.papers_of_version)

    def limits(self, turns: Turns = ()) -> list[tuple[datetime, Limits]]:
        """The limits of guardian coverage, in order of time."""
        return sorted(self._made_of(policies.GUARDIAN, turns, policies.limits_of_version), key=_since)

    def transfers(self, turns: Turns = ()) -> list[tuple[datetime, TransferLimits]]:
        """The limits of transfers, in order of time."""
        return sorted(
            self._made_of(policies.TRANSFER, turns, transfer_policies.limits_of_version), key=_since
        )

    def _made_of(self, key: str, turns: Turns, make: Callable[[PolicyVersion, datetime], V]) -> list[V]:
        """As the calculators' values, each made once; the lists are kept for all whom the same holds for."""
        has_own = any((key, whose) in self._own for _since, whose in turns)
        matter = policy_turns.joined(turns) if has_own else ()
        if (key, matter) not in self._lists:
            if len(self._lists) >= KEPT:
                self._lists.clear()
            found = holding(self._of_key.get(key, ()), matter, self._lawful)
            self._lists[key, matter] = [self._value(version, since, make) for since, version in found]
        made: list[V] = self._lists[key, matter]
        return made

    def _value(
        self, version: PolicyVersion, since: datetime, make: Callable[[PolicyVersion, datetime], V]
    ) -> V:
        if id(version) not in self._made:
            self._made[id(version)] = make(version, since)
        made: V = self._made[id(version)]
        return _from(made, since)


def holding(
    stored: Sequence[PolicyVersion], turns: Turns, kept: Lawful | None = None
) -> list[tuple[datetime, PolicyVersion]]:
    """What holds from when of one policy: an authority's own as it was agreed, but what law sets as short as is delivered.

    The shorter ones are `kept` and not stored: what was agreed stays on record.
    """
    held = policy_turns.timeline(stored, turns)
    if not any(version.authority_id is not None for _since, version in held):
        return held
    kept = {} if kept is None else kept
    found: list[tuple[datetime, PolicyVersion]] = []
    for since, version, delivered in policy_turns.beside(stored, held):
        both = (id(version), id(delivered))
        if both not in kept:
            kept[both] = _shortened(version, delivered)
        if not found or found[-1][1] is not kept[both]:
            found.append((since, kept[both]))
    return found


def _shortened(version: PolicyVersion, delivered: PolicyVersion) -> PolicyVersion:
    data = lawful.held(version.key, version.data, delivered.data)
    if data is version.data:
        return version
    shorter = copy(version)
    shorter.data = data
    return shorter


def _from(made: Any, since: datetime) -> Any:
    """The same value as it holds from then on."""
    return (since, made[1]) if isinstance(made, tuple) else replace(made, takes_effect_at=since)


def _since(held: tuple[datetime, Any]) -> datetime:
    return held[0]


def _row(version: PolicyVersion, since: datetime) -> Version:
    return Version(policies.row_of(version), since)


def of_contact(authority_ids: Collection[int] | None = None, *, draft: PolicyVersion | None = None) -> Shelf:
    """The rows of contact and the call ladder in one question; of these authorities' own, or of everybody's.

    With a `draft` of one of these the draft is there as well, as if it were on record.
    """
    supposed = [draft] if draft is not None and draft.key not in policies.OF_OTHER_CLOCKS else []
    return Shelf([*council(authority_ids), *supposed])


def read(
    *keys: str, authority_ids: Collection[int] | None = None, draft: PolicyVersion | None = None
) -> Shelf:
    """The versions of these policies; of these authorities' own, or of everybody's; a `draft` of one as if on record."""
    rows = PolicyVersion.objects.filter(key__in=keys)
    supposed = [draft] if draft is not None and draft.key in keys else []
    return Shelf([*_whose(rows, authority_ids).order_by("key", "version"), *supposed])


def council(authority_ids: Collection[int] | None = None) -> list[PolicyVersion]:
    """The versions of the rows of contact and the call ladder; those of a demo and of drills are not among them."""
    rows = PolicyVersion.objects.exclude(_OTHERS)
    return list(_whose(rows, authority_ids).order_by("key", "version"))


def ask_for_checks(but: Collection[str]) -> bool:
    """Whether a row of contact, any authority's and of any time, asks for checks of the building; `but` these."""
    rows = PolicyVersion.objects.exclude(_OTHERS).exclude(key__in=but)
    return rows.filter(data__checks__0__isnull=False).exists()


def turns_of(child_ids: Collection[int]) -> dict[int, Turns]:
    """Which authorities were responsible for these children one after the other, each from when."""
    found: dict[int, Turns] = {}
    rows = Responsibility.objects.filter(child__among=set(child_ids)).order_by("starts_at")
    for child_id, since, authority_id in rows.values_list("child", "starts_at", "authority"):
        found[child_id] = (*found.get(child_id, ()), (since, authority_id))
    return found


def for_children(
    child_ids: Collection[int], key: str, *, draft: PolicyVersion | None = None
) -> tuple[Shelf, dict[int, Turns]]:
    """The versions of a policy that can hold for these children, and by whose each goes: no other authority's are read.

    The turns are asked for only where one of theirs has its own.
    """
    rows = _that_can_hold(set(child_ids), key)
    shelf = Shelf([*rows, *([draft] if draft is not None and draft.key == key else [])])
    return shelf, turns_of(child_ids) if shelf.has_own else {}


@worded
def _that_can_hold(child_ids: Any, key: Any) -> QuerySet[PolicyVersion]:
    theirs = Responsibility.objects.filter(child__among=child_ids).values("authority")
    rows = PolicyVersion.objects.filter(Q(authority=None) | Q(authority__in=theirs), key=key)
    return rows.order_by("version")


def authorities_in(turns: Iterable[Turns]) -> set[int]:
    """Every authority of these turns: whose own can hold for whoever has them."""
    return {whose for one in turns for _since, whose in one}


def always(authority_id: int) -> Turns:
    """The turns of whatever is one authority's throughout: a transfer's sender, a duty desk."""
    return ((policy_turns.EVER, authority_id),)


def duties_of_child(child_id: int, *, key: str = policies.DUTY) -> list[Duties]:
    """What held of the duty steps of this child's episodes from when, or of what their endings open."""
    shelf, turns = for_children([child_id], key)
    return shelf.duties(turns.get(child_id, ()), key=key)


def calls_of_children(
    child_ids: Collection[int], *, draft: PolicyVersion | None = None
) -> dict[int, list[Calls]]:
    """What held of the call ladder from when, by child."""
    shelf, turns = for_children(child_ids, policies.CALL, draft=draft)
    return {child_id: shelf.calls(turns.get(child_id, ())) for child_id in child_ids}


def calls_of(child_id: int, *, draft: PolicyVersion | None = None, at: datetime) -> CallTimes:
    """The spacing of a call ladder that begins for this child at `at`: a story's or a drill's child has its own."""
    watch = DemoWatch.objects.filter(child=child_id).select_related("policy").first()
    if watch is not None and policies.speaks(watch.policy, of=at):
        return policies.call_times(watch.policy.data["call"])
    return policies.calls_at(calls_of_children([child_id], draft=draft)[child_id], at).times


def transfers_from(authority_id: int) -> list[tuple[datetime, TransferLimits]]:
    """What was agreed for the transfers of this sender, from when."""
    return read(policies.TRANSFER, authority_ids=[authority_id]).transfers(always(authority_id))


def kept_by(transfers: Collection[Transfer], turns: Mapping[int, Turns]) -> dict[int, TransferLimits]:
    """What each of these transfers keeps to its end, by its id; `turns` are those of their children.

    Whoever was responsible for the child at the referral had agreed it: a merger puts the successor in the sender's
    place, and what was owed stays owed.
    """
    if not transfers:
        return {}
    whose = {one.pk: policy_turns.responsible(turns[one.child_id], one.referred_at) for one in transfers}
    codes = {one.sender_id: one.sender.code for one in transfers}
    merged = set(whose.values()) - codes.keys()
    if merged:
        codes.update(Authority.objects.filter(pk__in=merged).values_list("pk", "code"))
    shelf = read(policies.TRANSFER, authority_ids=whose.values())
    return {one.pk: kept_of(shelf, one, whose[one.pk], codes) for one in transfers}


def kept_of(shelf: Shelf, transfer: Transfer, authority_id: int, codes: Mapping[int, str]) -> TransferLimits:
    """What one transfer keeps that this authority referred; `codes` are those of the authorities by their ids."""
    stored = shelf.transfers(always(authority_id))
    return transfer_policies.kept(stored, transfer.referred_at, sender=codes[authority_id])


def _whose(rows: Any, authority_ids: Collection[int] | None) -> Any:
    if authority_ids is None:
        return rows
    return rows.filter(Q(authority=None) | Q(authority__in=set(authority_ids)))
