"""The verbs of a safeguarding plan: write a version, ask somebody for an action, and say that it is done or withdrawn."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from cases import action_owners, barred, log
from cases.action_owners import Owner
from cases.deadlines import add_months, end_of, london_day
from cases.models import (
    TEAM_ROLES,
    Allocation,
    Child,
    Discussion,
    KeepFrom,
    Membership,
    MissingEpisode,
    Placement,
    PlanAction,
    PlanSignature,
    Role,
    SafetyPlan,
    Team,
    User,
)
from cases.models.plans import Agreement, ContactRow
from cases.moves import require_open, require_read, require_same
from cases.states import IllegalMove

# From the loosest to the closest; the policy's own rows apply anyhow.
ROWS = (
    ContactRow.AS_ASKED,
    ContactRow.ONCE,
    ContactRow.TWICE,
    ContactRow.THRICE,
    ContactRow.ROLL_CALLS,
)
# A plan is looked at again with the review of the care plan, so no later than that [domain document 2d].
REVIEWED_WITHIN_MONTHS = 6


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a version says."""

    goals: str
    if_missing: str
    contacts: str
    agreed_with: str
    child_agrees: str
    review_date: date
    contact_row: str = ContactRow.AS_ASKED
    why_less: str = ""
    phone_plan: str = ""
    visitors: str = ""
    safe_words: str = ""
    travel_rules: str = ""
    address_secrecy: str = ""
    guardian_contact: str = ""
    copied_to: str = ""
    child_words: str = ""
    key: uuid.UUID = field(default_factory=uuid.uuid4)


def write(
    child: Child,
    plan: Plan,
    *,
    stood: int | None = None,
    seconded_by: User | None = None,
    by: User,
    at: datetime,
) -> SafetyPlan:
    """Keep a version, which holds from `at`; the same form again returns the one that stands.

    Closer contact counts at once. Less than the version before asks takes a reason and a second person, and ends on
    the day of the review: then what stood before counts again. Raises `IllegalMove`, `SentBefore` for the same key with
    other words, and `Overtaken` where another stands than the one that was read, by its key `stood`.
    """
    _require(plan, at)
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = SafetyPlan.objects.filter(key=plan.key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.written_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(standing, vars(plan))
            return standing
        require_open(child.closed_at)
        last = latest(child)
        require_read(stood, last.pk if last is not None else 0)
        row = SafetyPlan(child=child, recorded_at=at, written_by=by, **vars(plan))
        _set_contact(row, last, seconded_by)
        row.save()
        log.record(
            child,
            "plan_written",
            subject=row,
            data={"contact": row.contact_row, "less": bool(row.comes_back)},
            fields={name: value for name, value in vars(plan).items() if name != "key"},
            by=by,
            at=at,
        )
    return row


def sign(plan: SafetyPlan, *, by: User, at: datetime) -> PlanSignature:
    """Sign as a manager the version that another person wrote; what is wrong in it is put right by a new version.

    The same press again returns the signature that stands. Raises `IllegalMove` for the writer, for a version in whose
    place a later one has come, for one that somebody else has signed, and in a closed case.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=plan.child_id)
        require_open(child.closed_at)
        newest = latest(child)
        if newest is None or newest.pk != plan.pk:
            raise IllegalMove("This version waits for nobody any more. Look at the latest.")
        standing = PlanSignature.objects.filter(plan=newest).first()
        if standing is not None and standing.signed_by_id == by.pk:
            return standing
        if standing is not None:
            raise IllegalMove("Somebody has signed this version already.")
        if newest.written_by_id == by.pk:
            raise IllegalMove("Another person than who wrote it signs it.")
        row = PlanSignature.objects.create(
            plan=newest, child=child, written_by=newest.written_by, signed_by=by, signed_at=at
        )
        log.record(child, "plan_signed", subject=row, fields={"plan": newest.pk}, by=by, at=at)
    return row


def latest(child: Child) -> SafetyPlan | None:
    """The version that holds."""
    rows = SafetyPlan.objects.filter(child=child).select_related("written_by", "seconded_by")
    return rows.first()


def is_less(contact_row: str, child: Child, *, at: datetime) -> bool:
    """Whether this asks for less contact than the plan that holds asks for now."""
    standing = latest(child)
    return standing is not None and _rank(contact_row) < _rank(_in_force(standing, at))


def ask(
    child: Child,
    what: str,
    *,
    owner: User | Owner,
    by_date: date,
    placement: Placement | None = None,
    discussion: Discussion | None = None,
    interview_of: MissingEpisode | None = None,
    looks_again: bool = False,
    key: uuid.UUID | None = None,
    by: User,
    at: datetime,
) -> PlanAction:
    """Ask `owner` for an action by a day; with `placement` it puts right what that placement cannot keep of the plan.

    With `discussion` it was decided in a supervision, with `interview_of` promised in the return interview of that
    episode, where `looks_again` is the day on which that is looked at again. Raises `IllegalMove` for a day that is over,
    for nothing to be done, and for an owner who has nothing to do with this child; `SentBefore` for the same key with
    other words.
    """
    if not what.strip():
        raise IllegalMove("Enter what is to be done.")
    if by_date < london_day(at):
        raise IllegalMove("The day must be today or later.")
    key = key or uuid.uuid4()
    owner = action_owners.of_council(owner) if isinstance(owner, User) else owner
    asked = {"placement": placement, "what": what.strip(), "by_date": by_date, **owner.columns}
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        standing = PlanAction.objects.filter(key=key).first()
        if standing is not None:
            if standing.child_id != child.pk or standing.recorded_by_id != by.pk:
                raise IllegalMove("This form was sent for another child.")
            require_same(standing, asked)
            return standing
        require_open(child.closed_at)
        action_owners.require(owner, child, at=at)
        if placement is not None and (placement.child_id != child.pk or placement.ends_at is not None):
            raise IllegalMove("This placement has ended.")
        of_interview = {"interview_of": interview_of, "looks_again": looks_again}
        row = PlanAction.objects.create(
            key=key,
            child=child,
            discussion=discussion,
            **of_interview,
            **asked,
            recorded_at=at,
            recorded_by=by,
        )
        log.record(
            child,
            "action_asked" if placement is None else "shortfall_recorded",
            subject=row,
            data={"by": by_date.isoformat(), "kind": row.owner_kind, "of": row.owned_by},
            fields={"what": row.what, "owner": row.owner_id, "of": row.owned_by},
            by=by,
            at=at,
        )
    return row


def end(action: PlanAction, ending: str, *, said: str, by: User, at: datetime) -> PlanAction:
    """Record that it is done, or withdrawn, with what was done or why; raises `IllegalMove` without, and the second time."""
    if not said.strip():
        raise IllegalMove("Enter what was done, or why nobody has to any more.")
    with transaction.atomic():
        child = Child.objects.locked().get(pk=action.child_id)
        row = PlanAction.objects.select_related("owner").get(pk=action.pk)
        if row.ended_at is not None:
            raise IllegalMove("Somebody has recorded its end already.")
        require_open(child.closed_at)
        row.ended_at, row.ended_by, row.ending, row.said = at, by, PlanAction.Ending(ending), said.strip()
        row.save(update_fields=["ended_at", "ended_by", "ending", "said"])
        log.record(
            child,
            "action_ended",
            subject=row,
            data={"ending": row.ending, "shortfall": row.placement_id is not None},
            fields={"said": row.said},
            by=by,
            at=at,
        )
    return row


def shortfalls(child: Child) -> list[PlanAction]:
    """What the placement that stands cannot keep of the plan, soonest first."""
    return list(PlanAction.objects.open().filter(child=child).exclude(placement=None))


def owners(child: Child, *, at: datetime) -> list[User]:
    """Who may be asked, by name: those of the child's team, or of duty where there is none, who may change the record.

    Of a restricted record those who are named: whoever else reads it does so for a shift.
    """
    roles = Membership.objects.current(at).filter(role__in=TEAM_ROLES, team__authority=_authority(child, at))
    allocation = Allocation.objects.current(at).filter(child=child).first()
    if allocation is not None:
        roles = roles.filter(team=allocation.team_id)
    else:
        roles = roles.filter(role=Role.DUTY_DESK).exclude(team__kind=Team.Kind.SOCIAL_WORK)
    kept = KeepFrom.objects.current(at).filter(child=child)
    people = User.objects.filter(pk__in=roles.values("user")).exclude(pk__in=kept.values("user"))
    named = barred.named_for([child.pk], at).get(child.pk)
    return list((people if named is None else people.filter(pk__in=named)).order_by("name", "pk"))


def _authority(child: Child, at: datetime) -> int | None:
    rows = child.responsibilities.filter(starts_at__lte=at).order_by("-starts_at")
    return rows.values_list("authority", flat=True).first()


def _require(plan: Plan, at: datetime) -> None:
    if not plan.goals.strip() or not plan.if_missing.strip():
        raise IllegalMove("Enter the goals, and what to do if the child is missing.")
    if not plan.contacts.strip():
        raise IllegalMove("Enter whom to ring, by day and by night.")
    if not plan.agreed_with.strip() or plan.child_agrees not in Agreement.values:
        raise IllegalMove("Enter who agreed, and what the child says to it.")
    today = london_day(at)
    if not today <= plan.review_date <= london_day(add_months(at, REVIEWED_WITHIN_MONTHS)):
        raise IllegalMove("The review is within six months: no later than that of the care plan.")
    if plan.contact_row not in ROWS:
        raise ValueError(plan.contact_row)


def _set_contact(row: SafetyPlan, standing: SafetyPlan | None, second: User | None) -> None:
    """What of the contact before this version comes back, and when; `IllegalMove` for less without a second person."""
    if standing is None:
        return
    in_force = _in_force(standing, row.recorded_at)
    # A version between the two keeps what comes back, and its day.
    is_pending = bool(standing.comes_back) and in_force == standing.contact_row
    closest = standing.comes_back if is_pending else in_force
    if _rank(row.contact_row) >= _rank(closest):
        return
    row.comes_back = closest
    if _rank(row.contact_row) >= _rank(in_force) and second is None:
        row.comes_back_at = standing.comes_back_at
        return
    if second is None or second.pk == row.written_by_id or not row.why_less.strip():
        raise IllegalMove("Less contact than the plan asked for needs a reason and a second person.")
    row.seconded_by, row.comes_back_at = second, end_of(row.review_date)


def _in_force(plan: SafetyPlan, at: datetime) -> str:
    is_back = plan.comes_back_at is not None and plan.comes_back_at <= at
    return plan.comes_back if is_back else plan.contact_row


def _rank(contact_row: str) -> int:
    return ROWS.index(ContactRow(contact_row))
