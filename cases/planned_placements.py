"""The verbs of a placement before it begins: plan it, say what was said to it, call it off, and let the move take it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases import approvals, ended, host_notices, log
from cases.deadlines import london_day, midday
from cases.host_notices import HostTold
from cases.models import (
    Authority,
    Child,
    Home,
    Placement,
    PlacementApproval,
    PlannedPlacement,
    PlannedStep,
    Responsibility,
    User,
)
from cases.moves import require_open
from cases.states import IllegalMove
from cases.worded import Question

Kind = PlannedStep.Kind
# [proposal] Nobody plans further ahead than this: a day typed wrong is found at once.
WITHIN = timedelta(days=366)
# [proposal] A child who is somewhere in that area sooner than this went there for something else.
SOONER = timedelta(days=7)


class WrongDay(IllegalMove):
    """The placement cannot be planned for that day."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """Where the child is to live, in whose area, from which day, and why there; `home` None for another address."""

    home: Home | None
    authority: Authority
    planned_date: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class AskedAhead:
    """Why there and not nearer, and what the authority of the area said to it [Care Planning Regulations 2010, reg. 11]."""

    reason: str
    host_whom: str
    host_asked_date: date
    host_said: str


def require_day(day: date, at: datetime) -> None:
    """Raise `WrongDay` for a day that is over or more than a year off."""
    if not london_day(at) <= day <= london_day(at) + WITHIN:
        raise WrongDay("The day must be today or later, and within a year.")


def plan(child: Child, planned: Planned, *, by: User, at: datetime) -> PlannedPlacement:
    """Keep where the child is to live; the same words of the same person are one, and another waits until this one has ended.

    Raises `WrongDay` for a day that is over or more than a year off, `IllegalMove` without why, for a home that has
    closed, in a closed case, and while another is planned.
    """
    if not planned.reason.strip():
        raise IllegalMove("Enter why there.")
    said = {**vars(planned), "reason": planned.reason.strip()}
    with ended.in_words(), transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = PlannedPlacement.objects.open().filter(child=child).first()
        if standing is not None and _says(standing, {**said, "recorded_by": by}):
            return standing
        require_open(child.closed_at)
        require_day(planned.planned_date, at)
        if planned.home is not None and not Home.objects.open().filter(pk=planned.home.pk).exists():
            raise IllegalMove("This home has closed. Select another.")
        if standing is not None:
            raise IllegalMove("Another placement is planned already. Call that off first.")
        row = PlannedPlacement.objects.create(child=child, recorded_at=at, recorded_by=by, **said)
        data = {"day": row.planned_date.isoformat(), "host_authority": row.authority.code}
        fields = {"reason": row.reason, "home": row.home_id}
        log.record(child, "placement_planned", subject=row, data=data, fields=fields, by=by, at=at)
    return row


def tell(planned: PlannedPlacement, told: HostTold, *, by: User, at: datetime) -> PlannedStep:
    """Keep that the authority of the area was told ahead; the same words of the same person again are one.

    Raises `IllegalMove` for nobody, ahead of now, and told already.
    """
    host_notices.require_said(told, at=at)
    with transaction.atomic():
        child, planned = _own(planned, at=at)
        said_at, standing = min(told.told_at, at), told_of(planned)
        if standing is not None and _says_told(standing, told.whom, said_at, by=by, at=at):
            return standing
        if standing is not None:
            raise IllegalMove("The authority of the area has been told already.")
        return _keep(child, planned, Kind.TOLD, who=told.whom.strip(), said_at=said_at, by=by, at=at)


def ask(planned: PlannedPlacement, said: AskedAhead, *, by: User, at: datetime) -> PlannedStep:
    """Ask the director to approve it before it begins; raises `IllegalMove` as `approvals.ask` does."""
    words = {name: value.strip() for name, value in vars(said).items() if isinstance(value, str)}
    if not all(words.values()):
        raise IllegalMove("Enter why there, and whom of the area was asked.")
    if said.host_asked_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    with transaction.atomic():
        child, planned = _own(planned, at=at)
        last = counting(planned, at=at)
        if last is not None and last.kind == Kind.APPROVED:
            raise IllegalMove("This placement has its approval already.")
        if last is not None and last.kind == Kind.ASKED:
            raise IllegalMove("The director has been asked already.")
        more = {**words, "host_asked_date": said.host_asked_date}
        return _keep(child, planned, Kind.ASKED, who=by.name, said_at=at, by=by, at=at, **more)


def decide(
    planned: PlannedPlacement, *, approved: bool, decided_date: date, reason: str, by: User, at: datetime
) -> PlannedStep:
    """Approve or refuse what was asked, as a director of the responsible authority, and nobody else."""
    if not reason.strip():
        raise IllegalMove("Enter the reason.")
    if decided_date > london_day(at):
        raise IllegalMove("The day must be today or in the past.")
    kind = Kind.APPROVED if approved else Kind.REFUSED
    with transaction.atomic():
        child, planned = _own(planned, at=at)
        if not approvals.may_decide(by, child, at=at):
            raise IllegalMove("A distant placement is approved by the director alone.")
        last = counting(planned, at=at)
        if last is None or last.kind != Kind.ASKED:
            raise IllegalMove("Nothing is asked of this placement.")
        said_at = midday(decided_date, at=at)
        return _keep(child, planned, kind, who=by.name, said_at=said_at, by=by, at=at, reason=reason.strip())


def say_adjoining(
    planned: PlannedPlacement, *, said_by: str, reason: str, by: User, at: datetime
) -> PlannedStep:
    """Keep who says that the two areas adjoin; once a director was asked, a director alone."""
    if not (said_by.strip() and reason.strip()):
        raise IllegalMove("Enter who says that the areas adjoin, and how they know.")
    with transaction.atomic():
        child, planned = _own(planned, at=at)
        last = counting(planned, at=at)
        if last is not None and last.is_settled:
            raise IllegalMove("This placement has its approval already.")
        if not may_say_adjoining(by, planned, at=at):
            raise IllegalMove(
                "The director has been asked: that the areas adjoin is now said by a director alone."
            )
        who, why = said_by.strip(), reason.strip()
        return _keep(child, planned, Kind.ADJOINS, who=who, said_at=at, by=by, at=at, reason=why)


def call_off(planned: PlannedPlacement, *, why: str, by: User, at: datetime) -> PlannedPlacement:
    """Record that the child does not go there: nothing is owed of it any more. Raises `IllegalMove` without why."""
    if not why.strip():
        raise IllegalMove("Enter why it is called off.")
    with transaction.atomic():
        child, row = _locked(planned)
        row.ended_at, row.ended_by, row.ended_why = at, by, why.strip()
        row.save(update_fields=["ended_at", "ended_by", "ended_why"])
        fields = {"why": row.ended_why}
        log.record(child, "planned_placement_called_off", subject=row, fields=fields, by=by, at=at)
    return row


def begin(child: Child, placement: Placement) -> PlannedPlacement | None:
    """The locked child is placed: the plan of this move has ended, before its clocks are looked at; None where it had none.

    A placement in another home, or in another area, is not what was planned: that stands until it is called off.
    """
    planned = open_of(child)
    if planned is None or not _is_planned_there(planned, placement):
        return None
    planned.placement = placement
    planned.save(update_fields=["placement"])
    return planned


def take_up(
    child: Child, planned: PlannedPlacement | None, placement: Placement, *, by: User, at: datetime
) -> None:
    """What was said of this move before it began counts for the placement; while another authority was responsible, nothing."""
    if planned is None or not is_own(planned, at=at):
        return
    told = told_of(planned)
    if told is not None and placement.host_notified is False:
        said = HostTold(whom=told.who, told_at=told.said_at)
        host_notices.keep(child, placement, said, by=by, at=at)
    for step in planned.steps.exclude(kind=Kind.TOLD).select_related("recorded_by").order_by("pk"):
        if placement.host_notified is not None:
            _approve(child, placement, step, at=at)


def _approve(child: Child, placement: Placement, step: PlannedStep, *, at: datetime) -> None:
    more: dict[str, Any] = {"reason": step.reason}
    if step.kind == Kind.ASKED:
        day = date_format(london_day(step.said_at), "j F Y")
        more |= {name: getattr(step, name) for name in ("host_whom", "host_asked_date", "host_said")}
        more["why_before"] = _("The director was asked on %(day)s, before it began.") % {"day": day}
    kind = PlacementApproval.Kind(step.kind)
    on = london_day(step.said_at)
    approvals.keep(child, placement, kind, more, who=step.who, on=on, by=step.recorded_by, at=at)


def open_of(child: Child) -> PlannedPlacement | None:
    """The one that is planned, whoever was responsible when it was."""
    return next(iter(_OPEN(child.pk)), None)


_OPEN = Question(
    lambda child: (
        PlannedPlacement.objects.open().filter(child=child).select_related("home", "authority", "recorded_by")
    )
)


def own(at: datetime) -> QuerySet[PlannedPlacement]:
    """Those that are planned by the authority that is responsible now."""
    came = Responsibility.objects.filter(
        child=OuterRef("child"),
        starts_at__lte=at,
        arrived_at__isnull=False,
        starts_at__gt=OuterRef("recorded_at"),
    )
    return PlannedPlacement.objects.open().exclude(Exists(came))


def is_own(planned: PlannedPlacement, *, at: datetime) -> bool:
    """Whether no other authority planned it; a merger passes it on with the child, and only a transfer does not."""
    came = Responsibility.objects.filter(child=planned.child_id, starts_at__lte=at, arrived_at__isnull=False)
    return not came.filter(starts_at__gt=planned.recorded_at).exists()


def is_there(planned: PlannedPlacement, *, home: Home | None, authority: Authority | None, day: date) -> bool:
    """Whether a placement in this home, or outside one in this authority's area about that day, is the one that was planned."""
    if planned.home_id is not None:
        return home is not None and home.pk == planned.home_id
    if home is not None or day < planned.planned_date - SOONER:
        return False
    return authority is not None and authority.pk == planned.authority_id


def told_of(planned: PlannedPlacement) -> PlannedStep | None:
    """That the authority of the area was told."""
    return planned.steps.filter(kind=Kind.TOLD).first()


def counting(planned: PlannedPlacement, *, at: datetime) -> PlannedStep | None:
    """The last step of its approval; none of those of an authority that is responsible no more."""
    if not is_own(planned, at=at):
        return None
    return planned.steps.exclude(kind=Kind.TOLD).select_related("recorded_by").first()


def may_say_adjoining(user: User, planned: PlannedPlacement, *, at: datetime) -> bool:
    """Whether `user` may still say that nobody has to approve: a director always, others until one is asked."""
    put = planned.steps.filter(kind__in=(Kind.ASKED, Kind.REFUSED))
    return not put.exists() or approvals.may_decide(user, planned.child, at=at)


def _says_told(step: PlannedStep, whom: str, said_at: datetime, *, by: User, at: datetime) -> bool:
    """Whether this was said before; "now" was another moment then."""
    is_now = said_at == at and step.said_at == step.recorded_at
    return (step.who, step.recorded_by_id) == (whom.strip(), by.pk) and (step.said_at == said_at or is_now)


def _says(standing: PlannedPlacement, said: Mapping[str, Any]) -> bool:
    return all(getattr(standing, name) == value for name, value in said.items())


def _is_planned_there(planned: PlannedPlacement, placement: Placement) -> bool:
    day = london_day(placement.starts_at)
    return is_there(planned, home=placement.home, authority=placement.host_authority, day=day)


def _own(planned: PlannedPlacement, *, at: datetime) -> tuple[Child, PlannedPlacement]:
    child, row = _locked(planned)
    if not is_own(row, at=at):
        raise IllegalMove("Planned by the authority before: call it off and plan anew.")
    return child, row


def _locked(planned: PlannedPlacement) -> tuple[Child, PlannedPlacement]:
    child = Child.objects.locked().get(pk=planned.child_id)
    require_open(child.closed_at)
    row = PlannedPlacement.objects.open().filter(pk=planned.pk).select_related("authority").first()
    if row is None:
        raise IllegalMove("This planned placement has begun already, or was called off.")
    return child, row


def _keep(
    child: Child, planned: PlannedPlacement, kind: Kind, *, who: str, by: User, at: datetime, **said: Any
) -> PlannedStep:
    row = PlannedStep.objects.create(
        child=child, planned=planned, kind=kind, who=who, recorded_at=at, recorded_by=by, **said
    )
    data = {"kind": row.kind, "authority": planned.authority.code}
    happened_at, fields = said.pop("said_at"), {"who": who, **said}
    log.record(
        child,
        "planned_placement_said",
        subject=row,
        data=data,
        fields=fields,
        happened_at=happened_at,
        by=by,
        at=at,
    )
    return row
