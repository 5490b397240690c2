"""The verb that takes a mistaken arrival back: the child has not arrived, and its sender is responsible again from now on."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases import (
    absences,
    children,
    contacts,
    doubted_arrivals,
    ended,
    episodes,
    log,
    placements,
    responsibilities,
    witnesses,
)
from cases.deadlines import london_day
from cases.models import (
    Allocation,
    Authority,
    Child,
    Contact,
    Event,
    Home,
    HostNotice,
    Outcome,
    Placement,
    Responsibility,
    Team,
    Transfer,
    User,
)
from cases.states import TRANSFER_MOVES, IllegalMove
from cases.states import TransferStatus as Status
from cases.transfers import offers, steps


@dataclass(frozen=True, kw_only=True)
class SeenHere:
    """Who saw the child where it lived before, who they are to it, and when."""

    witness: str
    role: str
    at: datetime


@dataclass(frozen=True)
class _Lives:
    """Where the child lived until the arrival, and where it was recorded to live since, the last place first."""

    before: Placement | None
    since: tuple[Placement, ...]


def of(child: Child, *, at: datetime) -> Transfer | None:
    """The transfer whose arrival made the authority of now responsible, for as long as that can be taken back."""
    passed = _passed(child)
    if passed is None or at > passed.starts_at + timedelta(hours=settings.ARRIVAL_TAKEN_BACK_HOURS):
        return None
    arrived = Transfer.objects.filter(status__in=(Status.ARRIVED, Status.COMPLETED))
    arrived = arrived.filter(child=child, receiver=passed.authority_id, confirmed_at=passed.starts_at)
    return arrived.select_related("sender", "receiver").first()


def _passed(child: Child) -> Responsibility | None:
    """The last start by which somebody passed the child on: what the end of an authority wrote since is looked through."""
    by_an_end = Event.objects.filter(
        child=child, kind="responsibility_started", subject_id=OuterRef("pk"), data__merger=True
    )
    return Responsibility.objects.filter(~Exists(by_an_end), child=child).first()


def take_back(
    transfer: Transfer,
    *,
    reason: str,
    seen: SeenHere | None = None,
    is_nowhere: bool = False,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> Transfer:
    """Make the sender responsible again from `at` on: one person of either side says that the child has not arrived.

    Whoever had the work has it again, and the child lives again where it did, from now on and as what is written now;
    what the receiver recorded of where it lives ends. What its people said to have seen was another child, and is
    withdrawn: the clock goes on from what anybody saw before, and `seen` is who has the child in sight; `is_nowhere` that
    somebody looked, and it is not here either. Whoever had set out is owed since it was expected. An open search goes
    with the child. The day is agreed anew; where another transfer has begun since, both are withdrawn. The same
    form again changes nothing. Raises `IllegalMove` without a reason, where responsibility has passed on since, and
    after `ARRIVAL_TAKEN_BACK_HOURS`.
    """
    if not reason.strip():
        raise IllegalMove("Enter how you know that the child has not arrived.")
    with (
        episodes.asking_duty(transfer.child, "not_here", by=by, at=at),
        ended.in_words(),
        transaction.atomic(),
    ):
        transfer = steps.locked(transfer)
        child = transfer.child
        if doubted_arrivals.is_said(child, key):
            return transfer
        there = _require_standing(transfer, at)
        lives, since = _lives(transfer), transfer.confirmed_at or at
        work, way_until = _work_before(transfer, at), transfer.expected_at if seen is None else None
        is_last = _withdraw_later(transfer, reason, by=by, at=at)
        sender = _by_now(transfer.sender, at)
        # What was agreed with an authority that has ended is agreed with nobody.
        is_last = is_last and (sender.pk, there.pk) == (transfer.sender_id, transfer.receiver_id)
        _give_back(child, sender, work, standing=there, by=by, at=at)
        _undo(transfer, Status.ACCEPTED if is_last else Status.WITHDRAWN, reason, by=by, at=at)
        _withdraw_sights(transfer, there, lives, since, reason, by=by, at=at)
        if not absences.resume_way(child, until=way_until):
            # Wherever it was to be until when: its home is asked for it from now on.
            absences.end_current(child, back_at=at, by=by, at=at)
        _live_again(transfer, lives, by=by, at=at)
        doubted_arrivals.say_not_arrived(transfer, since=since, text=reason, key=key, by=by, at=at)
        if seen is not None:
            _saw(child, seen, by=by, at=at)
        elif is_nowhere:
            look_failed(child, reason, key=key, by=by, at=at)
    return transfer


def _by_now(authority: Authority, at: datetime) -> Authority:
    """This one, or whoever has taken its place since: nothing is given to an authority that does not exist."""
    instead = Authority.objects.in_place_of([authority.pk], day=london_day(at)).get(authority.pk)
    return authority if instead is None else Authority.objects.get(pk=instead)


def _give_back(
    child: Child,
    sender: Authority,
    work: tuple[Team, User | None] | None,
    *,
    standing: Authority,
    by: User,
    at: datetime,
) -> None:
    """Responsibility and the work of before; where one authority has taken the place of both, the work alone."""
    if work is not None and work[0].authority_id != sender.pk:
        # Its team of then is with another part of an authority that was split.
        work = None
    if sender.pk != standing.pk:
        responsibilities.start(child, authority=sender, work_of=work, by=by, at=at)
    elif work is not None:
        children.allocate(child, team=work[0], worker=work[1], by=by, at=at)


def _require_standing(transfer: Transfer, at: datetime) -> Authority:
    """Who is responsible since this arrival, or has taken the place of whoever was."""
    if Status.ACCEPTED not in TRANSFER_MOVES[transfer.status] or not transfer.has_arrived:
        raise IllegalMove("This arrival has been taken back already. Open the page anew.")
    standing = responsibilities.standing_authority(transfer.child, at=at)
    passed = _passed(transfer.child)
    if passed is None or (passed.authority_id, passed.starts_at) != (
        transfer.receiver_id,
        transfer.confirmed_at,
    ):
        raise IllegalMove("%(authority)s is responsible by now.", authority=standing.said_name)
    if of(transfer.child, at=at) is None:
        raise IllegalMove(
            "An arrival is taken back within %(hours)s hours. Ring the other authority, and have the child referred.",
            hours=str(settings.ARRIVAL_TAKEN_BACK_HOURS),
        )
    return standing


def _lives(transfer: Transfer) -> _Lives:
    """As it was recorded to be there, and since: where it stayed placed nothing is to be put right."""
    rows = Placement.objects.filter(child=transfer.child).select_related("home", "host_authority", "force")
    before = rows.filter(starts_at__lt=transfer.arrived_at).order_by("-starts_at").first()
    ended_at = before.ends_at if before is not None else None
    is_over = ended_at is not None and transfer.arrived_at is not None and ended_at >= transfer.arrived_at
    since = rows.filter(starts_at__gte=transfer.arrived_at).order_by("-starts_at")
    return _Lives(before if is_over else None, tuple(since))


def _work_before(transfer: Transfer, at: datetime) -> tuple[Team, User | None] | None:
    """Who had the work until the arrival; their team alone where they are not of it any more, or kept from the child."""
    had = Allocation.objects.filter(child=transfer.child, ends_at=transfer.confirmed_at)
    last = had.select_related("team", "worker").order_by("-starts_at").first()
    if last is None or last.worker is None:
        return None if last is None else (last.team, None)
    try:
        children.require_social_worker(last.worker, last.team, at)
        children.require_not_kept_from(last.worker, [transfer.child], at)
    except IllegalMove:
        return last.team, None
    return last.team, last.worker


def _withdraw_later(transfer: Transfer, reason: str, *, by: User, at: datetime) -> bool:
    """Withdraw what the receiver has begun since to pass the child on; say whether it had begun nothing."""
    later = Transfer.objects.filter(child=transfer.child, referred_at__gt=transfer.referred_at)
    for one in later.open():
        offers.withdraw(one, reason=reason, by=by, at=at)
    return not later.exists()


def _undo(transfer: Transfer, status: Status, reason: str, *, by: User, at: datetime) -> None:
    """Back to the acceptance, or to nothing: the day, and all that was said and watched around it, is agreed anew."""
    child, was = transfer.child, (transfer.arrived_at, transfer.confirmed_at)
    transfer.arrived_at = transfer.confirmed_at = transfer.completed_at = None
    transfer.left_at = transfer.expected_at = transfer.moves_date = transfer.day_agreed_at = None
    transfer.handed_to, transfer.parted, transfer.parted_date = "", "", None
    fields: tuple[str, ...] = (
        "arrived_at",
        "confirmed_at",
        "completed_at",
        "left_at",
        "expected_at",
        "moves_date",
    )
    fields += ("day_agreed_at", "handed_to", "parted", "parted_date")
    if status == Status.WITHDRAWN:
        transfer.withdrawn_at, transfer.withdraw_reason = at, reason.strip()
        fields += ("withdrawn_at", "withdraw_reason")
    steps.save(transfer, status, *fields)
    data = {
        "from": transfer.sender.code,
        "to": steps.receiver_of(transfer).code,
        "reason": reason.strip(),
        "arrived_at": was[0].isoformat() if was[0] is not None else "",
        "confirmed_at": was[1].isoformat() if was[1] is not None else "",
    }
    kind, said = "transfer_not_arrived", steps.values(transfer, fields)
    log.record(child, kind, subject=transfer, data=data, fields=said, by=by, at=at)


def _withdraw_sights(
    transfer: Transfer,
    there: Authority,
    lives: _Lives,
    since: datetime,
    reason: str,
    *,
    by: User,
    at: datetime,
) -> None:
    """What the receiver’s people recorded to have seen of the child since then, at the hand-over first of all.

    Of a receiver that was split its teams are with each of those that took its place, and the child with one of them.
    Where it stayed placed all the while its home has seen the child itself.
    """
    child = transfer.child
    halves = steps.receiver_of(transfer).successors.exclude(pk=_by_now(transfer.sender, at).pk)
    answering = Q(authority=there) | Q(authority__in=halves.values("pk"))
    teams = Team.objects.filter(answering).values_list("pk", flat=True)
    places = [f"home:{one.home_id or f'placement-{one.pk}'}" for one in lives.since]
    theirs = Q(organisation__in=[*(f"team:{pk}" for pk in teams), *places])
    hand_over = Q(recorded_at=since, confirmation__isnull=False)
    rows = Contact.objects.standing().filter(theirs | hand_over, child=child, recorded_at__gte=since)
    for contact in rows.exclude(outcome=Outcome.NOT_HERE).order_by("pk"):
        contacts.withdraw(contact, reason=reason.strip(), by=by, at=at)


def _live_again(transfer: Transfer, lives: _Lives, *, by: User, at: datetime) -> None:
    """Place the child where it lived; where that is no more it has nowhere recorded, and its desk is asked at once."""
    child, said = transfer.child, steps.way(steps.receiver_of(transfer), transfer.sender)
    placed = lives.before
    where = _where(placed, at) if placed is not None and _stands(placed) else None
    if placed is None or where is None:
        for wrong in lives.since:
            if wrong.ends_at is None:
                placements.end(wrong, ends_at=at, reason=said, by=by, at=at)
        return
    last = placed.expected_end_date
    notice = HostNotice.objects.standing().filter(placement=placed).order_by("-pk").first()
    placements.start(
        child,
        where=where,
        placement_type=placed.type,
        provided_by=placed.provided_by,
        starts_at=at,
        room=placed.room,
        reason=said,
        expected_end_date=last if last is not None and last >= london_day(at) else None,
        host_told=placements.HostTold(whom=notice.told_whom, told_at=notice.told_at) if notice else None,
        taken_in=placements.TakenIn(items_held=placed.items_held, items_note=placed.items_note),
        by=by,
        at=at,
    )


def _stands(placed: Placement) -> bool:
    return placed.home_id is None or Home.objects.open().filter(pk=placed.home_id).exists()


def _where(placed: Placement, at: datetime) -> Home | placements.Address | None:
    """The same place, in the area of whoever answers for it by now; None where nobody does."""
    if placed.home is not None:
        return placed.home
    area = placed.host_authority
    if area is not None:
        area = _by_now(area, at)
        if ended.has_ended(area):
            return None
    return placements.Address(
        address=placed.address,
        postcode=placed.postcode,
        restricted=placed.address_restricted,
        provider=placed.provider,
        phone=placed.phone,
        authority=area,
        force=placed.force,
    )


def _saw(child: Child, seen: SeenHere, *, by: User, at: datetime) -> None:
    # It was in its bed all the while, though for the record it had gone: it is the word of where it lives again.
    word: dict[str, Any] = witnesses.word_of_other(
        seen.witness.strip(), seen.role, child, at_home=True, seen_at=at, at=at
    )
    contacts.record(child, contacts.Sighting(happened_at=seen.at, **word), by=by, at=at)


def look_failed(child: Child, reason: str, *, key: uuid.UUID, by: User, at: datetime) -> None:
    """As *Not here* on its page: neither side has the child, and no roll-call is waited for."""
    word: dict[str, Any] = witnesses.word_of(by, child, at=at)
    look = contacts.Sighting(happened_at=at, note=reason.strip(), key=key, **word)
    contacts.look_failed(child, look, by=by, at=at)
