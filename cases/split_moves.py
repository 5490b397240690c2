"""The verb of a split: every child of an authority that ends passes to one of its successors, all at one instant."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import ended, grants, log, mergers, passing_on, split_successors, splits
from cases.deadlines import london_day
from cases.models import (
    Allocation,
    Authority,
    Child,
    ChildGroupPermission,
    ConfigurationChange,
    Home,
    Placement,
    PlannedPlacement,
    Responsibility,
    Split,
    Team,
    Transfer,
    User,
)
from cases.people import host_group
from cases.splits import Kind
from cases.states import IllegalMove


def move(
    split: Split,
    *,
    shown: str | None = None,
    reason: str = "",
    signed: Mapping[int, User],
    by: User,
    at: datetime,
) -> splits.Plan:
    """Make each successor responsible for its children from `at` on, in one commit; return what was done.

    Teams, homes, transfers and areas go as somebody has said of each. `signed` is who signed for each successor, by its
    id; `shown` is what was read. Raises `splits.NotSaid` while anything is left, naming it, `passing_on.ShownOtherwise`, and
    `IllegalMove` without a signature of every successor, and where something does not fit.
    """
    with transaction.atomic():
        split = splits.locked(split)
        split_successors.follow(split, by=by, at=at)
        successors = list(split_successors.taking(split, at=at).order_by("pk"))
        rows = Authority.objects.select_for_update(no_key=True).order_by("pk")
        held = rows.filter(pk__in=[split.authority_id, *(one.pk for one in successors)])
        authority = split.authority = {one.pk: one for one in held}[split.authority_id]
        for one in successors:
            # It may have ended while this waited for it.
            split_successors.require_there(one, at)
            mergers.require_standing(authority, one)
        _require_signed(successors, signed, by)
        found = splits.plan(split, at=at)
        if shown is not None:
            mergers.require_shown(found.shown, shown)
        splits.require_whole(split, found, at=at)
        for one in successors:
            mergers.carry(authority, one, children=splits.coming(split, one, at), by=by, at=at)
        told = _told(split, at)
        goes = _Goes(split, {one.pk: one for one in successors}, splits.shares_of(split, at), at)
        way = passing_on.Way(authority, goes.child, goes.transfer, goes.areas, keeper=split.keeper)
        passing_on.pass_all(lambda: _concerned(authority, at), successors, way, by=by, at=at)
        goes.homes()
        passing_on.require_nothing_left(authority, lambda late: _left(split, at, late), at=at)
        goes.require_together()
        goes.teams(by)
        _end(split, authority, successors, at)
        data = _said(found, successors, signed, reason.strip(), told)
        log.record_configuration(authority, ended.SPLIT, data=data, by=by, at=at)
    return found


def _require_signed(successors: Sequence[Authority], signed: Mapping[int, User], by: User) -> None:
    people = [signed[one.pk].pk for one in successors if one.pk in signed]
    if len(people) < len(successors) or len({*people, by.pk}) <= len(successors):
        raise each_by_another()


def each_by_another() -> IllegalMove:
    """That one person has signed for two of them, or whoever passes it on for one."""
    return IllegalMove("A different person signs for each of these authorities, and none of them is you.")


def _concerned(authority: Authority, at: datetime) -> Q:
    return passing_on.concerned(authority, at) | Q(
        pk__in=PlannedPlacement.objects.open()
        .filter(authority__in=passing_on.areas_of(authority).values("pk"))
        .values("child")
    )


def _left(split: Split, at: datetime, late: datetime) -> list[QuerySet[Any]]:
    """What a split has passed to nobody by then: a child, one who lives or is to live in the area, a home, or a team."""
    children = Child.objects.filter(_concerned(split.authority, late))
    return [
        children,
        Home.objects.filter(authority=split.authority),
        splits.unsaid(split, Kind.TEAM, at=at),
    ]


def _told(split: Split, at: datetime) -> list[int]:
    """Whose seniors and administrators hear of it: of all that is split, and whoever's children live or wait there."""
    authority = split.authority
    children = Child.objects.filter(_concerned(authority, at)).values("pk")
    others = Responsibility.objects.filter(child__in=children).at(at).values_list("authority", flat=True)
    going = Transfer.objects.open().filter(sender=authority).exclude(receiver=None)
    own = split_successors.taking(split, at=at).values_list("pk", flat=True)
    return sorted({authority.pk, *own, *others, *going.values_list("receiver", flat=True)})


def _end(split: Split, authority: Authority, successors: Sequence[Authority], at: datetime) -> None:
    split.done_at = at
    split.save(update_fields=["done_at"])
    authority.keeper = split.keeper
    authority.save(update_fields=["keeper"])
    _keep_merged(authority, successors, at)
    passing_on.abolish(authority, successors, at=at)


def _keep_merged(authority: Authority, successors: Sequence[Authority], at: datetime) -> None:
    """What names an authority that was merged into this one is kept by whoever keeps what names this one.

    Of one that the reference list gives to others too, who still exist, these answer as before.
    """
    others = Authority.objects.on(london_day(at)).exclude(
        pk__in=[authority.pk, *(one.pk for one in successors)]
    )
    merged = ConfigurationChange.objects.filter(subject_type="authority", kind=ended.MERGED)
    whole = Authority.objects.filter(successors=authority, keeper=None, pk__in=merged.values("subject_id"))
    ids = list(whole.exclude(successors__in=others).values_list("pk", flat=True))
    Authority.objects.filter(pk__in=ids).update(keeper=authority.keeper)


def _said(
    found: splits.Plan,
    successors: Sequence[Authority],
    signed: Mapping[int, User],
    reason: str,
    told: Sequence[int],
) -> dict[str, Any]:
    codes = {one.pk: one.code for one in successors}
    data: dict[str, Any] = {
        "successors": sorted(codes.values()),
        "keeper": found.keeper.code if found.keeper is not None else None,
        "takes": {one.successor.code: dict(one.counts) for one in found.takes},
        "seconds": {codes[pk]: user.pk for pk, user in signed.items()},
        "authorities": list(told),
    }
    return data | ({"reason": reason} if reason else {})


@dataclass(frozen=True)
class _Goes:
    """Where each goes as somebody has said it."""

    split: Split
    successors: Mapping[int, Authority]
    shares: Mapping[str, Mapping[int, int]]
    at: datetime

    def child(self, pk: int) -> Authority:
        return self._to(Kind.CHILD, pk)

    def transfer(self, one: Transfer) -> Authority:
        """Where a team has accepted it, also since the plan was counted, it goes with that team."""
        return (
            self._to(Kind.TEAM, one.team_id) if one.team_id is not None else self._to(Kind.TRANSFER, one.pk)
        )

    def _to(self, kind: str, pk: int) -> Authority:
        """Which successor takes it; raises `splits.NotSaid` for what came after the plan was counted."""
        found = self.shares[kind].get(pk)
        if found is None:
            raise splits.NotSaid("What passes has changed since you read it. Read it again, then decide.")
        return self.successors[found]

    def areas(self, held: Sequence[int]) -> Sequence[log.Entry]:
        """Each of these who lives in the area, or is to, lives in that of one successor, whose desks alone read of it."""
        self._part(held)
        authority = self.split.authority
        areas = list(passing_on.areas_of(authority).values_list("pk", flat=True))
        own = set(
            Responsibility.objects.filter(
                child__among=set(held), starts_at=self.at, authority__in=self.successors
            ).values_list("child", flat=True)
        )
        # One that began while this waited for the child, too.
        lasts = Q(ends_at=None) | Q(ends_at__gt=self.at)
        living = Placement.objects.filter(lasts, child__among=set(held), host_authority__in=areas)
        coming = PlannedPlacement.objects.open().filter(child__among=set(held), authority__in=areas)
        entries: list[log.Entry] = []
        now: dict[int, str] = {}
        moved: dict[tuple[bool, int], list[int]] = defaultdict(list)
        rows: list[Placement | PlannedPlacement] = [*living.select_related("home")]
        rows += coming.select_related("home")
        for row in rows:
            to = self._area(row, own)
            moved[isinstance(row, Placement), to.pk].append(row.pk)
            data = {"from": authority.code, "to": to.code}
            entries.append(
                log.Entry(child_id=row.child_id, kind="placement_area_passed_on", subject=row, data=data)
            )
            if isinstance(row, Placement):
                now[row.child_id] = host_group(to.pk)
        for (is_lived, successor_id), ids in moved.items():
            if is_lived:
                Placement.objects.filter(pk__in=ids).update(host_authority=successor_id)
            else:
                PlannedPlacement.objects.filter(pk__in=ids).update(authority=successor_id)
        _regrant(now, areas)
        return entries

    def _part(self, held: Sequence[int]) -> None:
        """End what stands of a closed case with a team that goes to another successor: it is nobody's work any more.

        Before the events of this round, the start of responsibility among them, which tell of it.
        """
        teams, children = self.shares[Kind.TEAM], self.shares[Kind.CHILD]
        standing = Allocation.objects.filter(
            ends_at=None,
            starts_at__lt=self.at,
            team__in=teams,
            child__among=set(held),
            child__closed_at__isnull=False,
        )
        rows = standing.values_list("pk", "child", "team")
        parted = [
            pk for pk, child_id, team_id in rows if children.get(child_id) not in (None, teams[team_id])
        ]
        Allocation.objects.filter(pk__in=parted).update(ends_at=self.at)

    def _area(self, row: Placement | PlannedPlacement, own: Collection[int]) -> Authority:
        if row.home is not None and row.home.authority_id == self.split.authority_id:
            return self._to(Kind.HOME, row.home.pk)
        return self._to(Kind.CHILD if row.child_id in own else Kind.AREA, row.child_id)

    def require_together(self) -> None:
        """Raise where a child was given, since the plan was counted, to a team that goes to another successor."""
        for pk in self.successors:
            others = [team for team, to in self.shares[Kind.TEAM].items() if to != pk]
            passed = Responsibility.objects.filter(authority=pk, starts_at=self.at).values("child")
            if Allocation.objects.filter(ends_at=None, team__in=others, child__in=passed).exists():
                raise passing_on.shown_otherwise()

    def homes(self) -> None:
        """After the children, as everywhere, and before the look: whoever places somebody there has it until it commits."""
        for pk, successor in self.successors.items():
            homes = [one for one, to in self.shares[Kind.HOME].items() if to == pk]
            Home.objects.filter(pk__in=homes).update(authority=successor)

    def teams(self, by: User) -> None:
        """With their people."""
        for pk, successor in self.successors.items():
            teams = [one for one, to in self.shares[Kind.TEAM].items() if to == pk]
            passing_on.move_teams(Team.objects.filter(pk__in=teams), successor, by=by, at=self.at)


def _regrant(groups: Mapping[int, str], areas: Sequence[int]) -> None:
    """The desks of the area before read these children no more: those of the one successor do."""
    ChildGroupPermission.objects.filter(
        content_object__in=groups,
        permission_id=grants.permission_id(grants.HOST),
        group__name__in=[host_group(pk) for pk in areas],
    ).delete()
    grants.give_many(grants.HOST, dict(groups))
