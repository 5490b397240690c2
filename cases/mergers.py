"""The verb of a reorganisation: every child of an authority that ends passes to its successor at one instant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Count, Q

from cases import grants, log
from cases.deadlines import london_day
from cases.models import (
    Authority,
    Child,
    ConfigurationChange,
    Home,
    Mailbox,
    Membership,
    Placement,
    Responsibility,
    Role,
    Team,
    Transfer,
    User,
)
from cases.models.transfers import TransferQuerySet
from cases.people import group_named, host_group
from cases.signals import children_changed
from cases.states import IllegalMove
from cases.transfers import steps

MERGED = "authority_merged"
# Children of one round: its statements are so many whatever their number.
BATCH = 500

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
    """Who plans and does that, before the children pass on."""

    def plan(self, authority: Authority, successor: Authority, *, at: datetime) -> Carried: ...

    def move(
        self, authority: Authority, successor: Authority, *, by: User | None, at: datetime
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


class ShownOtherwise(IllegalMove):
    """What is to pass is not what was read."""


class EndedAlready(IllegalMove):
    """Another authority answers for the children of this one, and who works for it decides for them no more."""


def require_standing(authority: Authority, successor: Authority | None = None) -> None:
    """Raises `EndedAlready` for an authority that was merged, or that another than this is to follow.

    One that the reference list ends has its children yet, and passes them to one of those that it names there.
    """
    merged = ConfigurationChange.objects.filter(
        subject_type="authority", subject_id=authority.pk, kind=MERGED
    )
    follow = list(authority.successors.order_by("name", "pk"))
    others = successor is not None and follow and successor not in follow
    if merged.exists() or others:
        raise EndedAlready(
            "%(authority)s has ended already. Its children passed to %(successors)s.",
            authority=authority.said_name,
            successors=", ".join(one.said_name for one in follow),
        )


def require_shown(plan: Plan, shown: str) -> None:
    """Raises `ShownOtherwise` where what passes has changed since it was read, or has passed already."""
    if shown != plan.shown:
        raise ShownOtherwise("What passes has changed since you read it. Read it again, then decide.")


def plan(authority: Authority, successor: Authority, *, at: datetime) -> Plan:
    """Count what `move` would do, and change nothing."""
    own = Child.objects.filter(_own(authority, at))
    counted = own.aggregate(all=Count("pk"), closed=Count("pk", filter=Q(closed_at__lte=at)))
    teams = Team.objects.filter(authority=authority)
    known = Team.objects.filter(authority=successor).values("name")
    going, coming = Transfer.objects.open().filter(sender=authority), _coming(authority)
    between = going.filter(receiver=successor).count() + coming.filter(sender=successor).count()
    return Plan(
        children=counted["all"],
        closed=counted["closed"],
        teams=teams.count(),
        clashes=sorted(teams.filter(name__in=known).values_list("name", flat=True)),
        sent=going.count(),
        coming=coming.count(),
        between=between,
        hosted=Child.objects.filter(_hosted(authority, at)).count(),
        homes=Home.objects.filter(authority=authority).count(),
        roles=Membership.objects.standing(at).filter(authority=authority).count(),
        mailboxes=Mailbox.objects.current(at).filter(authority=authority).count(),
        agreed=[name for of in _agreed for name in of(authority)],
        carried=[carrier.plan(authority, successor, at=at) for carrier in _carriers],
    )


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
    `EndedAlready` for what was merged before, `ShownOtherwise`, and `IllegalMove` where both are one, where the successor
    does not exist, and where a team's name stands in both.
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
        found = plan(authority, successor, at=at)
        if shown is not None:
            require_shown(found, shown)
        if found.clashes:
            raise IllegalMove(
                "Both authorities have a team called %(names)s. Rename one first.",
                names=", ".join(found.clashes),
            )
        for one in found.carried:
            if one.blocks:
                raise IllegalMove(one.becomes)
        for carrier in _carriers:
            carrier.move(authority, successor, by=by, at=at)
        for ids in _batches(authority, at):
            _pass_on(ids, authority, successor, by=by, at=at)
        _move_teams(authority, successor, at)
        # After the children, as everywhere.
        Home.objects.filter(authority=authority).update(authority=successor)
        said = {"reason": reason.strip(), "second": seconded_by.pk if seconded_by is not None else None}
        _abolish(authority, successor, found, said, by=by, at=at)
    return found


def _batches(authority: Authority, at: datetime) -> Iterator[list[int]]:
    """Its children, those who are to come to it and those who live there, some at a time, until there is none left."""
    taken: set[int] = set()
    while True:
        own = _own(authority, at) | Q(pk__in=_coming(authority).values("child")) | _hosted(authority, at)
        left = Child.objects.filter(own).exclude(pk__among=taken).order_by("pk")
        ids = list(left.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        taken.update(ids)
        yield ids


def _own(authority: Authority, at: datetime) -> Q:
    """Of a row of children: whether the authority is responsible; the last start of each of its children is looked up.

    One question for all of them would wait for PostgreSQL to have counted how many they are.
    """
    return Q(pk__in=Responsibility.objects.filter(authority=authority).at(at).values("child"))


def _hosted(authority: Authority, at: datetime) -> Q:
    """Of a row of children: whether they live in its area, or in that of one whose place it had taken."""
    areas = Authority.objects.filter(Q(pk=authority.pk) | Q(successors=authority))
    return Q(
        pk__in=Placement.objects.current(at).filter(host_authority__in=areas.values("pk")).values("child")
    )


def _coming(authority: Authority) -> TransferQuerySet:
    return Transfer.objects.open().filter(receiver=authority)


def _pass_on(
    ids: Sequence[int], authority: Authority, successor: Authority, *, by: User | None, at: datetime
) -> None:
    """One round: the children locked, their transfers set right, responsibility started, an event and a clock for each."""
    locked = Child.objects.locked().filter(pk__among=set(ids)).order_by("pk")
    held = list(locked.values_list("pk", flat=True))
    latest = (
        Responsibility.objects.filter(child__among=set(held), starts_at__lte=at)
        .order_by("child", "-starts_at")
        .distinct("child")
        .values_list("child", "authority")
    )
    own = [child_id for child_id, authority_id in latest if authority_id == authority.pk]
    entries = _withdraw_between(held, authority, successor, at)
    theirs = Transfer.objects.open().filter(child__among=set(held))
    theirs.filter(sender=authority).update(sender=successor)
    coming = theirs.filter(receiver=authority)
    data = {"from": authority.code, "to": successor.code, "merger": True}
    entries += [
        log.Entry(child_id=one.child_id, kind="transfer_passed_on", subject=one, data=data) for one in coming
    ]
    coming.update(receiver=successor)
    started = Responsibility.objects.bulk_create(
        [Responsibility(child_id=pk, authority=successor, starts_at=at, recorded_by=by) for pk in own]
    )
    here = Child.objects.filter(_hosted(authority, at), pk__among=set(held)).values_list("pk", flat=True)
    grants.give_many(grants.HOST, dict.fromkeys(here, host_group(successor.pk)))
    entries += [
        log.Entry(child_id=row.child_id, kind="responsibility_started", subject=row, data=data)
        for row in started
    ]
    log.record_many(entries, by=by, at=at)
    children_changed.send(sender=None, ids=tuple(held), at=at)


def _withdraw_between(
    held: Sequence[int], authority: Authority, successor: Authority, at: datetime
) -> list[log.Entry]:
    """A transfer between the two is one to nobody."""
    both = [authority.pk, successor.pk]
    rows = list(Transfer.objects.open().filter(child__among=set(held), sender__in=both, receiver__in=both))
    # In no language: the timeline says why in the reader’s own.
    steps.withdraw_all(rows, reason=f"{authority.code} → {successor.code}", at=at)
    data = {"from": authority.code, "to": successor.code, "merger": True}
    return [log.Entry(child_id=t.child_id, kind="transfer_withdrawn", subject=t, data=data) for t in rows]


def _move_teams(authority: Authority, successor: Authority, at: datetime) -> None:
    """The teams with their people, who work for the successor from now on: its duty desks stand for what it hosts."""
    teams = list(Team.objects.filter(authority=authority).values_list("pk", flat=True))
    Team.objects.filter(pk__in=teams).update(authority=successor)
    duty = Membership.objects.standing(at).filter(team__in=teams, role=Role.DUTY_DESK).values("user")
    group_named(host_group(successor.pk)).user_set.add(*User.objects.filter(pk__in=duty))


def _abolish(
    authority: Authority,
    successor: Authority,
    found: Plan,
    said: Mapping[str, Any],
    *,
    by: User | None,
    at: datetime,
) -> None:
    if authority.valid_to is None or authority.valid_to > london_day(at):
        authority.valid_to = london_day(at)
        authority.save(update_fields=["valid_to"])
    authority.successors.add(successor)
    # Whose place it had taken: what names one of them for ever is its successor's to answer for.
    for earlier in authority.predecessors.all():
        earlier.successors.add(successor)
    data = {"successor": successor.code, "children": found.children, "teams": found.teams}
    data |= {
        "homes": found.homes,
        "hosted": found.hosted,
        **{key: value for key, value in said.items() if value},
    }
    log.record_configuration(authority, MERGED, data=data, by=by, at=at)
