"""An authority that is split: somebody says of each that passes to which successor, and all of it passes at one instant."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases import log, mergers, passing_on, split_successors
from cases.models import (
    Allocation,
    Authority,
    Child,
    Home,
    Placement,
    PlannedPlacement,
    Split,
    SplitShare,
    Team,
    User,
)
from cases.states import IllegalMove

Kind = SplitShare.Kind
# How many of what is not said yet, or of what does not fit, a refusal names.
NAMED = 10


class NotSaid(IllegalMove):
    """Of something nobody has said which successor takes it."""


class SaidSince(IllegalMove):
    """Somebody else has said otherwise of some since they were read: `now` has by id the successor's, None for nobody."""

    def __init__(self, words: str, now: Mapping[int, int | None]) -> None:
        super().__init__(words)
        self.now = now


def begin(authority: Authority, successors: Sequence[Authority], *, by: User, at: datetime) -> Split:
    """Begin to write which of `successors` takes what of `authority`; nothing passes before all is said and signed.

    Raises `IllegalMove` for fewer than two, for itself among them, for one that does not exist, and while another split
    of it is open; `ended.EndedAlready` for one that has ended.
    """
    wanted = {one.pk for one in successors}
    if len(wanted) < 2:
        raise IllegalMove("Select two authorities or more that take its place. One alone is a merger.")
    if authority.pk in wanted:
        raise IllegalMove("An authority is not its own successor.")
    with transaction.atomic():
        Authority.objects.select_for_update(no_key=True).get(pk=authority.pk)
        for one in successors:
            split_successors.require_there(one, at)
            mergers.require_standing(authority, one)
        if Split.objects.open().filter(authority=authority).exists():
            raise IllegalMove("A split of this authority has begun already. Go on with that one.")
        split = Split.objects.create(authority=authority, begun_at=at, begun_by=by)
        split.successors.set(wanted)
        data = {"successors": sorted(one.code for one in successors)}
        log.record_configuration(split, "split_begun", data=data, by=by, at=at)
    return split


def call_off(split: Split, *, by: User, at: datetime) -> Split:
    """End it with nothing passed; what was said stays on record. Raises `IllegalMove` for one that is over."""
    with transaction.atomic():
        split = locked(split)
        split.called_off_at, split.called_off_by = at, by
        split.save(update_fields=["called_off_at", "called_off_by"])
        log.record_configuration(split, "split_called_off", by=by, at=at)
    return split


def keep(split: Split, keeper: Authority, *, by: User, at: datetime) -> Split:
    """Say which successor answers for what names the authority for ever; raises `IllegalMove` for any other."""
    with transaction.atomic():
        split = locked(split)
        split_successors.require_taking(split, keeper, at=at)
        if split.keeper_id != keeper.pk:
            split_successors.follow(split, by=by, at=at)
            split.keeper = keeper
            split.save(update_fields=["keeper"])
            log.record_configuration(split, "split_keeper", data={"to": keeper.code}, by=by, at=at)
    return split


def say(
    split: Split,
    kind: str,
    to: Mapping[int, Authority],
    *,
    read: Mapping[int, int | None] | None = None,
    by: User,
    at: datetime,
) -> int:
    """Say of each of these, by its id, which successor takes it; the same again changes nothing. Returns how many changed.

    `read` has by id the successor's that stood when it was read. What was said for one that has ended is not said.
    Raises `SaidSince` where another stands now, and `IllegalMove` for a split that is over, for another authority, for one
    that has ended, and for what is no part of it any more.
    """
    with transaction.atomic():
        split = locked(split)
        news = _news(split, kind, to, read, at)
        split_successors.follow(split, by=by, at=at)
        SplitShare.objects.bulk_create(
            [
                SplitShare(split=split, kind=kind, subject_id=pk, successor=one, said_at=at, said_by=by)
                for pk, one in news.items()
            ],
            update_conflicts=True,
            unique_fields=["split", "kind", "subject_id"],
            update_fields=["successor", "said_at", "said_by"],
        )
    return len(news)


def _news(
    split: Split, kind: str, to: Mapping[int, Authority], read: Mapping[int, int | None] | None, at: datetime
) -> dict[int, Authority]:
    """Of which of these another is said than stands; raises as `say` does."""
    known = set(split_successors.taking(split, at=at).values_list("pk", flat=True))
    for one in to.values():
        if one.pk not in known:
            split_successors.require_taking(split, one, at=at)
    if things(split, kind, at=at).filter(pk__in=to.keys()).count() != len(to):
        raise IllegalMove("This has changed since you opened the page. Read it again, then say it.")
    shares = split_successors.said(split, kind, at=at).filter(subject_id__in=to.keys())
    standing = dict(shares.values_list("subject_id", "successor"))
    news = {pk: one for pk, one in to.items() if standing.get(pk) != one.pk}
    was = {pk: to_pk if to_pk in known else None for pk, to_pk in (read or {}).items()}
    since = {pk: standing.get(pk) for pk in news if read is not None and standing.get(pk) != was.get(pk)}
    if since:
        raise SaidSince("This has changed since you opened the page. Read it again, then say it.", since)
    return news


def locked(split: Split) -> Split:
    """The split as it stands, locked; raises `IllegalMove` for one that is over."""
    split = (
        Split.objects.select_for_update(no_key=True, of=("self",))
        .select_related("authority")
        .get(pk=split.pk)
    )
    if not split.is_open:
        raise IllegalMove("This split is over: it was signed, or called off.")
    return split


def things(split: Split, kind: str, *, at: datetime) -> QuerySet[Any]:
    """All of one kind of which somebody says which successor takes it, as they stand at `at`."""
    authority = split.authority
    match kind:
        case Kind.TEAM:
            return Team.objects.filter(authority=authority).order_by("name", "pk")
        case Kind.HOME:
            return Home.objects.filter(authority=authority).order_by("postcode", "name", "pk")
        case Kind.CHILD:
            return Child.objects.filter(passing_on.own(authority, at)).order_by("reference")
        case Kind.AREA:
            elsewhere = Child.objects.filter(_at_addresses(authority, at))
            return elsewhere.exclude(passing_on.own(authority, at)).order_by("reference")
        case _:
            # Where a team has accepted it goes with that team.
            return passing_on.coming_to(authority).filter(team=None).order_by("child__reference")


def unsaid(split: Split, kind: str, *, at: datetime) -> QuerySet[Any]:
    """Those of which nobody has said it yet, or for one that has ended."""
    said = split_successors.said(split, kind, at=at).filter(subject_id=OuterRef("pk"))
    return things(split, kind, at=at).filter(~Exists(said))


def _at_addresses(authority: Authority, at: datetime) -> Q:
    """Of a row of children: whether they live in its area, or are to, elsewhere than in a home of it, with which they go."""
    areas = passing_on.areas_of(authority).values("pk")
    living = Placement.objects.current(at).filter(host_authority__in=areas).exclude(home__authority=authority)
    coming = PlannedPlacement.objects.open().filter(authority__in=areas).exclude(home__authority=authority)
    return Q(pk__in=living.values("child")) | Q(pk__in=coming.values("child"))


@dataclass(frozen=True)
class Takes:
    """What one successor takes, in numbers by kind, and what becomes there of what other apps keep of the area."""

    successor: Authority
    counts: Mapping[str, int]
    carried: Sequence[mergers.Carried]


@dataclass(frozen=True)
class Plan:
    """What a split moves, and what stands in its way."""

    takes: Sequence[Takes]
    # Who was to take some of it, and has ended since.
    ended: Sequence[Authority]
    # By kind, of which nobody has said anything yet; and what does not fit, in words.
    unsaid: Mapping[str, int]
    clashes: Sequence[str]
    keeper: Authority | None
    roles: int
    mailboxes: int
    agreed: Sequence[str]
    shown: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be said or set right."""
        blocked = any(one.blocks for takes in self.takes for one in takes.carried)
        left = any(self.unsaid.values()) or self.clashes or blocked
        return self.has_two and self.keeper is not None and not left

    @property
    def has_two(self) -> bool:
        """Whether there are two at least yet to take its place."""
        return len(self.takes) > 1


def plan(split: Split, *, at: datetime) -> Plan:
    """Count what `move` would do, and change nothing; as many questions whatever there is of each."""
    successors = list(split_successors.taking(split, at=at))
    shares = shares_of(split, at)
    # What stays is the same whoever takes its place, and where nobody is left to.
    sums = mergers.plan(split.authority, next(iter(successors), split.authority), at=at)
    takes = [
        Takes(
            one,
            {kind: sum(1 for to in shares[kind].values() if to == one.pk) for kind in Kind},
            mergers.carried(split.authority, one, children=coming(split, one, at), at=at),
        )
        for one in successors
    ]
    left: dict[str, int] = {str(kind): unsaid(split, kind, at=at).count() for kind in Kind}
    keeper = split.keeper if split.keeper in successors else None
    told: list[Any] = [keeper and keeper.pk, sums.shown, sorted(left.items())]
    told.append([one.pk for one in successors])
    told += [[kind, sorted(some.items())] for kind, some in shares.items()]
    told += [[one.key for one in takes_.carried] for takes_ in takes]
    return Plan(
        takes=takes,
        ended=split_successors.ended(split, at=at),
        unsaid=left,
        clashes=_clashes(split, shares, at),
        keeper=keeper,
        roles=sums.roles,
        mailboxes=sums.mailboxes,
        agreed=sums.agreed,
        shown=hashlib.sha256(repr(told).encode()).hexdigest()[:20],
    )


def shares_of(split: Split, at: datetime) -> dict[str, dict[int, int]]:
    """By kind and id which successor takes it, of those that are still a part of it."""
    found: dict[str, dict[int, int]] = {}
    for kind in Kind:
        here = things(split, kind, at=at).order_by().values("pk")
        rows = split_successors.said(split, kind, at=at).filter(subject_id__in=here)
        found[kind] = dict(rows.values_list("subject_id", "successor"))
    return found


def coming(split: Split, successor: Authority, at: datetime) -> Q:
    """Of a row of children: whether they are this authority's own, and somebody has said that `successor` takes them."""
    theirs = split_successors.said(split, Kind.CHILD, at=at).filter(successor=successor)
    return passing_on.own(split.authority, at) & Q(pk__in=theirs.values("subject_id"))


def _clashes(split: Split, shares: Mapping[str, Mapping[int, int]], at: datetime) -> list[str]:
    """Teams of a name that their successor has already, and children whose team goes elsewhere: nobody's work ends.

    Of a closed case nobody has any: it goes where somebody says.
    """
    teams = {one.pk: one for one in Team.objects.filter(authority=split.authority)}
    names = {team.name for team in teams.values()}
    known = set(
        Team.objects.filter(authority__in=split_successors.taking(split, at=at), name__in=names).values_list(
            "authority", "name"
        )
    )
    found = sorted(team.name for pk, team in teams.items() if (shares[Kind.TEAM].get(pk), team.name) in known)
    held = Allocation.objects.current(at).filter(team__in=teams, child__in=_ids(split, at))
    held = held.filter(child__closed_at=None)
    parted = [
        f"{reference} ({teams[team_id].name})"
        for child_id, team_id, reference in held.order_by("child__reference").values_list(
            "child", "team", "child__reference"
        )
        if (mine := shares[Kind.CHILD].get(child_id))
        and (theirs := shares[Kind.TEAM].get(team_id))
        and mine != theirs
    ]
    return [*found, *parted]


def _ids(split: Split, at: datetime) -> QuerySet[Any]:
    return things(split, Kind.CHILD, at=at).order_by().values("pk")


def require_whole(split: Split, found: Plan, *, at: datetime) -> None:
    """Raise `NotSaid` with what nobody has said yet, and `IllegalMove` for what does not fit, or fewer than two left."""
    split_successors.require_two([one.successor for one in found.takes])
    left = [words for kind in Kind if found.unsaid[kind] for words in _named(split, kind, at)]
    if found.keeper is None:
        raise NotSaid("Decide first which authority answers for what stays in the old authority’s name.")
    if left:
        more = sum(found.unsaid.values()) - len(left)
        names = ", ".join([*left[:NAMED], *(["…"] if more > 0 or len(left) > NAMED else [])])
        raise NotSaid("Decide first which authority takes these: %(names)s.", names=names)
    if found.clashes:
        names = ", ".join([*found.clashes[:NAMED], *(["…"] if len(found.clashes) > NAMED else [])])
        raise IllegalMove(
            "This does not fit: %(names)s. Rename a team whose name the successor has already, and give a child whose"
            " team goes elsewhere to a team that goes with it first.",
            names=names,
        )
    for takes in found.takes:
        for one in takes.carried:
            if one.blocks:
                raise IllegalMove(one.becomes)


def _named(split: Split, kind: str, at: datetime) -> list[str]:
    column = {Kind.TEAM: "name", Kind.HOME: "name", Kind.TRANSFER: "child__reference"}.get(
        Kind(kind), "reference"
    )
    return list(unsaid(split, kind, at=at).values_list(column, flat=True)[:NAMED])
