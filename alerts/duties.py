"""The duty steps of a missing episode, from its facts: what is to be answered by when, and who hears when it is not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from alerts.schedule import Step
from cases.deadlines import add_working_days

# Counted like the rows of the contact policy: of an arrival, and of a child's age at the start of the episode.
FIRST_DAYS = timedelta(days=30)
YOUNG = 16
# The 18th birthday of a child who is missing is a step from so many months before it on.
NEAR_18 = 3


class Duty(StrEnum):
    """One thing that somebody must see to while a child is missing, or once an episode has ended."""

    KEEP_EVIDENCE = "keep_evidence"
    POLICE_REFERENCE = "police_reference"
    PUBLICITY = "publicity"
    RESCUE_ANSWER = "rescue_answer"
    STRATEGY_BY_PHONE = "strategy_by_phone"
    NRM_REFERRAL = "nrm_referral"
    HOME_OFFICE = "home_office"
    STRATEGY = "strategy"
    BRIEFING = "briefing"
    MISSING_PEOPLE = "missing_people"
    UKMPU = "ukmpu"
    NRM_CONSIDERED = "nrm_considered"
    DIRECTOR_BRIEFING = "director_briefing"
    # Whether those who run the place tell its inspectorate: they decide, and what they decided is on record.
    OFSTED_HOME = "ofsted_home"
    OFSTED_SUPPORTED = "ofsted_supported"
    TURNED_18 = "turned_18"
    BED_KEPT = "bed_kept"
    # Of the force in charge, and more than once in a search: clocks of their own, no rows (alerts/force_dues.py).
    POLICE_OFFICER = "police_officer"
    FORCE_ANSWER = "force_answer"
    # Of each found child who may be the one of a search, and of a found child whom nobody has named.
    FOUND_ANSWER = "found_answer"
    FOUND_UNNAMED = "found_unnamed"
    # After the end:
    PREVENTION_INTERVIEW = "prevention_interview"
    INTERVIEW_ASSIGNED = "interview_assigned"
    RETURN_INTERVIEW = "return_interview"
    RISK_AGAIN = "risk_again"
    REPEATED = "repeated"
    HOME_RECORD = "home_record"
    WATCHED_STILL = "watched_still"
    WITH_CHILD = "with_child"
    APPROPRIATE_ADULT = "appropriate_adult"
    SOLICITOR = "solicitor"
    TRAFFICKING_DEFENCE = "trafficking_defence"
    VISIT_AS_CHILD = "visit_as_child"
    FAMILY_CHECKED = "family_checked"
    ABROAD_SEEN = "abroad_seen"
    TELL_ENDED = "tell_ended"
    TAKEN_DOWN = "taken_down"
    OTHERS_TOLD = "others_told"
    # After a death: what is left for people to do, of which no message tells anybody.
    CORONER = "coroner"
    FRIENDS_TOLD = "friends_told"
    PANEL_NOTIFIED = "panel_notified"
    # After a death that was of another child.
    DEATH_UNSAID = "death_unsaid"


# Of these booked is an answer until the time that it is booked for; all else is to be held and written down.
BOOKABLE = frozenset({Duty.STRATEGY, Duty.REPEATED})
BOOKED_WITHIN = timedelta(days=7)
# Nobody writes during a meeting: so long after its time nobody hears that its record is not there.
WRITTEN_WITHIN = timedelta(hours=4)
# What a strategy meeting or discussion that is on record answers.
OF_A_MEETING = frozenset({Duty.STRATEGY, Duty.STRATEGY_BY_PHONE, Duty.REPEATED})


# Owed by a day and not by an hour, as paper is, so that a rung falls on the midnight with which the day is over: it is
# heard of by mail alone, and nobody is woken. A child who is held as an adult, or abroad, may need somebody that night.
BY_A_DAY = frozenset({Duty.HOME_OFFICE, Duty.BED_KEPT, Duty.TURNED_18, Duty.REPEATED, Duty.HOME_RECORD})

# Kinds of decisions by their stored names: this module knows nothing of the models.
DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    Duty.PUBLICITY: ("publicity", "rescue_alert"),
    Duty.RESCUE_ANSWER: ("rescue_alert",),
    Duty.MISSING_PEOPLE: ("missing_people", "publicity"),
    Duty.UKMPU: ("ukmpu",),
    Duty.HOME_OFFICE: ("home_office",),
    Duty.OFSTED_HOME: ("ofsted",),
    Duty.OFSTED_SUPPORTED: ("ofsted",),
}
# Which kinds of placement, by their codes in the return, Ofsted inspects and hears of serious events in.
INSPECTED: Mapping[str, Duty] = {
    "K1": Duty.OFSTED_HOME,
    "K2": Duty.OFSTED_HOME,
    "K3": Duty.OFSTED_SUPPORTED,
}
# Owed of what happened, and not of the search: the end of the search ends none of them.
OUTLASTS = frozenset(INSPECTED.values())
# Not asked for any more once the fact is gone that asked for them; and they follow it wherever it is moved.
FOLLOWS = OUTLASTS | {Duty.TURNED_18, Duty.BED_KEPT}
# Of these steps what answers them; of the others any decision does.
_ANSWERED_BY: Mapping[str, frozenset[str]] = {
    Duty.UKMPU: frozenset({"told"}),
    Duty.RESCUE_ANSWER: frozenset({"issued", "refused", "no", "withdrawn"}),
    Duty.MISSING_PEOPLE: frozenset({"referred", "yes", "no", "withdrawn"}),
}


def undecided(duty: str, standing: Mapping[str, str]) -> list[str]:
    """The decisions that a step still waits for, of the answers that stand by the kind of their decision."""
    answering = _ANSWERED_BY.get(duty)
    return [
        kind
        for kind in DECIDED_BY.get(duty, ())
        if kind not in standing or (answering is not None and standing[kind] not in answering)
    ]


# Owed anew by each force that leads, each offer to another, and each found child who may be this one.
OF_SEARCH = frozenset({Duty.POLICE_OFFICER, Duty.FORCE_ANSWER, Duty.FOUND_ANSWER})


@dataclass(frozen=True)
class Rule:
    """One row of the policy: due so long after t0, and the rungs so long after that; `_high` for a high risk.

    `working_days` counts to the end of the last of so many working days, instead of a span. `again` is after how long
    it is asked once more: of a found child after the last rung, and of an answer that says neither yes nor no. Of what is
    asked of a child who goes missing again and again: `episodes` within so many days.
    """

    duty: Duty
    after: timedelta = timedelta(0)
    escalates: tuple[tuple[Step, timedelta], ...] = ()
    after_high: timedelta | None = None
    escalates_high: tuple[tuple[Step, timedelta], ...] | None = None
    working_days: int | None = None
    again: timedelta | None = None
    episodes: int | None = None
    within_days: int | None = None


@dataclass(frozen=True)
class DutyFacts:
    """What decides which steps an episode has; no present time among it."""

    # The report or *not here* or confirmation, else the first police message owed.
    t0: datetime
    # By our grade or that of the police.
    high: bool = False
    # Under 16, in the first 30 days here, or with a live concern.
    watched_closely: bool = False
    # Since when, where that is not from the beginning: a concern may be marked weeks into a search.
    watched_since: datetime | None = None
    # Since when trafficking is suspected; None where it is not.
    suspected_at: datetime | None = None
    # When the police were asked for a Child Rescue Alert that they have not decided on.
    rescue_asked_at: datetime | None = None
    # When the first police reference was recorded, which confirms the episode too.
    referenced_at: datetime | None = None
    # What those who run the placement are to decide; None where Ofsted hears nothing of it.
    inspected: Duty | None = None
    # When the day is over through which the bed is kept; None where nobody said one, or the placement has ended.
    bed_kept_until: datetime | None = None
    # When the child turns 18, where that is near, or was while it was missing.
    turns_18_at: datetime | None = None
    nation: str = "england-and-wales"
    holidays: Collection[date] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Planned:
    """One step of one episode: by when, and the instant of each rung if it is not answered."""

    duty: Duty
    due_at: datetime
    steps: Mapping[Step, datetime]


def planned(facts: DutyFacts, rules: Sequence[Rule]) -> tuple[Planned, ...]:
    """Return the steps that these facts ask for, soonest first.

    An NRM referral is due 24 hours after the suspicion, not after the disappearance, and nobody is told of it before
    the episode begins; the decision about the Home Office waits for a police reference, and that of the police about a
    Child Rescue Alert is chased from when they were asked. Of the 18th birthday people hear before it comes.
    """
    steps = []
    for rule in rules:
        due_at = _due_at(rule, facts)
        if due_at is None:
            continue
        rungs = rule.escalates
        if facts.high and rule.escalates_high is not None:
            rungs = rule.escalates_high
        since = max(due_at, facts.t0)
        moments = {rung: max(since + after, facts.t0) for rung, after in rungs}
        steps.append(Planned(rule.duty, due_at, moments))
    return tuple(sorted(steps, key=lambda one: (one.due_at, one.duty)))


def _due_at(rule: Rule, facts: DutyFacts) -> datetime | None:
    start = _start(rule.duty, facts)
    if start is None:
        return None
    if rule.working_days is not None:
        return add_working_days(start, rule.working_days, nation=facts.nation, holidays=facts.holidays)
    after = rule.after
    if facts.high and rule.after_high is not None:
        after = min(after, rule.after_high)
    since = facts.watched_since
    if rule.duty == Duty.STRATEGY_BY_PHONE and since is not None and since > start + after:
        # Nobody was late for what nobody asked for.
        start = since
    return start + after


def _start(duty: Duty, facts: DutyFacts) -> datetime | None:
    """From when a step counts; None where these facts ask for none."""
    if duty in OF_SEARCH or duty == Duty.FOUND_UNNAMED:
        return None
    if duty in OUTLASTS:
        return facts.t0 if duty == facts.inspected else None
    referenced_at = facts.referenced_at
    starts: dict[Duty, datetime | None] = {
        Duty.STRATEGY_BY_PHONE: facts.t0 if facts.watched_closely else None,
        # Beside the referral that signs ask for sooner, and of which no director hears. Of signs that began to wait for
        # one in the search it counts from then; what is planned by then is not put off (alerts/duty_steps.py).
        Duty.NRM_CONSIDERED: max(facts.t0, facts.suspected_at or facts.t0),
        Duty.NRM_REFERRAL: facts.suspected_at,
        Duty.TURNED_18: facts.turns_18_at,
        Duty.BED_KEPT: facts.bed_kept_until,
        Duty.RESCUE_ANSWER: facts.rescue_asked_at,
        Duty.HOME_OFFICE: None if referenced_at is None else max(facts.t0, referenced_at),
    }
    return starts.get(duty, facts.t0)


def _after(hours: float) -> timedelta:
    return timedelta(hours=hours)


_AT_ONCE = timedelta(0)
# [proposal] First versions, to be signed off by the council: the table of steps of an open missing episode to +72 h.
# Where it names only the rung, that rung hears at the hour at which the step is due.
DEFAULT_RULES: tuple[Rule, ...] = (
    # The table leaves it to the call ladder, which an officer ends whatever became of the room. So it is heard of in the
    # mails about what is due at the same hours: publicity, and the briefing.
    Rule(Duty.KEEP_EVIDENCE, _after(1), ((Step.R2, _AT_ONCE), (Step.R4, _after(23)))),
    Rule(
        Duty.POLICE_REFERENCE,
        _after(4),
        ((Step.R2, _AT_ONCE), (Step.R4, _after(4))),
        after_high=_after(1),
        escalates_high=((Step.R2, _AT_ONCE), (Step.R4, _after(2))),
    ),
    Rule(Duty.PUBLICITY, _after(1), ((Step.R2, _AT_ONCE),)),
    # Counted from when the police were asked: an alert is of use in the first hours.
    Rule(Duty.RESCUE_ANSWER, _after(1), ((Step.R1, _AT_ONCE), (Step.R2, _after(1)), (Step.R4, _after(4)))),
    Rule(Duty.STRATEGY_BY_PHONE, _after(4), ((Step.R2, _AT_ONCE),)),
    Rule(Duty.NRM_REFERRAL, _after(24), ((Step.R2, _AT_ONCE),)),
    Rule(Duty.HOME_OFFICE, escalates=((Step.R4, _AT_ONCE),), working_days=1),
    Rule(Duty.STRATEGY, _after(24), ((Step.R4, _AT_ONCE),)),
    Rule(Duty.BRIEFING, _after(24), ((Step.R4, _AT_ONCE),)),
    Rule(Duty.MISSING_PEOPLE, _after(48), ((Step.R4, _AT_ONCE),)),
    Rule(Duty.UKMPU, _after(72), ((Step.R5, _AT_ONCE),)),
    Rule(Duty.NRM_CONSIDERED, _after(72), ((Step.R5, _AT_ONCE),)),
    Rule(Duty.DIRECTOR_BRIEFING, _after(72), ((Step.R5, _AT_ONCE),)),
    # Children's Homes Regulations 2015, reg. 40(4): without delay, of what the home holds for serious. Four hours is ours.
    Rule(Duty.OFSTED_HOME, _after(4), ((Step.R1, _AT_ONCE), (Step.R2, _after(20)))),
    # Supported Accommodation Regulations 2023, reg. 27: within 24 hours. Duty hears while there are four left.
    Rule(
        Duty.OFSTED_SUPPORTED, _after(24), ((Step.R1, -_after(4)), (Step.R2, _AT_ONCE), (Step.R4, _after(24)))
    ),
    # A bed that is let go is asked about while it stands: three days before the last that it is kept.
    Rule(Duty.BED_KEPT, escalates=((Step.R1, -_after(72)), (Step.R2, -_after(24)), (Step.R4, _AT_ONCE))),
    # Turning 18 ends the care and not the search: duty and the worker hear a week before.
    Rule(
        Duty.TURNED_18,
        escalates=((Step.R1, -_after(24 * 7)), (Step.R2, _after(24)), (Step.R4, _after(72))),
    ),
    # Counted from when a force leads without an officer in the case.
    Rule(
        Duty.POLICE_OFFICER,
        _after(24),
        ((Step.R1, _AT_ONCE), (Step.R2, _after(24)), (Step.R4, _after(72))),
        after_high=_after(4),
        escalates_high=((Step.R1, _AT_ONCE), (Step.R2, _after(4)), (Step.R4, _after(24))),
    ),
    # Both forces and the desk hear of an offer at once, and again until the other force has answered.
    Rule(
        Duty.FORCE_ANSWER,
        escalates=((Step.R1, _AT_ONCE), (Step.R2, _after(2)), (Step.R4, _after(8))),
        escalates_high=((Step.R1, _AT_ONCE), (Step.R2, _after(1)), (Step.R4, _after(4))),
    ),
    # Somebody has the child before them now: its owners hear at once, and climb within the hour; who could not say is
    # asked again.
    Rule(
        Duty.FOUND_ANSWER,
        escalates=((Step.R1, _AT_ONCE), (Step.R2, _after(0.5)), (Step.R4, _after(4))),
        again=_after(4),
    ),
    # Counted from when the child was found; after 48 hours the police are to tell the UK Missing Persons Unit, and the
    # desk and the director are asked each day.
    Rule(
        Duty.FOUND_UNNAMED,
        _after(6),
        ((Step.R1, _AT_ONCE), (Step.R2, _after(6)), (Step.R4, _after(18)), (Step.R5, _after(42))),
        again=_after(24),
    ),
)
