"""Transfers as their pages show them: where each stands, whose act is next and by when, and what this reader may do."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import transfer_dues
from cases import access, bookings, checklists, handovers, partings
from cases.access import Permission
from cases.bookings import Handover
from cases.checklists import Line
from cases.deadlines import london_day
from cases.handovers import Side
from cases.models import Authority, Child, MissingEpisode, Team, Transfer, User
from cases.states import EpisodeStatus
from cases.states import TransferStatus as Status
from cases.templatetags.govuk import by_when, since

# What can be done at which status, by whom; the first of a status is what is next.
_SENDER: Mapping[str, tuple[str, ...]] = {
    Status.REFERRED: ("offer", "withdraw"),
    Status.ALLOCATED: ("withdraw",),
    Status.DECLINED: ("offer", "withdraw"),
    Status.ACCEPTED: ("day", "share", "withdraw"),
    Status.DATE_SET: ("leave", "share", "day", "withdraw"),
    # The next act is the other side's: another day is for a child who did not get there.
    Status.IN_TRANSIT: ("share", "day", "withdraw"),
}
_RECEIVER: Mapping[str, tuple[str, ...]] = {
    Status.ALLOCATED: ("accept", "decline"),
    Status.ACCEPTED: ("day", "received", "arrive", "read"),
    Status.DATE_SET: ("arrive", "received", "day", "read"),
    Status.IN_TRANSIT: ("arrive", "received", "read"),
    Status.ARRIVED: ("read",),
}
# Whose act the transfer waits for; of an arrival both, for either may know.
_WAITS_FOR_SENDER = (Status.REFERRED, Status.DECLINED, Status.ACCEPTED, Status.DATE_SET)
ACTS: Mapping[str, Promise] = {
    "refer": gettext_lazy("Refer for transfer"),
    "offer": gettext_lazy("Offer to an authority"),
    "accept": gettext_lazy("Accept"),
    "decline": gettext_lazy("Decline"),
    "day": gettext_lazy("Agree the day"),
    "share": gettext_lazy("Say what was shared about the child"),
    "received": gettext_lazy("Say that you have what was shared"),
    "leave": gettext_lazy("Say that the child has left"),
    "arrive": gettext_lazy("Confirm the arrival"),
    "read": gettext_lazy("Read what stands open"),
    "withdraw": gettext_lazy("Withdraw the transfer"),
}
COLOURS: Mapping[str, str] = {
    Status.REFERRED: "orange",
    Status.ALLOCATED: "orange",
    Status.DECLINED: "orange",
    Status.ACCEPTED: "blue",
    Status.DATE_SET: "blue",
    Status.IN_TRANSIT: "purple",
    Status.ARRIVED: "green",
}


@dataclass(frozen=True)
class Act:
    """One thing that this reader may do now."""

    name: str
    href: str
    on_the_way: bool = False

    @property
    def text(self) -> str:
        if self.on_the_way and self.name == "day":
            return _("Say that the journey was broken off, and agree another day")
        return str(ACTS[self.name])


@dataclass(frozen=True)
class Row:
    """One transfer for one reader: where it stands, what is due of it, and whether its child is looked for."""

    transfer: Transfer
    is_receiver: bool
    due_at: datetime | None
    missing: MissingEpisode | None
    now: datetime

    @property
    def child(self) -> Child:
        return self.transfer.child

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.child.given_name, self.child.family_name) if part)

    @property
    def href(self) -> str:
        return href_of(self.transfer)

    @property
    def status(self) -> str:
        return str(self.transfer.get_status_display())

    @property
    def colour(self) -> str:
        return COLOURS.get(self.transfer.status, "grey")

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at <= self.now

    @property
    def waits_for(self) -> str:
        """Whose act is next, and since or by when."""
        transfer = self.transfer
        if transfer.status in (Status.COMPLETED, Status.WITHDRAWN):
            return ""
        theirs = transfer.sender if transfer.status in _WAITS_FOR_SENDER else transfer.receiver
        who = theirs.said_name if theirs is not None else ""
        what = _WORDS[transfer.status]
        if self.due_at is None:
            return what % {"who": who}
        when = since(self.due_at, self.now) if self.is_late else by_when(self.due_at, self.now)
        return f"{what % {'who': who}}, {when}"


_WORDS: Mapping[str, Promise] = {
    Status.REFERRED: gettext_lazy("%(who)s is to offer it to an authority"),
    Status.ALLOCATED: gettext_lazy("%(who)s is to answer"),
    Status.DECLINED: gettext_lazy("%(who)s is to offer it to somebody else"),
    Status.ACCEPTED: gettext_lazy("%(who)s is to agree the day"),
    Status.DATE_SET: gettext_lazy("%(who)s is to say when the child has left"),
    Status.IN_TRANSIT: gettext_lazy("%(who)s is to confirm the arrival"),
    Status.ARRIVED: gettext_lazy("%(who)s is to read what stands open"),
}


@dataclass(frozen=True)
class Checklist:
    """What the receiver of one transfer is to have read, and whether this reader reads what stands behind it and says so."""

    title: str
    transfer: Transfer
    lines: Sequence[Line]
    is_open: bool
    may_read: bool

    @property
    def rows(self) -> Iterator[tuple[Line, str]]:
        """Each line with the page of what it speaks of, where this reader has that."""
        for line in self.lines:
            yield line, self.href(line) if self.is_open else ""

    @property
    def next(self) -> Line | None:
        """What is to be read next."""
        return next((line for line in self.lines if not line.is_read), None) if self.may_read else None

    def href(self, line: Line) -> str:
        """The page of one item of this transfer."""
        own = reverse("transfer_item", args=[self.transfer.child.reference, line.item])
        return f"{own}?of={self.transfer.pk}"


@dataclass(frozen=True)
class Page:
    """One transfer, or none yet, as its page shows it to one reader."""

    child: Child
    side: Side
    row: Row | None
    over_by: datetime | None
    # The bank holidays until then, which are no working days.
    uncounted: Sequence[date]
    # What is to be read; of an earlier arrival too, where nobody has read all of what came with it.
    checklists: Sequence[Checklist]
    acts: Sequence[Act]
    # Whom to ring on the other side.
    desks: Sequence[Team]
    before: Sequence[Transfer]
    # The meeting about the handover that is booked, or was held.
    handover: Handover | None
    may_book: bool
    # Who stays behind, and what they said; None where somebody does, and it is not to be read here who.
    parted: str | None

    @property
    def is_managers(self) -> bool:
        """Whether the next act is a manager's of this reader's authority, and not theirs."""
        is_asked = self.row is not None and self.row.transfer.status == Status.ALLOCATED
        return is_asked and self.side == Side.RECEIVER and not self.acts

    @property
    def is_open(self) -> bool:
        """Whether this reader reads more than what was written for whoever is asked: as the sender, or from the acceptance on."""
        return self.side == Side.OWN or (self.row is not None and self.row.transfer.may_be_shared)


def rows(user: User, *, now: datetime) -> list[Row]:
    """Every transfer that waits for somebody and that `user` reads, the latest due first; in a fixed number of queries."""
    own = access.children(user, Permission.SEE_RECORD, at=now).values("pk")
    with_all = ("child", "sender", "receiver", "team", "worker")
    # A record is read in its responsible authority alone: that of the sender until the arrival, then of the receiver.
    ours = {one.team.authority_id for one in access.memberships(user, now) if one.team is not None}
    ended = Authority.objects.filter(successors__in=ours).values_list("pk", flat=True)
    going = Transfer.objects.open().filter(sender__in=ours, child__in=own)
    unread = Transfer.objects.unread().filter(receiver__in=[*ours, *ended], child__in=own)
    coming = handovers.coming(user, at=now)
    found = [(one, False) for mine in (going, unread) for one in mine.select_related(*with_all)]
    found += [(one, True) for one in coming.exclude(child__in=own).select_related(*with_all)]
    built = rows_of(found, now)
    return sorted(built, key=lambda row: (row.due_at is None, row.due_at or now, row.transfer.pk))


def page(child: Child, side: Side, user: User, *, now: datetime) -> Page:
    """The page of the child's last transfer."""
    related = ("sender", "receiver", "team", "worker")
    all_of = list(Transfer.objects.filter(child=child).select_related(*related))
    if side == Side.RECEIVER:
        # What was tried with others before is not theirs to know.
        all_of = [one for one in all_of if one.is_with_receiver]
    last = all_of[0] if all_of else None
    if last is not None:
        last.child = child
    row = rows_of([(last, side == Side.RECEIVER)], now)[0] if last is not None else None
    has_arrived = side == Side.OWN and any(one.status == Status.ARRIVED for one in all_of)
    unread = handovers.unread(child, at=now) if has_arrived else None
    if unread is not None:
        unread.child = child
    names = list(_allowed(child, last, side, user, now))
    if unread is not None and names and "read" not in names:
        # What came with the child is read whatever transfer came after it.
        names.append("read")
    to_read = (unread or last) if "read" in names else None
    lists = list(_lists(last, unread, to_read, side, now))
    by, uncounted = transfer_dues.over_by(last) if last is not None and last.is_open else (None, [])
    return Page(
        child,
        side,
        row,
        by,
        uncounted,
        lists,
        list(_acts(child, names, lists, on_the_way=last is not None and last.status == Status.IN_TRANSIT)),
        other_desks(last, side, now),
        all_of[1:],
        _handover(last, side),
        may_book=_may_book(child, last, side, user, now),
        parted=_parted(last, side, user, now),
    )


def _parted(transfer: Transfer | None, side: Side, user: User, now: datetime) -> str | None:
    """What the sender wrote of those who stay; to the receiver, from the acceptance on, only if they may open those too."""
    if transfer is None or not (side == Side.OWN or transfer.may_be_shared):
        return ""
    of_sender = side == Side.OWN and not transfer.has_arrived
    if not transfer.parted or of_sender or partings.may_be_told(transfer.child, reader=user, at=now):
        return transfer.parted
    return None


def _handover(transfer: Transfer | None, side: Side) -> Handover | None:
    """For the receiver from the acceptance to the arrival: where it is to be may say where the child lives.

    What was held or booked before the child was offered to them was with others, who may have declined.
    """
    if transfer is None:
        return None
    if side == Side.OWN:
        return bookings.handover_since(transfer.child, transfer.referred_at)
    offered_at = transfer.allocated_at
    if not transfer.may_be_shared or offered_at is None:
        return None
    return bookings.handover_since(transfer.child, offered_at, booked_since=offered_at)


def _may_book(child: Child, transfer: Transfer | None, side: Side, user: User, now: datetime) -> bool:
    """Whether there is somebody to meet: an authority that the child is offered to and that has not declined."""
    if transfer is None or not transfer.is_with_receiver or side != Side.OWN or child.closed_at is not None:
        return False
    return access.may(user, child, Permission.CHANGE_CHILD, at=now)


def _lists(
    last: Transfer | None,
    unread: Transfer | None,
    to_read: Transfer | None,
    side: Side,
    now: datetime,
) -> Iterator[Checklist]:
    wanted = []
    if last is not None and last.receiver is not None:
        wanted.append((_("What the receiver is to have read"), last))
    if unread is not None and (last is None or unread.pk != last.pk):
        title = _("What came with the child from %(authority)s, to be read here")
        wanted.append((title % {"authority": unread.sender.said_name}, unread))
    for title, one in wanted:
        is_open = side == Side.OWN or one.may_be_shared
        may_read = to_read is not None and one.pk == to_read.pk
        yield Checklist(title, one, checklists.of(one, at=now), is_open, may_read)


def _acts(
    child: Child, names: Collection[str], lists: Sequence[Checklist], *, on_the_way: bool
) -> Iterator[Act]:
    """What this reader may do now, what is next first; what is to be read, one item after the other."""
    for name in names:
        if name != "read":
            yield Act(name, reverse("transfer_act", args=[child.reference, name]), on_the_way)
            continue
        found = next(((one, one.next) for one in lists if one.next is not None), None)
        if found is not None and found[1] is not None:
            yield Act(name, found[0].href(found[1]))


def _allowed(
    child: Child, transfer: Transfer | None, side: Side, user: User, now: datetime
) -> Collection[str]:
    if side == Side.RECEIVER:
        found = _RECEIVER.get(transfer.status, ()) if transfer is not None else ()
        if transfer is not None and (transfer.shared_at is None or transfer.share_received_at is not None):
            found = tuple(name for name in found if name != "received")
        if transfer is not None and handovers.may_answer(user, transfer, at=now):
            return found
        return [name for name in found if name not in ("accept", "decline")]
    if child.closed_at is not None or not access.may(user, child, Permission.PLACE_CHILD, at=now):
        return ()
    if transfer is not None and transfer.status == Status.ARRIVED:
        return ("read", "refer")
    return _SENDER[transfer.status] if transfer is not None and transfer.is_open else ("refer",)


def href_of(transfer: Transfer) -> str:
    """The page of a transfer."""
    return reverse("transfer", args=[transfer.child.reference])


def rows_of(found: Sequence[tuple[Transfer, bool]], now: datetime) -> list[Row]:
    """Each transfer, read as its receiver or not, as a row; in a fixed number of queries."""
    episodes = MissingEpisode.objects.open().filter(child__in=[one.child_id for one, _is in found])
    sought = {
        e.child_id: e for e in episodes.exclude(status=EpisodeStatus.NOT_CONFIRMED, police_owed_at=None)
    }
    due = transfer_dues.due_at([one for one, _is in found])
    return [
        Row(
            one,
            is_receiver,
            due[one.pk],
            sought.get(one.child_id) if one.is_open else None,
            now,
        )
        for one, is_receiver in found
    ]


def other_desks(transfer: Transfer | None, side: Side, now: datetime) -> Sequence[Team]:
    """Whom to ring on the other side: of whoever is responsible since the arrival that is the sender."""
    other = None
    if transfer is not None:
        has_come = side == Side.RECEIVER or (side == Side.OWN and transfer.has_arrived)
        other = transfer.sender_id if has_come else transfer.receiver_id
    return desks_of(other, now) if other is not None else ()


def desks_of(authority_id: int, now: datetime) -> list[Team]:
    """The desks with a phone of an authority, or of whoever has taken its place: of one that was split, of each half."""
    heirs = Authority.objects.filter(
        predecessors__pk=authority_id, predecessors__valid_to__lte=london_day(now)
    )
    desks = Team.objects.filter(Q(authority=authority_id) | Q(authority__in=heirs))
    return list(desks.exclude(kind=Team.Kind.SOCIAL_WORK).exclude(phone="").order_by("kind", "name"))
