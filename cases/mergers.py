"""The verb of a reorganisation: every child of an authority that ends passes to its successor at one instant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from cases import ended, grants, log, passing_on
from cases.deadlines import london_day
from cases.groups import host_group
from cases.models import (
    Authority,
    Child,
    Home,
    Mailbox,
    Membership,
    Split,
    Team,
    Transfer,
    User,
)
from cases.states import IllegalMove

Agreed = Callable[[Authority], Sequence[str]]
_agreed: list[Agreed] = []


def says_too(agreed: Agreed) -> None:
    """Have a plan name what another app keeps of what an authority has agreed on for itself."""
    if agreed not in _agreed:
        _agreed.append(agreed)


@dataclass(frozen=True)
class Carried:
    """What another app keeps of an area: how a page calls it, what was said there, what becomes of it, by a key as well.

    Nothing passes on while it `blocks`.
    """

    what: str
    there: str
    becomes: str
    key: str
    blocks: bool = False


class Carrier(Protocol):
    """Who plans and does that, before the children pass on; `children` says of a row of them who comes to the successor."""

    def plan(self, authority: Authority, successor: Authority, *, children: Q, at: datetime) -> Carried: ...

    def move(
        self, authority: Authority, successor: Authority, *, children: Q, by: User | None, at: datetime
    ) -> object: ...


_carriers: list[Carrier] = []


def carries(carrier: Carrier) -> None:
    """Have a merger pass on what another app keeps of an area."""
    if carrier not in _carriers:
        _carriers.append(carrier)


@dataclass(frozen=True)
class Plan:
    """What a merger moves, and what it leaves for somebody to set right."""

    children: int
    closed: int
    teams: int
    # Teams of the same name in both: one is to be renamed first.
    clashes: Sequence[str]
    sent: int
    coming: int
    between: int
    # Who has set out from one of the two to the other: nobody could confirm the arrival afterwards.
    on_the_way: Sequence[str]
    # Of whichever authority: the children who live in its area, and the homes there.
    hosted: int
    homes: int
    # Roles and mailboxes of the authority as a whole.
    roles: int
    mailboxes: int
    # What it has agreed on for itself, by name: it counts for nobody any more.
    agreed: Sequence[str] = ()
    carried: Sequence[Carried] = ()

    @property
    def shown(self) -> str:
        """What somebody has read of it, to be sent with their word that it is to be done."""
        passes = (self.children, self.closed, self.teams, self.sent, self.coming, self.between)
        return "-".join(map(str, (*passes, self.hosted, self.homes, *(one.key for one in self.carried))))


def require_standing(authority: Authority, successor: Authority | None = None) -> None:
    """Raises `ended.EndedAlready` for an authority that was merged, or that another than this is to follow.

    One that the reference list ends has its children yet, and passes them to one of those that it names there.
    """
    follow = list(authority.successors.all()) if successor is not None else []
    others = follow and successor not in follow
    if ended.has_ended(authority) or others:
        raise ended.already(authority)


def require_no_split(authority: Authority) -> None:
    """Raises `IllegalMove` while somebody says which of several takes what: a merger would leave that to nobody."""
    if Split.objects.open().filter(authority=authority).exists():
        raise IllegalMove("A split of this authority has begun. Call it off before you merge it.")


def require_shown(stands: str, shown: str) -> None:
    """Raises `passing_on.ShownOtherwise` where what passes has changed since it was read, or has passed already."""
    if shown != stands:
        raise passing_on.shown_otherwise()


def plan(authority: Authority, successor: Authority, *, at: datetime) -> Plan:
    """Count what `move` would do, and change nothing."""
    counted = Child.objects.filter(passing_on.own(authority, at)).aggregate(
        all=Count("pk"), closed=Count("pk", filter=Q(closed_at__lte=at))
    )
    teams = Team.objects.filter(authority=authority)
    going, coming = Transfer.objects.open().filter(sender=authority), passing_on.coming_to(authority)
    between = going.filter(receiver=successor) | coming.filter(sender=successor)
    return Plan(
        children=counted["all"],
        closed=counted["closed"],
        teams=teams.count(),
        clashes=clashes(authority, successor),
        sent=going.count(),
        coming=coming.count(),
        between=between.count(),
        on_the_way=passing_on.on_the_way(between),
        hosted=Child.objects.filter(passing_on.hosted(authority, at)).count(),
        homes=Home.objects.filter(authority=authority).count(),
        roles=Membership.objects.standing(at).filter(authority=authority).count(),
        mailboxes=Mailbox.objects.current(at).filter(authority=authority).count(),
        agreed=[name for of in _agreed for name in of(authority)],
        carried=carried(authority, successor, children=passing_on.own(authority, at), at=at),
    )


def carried(authority: Authority, successor: Authority, *, children: Q, at: datetime) -> list[Carried]:
    """What becomes of what other apps keep of its area, at this successor, to which `children` come."""
    return [carrier.plan(authority, successor, children=children, at=at) for carrier in _carriers]


def carry(authority: Authority, successor: Authority, *, children: Q, by: User | None, at: datetime) -> None:
    """Do that, before they pass on."""
    for carrier in _carriers:
        carrier.move(authority, successor, children=children, by=by, at=at)


def move(
    authority: Authority,
    successor: Authority,
    *,
    shown: str | None = None,
    reason: str = "",
    seconded_by: User | None = None,
    by: User | None,
    at: datetime,
) -> Plan:
    """Make `successor` responsible for every child of `authority` from `at` on, in one commit; return what was done.

    The teams go with their children, so that nobody's work ends; an open transfer has the successor in its place, and
    one between the two is withdrawn. Closed cases pass on too, or nobody could read them. Its homes are the
    successor's, and of whoever lives in its area, whosever child it is, the successor's desks hear and read what its own
    did. `seconded_by` is who signed for the successor; `shown` is what was read of it, where somebody read it. Raises
    `ended.EndedAlready` for what was merged before, `passing_on.ShownOtherwise`, also where something became this
    authority's meanwhile, `passing_on.OnTheWay` while a child is on the way from one to the other, and `IllegalMove`
    where both are one, where the successor does not exist, while a split of it is open, and where a team's name stands
    in both.
    """
    if authority.pk == successor.pk:
        raise IllegalMove("An authority is not its own successor.")
    with transaction.atomic():
        # Two mergers of one authority wait for each other here, and no verb of a child waits for them.
        locked = Authority.objects.select_for_update(no_key=True).filter(pk__in=[authority.pk, successor.pk])
        authority = {row.pk: row for row in locked.order_by("pk")}[authority.pk]
        if not Authority.objects.on(london_day(at)).filter(pk=successor.pk).exists():
            raise IllegalMove("%(authority)s does not exist any more.", authority=successor.said_name)
        require_standing(authority, successor)
        require_no_split(authority)
        found = plan(authority, successor, at=at)
        if shown is not None:
            require_shown(found.shown, shown)
        _require_possible(found)
        carry(authority, successor, children=passing_on.own(authority, at), by=by, at=at)
        pass_over(authority, successor, lambda: passing_on.concerned(authority, at), by=by, at=at)
        said = {"reason": reason.strip(), "second": seconded_by.pk if seconded_by is not None else None}
        data = {"successor": successor.code, "children": found.children, "teams": found.teams}
        data |= {"homes": found.homes, "hosted": found.hosted}
        data |= {key: value for key, value in said.items() if value}
        log.record_configuration(authority, ended.MERGED, data=data, by=by, at=at)
    return found


def clashes(authority: Authority, successor: Authority) -> list[str]:
    known = Team.objects.filter(authority=successor).values("name")
    return sorted(Team.objects.filter(authority=authority, name__in=known).values_list("name", flat=True))


def require_other_names(names: Sequence[str]) -> None:
    """Raises `IllegalMove` where there is a team of the same name in both."""
    if names:
        raise IllegalMove(
            "Both authorities have a team called %(names)s. Rename one first.", names=", ".join(names)
        )


def _require_possible(found: Plan) -> None:
    require_other_names(found.clashes)
    passing_on.require_nobody_on_the_way(found.on_the_way)
    for one in found.carried:
        if one.blocks:
            raise IllegalMove(one.becomes)


def pass_over(
    authority: Authority, successor: Authority, who: Callable[[], Q], *, by: User | None, at: datetime
) -> None:
    """Pass these children, the homes and the teams on to `successor`, which is locked, and look whether anything is left."""
    way = passing_on.Way(
        authority,
        lambda pk: successor,
        lambda transfer: successor,
        lambda held: passing_on.open_area(held, authority, successor),
    )
    passing_on.pass_all(who, [successor], way, by=by, at=at)
    # After the children, as everywhere, and before the look: whoever places somebody there has the home until it commits.
    Home.objects.filter(authority=authority).update(authority=successor)
    passing_on.require_nothing_left(authority, lambda late: left(authority, successor, late), at=at)
    passing_on.move_teams(Team.objects.filter(authority=authority), successor, by=by, at=at)
    passing_on.abolish(authority, [successor], at=at)


def left(authority: Authority, successor: Authority, at: datetime) -> list[QuerySet[Any]]:
    """What a merger has passed to nobody: a child, or one in the area whom the successor's desks do not read, and a home."""
    seen = grants.seen_from(host_group(successor.pk))
    own = passing_on.own(authority, at) | Q(pk__in=passing_on.coming_to(authority).values("child"))
    unseen = Child.objects.filter(passing_on.hosted(authority, at)).exclude(pk__in=seen)
    return [Child.objects.filter(own), unseen, Home.objects.filter(authority=authority)]
