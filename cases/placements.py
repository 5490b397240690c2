"""The verbs of a placement: start, which ends the one before, end, and the word to the authority of its area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.formats import date_format

from cases import (
    birthdays,
    called_off,
    ended,
    force_ends,
    grants,
    home_log,
    host_notices,
    log,
    placement_papers,
    planned_placements,
)
from cases.clock import TOLERANCE
from cases.deadlines import at_london, london_day
from cases.host_notices import HostTold, is_hosted
from cases.models import (
    Absence,
    Authority,
    Child,
    Event,
    Home,
    HostNotice,
    Nation,
    Placement,
    PoliceForce,
    User,
)
from cases.models.placements import UNPROVIDED
from cases.moves import require_open
from cases.people import home_group
from cases.states import IllegalMove
from cases.worded import Question

# So old is whoever may live in supported accommodation.
SUPPORTED_FROM = 16


class WrongStart(IllegalMove):
    """The placement cannot begin then."""


class HomeClosed(IllegalMove):
    """Nobody is placed in a home that has closed."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A place to live that is no registered home; of a restricted one nothing says where it is but the area."""

    address: str = ""
    postcode: str = ""
    restricted: bool = False
    provider: str = ""
    phone: str
    authority: Authority
    force: PoliceForce


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """How the child came there, and what of theirs is held; all of it may be unknown."""

    arranged_by: str = ""
    handed_over_by: str = ""
    items_held: Sequence[str] = ()
    items_note: str = ""


UNSAID = TakenIn()
# What the log keeps of where it is.
_OF_PLACE = ("address", "address_restricted", "provider", "phone")


def start(
    child: Child,
    *,
    where: Home | Address,
    placement_type: str,
    provided_by: str = "",
    starts_at: datetime,
    room: str = "",
    reason: str = "",
    parted: str = "",
    expected_end_date: date | None = None,
    host_told: HostTold | None = None,
    taken_in: TakenIn = UNSAID,
    by: User,
    at: datetime,
) -> Placement:
    """Place `child` from `starts_at`; what stood before ends at that instant, in the same commit.

    Raises `IllegalMove` for a restricted address that is written, for one of which nobody says who runs it, for a provider
    whom the return has not of such a placement, and for an end past its latest. What was planned is taken up,
    and a journey with escorts to another home that is to begin yet is called off.
    """
    _require_told_or_kept(where)
    _require_begun(placement_type, provided_by, starts_at=starts_at, last=expected_end_date, at=at)
    with ended.in_words(), transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        placed = _PLACED(child.pk)
        where = _as_it_stands(placed, where)
        place, said = _place(where, at), {"room": room, "reason": reason, "parted": parted}
        _end_before(child, placed, starts_at, by=by, at=at)
        placement = Placement.objects.create(
            child=child,
            type=placement_type,
            provided_by=provided_by,
            **place,
            **said,
            expected_end_date=expected_end_date,
            host_notified=False if is_hosted(child, where.authority, at=at) else None,
            **vars(taken_in) | {"items_held": list(taken_in.items_held)},
            starts_at=starts_at,
            recorded_by=by,
        )
        _open_doors(child, placement, at)
        planned = planned_placements.begin(child, placement)
        log.record(
            child,
            "placement_started",
            subject=placement,
            data=_begun(placement, where.authority),
            happened_at=starts_at,
            fields={**{name: place[name] for name in _OF_PLACE}, **said, **vars(taken_in)},
            by=by,
            at=at,
        )
        if host_told is not None and placement.host_notified is not None:
            host_notices.keep(child, placement, host_told, by=by, at=at)
        planned_placements.take_up(child, planned, placement, by=by, at=at)
        called_off.with_placement(child, placement, by=by, at=at)
    return placement


def _require_begun(kind: str, by_whom: str, *, starts_at: datetime, last: date | None, at: datetime) -> None:
    _require_provided(kind, by_whom)
    placement_papers.require_lawful_end(kind, starts_at, last)
    if starts_at > at:
        raise WrongStart("The start must be now or in the past: a placement begins when the child is there.")


def _begun(placement: Placement, host: Authority) -> dict[str, Any]:
    data = {"type": placement.type, "home": placement.home_id, "host_authority": host.code}
    return data | ({"provided_by": placement.provided_by} if placement.provided_by else {})


def _require_provided(placement_type: str, provided_by: str) -> None:
    if not may_provide(provided_by, placement_type):
        raise IllegalMove("A placement of this type is not provided so.")


def may_provide(provided_by: str, placement_type: str) -> bool:
    """Whether the return knows a placement of this type from this provider; of what nobody has said, always."""
    if provided_by == Placement.ProvidedBy.PARENT:
        return placement_type == Placement.Type.PARENT
    return not provided_by or placement_type not in UNPROVIDED


def too_young_until(
    child: Child, *, placement_type: str, starts_at: datetime, nation: str
) -> datetime | None:
    """Until which birthday a child is too young for a placement of this type that begins then; None where it is not.

    Nobody is placed in supported accommodation before 16 [England: Care Planning Regulations 2010, reg. 27A; rule 371 of
    the children-looked-after return]. Where a child is there all the same it is recorded, and a manager is told.
    """
    if (placement_type, nation) != (Placement.Type.SUPPORTED, Nation.ENGLAND) or child.birth_date is None:
        return None
    born = birthdays.gone_by(child.birth_date, child.birth_date_precision)
    until = at_london(birthdays.attained(born, SUPPORTED_FROM), time())
    return until if starts_at < until else None


def tell_host(placement: Placement, *, whom: str, told_at: datetime, by: User, at: datetime) -> HostNotice:
    """Keep that the authority of the area was told of a placement there; the same words of the same person again are one.

    Raises `IllegalMove` where it was told already, and of a placement that has ended.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=placement.child_id)
        placement = Placement.objects.get(pk=placement.pk)
        if placement.host_notified:
            last = placement.host_notices.standing().filter(recorded_by=by).order_by("-pk").first()
            # "Now" is later with each press.
            if (
                last is not None
                and last.told_whom == whom.strip()
                and abs(last.told_at - told_at) <= TOLERANCE
            ):
                return last
            raise IllegalMove("The authority of the area has been told already.")
        if placement.ends_at is not None:
            raise IllegalMove("This placement has ended already.")
        return host_notices.keep(child, placement, HostTold(whom=whom, told_at=told_at), by=by, at=at)


def end(
    placement: Placement, *, ends_at: datetime, reason: str, where: str = "", by: User | None, at: datetime
) -> Placement:
    """End a placement without another: the child then has nowhere recorded, and says so in red.

    `where` is where the child is now, in words. The same words of the same person again end nothing more. Raises
    `IllegalMove` for an end before the start or ahead, and where it has ended.
    """
    if ends_at > at:
        raise IllegalMove("The end must be now or in the past.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=placement.child_id)
        placement = Placement.objects.get(pk=placement.pk)
        data = {"home": placement.home_id, "reason": reason} | ({"where": where} if where else {})
        if placement.ends_at is not None:
            # "Now" is later with each press.
            is_same = abs(placement.ends_at - ends_at) <= TOLERANCE
            if is_same and _is_said(child, "placement_ended", placement, data, by):
                return placement
            raise IllegalMove("This placement has ended already.")
        if ends_at <= placement.starts_at:
            raise IllegalMove("The end must be after the start.")
        _close(child, placement, ends_at, by=by, at=at)
        log.record(
            child,
            "placement_ended",
            subject=placement,
            data=data,
            happened_at=ends_at,
            by=by,
            at=at,
        )
    return placement


def leave(child: Child, *, set_out_at: datetime, left_at: datetime, by: User | None, at: datetime) -> None:
    """The locked child was handed over at `left_at` and lives there no more: what began before `set_out_at` ends then.

    A placement that began since is where the child went. `by` is None for the word of an escort.
    """
    for placement in Placement.objects.filter(child=child, ends_at=None, starts_at__lt=set_out_at):
        # In no language: the timeline says beside it that the child was handed over.
        end(placement, ends_at=left_at, reason="→", by=by, at=at)


def correct_area(
    placement: Placement,
    *,
    authority: Authority,
    force: PoliceForce,
    reason: str,
    by: User | None,
    at: datetime,
) -> Placement:
    """Correct in whose area a standing placement is; when it began, and all that counts from there, stands.

    Another host authority has not been told yet. The same words again change nothing. Raises `IllegalMove` without a
    reason, for a placement that has ended, for the area that is on record, and in a closed case.
    """
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    with ended.in_words(), transaction.atomic():
        child = Child.objects.locked().get(pk=placement.child_id)
        require_open(child.closed_at)
        placement = Placement.objects.select_related("host_authority", "force").get(pk=placement.pk)
        if placement.ends_at is not None:
            raise IllegalMove("This placement has ended already.")
        data = {"authority": authority.name, "force": force.name, "reason": reason.strip()}
        was_authority, was_force = placement.host_authority, placement.force
        if force != was_force:
            force_ends.require_standing(force, at=at)
        if (was_authority, was_force) == (authority, force):
            if _is_said(child, "placement_area_corrected", placement, data, by):
                return placement
            raise IllegalMove("This area is on record already.")
        if was_authority != authority:
            placement.host_notified = False if is_hosted(child, authority, at=at) else None
        placement.host_authority, placement.force = authority, force
        placement.save(update_fields=["host_authority", "force", "host_notified"])
        grants.take_host(child)
        grants.give_host(child, authority.pk, at=at)
        data |= {"was_authority": was_authority.name, "was_force": was_force.name}
        log.record(child, "placement_area_corrected", subject=placement, data=data, by=by, at=at)
    return placement


def say_provider(placement: Placement, *, provided_by: str, by: User, at: datetime) -> Placement:
    """Record who provides a standing placement, or put it right; what is on record already changes nothing.

    Raises `IllegalMove` for a provider whom the return has not for its type, for a placement that has ended, and in a
    closed case.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=placement.child_id)
        require_open(child.closed_at)
        placement = Placement.objects.get(pk=placement.pk)
        if placement.ends_at is not None:
            raise IllegalMove("This placement has ended already.")
        _require_provided(placement.type, provided_by)
        was = placement.provided_by
        if was != provided_by:
            placement.provided_by = provided_by
            placement.save(update_fields=["provided_by"])
            data = {"provided_by": provided_by, "was": was}
            log.record(child, "placement_provider_said", subject=placement, data=data, by=by, at=at)
    return placement


def _is_said(child: Child, kind: str, placement: Placement, data: Mapping[str, Any], by: User | None) -> bool:
    """Whether the last event of this kind about the placement was theirs, and said the same."""
    events = Event.objects.filter(child=child, kind=kind, subject_id=placement.pk)
    last = events.order_by("-number").first()
    actor_id = by.pk if by is not None else None
    return last is not None and last.actor_id == actor_id and data.items() <= last.data.items()


def _place(where: Home | Address, at: datetime) -> dict[str, Any]:
    """The fields of a placement there, with the force that is there by now: a home may name yet the one before."""
    found = {"phone": where.phone, "postcode": where.postcode, "host_authority": where.authority}
    found |= {"force": force_ends.standing(where.force, day=london_day(at))}
    if isinstance(where, Home):
        return {"home": where, "address": "", "address_restricted": False, "provider": "", **found}
    kept = {"address": where.address, "address_restricted": where.restricted, "provider": where.provider}
    return {"home": None, **kept, **found}


def _require_told_or_kept(where: Home | Address) -> None:
    if isinstance(where, Home):
        return
    if where.restricted and (where.address.strip() or where.postcode.strip()):
        raise IllegalMove("A restricted address is not written here: clear it, or the tick.")
    if where.restricted and not (where.provider.strip() and where.phone.strip()):
        raise IllegalMove(
            "Of a restricted address enter who runs the place, and the phone for day and night."
        )
    if not where.restricted and not where.address.strip():
        raise IllegalMove("Enter the address, or say that it is restricted.")


# Where the child has lived, the last place first.
_PLACED = Question(lambda child: Placement.objects.filter(child=child).order_by("-starts_at"))
_OPEN_HOME = Question(lambda home: Home.objects.open().filter(pk=home).select_related("authority", "force"))


def _as_it_stands(placed: Sequence[Placement], where: Home | Address) -> Home | Address:
    """Lock every home whose clock this may move, in one order, and read the new one again: open, and in whose area."""
    homes = {placement.home_id for placement in placed if placement.home_id is not None}
    if isinstance(where, Home):
        homes.add(where.pk)
    home_log.lock(homes)
    if not isinstance(where, Home):
        return where
    for home in _OPEN_HOME(where.pk):
        return home
    raise HomeClosed("This home has closed. Select another.")


def _open_doors(child: Child, placement: Placement, at: datetime) -> None:
    if placement.home_id is not None:
        grants.give(child, grants.LOOK_AFTER, home_group(placement.home_id))
    grants.give_host(child, placement.host_authority_id, at=at)


def require_after(standing: Placement, starts_at: datetime) -> None:
    """Raise `WrongStart` for a beginning in the time of the placement before."""
    if standing.starts_at >= starts_at or (standing.ends_at is not None and standing.ends_at > starts_at):
        day = london_day(standing.ends_at or standing.starts_at)
        raise WrongStart(
            "Start date must be after the previous placement ended (%(day)s).", day=date_format(day, "j F Y")
        )


def _end_before(
    child: Child, placed: Sequence[Placement], starts_at: datetime, *, by: User, at: datetime
) -> None:
    if not placed:
        return
    standing = placed[0]
    require_after(standing, starts_at)
    if standing.ends_at is None:
        _close(child, standing, starts_at, by=by, at=at)


def _close(child: Child, placement: Placement, ends_at: datetime, *, by: User | None, at: datetime) -> None:
    placement.ends_at = ends_at
    placement.save(update_fields=["ends_at"])
    # A permitted absence is leave from a placement: it ends with it.
    Absence.objects.filter(child=child, ends_at=None, starts_at__lt=ends_at).update(
        ends_at=ends_at, ended_recorded_at=at, ended_by=by
    )
    if placement.home_id is not None:
        grants.take(child, grants.LOOK_AFTER, home_group(placement.home_id))
    grants.take_host(child)
