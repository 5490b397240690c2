"""How everything of an authority that ends passes on: its children, those to come to it, and whoever lives in its area."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from cases import called_off, confirming, grants, handed_over, log, move_days, reviewing_officers
from cases.deadlines import london_day
from cases.groups import group_named, host_group
from cases.models import (
    Authority,
    Child,
    ChildLink,
    Journey,
    Membership,
    MissingEpisode,
    Placement,
    Responsibility,
    Role,
    Team,
    Transfer,
    User,
)
from cases.models.organisations import AuthorityQuerySet
from cases.models.transfers import TransferQuerySet
from cases.signals import children_changed
from cases.states import IllegalMove, TransferStatus
from cases.transfers import announcements, steps

# Children of one round: its statements are so many whatever their number.
BATCH = 500
# Longer than anybody waits for a lock.
LATELY = timedelta(days=1)


class ShownOtherwise(IllegalMove):
    """What is to pass is not what was read."""


def shown_otherwise() -> ShownOtherwise:
    return ShownOtherwise("What passes has changed since you read it. Read it again, then decide.")


class OnTheWay(IllegalMove):
    """A child is on the way between two that would be one: nobody could confirm that it has arrived."""


def require_nobody_on_the_way(references: Sequence[str]) -> None:
    """Raises `OnTheWay` with these children, where there are any."""
    if references:
        raise OnTheWay(
            "On the way between the two: %(references)s. Confirm the arrival first, or agree another day or withdraw the"
            " transfer where the child has not left.",
            references=", ".join(references),
        )


def concerned(authority: Authority, at: datetime) -> Q:
    """Of a row of children: its own, those who are to come to it and those who live there."""
    return own(authority, at) | Q(pk__in=coming_to(authority).values("child")) | hosted(authority, at)


def batches(who: Callable[[], Q]) -> Iterator[list[int]]:
    """These children some at a time, until there is none left; asked anew for each round."""
    taken: set[int] = set()
    while True:
        left = Child.objects.filter(who()).exclude(pk__among=taken).order_by("pk")
        ids = list(left.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        taken.update(ids)
        yield ids


def own(authority: Authority, at: datetime) -> Q:
    """Of a row of children: whether the authority is responsible; the last start of each of its children is looked up.

    One question for all of them would wait for PostgreSQL to have counted how many they are.
    """
    return Q(pk__in=Responsibility.objects.filter(authority=authority).at(at).values("child"))


def areas_of(authority: Authority) -> AuthorityQuerySet:
    """Its own area, and those of the authorities whose place it had taken."""
    return Authority.objects.filter(Q(pk=authority.pk) | Q(successors=authority))


def hosted(authority: Authority, at: datetime) -> Q:
    """Of a row of children: whether they live in its area, or in that of one whose place it had taken."""
    areas = areas_of(authority).values("pk")
    return Q(pk__in=Placement.objects.current(at).filter(host_authority__in=areas).values("child"))


def coming_to(authority: Authority) -> TransferQuerySet:
    return Transfer.objects.open().filter(receiver=authority)


def on_the_way(transfers: TransferQuerySet) -> list[str]:
    """The children of these who have set out, and of whom nobody is told to look for them yet; by reference."""
    sought = MissingEpisode.objects.open().values("child")
    going = transfers.filter(status=TransferStatus.IN_TRANSIT).exclude(child__in=sought)
    return list(going.order_by("child__reference").values_list("child__reference", flat=True))


@dataclass(frozen=True)
class Way:
    """Where everything of an authority goes: of a merger to its one successor, of a split as somebody has said.

    `child` is asked by its id, `transfer` of one that was to come to the authority, as it stands under the child's lock;
    `areas` sets right who hears of the area in which these children live, whosever they are, and says what is to stand
    on record of it. `keeper` is, of a split, who answers for what names the authority that ends.
    """

    authority: Authority
    child: Callable[[int], Authority]
    transfer: Callable[[Transfer], Authority]
    areas: Callable[[Sequence[int]], Sequence[log.Entry]]
    keeper: Authority | None = None


def pass_all(
    who: Callable[[], Q], successors: Collection[Authority], way: Way, *, by: User | None, at: datetime
) -> None:
    """All these children, round by round; a transfer that this withdraws calls its journey off and has no day any more.

    Whoever is watched for it may live elsewhere, as another authority's child: locked in their turn with all others.
    """
    watched: set[int] = set()
    withdrawn: list[Transfer] = []
    beside = _beside(_between(way.authority, successors))
    for ids in batches(lambda: who() | beside | Q(pk__in=watched)):
        over = _pass_on(ids, way, by=by, at=at)
        withdrawn += over
        # Under the lock of the child: the day may have been agreed since this began.
        watched.update(pk for one in over for pk in announcements.watched(one, at=at))
        watched.update(
            pk
            for one in called_off.going_there(over)
            for pk in called_off.watched(one.child_id, Journey.Kind.TRANSFER, at=at)
        )
    for one in called_off.going_there(withdrawn):
        called_off.with_transfer(one, {one.child_id, *watched}, by=by, at=at)
    for one in withdrawn:
        announcements.drop(one, one.moves_date, {one.child_id, *watched}, move_days.CALLED_OFF, by=by, at=at)


def _between(authority: Authority, successors: Collection[Authority]) -> TransferQuerySet:
    """The transfers with a day, or a journey there, of which both sides may be one and the same afterwards."""
    sent = Q(sender=authority, receiver__in=successors)
    there = Journey.objects.open().filter(kind=Journey.Kind.TRANSFER)
    return Transfer.objects.open().filter(
        sent | Q(receiver=authority, sender__in=successors),
        Q(moves_date__isnull=False) | Q(child__in=there.values("child")),
    )


def _beside(transfers: TransferQuerySet) -> Q:
    """Of a row of children: whether a link says that they belong to one who goes by these; nearly all who are watched do."""
    going = transfers.values("child")
    bonds = ChildLink.objects.bonds()
    one, other = bonds.filter(child__in=going), bonds.filter(other__in=going)
    return Q(pk__in=one.values("other")) | Q(pk__in=other.values("child"))


def _pass_on(ids: Sequence[int], way: Way, *, by: User | None, at: datetime) -> list[Transfer]:
    """One round: the children locked, their transfers set right, responsibility started, an event and a clock for each.

    Returns the transfers that were withdrawn.
    """
    authority = way.authority
    locked = Child.objects.locked().filter(pk__among=set(ids)).order_by("pk")
    held = list(locked.values_list("pk", flat=True))
    goes = {pk: way.child(pk) for pk in _own_of(held, authority, at)}
    entries, withdrawn = _pass_transfers(held, goes, way, at)
    started = Responsibility.objects.bulk_create(
        [
            Responsibility(child_id=pk, authority=successor, starts_at=at, recorded_by=by)
            for pk, successor in goes.items()
        ]
    )
    entries += [
        log.Entry(
            child_id=row.child_id,
            kind="responsibility_started",
            subject=row,
            data=_codes(authority, row.authority),
        )
        for row in started
    ]
    if way.keeper is not None and by is not None:
        # The roles of the authority that ends are its keeper’s to go on with, and open nothing of any other successor.
        away = [pk for pk, successor in goes.items() if successor != way.keeper]
        entries += reviewing_officers.pass_on_many(away, by=by, at=at)
    entries += way.areas(held)
    log.record_many(entries, by=by, at=at)
    children_changed.send(sender=None, ids=tuple(held), at=at)
    return withdrawn


def _own_of(held: Sequence[int], authority: Authority, at: datetime) -> list[int]:
    """Which of these locked children are the authority's; raises `ShownOtherwise` where one came or left since `at`.

    Of whoever only lives in its area others may have become responsible since: that is nothing of what passes.
    """
    starts = Responsibility.objects.filter(child__among=set(held))
    last = list(
        starts.order_by("child", "-starts_at")
        .distinct("child")
        .values_list("child", "authority", "starts_at")
    )
    own = [pk for pk, authority_id, _starts_at in last if authority_id == authority.pk]
    came = any(starts_at >= at for _pk, authority_id, starts_at in last if authority_id == authority.pk)
    later = {pk for pk, authority_id, starts_at in last if starts_at > at and authority_id != authority.pk}
    if came or (later and starts.at(at).filter(authority=authority, child__in=later).exists()):
        raise shown_otherwise()
    return own


def require_nothing_left(
    authority: Authority, left: Callable[[datetime], Sequence[QuerySet[Any]]], *, at: datetime
) -> None:
    """Wait for whatever begins to be this authority's in the same moment, and look again: nothing is left behind.

    What comes later waits for the end of this, and is refused by PostgreSQL. Raises `ShownOtherwise` where some of what
    is `left`, asked of a moment, is there.
    """
    Authority.objects.select_for_update().get(pk=authority.pk)
    # Whoever waited for a lock may have begun after the instant at which all passes.
    if any(rows.exists() for rows in left(at + LATELY)):
        raise shown_otherwise()


def _codes(authority: Authority, successor: Authority) -> dict[str, Any]:
    return {"from": authority.code, "to": successor.code, "merger": True}


def _pass_transfers(
    held: Sequence[int], goes: Mapping[int, Authority], way: Way, at: datetime
) -> tuple[list[log.Entry], list[Transfer]]:
    """Each open transfer has the successor in its place; one that would be between one and the same is withdrawn: these last."""
    authority = way.authority
    entries: list[log.Entry] = []
    rows = Transfer.objects.open().filter(child__among=set(held)).select_related("sender", "receiver")
    senders: dict[Authority, list[int]] = defaultdict(list)
    receivers: dict[Authority, list[int]] = defaultdict(list)
    over: list[Transfer] = []
    for one in rows.order_by("pk"):
        sender = goes.get(one.child_id, one.sender)
        comes = one.receiver_id == authority.pk
        receiver = way.transfer(one) if comes else one.receiver
        if receiver == sender:
            over.append(one)
            entries.append(_entry(one, "transfer_withdrawn", _codes(authority, sender)))
            continue
        if sender != one.sender:
            senders[sender].append(one.pk)
        if comes and receiver is not None:
            receivers[receiver].append(one.pk)
            entries.append(_entry(one, "transfer_passed_on", _codes(authority, receiver)))
    # Under their locks: one may have set out since somebody read what passes.
    require_nobody_on_the_way(on_the_way(Transfer.objects.filter(pk__in=[one.pk for one in over])))
    # In no language, by name: the page of the transfer has it as it is, the timeline says why in the reader’s own.
    for reason, some in _by_reason(over, goes, authority):
        steps.withdraw_all(some, reason=reason, at=at)
    for sender, ids in senders.items():
        Transfer.objects.filter(pk__in=ids).update(sender=sender)
    for receiver, ids in receivers.items():
        Transfer.objects.filter(pk__in=ids).update(receiver=receiver)
    return entries, over


def _entry(transfer: Transfer, kind: str, data: Mapping[str, Any]) -> log.Entry:
    return log.Entry(child_id=transfer.child_id, kind=kind, subject=transfer, data=data)


def _by_reason(
    over: Sequence[Transfer], goes: Mapping[int, Authority], authority: Authority
) -> Iterator[tuple[str, list[Transfer]]]:
    found: dict[str, list[Transfer]] = defaultdict(list)
    for one in over:
        found[steps.way(authority, goes.get(one.child_id, one.sender))].append(one)
    yield from found.items()


def open_area(held: Sequence[int], authority: Authority, successor: Authority) -> Sequence[log.Entry]:
    """The successor's desks read of each child who lives there what the desks before did, and go on to."""
    # Where the locked children live by now: whoever has moved away since `at` has nothing to do with the area any more.
    standing = Placement.objects.filter(child__among=set(held), ends_at=None)
    here = standing.filter(host_authority__in=areas_of(authority).values("pk")).values_list(
        "child", flat=True
    )
    children = list(here)
    # Of one that was merged before, whoever has taken its place since reads as well.
    for pk in {successor.pk, *authority.successors.values_list("pk", flat=True)}:
        grants.give_many(grants.HOST, dict.fromkeys(children, host_group(pk)))
    return ()


def move_teams(teams: QuerySet[Team], successor: Authority, *, by: User | None, at: datetime) -> None:
    """These teams with their people, who work for the successor from now on: its duty desks stand for what it hosts.

    On record of each, for its people keep the page of whom they handed over before.
    """
    moved = list(teams.select_related("authority"))
    ids = [team.pk for team in moved]
    for team in moved:
        data = {"from": team.authority.code, "to": successor.code}
        log.record_configuration(team, handed_over.TEAM_PASSED, data=data, by=by, at=at)
    Team.objects.filter(pk__in=ids).update(authority=successor)
    duty = Membership.objects.standing(at).filter(team__in=ids, role=Role.DUTY_DESK).values("user")
    group_named(host_group(successor.pk)).user_set.add(*User.objects.filter(pk__in=duty))


def abolish(authority: Authority, successors: Sequence[Authority], *, at: datetime) -> None:
    """End it on the day of `at`, with those that take its place: also in that of whom it had followed."""
    if authority.valid_to is None or authority.valid_to > london_day(at):
        authority.valid_to = london_day(at)
        authority.save(update_fields=["valid_to"])
    authority.successors.add(*successors)
    confirming.pass_on(authority, successors, at=at)
    # Whose place it had taken: what names one of them for ever is its successor's to answer for.
    for earlier in authority.predecessors.all():
        earlier.successors.add(*successors)
    heir = authority.keeper or successors[0]
    Authority.objects.filter(keeper=authority).update(keeper=heir)
