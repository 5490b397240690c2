"""The verbs of the approval of a distant placement: ask the director, decide, or say that the two areas adjoin."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform

from cases import access, log, placement_papers
from cases.access import Permission
from cases.deadlines import london_day
from cases.models import (
    Child,
    Event,
    Membership,
    Placement,
    PlacementApproval,
    Reach,
    Responsibility,
    Role,
    User,
)
from cases.moves import require_open
from cases.states import ApprovalStatus, IllegalMove

Kind = PlacementApproval.Kind
_EVENTS = {
    Kind.ASKED: "placement_approval_asked",
    Kind.APPROVED: "placement_approved",
    Kind.REFUSED: "placement_refused",
    Kind.ADJOINS: "placement_approved",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Why there and not nearer, why the child is there already, and what the authority of the area said to it.

    Regulation 11 of the Care Planning Regulations 2010 has the director approve a distant placement before it begins,
    after that authority was consulted; regulation 14 lets a child who cannot wait be placed at once.
    """

    reason: str
    why_before: str
    host_whom: str
    host_asked_date: date
    host_said: str


def ask(placement: Placement, said: Asked, *, by: User, at: datetime) -> PlacementApproval:
    """Ask the director to approve a placement that stands outside the area; the same words again are one.

    After a refusal it may be asked again: the refusal counts until it is decided anew. Where somebody said that the
    areas adjoin it is asked all the same, and that counts no more. Raises `IllegalMove` for an
    answer that is left open, for a day ahead, where it is asked or settled already, and in a closed case.
    """
    words = {name: value.strip() for name, value in vars(said).items() if isinstance(value, str)}
    if not all(words.values()):
        raise IllegalMove("Enter why there, why before it was approved, and whom of the area was asked.")
    if said.host_asked_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    fields: dict[str, Any] = {**words, "host_asked_date": said.host_asked_date}
    with transaction.atomic():
        child, last = _locked(placement, at=at, anew=True)
        if last is not None and last.kind == Kind.ASKED:
            is_same = last.recorded_by_id == by.pk and all(
                getattr(last, name) == value for name, value in fields.items()
            )
            if is_same:
                return last
            raise IllegalMove("The director has been asked already.")
        return keep(child, placement, Kind.ASKED, fields, who=by.name, on=london_day(at), by=by, at=at)


def decide(
    placement: Placement, *, approved: bool, decided_date: date, reason: str, by: User, at: datetime
) -> PlacementApproval:
    """Approve or refuse what was asked, as a director of the responsible authority, and nobody else.

    The same words again are one. Raises `IllegalMove` for whoever is none, where nothing is asked, for a day ahead and
    without a reason.
    """
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    if decided_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    kind = Kind.APPROVED if approved else Kind.REFUSED
    with transaction.atomic():
        if (same := _same(placement, kind, reason, by=by, who=by.name, on=decided_date)) is not None:
            return same
        child, last = _locked(placement, at=at)
        if not may_decide(by, child, at=at):
            raise IllegalMove("A distant placement is approved by the director alone.")
        if last is None or last.kind != Kind.ASKED:
            raise IllegalMove("Nothing is asked of this placement.")
        fields = {"reason": reason.strip()}
        return keep(child, placement, kind, fields, who=by.name, on=decided_date, by=by, at=at)


def say_adjoining(
    placement: Placement, *, said_by: str, reason: str, by: User, at: datetime
) -> PlacementApproval:
    """Keep who says, and by what, that the two areas adjoin: then nobody has to approve. Nothing guesses it.

    The same words again are one. Raises `IllegalMove` for whoever may not say it any more: what a director was asked or
    refused a director alone lifts.
    """
    if not (said_by.strip() and reason.strip()):
        raise IllegalMove("Enter who says that the areas adjoin, and how they know.")
    with transaction.atomic():
        said = said_by.strip()
        if (same := _same(placement, Kind.ADJOINS, reason, by=by, who=said, on=london_day(at))) is not None:
            return same
        child, _last = _locked(placement, at=at)
        if not may_say_adjoining(by, placement, at=at):
            raise IllegalMove(
                "The director has been asked: that the areas adjoin is now said by a director alone."
            )
        fields = {"reason": reason.strip()}
        return keep(child, placement, Kind.ADJOINS, fields, who=said, on=london_day(at), by=by, at=at)


def may_decide(user: User, child: Child, *, at: datetime) -> bool:
    """Whether `user` is a director of the authority that is responsible for the child, and may place it."""
    own = Responsibility.objects.at(at).filter(child=child).values("authority")
    held = Membership.objects.current(at).filter(
        user=user, role=Role.TEAM_MANAGER, reach=Reach.DIRECTORATE, team__authority__in=own
    )
    return held.exists() and access.may(user, child, Permission.PLACE_CHILD, at=at)


def may_say_adjoining(user: User, placement: Placement, *, at: datetime) -> bool:
    """Whether `user` may still say that nobody has to approve: a director always, others until one is asked."""
    put = placement.approvals.filter(
        kind__in=(Kind.ASKED, Kind.REFUSED), recorded_at__gte=_own_since(placement, at)
    )
    return not put.exists() or may_decide(user, placement.child, at=at)


def last_of(placement: Placement) -> PlacementApproval | None:
    """The step that counts; what was asked anew of a refused one stands beside the refusal."""
    return standing().filter(placement=placement).select_related("recorded_by").first()


def standing() -> QuerySet[PlacementApproval]:
    """The steps of approvals; of a placement whose area was corrected since none by which another area adjoins.

    What a director was asked and decided is of the placement, whichever area was written.
    """
    corrected = Event.objects.filter(
        child=OuterRef("child"),
        kind="placement_area_corrected",
        subject_id=OuterRef("placement"),
        recorded_at__gt=OuterRef("recorded_at"),
    )
    said = Event.objects.filter(
        child=OuterRef("child"), kind=_EVENTS[Kind.ADJOINS], subject_id=OuterRef("pk")
    )
    of_another = said.alias(area=KeyTextTransform("authority", "data")).exclude(
        area=OuterRef("placement__host_authority__code")
    )
    return PlacementApproval.objects.exclude(Exists(corrected), Exists(of_another), kind=Kind.ADJOINS)


def counting(placement: Placement, *, at: datetime) -> PlacementApproval | None:
    """The same for the authority that is responsible: what the one before was asked or refused binds it in nothing."""
    last = last_of(placement)
    if last is None or last.is_settled:
        return last
    return last if last.recorded_at >= _own_since(placement, at) else None


def to_ask(child: Child, *, at: datetime) -> Placement | None:
    """The placement that stands in another authority's area and is not approved; that the areas adjoin can be wrong."""
    placement = placement_papers.hosted(child, at=at)
    last = last_of(placement) if placement is not None else None
    return None if last is not None and last.kind == Kind.APPROVED else placement


def _own_since(placement: Placement, at: datetime) -> datetime:
    """Since when it is for the authority that is responsible: a merger and a split pass on what was asked, and decided."""
    held = Responsibility.objects.filter(child=placement.child_id, starts_at__lte=at).order_by("-starts_at")
    came = held.filter(arrived_at__isnull=False).first() or held.last()
    return came.starts_at if came is not None else at


def _same(
    placement: Placement, kind: ApprovalStatus, reason: str, *, by: User, who: str, on: date
) -> PlacementApproval | None:
    """The step that counts, where this person has said just that: pressed twice it is one."""
    Child.objects.locked().get(pk=placement.child_id)
    last = last_of(placement)
    given = (kind, reason.strip(), who, on, by.pk)
    is_same = last is not None and given == (
        (last.kind, last.reason, last.approved_by, last.approved_date, last.recorded_by_id)
    )
    return last if is_same else None


def _locked(
    placement: Placement, *, at: datetime, anew: bool = False
) -> tuple[Child, PlacementApproval | None]:
    """The child, locked, and the step that counts. That the areas adjoin is no end for what is asked `anew`."""
    child = Child.objects.locked().get(pk=placement.child_id)
    require_open(child.closed_at)
    if Placement.objects.get(pk=placement.pk).ends_at is not None:
        raise IllegalMove("This placement has ended.")
    last = counting(placement, at=at)
    if last is not None and last.is_settled and not (anew and last.kind == Kind.ADJOINS):
        raise IllegalMove("This placement has its approval already.")
    return child, last


def keep(
    child: Child,
    placement: Placement,
    kind: ApprovalStatus,
    fields: dict[str, Any],
    *,
    who: str,
    on: date,
    by: User,
    at: datetime,
) -> PlacementApproval:
    """Keep one step of the locked child's placement: by `who`, on which day."""
    said = {"approved_by": who, "approved_date": on, **fields}
    row = PlacementApproval.objects.create(
        child=child, placement=placement, kind=kind, **said, recorded_at=at, recorded_by=by
    )
    data = {"kind": row.kind, "authority": placement.host_authority.code}
    log.record(child, _EVENTS[kind], subject=row, data=data, fields=said, by=by, at=at)
    return row
