"""The duties of paper, the spans of their policy, the longest that law allows, and the policy as it is first stored."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from alerts.schedule import Step
from cases.deadlines import add_days, add_months, add_working_days


class Paper(StrEnum):
    """One duty of paper. None of them goes to the police: their rungs are R1, R2, R4 and R5 and no other."""

    FIRST_ASSESSMENT = "first_assessment"
    ASSESSMENT = "assessment"
    # A manager reads what another person assessed.
    SIGN_OFF = "sign_off"
    CHECKLIST = "checklist"
    FIRST_PROFILE = "first_profile"
    PROFILE = "profile"
    VISIT = "visit"
    HOST_NOTICE = "host_notice"
    # The same, and the approval of a distant one, before a planned placement begins; and that it is recorded, or called off.
    NOTICE_AHEAD = "notice_ahead"
    APPROVAL_AHEAD = "approval_ahead"
    PLANNED_PLACE = "planned_place"
    # What a former authority handed over: until the new one has read all of it.
    HANDOVER = "handover"
    APPROVAL = "placement_approval"
    # What the director is asked, until they decide; and another placement, where they refused.
    DECISION = "placement_decision"
    REFUSED = "placement_refused"
    ROOM = "room_review"
    # Made once for each placement, and once for the care of the child.
    PLACEMENT_PLAN = "placement_plan"
    CARE_PLAN = "care_plan"
    # Held by somebody on a day, and recorded with who led it.
    CARE_REVIEW = "care_review"
    HEALTH = "health"
    # Teeth, immunisations and eyes, each looked at by itself.
    DENTAL = "dental"
    IMMUNISATION = "immunisation"
    EYES = "eyes"
    EDUCATION = "education"
    PATHWAY = "pathway"
    PLAN = "plan"
    # What somebody promised by a day: each a clock of its own, named by its key.
    ACTION = "action"
    SHORTFALL = "shortfall"
    # Of one of these: whoever was to do it has left, and whoever was to do it says that it is done.
    UNOWNED = "unowned"
    SAID_DONE = "said_done"
    TURNING_18 = "turning_18"
    # The referral of a child with signs of trafficking, and then each decision that is awaited.
    NRM_REFERRAL = "nrm_referral"
    NRM_GROUNDS = "nrm_grounds"
    NRM_CONCLUSIVE = "nrm_conclusive"
    # The social worker is away: somebody is to have the child's work, and to ask again when nobody knows for how long.
    COVER = "worker_cover"
    AWAY = "worker_away"
    # No placement says where the child lives.
    NOWHERE = "nowhere"
    # In supported accommodation before the age for it: a manager finds another place.
    TOO_YOUNG = "too_young"
    # Nobody at the placement can call the roll as often as the policy and the plan ask: somebody else looks, or it ends.
    UNKEPT = "unkept_roll_calls"
    # The child is talked about in the supervision of its social worker.
    SUPERVISION = "supervision"
    # A guardian sees the child, or speaks with it.
    GUARDIAN_CHECK = "guardian_check"
    # The guardian of a child who has been missing for long goes on, hands over, or ends.
    GUARDIAN_STAYS = "guardian_stays"
    # What comes after a placement whose end is planned.
    NEXT_PLACE = "next_place"
    # Who is with a child that is to leave care, from the day on which it is eligible.
    ADVISER = "adviser"
    # The adviser sees the child, or speaks with it.
    ADVISER_CONTACT = "adviser_contact"
    # Who reviews the care of a looked-after child, and has no part in it.
    REVIEWING_OFFICER = "reviewing_officer"
    # A meeting that is booked: held, or called off; each a clock of its own, named by its key.
    MEETING = "meeting"
    # The child asked for a visit, or complained.
    VISIT_ASKED = "visit_asked"
    # Police have the child in their protection: what follows, before that is over by law.
    PROTECTION = "police_protection"
    # The same of an order that lasts so long at most.
    EMERGENCY_ORDER = "emergency_order"
    ASSESSMENT_ORDER = "assessment_order"


# Theirs from the first rung on: a manager decides, and nobody else.
OF_MANAGER = (Paper.SIGN_OFF, Paper.COVER, Paper.AWAY, Paper.TOO_YOUNG, Paper.UNKEPT)
# Of all paper these alone are owed while a child is looked for: whoever looks for it needs somebody who has its work, and
# a child who may turn 18 while missing has a plan for that, with who goes on looking for an adult.
# Meetings are held about a missing child, too; and so are the reviews of its care, as long as it is in care, by somebody.
# The hours of police protection run on, whoever has the child; and of a search alone its guardian is looked at again.
LIMITED = (Paper.PROTECTION, Paper.EMERGENCY_ORDER, Paper.ASSESSMENT_ORDER)
IN_SEARCH = (
    Paper.COVER,
    Paper.TURNING_18,
    Paper.GUARDIAN_STAYS,
    Paper.MEETING,
    Paper.REVIEWING_OFFICER,
    *LIMITED,
)
# Those that are held again and again.
OF_HEALTH = (Paper.DENTAL, Paper.IMMUNISATION, Paper.EYES)
AGAIN = (Paper.CARE_REVIEW, Paper.HEALTH, *OF_HEALTH, Paper.EDUCATION, Paper.PATHWAY)
HELD = (Paper.PLACEMENT_PLAN, Paper.CARE_PLAN, *AGAIN, Paper.ADVISER_CONTACT, Paper.TURNING_18)

RUNGS = (Step.R1, Step.R2, Step.R4, Step.R5)


class Unit(StrEnum):
    """What a span is counted in: elapsed hours, or London days, months and working days."""

    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True)
class Days:
    """The working days of one nation, and so many of a search in which what was late before it is asleep."""

    nation: str = "england-and-wales"
    holidays: Collection[date] = field(default_factory=frozenset)
    asleep: int = 0


@dataclass(frozen=True)
class Span:
    """So many of one unit."""

    count: int
    unit: Unit

    def after(self, start: datetime, days: Days) -> datetime:
        """The instant so long after `start`; no time at all is that instant itself.

        Hours elapse whatever the clocks do; days and months keep London's time of day; working days end with the day.
        """
        if self.count == 0:
            return start
        if self.unit == Unit.HOURS:
            return start + timedelta(hours=self.count)
        if self.unit == Unit.DAYS:
            return add_days(start, self.count)
        if self.unit == Unit.MONTHS:
            return add_months(start, self.count)
        return add_working_days(start, self.count, nation=days.nation, holidays=days.holidays)


@dataclass(frozen=True)
class Rule:
    """By when one duty is due, by the name of each case, and how long after that each rung hears."""

    due: Mapping[str, Span]
    rungs: tuple[tuple[Step, Span], ...]


@dataclass(frozen=True)
class Rules:
    """One version of the policy."""

    takes_effect_at: datetime
    rules: Mapping[Paper, Rule]


# The longest that law or statutory guidance allows, whatever a version says [Care Planning Regulations 2010, reg. 28].
STATUTORY: Mapping[tuple[Paper, str], Span] = {
    (Paper.VISIT, "start"): Span(7, Unit.DAYS),
    (Paper.PROTECTION, "start"): Span(72, Unit.HOURS),
    (Paper.EMERGENCY_ORDER, "start"): Span(21, Unit.DAYS),
    (Paper.ASSESSMENT_ORDER, "start"): Span(7, Unit.DAYS),
    (Paper.VISIT, "again"): Span(42, Unit.DAYS),
    (Paper.VISIT, "lasting"): Span(3, Unit.MONTHS),
    (Paper.VISIT, "agreed"): Span(6, Unit.MONTHS),
    (Paper.HOST_NOTICE, "start"): Span(5, Unit.WORKING_DAYS),
    (Paper.APPROVAL, "start"): Span(5, Unit.WORKING_DAYS),
    (Paper.CARE_REVIEW, "start"): Span(20, Unit.WORKING_DAYS),
    (Paper.CARE_REVIEW, "second"): Span(3, Unit.MONTHS),
    (Paper.CARE_REVIEW, "again"): Span(6, Unit.MONTHS),
    (Paper.HEALTH, "start"): Span(20, Unit.WORKING_DAYS),
    (Paper.HEALTH, "again"): Span(12, Unit.MONTHS),
    (Paper.EDUCATION, "start"): Span(10, Unit.WORKING_DAYS),
    (Paper.PATHWAY, "start"): Span(3, Unit.MONTHS),
    (Paper.PATHWAY, "again"): Span(6, Unit.MONTHS),
}
# Until the fifth birthday a child's health is looked at twice as often, whatever a version says [the same, reg. 33].
UNDER_FIVE = Span(6, Unit.MONTHS)
_NOW = Span(0, Unit.WORKING_DAYS)


def longest(paper: Paper, name: str, start: datetime, *, five_at: datetime | None) -> Span | None:
    """The longest that law allows from `start` on of a child who is five at `five_at`; None where it says nothing."""
    is_young = five_at is not None and add_months(start, UNDER_FIVE.count) < five_at
    return (
        UNDER_FIVE if is_young and (paper, name) == (Paper.HEALTH, "again") else STATUTORY.get((paper, name))
    )


def _hours(count: int) -> Span:
    return Span(count, Unit.HOURS)


def _rungs(second: Span, fourth: Span, fifth: Span | None = None) -> tuple[tuple[Step, Span], ...]:
    found = [(Step.R1, _NOW), (Step.R2, second), (Step.R4, fourth)]
    return (*found, (Step.R5, fifth)) if fifth is not None else tuple(found)


def _working(count: int) -> Span:
    return Span(count, Unit.WORKING_DAYS)


# Care Planning Regulations 2010, regs. 7 and 33; statutory guidance on education and on leaving care. A plan of
# education is looked at each term: four months.
_OF_HELD: Mapping[Paper, Mapping[str, Span]] = {
    Paper.CARE_REVIEW: {
        "start": _working(20),
        "second": Span(3, Unit.MONTHS),
        "again": Span(6, Unit.MONTHS),
        # [proposal] A search put reviews off until this was asked: what was due in one that ran then, as long from there.
        "sought": _working(20),
    },
    Paper.HEALTH: {"start": _working(20), "again": Span(12, Unit.MONTHS)},
    Paper.EDUCATION: {"start": _working(10), "again": Span(4, Unit.MONTHS)},
    Paper.PATHWAY: {"start": Span(3, Unit.MONTHS), "again": Span(6, Unit.MONTHS)},
    # From seventeen and a half: at seventeen years and nine months, as for a child who is looked for. [proposal] Whoever
    # had a plan from before that age when it stopped to count gets four weeks for another.
    Paper.TURNING_18: {"start": Span(3, Unit.MONTHS), "earlier": Span(28, Unit.DAYS)},
}
_LATER = _rungs(_working(2), _working(5), _working(10))
_AFTERWARDS = (
    (Step.R1, _working(1)),
    (Step.R2, _working(2)),
    (Step.R4, _working(5)),
    (Step.R5, _working(10)),
)
# [proposal] First version, to be signed off by the council: the table of paperwork policies. That table names no rungs
# for the visit of a social worker: it has those of the review of a risk assessment.
DEFAULT: Mapping[Paper, Rule] = {
    Paper.FIRST_ASSESSMENT: Rule({"start": _hours(24)}, _rungs(_hours(4), _hours(24), _hours(72))),
    Paper.ASSESSMENT: Rule(
        {
            "high": Span(7, Unit.DAYS),
            "medium": Span(28, Unit.DAYS),
            "low": Span(90, Unit.DAYS),
            "change": _hours(24),
        },
        _LATER,
    ),
    # [proposal] The rung of the manager is the first: it is theirs to do.
    Paper.SIGN_OFF: Rule(
        {"start": _working(2)}, ((Step.R1, _NOW), (Step.R4, _working(3)), (Step.R5, _working(8)))
    ),
    # [proposal] At once, while nobody covers for the social worker; and each week of an absence without an end.
    Paper.COVER: Rule(
        {"start": _hours(0)}, ((Step.R1, _NOW), (Step.R4, _working(1)), (Step.R5, _working(3)))
    ),
    Paper.AWAY: Rule(
        {"again": Span(7, Unit.DAYS)}, ((Step.R1, _NOW), (Step.R4, _working(3)), (Step.R5, _working(8)))
    ),
    # [proposal] After an hour, for a child is registered or taken over before anybody can write where it sleeps; then up
    # as fast as for a child without a social worker.
    Paper.NOWHERE: Rule({"start": _hours(1)}, _rungs(_hours(4), _hours(24), _hours(48))),
    # [proposal] At once, to the manager: no day of such a placement is lawful.
    Paper.TOO_YOUNG: Rule(
        {"start": _hours(0)}, ((Step.R1, _NOW), (Step.R4, _hours(24)), (Step.R5, _hours(72)))
    ),
    # [proposal] At once, to the manager; who stands above hears when nobody has arranged it by the next working days.
    Paper.UNKEPT: Rule(
        {"start": _hours(0)}, ((Step.R1, _NOW), (Step.R4, _working(2)), (Step.R5, _working(5)))
    ),
    # [proposal] At least every four weeks, be the worker another meanwhile; what fell due in a search, soon after it.
    Paper.SUPERVISION: Rule(
        {"start": Span(28, Unit.DAYS), "again": Span(28, Unit.DAYS), "return": _working(5)},
        ((Step.R1, _NOW), (Step.R4, _working(5)), (Step.R5, _working(10))),
    ),
    # Every fortnight, at high risk every week [domain document 2a]; the supervisor and the council hear after the guardian
    # by days of ours.
    Paper.GUARDIAN_CHECK: Rule(
        {
            "start": Span(14, Unit.DAYS),
            "again": Span(14, Unit.DAYS),
            "high": Span(7, Unit.DAYS),
            "return": _working(2),
        },
        _LATER,
    ),
    # After six months, for so long a service goes on [evaluation of the trafficking guardians, 2020]; then by days of ours.
    Paper.GUARDIAN_STAYS: Rule({"start": Span(6, Unit.MONTHS), "again": Span(3, Unit.MONTHS)}, _LATER),
    # [proposal] Two weeks before the planned end the worker is asked; who stands above hears past that day.
    Paper.NEXT_PLACE: Rule({"before": Span(14, Unit.DAYS), "return": _working(2)}, _LATER),
    # [unsure, to be signed off by the council] Before the pathway plan is written, in which the adviser has a part; and
    # another two weeks after one has left.
    Paper.ADVISER: Rule({"start": Span(28, Unit.DAYS), "again": _working(10)}, _LATER),
    # Every eight weeks [domain document 1.7, to be signed off by the council].
    Paper.ADVISER_CONTACT: Rule(
        {"start": Span(56, Unit.DAYS), "again": Span(56, Unit.DAYS), "return": _working(5)}, _LATER
    ),
    # Five working days of care [IRO handbook, statutory guidance of 2010, to be signed off by the council]. [proposal] The
    # rungs, slower than those of other paper: a director hears of reviews that are not held, and of no name.
    Paper.REVIEWING_OFFICER: Rule(
        {"start": _working(5), "again": _working(5)}, _rungs(_working(5), _working(10))
    ),
    # [proposal] Nobody writes during a meeting: asked about a working day after its time.
    Paper.MEETING: Rule({"start": _hours(0)}, _AFTERWARDS),
    # At once [reg. 28]; who stands above hears by days of ours.
    Paper.VISIT_ASKED: Rule({"start": _hours(0)}, _rungs(_working(1), _working(3), _working(8))),
    # 72 hours at most [Children Act 1989, s. 46(6)]. [proposal] Asked from 48 hours on, so that each rung hears before they
    # are over, and the director when they are.
    Paper.PROTECTION: Rule({"start": _hours(48)}, _rungs(_hours(12), _hours(20), _hours(24))),
    # 21 days and 7 at most [rules 362 and 363 of the return]. [proposal] Asked so long before, that each rung hears before
    # the order is over, and the director when it is.
    Paper.EMERGENCY_ORDER: Rule(
        {"start": Span(14, Unit.DAYS)}, _rungs(Span(3, Unit.DAYS), Span(5, Unit.DAYS), Span(7, Unit.DAYS))
    ),
    Paper.ASSESSMENT_ORDER: Rule(
        {"start": Span(4, Unit.DAYS)}, _rungs(Span(1, Unit.DAYS), Span(2, Unit.DAYS), Span(3, Unit.DAYS))
    ),
    Paper.CHECKLIST: Rule({"start": _hours(24)}, _rungs(_hours(4), _hours(24))),
    # Philomena, part 1, stands in the row of the arrival's list; the rhythm of the reviews is ours.
    Paper.FIRST_PROFILE: Rule({"start": _hours(24)}, _rungs(_hours(4), _hours(24))),
    Paper.PROFILE: Rule(
        {"again": Span(90, Unit.DAYS), "change": _working(5)},
        _LATER,
    ),
    Paper.VISIT: Rule(
        {
            "start": Span(7, Unit.DAYS),
            "again": Span(42, Unit.DAYS),
            "lasting": Span(3, Unit.MONTHS),
            "agreed": Span(6, Unit.MONTHS),
        },
        _LATER,
    ),
    Paper.HOST_NOTICE: Rule({"start": _working(5)}, _rungs(_working(2), _working(5))),
    # Before the placement begins [Care Planning Regulations 2010, regs. 11 and 13; domain document 2d]; by their count of
    # working days ahead of its day.
    Paper.NOTICE_AHEAD: Rule({"before": _working(1)}, _rungs(_working(2), _working(5))),
    Paper.APPROVAL_AHEAD: Rule({"before": _working(1)}, _LATER),
    # [proposal] As of a meeting: nobody writes while a child moves.
    Paper.PLANNED_PLACE: Rule({"start": _hours(0)}, _AFTERWARDS),
    # [proposal] As long as an offer waits for its answer.
    Paper.HANDOVER: Rule({"start": _working(2)}, _rungs(_working(1), _working(3))),
    # Regs. 11 and 14: before a distant placement begins, or within five working days where it could not wait.
    Paper.APPROVAL: Rule({"start": _working(5)}, _LATER),
    # [proposal] The director hears at once that they are asked, and again after the head of service has.
    Paper.DECISION: Rule(
        {"start": _hours(0)}, ((Step.R1, _NOW), (Step.R4, _working(2)), (Step.R5, _working(3)))
    ),
    # [proposal] At once: each day of a placement that was refused is one too many.
    Paper.REFUSED: Rule({"start": _hours(0)}, _rungs(_working(1), _working(3), _working(8))),
    Paper.ROOM: Rule(
        {"start": _working(1), "again": Span(28, Unit.DAYS)},
        _LATER,
    ),
    # Care Planning Regulations 2010, regs. 4 and 9, as they are commonly read: to be signed off by the council.
    Paper.PLACEMENT_PLAN: Rule({"start": _working(5)}, _LATER),
    Paper.CARE_PLAN: Rule({"start": _working(10)}, _LATER),
    **{paper: Rule(due, _LATER) for paper, due in _OF_HELD.items()},
    # [proposal] The domain document names them beside the health assessment without days: within a quarter of a year, and
    # then as often as that is reviewed. No director is told of a dentist.
    **{
        paper: Rule(
            {"start": Span(3, Unit.MONTHS), "again": Span(12, Unit.MONTHS)}, _rungs(_working(5), _working(20))
        )
        for paper in OF_HEALTH
    },
    # From the signs, not from a disappearance; whoever had them before this was asked gets a week.
    Paper.NRM_REFERRAL: Rule(
        {"start": _hours(24), "before": _working(5)}, _rungs(_working(1), _working(3), _working(10))
    ),
    # A decision is asked for, and asked for again: the chase of reasonable grounds stands in the table, that of a
    # conclusive decision, after the 30 days of recovery, is ours.
    Paper.NRM_GROUNDS: Rule(
        {"start": _working(5), "panel": Span(45, Unit.DAYS), "again": _working(5)},
        _rungs(_working(5), _working(10)),
    ),
    Paper.NRM_CONCLUSIVE: Rule(
        {"start": Span(45, Unit.DAYS), "again": Span(28, Unit.DAYS)}, _rungs(_working(5), _working(10))
    ),
    # The actions of a plan have their own days, and the rungs of the plan.
    Paper.PLAN: Rule({"start": _working(5), "change": _working(5)}, _LATER),
    Paper.ACTION: Rule({"return": _working(1)}, _LATER),
    Paper.SHORTFALL: Rule({"return": _working(1)}, _LATER),
    # [proposal] The worker hears at once that nobody has it any more, and has two days to answer who calls it done.
    Paper.UNOWNED: Rule({"start": _hours(0), "return": _working(1)}, _LATER),
    Paper.SAID_DONE: Rule({"start": _working(2), "return": _working(1)}, _LATER),
}
