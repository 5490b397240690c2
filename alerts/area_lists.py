"""The weekly list of an area: which children of other authorities live there, to its duty and its force's coordinator."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from alerts import desk_phones, tiers
from alerts.emails import AreaList, Part
from alerts.models import Channel, Message, MessageKind
from cases import access
from cases.deadlines import add_days, london_day
from cases.models import (
    Authority,
    KeepFrom,
    Mailbox,
    Membership,
    Placement,
    Responsibility,
    Restriction,
    User,
)
from cases.models.periods import overlaps

# Who is told: the duty of the authority in whose area they live, and the coordinator of the force whose area it is.
PURPOSES = (Mailbox.Purpose.HOST_DUTY, Mailbox.Purpose.COORDINATOR)
POST = "area"
# With the daily lists, behind everything else.
URGENCY = 90


def owe(*, now: datetime) -> int:
    """Owe the list of the last Monday to each mailbox that has none of it yet; return how many were found without.

    Of two that do this at once PostgreSQL keeps one row for each mailbox and week.
    """
    owed_at = tiers.week_owed(settings.AREA_LIST_AT, now=now)
    owed = [_message(box, owed_at, now) for box in waiting(owed_at, now)]
    Message.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def waiting(owed_at: datetime, now: datetime) -> QuerySet[Mailbox]:
    """The mailboxes without the list of `owed_at`: registered by then, proved once, and of which no mail was refused since."""
    listed = Message.objects.filter(mailbox=OuterRef("pk"), week_date=london_day(owed_at))
    return proved(now).filter(starts_at__lte=owed_at).exclude(Exists(listed)).order_by("pk")


def proved(now: datetime) -> QuerySet[Mailbox]:
    """The mailboxes that such a list goes to: proved once, and of which no mail was refused since."""
    answers = Q(verified_at__isnull=False) & (Q(failed_at=None) | Q(failed_at__lte=F("verified_at")))
    return Mailbox.objects.current(now).filter(answers, purpose__in=PURPOSES)


def _message(box: Mailbox, owed_at: datetime, now: datetime) -> Message:
    return Message(
        kind=MessageKind.ALERT,
        wording="area_list",
        step="area_list",
        channel=Channel.MAIL,
        post=POST,
        recipient=f"{Channel.MAIL}/mailbox:{box.pk}",
        mailbox=box,
        week_date=london_day(owed_at),
        urgency=URGENCY,
        owed_at=owed_at,
        created_at=now,
        next_try_at=now,
    )


@dataclass
class _Stays:
    """The placements in one area since `since`, with what decides whose children they are."""

    since: datetime
    now: datetime
    placements: Mapping[int, list[Placement]]
    # By child: since when which authority was responsible, the latest first.
    responsible: Mapping[int, list[tuple[datetime, Authority]]]
    # (an authority, one whose place it has taken): of these two each is the other's own area.
    followed: Collection[tuple[int, int]]

    def authority(self, child_id: int, at: datetime) -> Authority | None:
        return next((who for since, who in self.responsible[child_id] if since <= at), None)

    def is_hosted(self, placement: Placement, at: datetime) -> bool:
        """Whether this placement holds at `at` and is in the area of another than the responsible authority."""
        own, host = self.authority(placement.child_id, at), placement.host_authority_id
        over = placement.ends_at is not None and placement.ends_at <= at
        closed = placement.child.closed_at
        if own is None or over or placement.starts_at > at or (closed is not None and closed <= at):
            return False
        return own.pk != host and not {(own.pk, host), (host, own.pk)} & set(self.followed)

    def is_here(self, child_id: int, at: datetime) -> bool:
        return any(self.is_hosted(one, at) for one in self.placements[child_id])

    def lives_here(self, child_id: int) -> bool:
        """Whether the child lives in the area now, whosever it is."""
        return any(
            one.starts_at <= self.now and (one.ends_at is None or one.ends_at > self.now)
            for one in self.placements[child_id]
        )

    def was_here(self, child_id: int) -> bool:
        """Whether the child lived here at any time of the week."""
        return any(self.is_hosted(one, max(one.starts_at, self.since)) for one in self.placements[child_id])


@dataclass
class _Group:
    placed: list[str] = field(default_factory=list)
    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def read(message: Message, *, now: datetime) -> AreaList:
    """Read the list of the message's mailbox as it is now, with the changes of the week; a fixed number of queries.

    A child of a restricted record is on no list, nor is one who is kept from anybody who works there: whoever opens
    the mailbox is not known. TypeError for a message that goes to no mailbox.
    """
    if message.mailbox is None:
        raise TypeError("the list of an area goes to a mailbox")
    box, since = message.mailbox, add_days(message.owed_at, -7)
    members = _members(box, now)
    kept = KeepFrom.objects.current(now).filter(user__in=members.values("user")).values("child")
    stays = _stays(_in_area(box, now), kept, since, now)
    groups: dict[Authority, _Group] = defaultdict(_Group)
    for child_id, placements in stays.placements.items():
        authority, reference = stays.authority(child_id, now), placements[0].child.reference
        here = stays.is_here(child_id, now)
        if authority is None or not (here or stays.was_here(child_id)):
            continue
        if not here and placements[0].child.closed_at is None and stays.lives_here(child_id):
            # The area's own authority has taken it over: no stay has ended.
            continue
        group = groups[authority]
        if not here:
            group.ended.append(reference)
            continue
        group.placed.append(reference)
        if not stays.is_here(child_id, since):
            group.began.append(reference)
    return AreaList(_area(box), since, list(_parts(groups)), members.exists())


def of_officer(user: User, *, now: datetime) -> tuple[list[Part], set[int]]:
    """What the list of their force's area says to an officer who is signed in, and whose children stand there, by key.

    The same children as in the week's mail as they live there now, less those from whom this officer is kept, or whose council
    has not confirmed them.
    """
    if not access.officer_roles(user, at=now):
        return [], set()
    stays = _stays(access.placed_for_officer(user, at=now), access.closed_to(user, now), now, now)
    groups: dict[Authority, _Group] = defaultdict(_Group)
    shown = set()
    for child_id, placements in stays.placements.items():
        authority = stays.authority(child_id, now)
        if authority is not None and stays.is_here(child_id, now):
            groups[authority].placed.append(placements[0].child.reference)
            shown.add(child_id)
    return list(_parts(groups)), shown


def _area(box: Mailbox) -> str:
    return str(box.force or box.authority)


def _members(box: Mailbox, now: datetime) -> QuerySet[Membership]:
    """Whoever has a role in the force, or in the authority, that the mailbox is of."""
    here = Q(force=box.force_id) if box.force_id is not None else Q(team__authority=box.authority_id)
    return Membership.objects.current(now).filter(here)


def _stays(in_area: Q, kept: Any, since: datetime, now: datetime) -> _Stays:
    rows = (
        Placement.objects.filter(overlaps(since, now) | Q(starts_at=now), in_area)
        .filter(child__is_drill=False)
        .exclude(child__in=Restriction.objects.current(now).values("child"))
        .exclude(child__in=kept)
        .select_related("child")
        .order_by("child__reference", "starts_at")
    )
    placements: dict[int, list[Placement]] = defaultdict(list)
    for placement in rows:
        placements[placement.child_id].append(placement)
    responsible: dict[int, list[tuple[datetime, Authority]]] = defaultdict(list)
    begun = Responsibility.objects.filter(child__in=placements, starts_at__lte=now)
    for row in begun.select_related("authority").order_by("-starts_at"):
        responsible[row.child_id].append((row.starts_at, row.authority))
    through = Authority.successors.through.objects
    followed = set(through.values_list("to_authority", "from_authority"))
    return _Stays(since, now, placements, responsible, followed)


def _in_area(box: Mailbox, now: datetime) -> Q:
    """The force's area; or the authority's, with those of the authorities whose place it has taken."""
    if box.force_id is not None:
        return Q(force=box.force_id)
    own = Authority.objects.answered_by([box.authority_id or 0], day=london_day(now))
    return Q(host_authority__in=own.values("pk"))


def _parts(groups: Mapping[Authority, _Group]) -> Iterable[Part]:
    phones = desk_phones.of([authority.pk for authority in groups])
    for authority, group in sorted(groups.items(), key=lambda one: (one[0].name, one[0].pk)):
        yield Part(authority.name, phones[authority.pk], group.placed, group.began, group.ended)
