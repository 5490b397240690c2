"""What an ending opens, from its outcome: what is to be done or offered by when, and who hears when it is not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from alerts.duties import Duty, Planned, Rule
from alerts.schedule import Step
from alerts.tiers import by_day
from cases.deadlines import add_working_days

# A common local trigger, not national guidance: so many episodes within so long ask for a strategy meeting, missing and
# away alike (docs/adr/0116). A council's policy may say otherwise; a force's list and what is learnt are counted by
# these, of the missing alone and whosever the children are.
EPISODES = 3
WITHIN = timedelta(days=90)

# Outcomes by their stored names: this module knows nothing of the models.
_BACK = ("returned", "safe_elsewhere", "still_at_risk", "hospital", "arrested", "with_family")
# Whoever detains or houses the child has it there, and it can be asked; of one abroad that is said with the end.
_ASKED = (*_BACK, "treated_as_adult", "abroad")
_INTERVIEW = frozenset({Duty.INTERVIEW_ASSIGNED, Duty.RETURN_INTERVIEW})
# Which outcomes open a step; one that is named nowhere opens none. What a death stops is what asks for the child: what
# the council owes of it has its day, and is heard of once it is late, by day and by mail alone.
OPENED_BY: dict[Duty, tuple[str, ...]] = {
    Duty.PREVENTION_INTERVIEW: _BACK,
    Duty.INTERVIEW_ASSIGNED: _ASKED,
    Duty.RETURN_INTERVIEW: _ASKED,
    Duty.RISK_AGAIN: (*_BACK, "treated_as_adult", "abroad"),
    Duty.REPEATED: (*_BACK, "treated_as_adult", "abroad"),
    # A record that was late is the home's alone, in no count and on no page of the child: nothing is asked of it here.
    Duty.HOME_RECORD: (*_BACK, "treated_as_adult", "abroad"),
    Duty.WATCHED_STILL: ("still_at_risk",),
    Duty.WITH_CHILD: ("hospital",),
    Duty.APPROPRIATE_ADULT: ("arrested",),
    Duty.SOLICITOR: ("arrested",),
    Duty.TRAFFICKING_DEFENCE: ("arrested",),
    Duty.VISIT_AS_CHILD: ("treated_as_adult",),
    Duty.FAMILY_CHECKED: ("with_family",),
    Duty.ABROAD_SEEN: ("abroad",),
    Duty.TELL_ENDED: (*_BACK, "treated_as_adult", "abroad", "recording_late"),
    Duty.OTHERS_TOLD: (*_BACK, "treated_as_adult", "abroad", "died"),
    Duty.TAKEN_DOWN: (*_BACK, "treated_as_adult", "abroad", "recording_late", "died", "another_child"),
    Duty.CORONER: ("died",),
    Duty.FRIENDS_TOLD: ("died",),
    Duty.PANEL_NOTIFIED: ("died",),
    Duty.DEATH_UNSAID: ("another_child",),
}
# What is asked for while the child is looked for as well: it is not the child who is asked.
OF_OTHERS = frozenset({Duty.DEATH_UNSAID})
# What a death alone opens.
OF_DEATH = frozenset({Duty.CORONER, Duty.FRIENDS_TOLD, Duty.PANEL_NOTIFIED})
# Endings of which what is owed counts from when they were written down.
FROM_THE_WORD = ("died", "another_child")
AFTER = frozenset(OPENED_BY)


@dataclass(frozen=True)
class EndFacts:
    """What decides which steps an ending opens; no present time among it."""

    outcome: str
    # When the child was found or back: the spans count from it.
    found_at: datetime
    # When that was written down: nobody is told of a step before.
    ended_at: datetime
    # By our grade or that of the police.
    high: bool = False
    # Whether the police were looking: they hold the prevention interview.
    police_knew: bool = False
    # Whether the child went missing from a home with staff, which keeps a record of its own.
    from_home: bool = False
    # Whether somebody has seen the child or spoken to it, so that it can be asked.
    spoken: bool = True
    # Episodes of either kind that count and began in the policy's span up to the beginning of this one, which is among them.
    episodes: int = 1
    # Whether the report names somebody who was to be told beside the policy: nobody else tells them of the end.
    told_also: bool = False
    # Whether the record is restricted while others who went along are looked for: nobody else tells their desks.
    others_sought: bool = False
    # Since when it is known that something is out about a child nobody looks for any more; None where nothing is.
    out_since: datetime | None = None
    nation: str = "england-and-wales"
    holidays: Collection[date] = field(default_factory=frozenset)


def planned(facts: EndFacts, rules: Sequence[Rule]) -> tuple[Planned, ...]:
    """Return the steps that this ending opens, soonest first; a rung may come before the hour at which a step is due."""
    steps = []
    for rule in rules:
        if not _is_opened(rule, facts):
            continue
        due_at = _due_at(rule, facts)
        rungs = {step: max(due_at + span, facts.ended_at) for step, span in rule.escalates}
        if facts.outcome == "died":
            rungs = {} if rule.duty == Duty.OTHERS_TOLD else calmly(rule, rungs)
        steps.append(Planned(rule.duty, due_at, rungs))
    return tuple(sorted(steps, key=lambda one: (one.due_at, one.duty)))


def calmly(rule: Rule, rungs: Mapping[Step, datetime]) -> dict[Step, datetime]:
    """After a death: by day, and none while there is time left but of what says so of a death itself."""
    spans = dict(rule.escalates)
    late = {step for step, span in spans.items() if span >= _AT_ONCE or rule.duty in OF_DEATH}
    return {step: by_day(moment) for step, moment in rungs.items() if step in late}


def repeats(rules: Sequence[Rule]) -> tuple[int, timedelta]:
    """How many episodes within how long ask for a strategy meeting; as delivered, of a version that does not say."""
    rule = next((rule for rule in rules if rule.duty == Duty.REPEATED), None)
    if rule is None or rule.episodes is None or rule.within_days is None:
        return EPISODES, WITHIN
    return rule.episodes, timedelta(days=rule.within_days)


def _is_opened(rule: Rule, facts: EndFacts) -> bool:
    """Whether the outcome asks for it, and of some steps a fact beside it."""
    duty = rule.duty
    asks = {
        Duty.PREVENTION_INTERVIEW: facts.police_knew,
        Duty.HOME_RECORD: facts.from_home,
        Duty.TELL_ENDED: facts.told_also,
        Duty.OTHERS_TOLD: facts.others_sought,
        Duty.TAKEN_DOWN: facts.out_since is not None,
        Duty.REPEATED: facts.episodes >= repeats([rule])[0],
        **dict.fromkeys(_INTERVIEW, facts.spoken or facts.outcome != "abroad"),
    }
    return facts.outcome in OPENED_BY.get(duty, ()) and asks.get(duty, True)


def with_new(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules of a policy, with the first versions of steps that were thought of after it was signed off."""
    known = {rule.duty for rule in rules}
    return (*rules, *(rule for rule in DEFAULT_RULES if rule.duty not in known))


def _due_at(rule: Rule, facts: EndFacts) -> datetime:
    # Of a death what is owed counts from when the council knew of it, not from the death.
    start = facts.ended_at if facts.outcome in FROM_THE_WORD else facts.found_at
    if rule.duty == Duty.TAKEN_DOWN:
        # It may come to light after the end: nobody is late with what nobody had written down.
        start = facts.out_since or start
    if rule.working_days is not None:
        return add_working_days(start, rule.working_days, nation=facts.nation, holidays=facts.holidays)
    if facts.high and rule.after_high is not None:
        return start + min(rule.after, rule.after_high)
    return start + rule.after


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


_AT_ONCE = timedelta(0)
# First versions, to be signed off by the council. The table of steps after a return gives the interviews and the risk
# (statutory guidance: an independent return interview within 72 hours); the spans of the other steps are a proposal.
DEFAULT_RULES: tuple[Rule, ...] = (
    Rule(Duty.PREVENTION_INTERVIEW, _hours(24), ((Step.R2, _AT_ONCE),)),
    Rule(Duty.INTERVIEW_ASSIGNED, _hours(12)),
    # R1 at 48 hours, while there is still a day to offer it in; overdue at 72, R4 at 96.
    Rule(
        Duty.RETURN_INTERVIEW,
        _hours(72),
        ((Step.R1, -_hours(24)), (Step.R2, _AT_ONCE), (Step.R4, _hours(24))),
    ),
    Rule(Duty.RISK_AGAIN, _hours(72), ((Step.R2, _AT_ONCE),), after_high=_hours(24)),
    Rule(
        Duty.REPEATED,
        escalates=((Step.R2, _AT_ONCE),),
        working_days=5,
        episodes=EPISODES,
        within_days=WITHIN.days,
    ),
    # No guidance gives a span; by then whoever asks the child has its own words to lay beside the record.
    Rule(Duty.HOME_RECORD, escalates=((Step.R2, _AT_ONCE),), working_days=5),
    Rule(Duty.WATCHED_STILL, _hours(1), ((Step.R2, _AT_ONCE), (Step.R4, _hours(4)))),
    Rule(Duty.WITH_CHILD, _hours(4), ((Step.R2, _AT_ONCE),)),
    Rule(Duty.APPROPRIATE_ADULT, _hours(1), ((Step.R2, _AT_ONCE), (Step.R4, _hours(4)))),
    Rule(Duty.SOLICITOR, _hours(1), ((Step.R2, _AT_ONCE), (Step.R4, _hours(4)))),
    Rule(Duty.TRAFFICKING_DEFENCE, _hours(24), ((Step.R2, _AT_ONCE),)),
    Rule(Duty.VISIT_AS_CHILD, escalates=((Step.R2, _AT_ONCE), (Step.R4, _hours(24))), working_days=1),
    Rule(Duty.FAMILY_CHECKED, _hours(24), ((Step.R2, _AT_ONCE), (Step.R4, _hours(24)))),
    Rule(Duty.ABROAD_SEEN, escalates=((Step.R4, _AT_ONCE),), working_days=1),
    Rule(Duty.TELL_ENDED, _hours(4), ((Step.R2, _AT_ONCE),)),
    # What the others' desks hear at once of any other find, they hear here from whoever may open the record.
    Rule(Duty.OTHERS_TOLD, _hours(1), ((Step.R1, -_hours(1)), (Step.R2, _AT_ONCE), (Step.R4, _hours(23)))),
    # A picture that stays up finds whoever looks for the child: duty and the worker hear after four hours.
    Rule(
        Duty.TAKEN_DOWN,
        _hours(24),
        ((Step.R1, -_hours(20)), (Step.R2, _AT_ONCE), (Step.R4, _hours(24))),
    ),
    Rule(Duty.CORONER, _hours(24), ((Step.R2, _AT_ONCE), (Step.R4, _hours(24)))),
    Rule(Duty.FRIENDS_TOLD, _hours(48), ((Step.R2, _AT_ONCE), (Step.R4, _hours(48)))),
    # Working Together: within five working days of becoming aware. The manager hears on the morning of the last day.
    Rule(
        Duty.PANEL_NOTIFIED,
        escalates=((Step.R2, -_hours(24)), (Step.R4, _AT_ONCE), (Step.R5, _hours(24))),
        working_days=5,
    ),
    # Whoever mourns hears it from a person; friends who know better say nothing more to a council that is wrong.
    Rule(Duty.DEATH_UNSAID, _hours(4), ((Step.R2, _AT_ONCE), (Step.R4, _hours(20)))),
)
