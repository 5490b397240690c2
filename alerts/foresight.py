"""Who would be told, and when, if nothing were recorded about one child from some instant on: by the ladders' own rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from alerts import (
    call_ladder,
    check_ins,
    duties,
    duty_steps,
    expected,
    following,
    force_dues,
    foretold,
    head_counts,
    on_journey,
    policies,
    policy_shelf,
    schedule,
    watching,
)
from alerts.duties import DutyFacts, Rule
from alerts.foretold import Owed, Rung
from alerts.models import Clock, DutyStep, PolicyVersion
from alerts.schedule import ChildFacts as PureFacts
from alerts.schedule import Expected, Step
from alerts.watching import Watched
from cases import holidays, journey_pages, journey_times, reviews
from cases.episodes import decisions
from cases.facts import ChildFacts
from cases.models import Child, Placement, Risk
from cases.templatetags.govuk import gov_date

# Longer than any policy's interval: the last roll-call before an instant lies within it.
LOOK_BACK = timedelta(days=7)
# Of one week there are 35 roll-calls in the strictest row.
MOST_ROLL_CALLS = 60


@dataclass(frozen=True)
class Foresight:
    """What would be missed, and the two ladders from there; without `due_at` nothing is owed for this child any more."""

    due_at: datetime | None
    window: str = ""
    silence: Sequence[Rung] = ()
    calls: Sequence[Rung] = ()
    # The police would hear by itself; else only when duty has confirmed or reported.
    by_itself: bool = False
    # Of a child who is missing: the review that nobody has recorded, and its rungs from that instant on.
    review: str = ""
    reviews: Sequence[Rung] = ()
    # Of a child who is to be on a journey then: the stop that no escort confirms.
    stop: str = ""


@dataclass(frozen=True)
class _Missed:
    """The proof that does not come, and of a confirmation on a journey which stop it was owed at, counted from 0."""

    expected: Expected
    stop: int | None


def of(child: Child, *, about: datetime, draft: PolicyVersion | None = None, now: datetime) -> Foresight:
    """Suppose that every roll-call and stop up to the last one before `about` was kept, and that one was not.

    By the policies in force; with a `draft`, which is on record nowhere, as if it were one of them.
    """
    one = watching.watch([child.pk], draft=draft, at=now)[child.pk]
    child_facts = one.child
    review, of_review = _review(one, about)
    told_of_review = foretold.rungs(child_facts, of_review, {})
    found = _missed(one, about)
    if found is None:
        return Foresight(None, review=review, reviews=told_of_review)
    missed = found.expected
    silence = [(step.value, at) for step, at in missed.steps.items()]
    fail_safe = missed.steps.get(Step.FAIL_SAFE)
    calls = _calls(child, fail_safe or missed.steps.get(Step.R3), draft)
    owed = [Owed("", Clock.Kind.CONTACT, *row) for row in silence]
    owed += [Owed("", Clock.Kind.CALL, *row) for row in calls]
    owed.sort(key=lambda one: one.at)
    supposed = foretold.forces_of(child_facts, found.stop, now)
    rungs = foretold.rungs(child_facts, owed, supposed, on_the_way=found.stop is not None)
    of_kind = list(zip((one.kind for one in owed), rungs, strict=True))
    return Foresight(
        missed.due_at,
        missed.window,
        [rung for kind, rung in of_kind if kind == Clock.Kind.CONTACT],
        [rung for kind, rung in of_kind if kind == Clock.Kind.CALL],
        fail_safe is not None,
        review,
        told_of_review,
        "" if found.stop is None else journey_pages.label_of(found.stop, len(child_facts.stops)),
    )


def of_search(
    child: Child, *, about: datetime, draft: PolicyVersion | None = None, now: datetime
) -> Sequence[tuple[str, Rung]]:
    """Suppose that somebody looks at `about` and the child is not there, and that nobody answers any step of the search.

    Every rung in order of time, each with what it is about: the search itself, or one of its steps. The calls to the
    police and R1 to R3, which come at once, are not among them, nor what waits for another fact: an offer of the lead,
    a rescue alert asked for, a found child, a bed.
    """
    one = watching.watch([child.pk], draft=draft, at=now)[child.pk]
    if one.child.watched_until is not None and one.child.watched_until <= about:
        return []
    row = schedule.step_instants(one.not_here.steps, about)
    owed = [
        Owed(_("The search"), Clock.Kind.CONTACT, step, at)
        for step, at in row.items()
        if step in (Step.R4, Step.R5)
    ]
    shelf, turns = policy_shelf.for_children([child.pk], policies.DUTY, draft=draft)
    facts = _of_a_search(one.child, about, now)
    rules = following.rules(shelf.duties(turns.get(child.pk, ())), facts, bed_said_at=None)
    steps = [(step.duty, step.steps) for step in duties.planned(facts, tuple(rules))]
    for duty, moments in (*steps, *_of_the_force(one, facts, rules)):
        label = str(DutyStep.Kind(duty).label)
        owed += [Owed(label, Clock.Kind.DUTY, rung, at, duty) for rung, at in moments.items()]
    return foretold.told_of(one.child, owed, now=now)


def of_head_count(
    child: Child, *, about: datetime, draft: PolicyVersion | None = None, now: datetime
) -> Sequence[tuple[str, Rung]]:
    """Suppose that another child of the house is missing at `about`, and that nobody sees this one.

    Every rung in order of time: those who are asked at once, and those who hear of it as long as nobody has.
    """
    one = watching.watch([child.pk], draft=draft, at=now)[child.pk]
    if one.child.watched_until is not None and one.child.watched_until <= about:
        return []
    whose = one.child.responsible
    versions = policy_shelf.of_contact(policy_shelf.authorities_in([whose]), draft=draft).rows(whose)
    asked = head_counts.asked(head_counts.row_at(versions, about), about, about)
    told = {Clock.Kind.HEAD_COUNT: dict.fromkeys((Step.R0, Step.R1), about)}
    told[Clock.Kind.CONTACT] = dict(head_counts.steps(asked))
    labels = {Clock.Kind.HEAD_COUNT: _("Asked to look"), Clock.Kind.CONTACT: _("Not seen by then")}
    has_home = one.child.placement is not None
    owed = [
        Owed(labels[kind], kind, step, at)
        for kind, steps in told.items()
        for step, at in steps.items()
        if has_home or step != Step.R0
    ]
    return foretold.told_of(one.child, owed, now=now)


def _of_the_force(
    one: Watched, facts: DutyFacts, rules: Iterable[Rule]
) -> Iterator[tuple[str, Mapping[Step, datetime]]]:
    """What the force that leads from the beginning owes by itself: an officer in the case."""
    quiet = one.child.child.is_drill or one.demo
    lead = force_dues.Lead(0, facts.t0, has_officer=quiet, high=facts.high)
    for duty, owed in force_dues.expected(lead, {rule.duty: rule for rule in rules}):
        if owed is not None:
            yield duty, owed.steps


def _of_a_search(one: ChildFacts, t0: datetime, now: datetime) -> DutyFacts:
    """What decides the steps of a search that would begin at `t0`, by what is known now: nothing is recorded of it yet."""
    lived = decisions.inspected(Placement.objects.current(now).filter(child=one.child)).first()
    calendar = holidays.calendar_of(one.nation)
    return DutyFacts(
        t0=t0,
        high=one.child.risk == Risk.HIGH,
        watched_closely=duty_steps.is_watched_closely(one.child, t0, now),
        suspected_at=duty_steps.suspected_at(one.child),
        inspected=None if lived is None else duties.INSPECTED[lived.type],
        turns_18_at=following.turns_18_within(one.child, t0, t0),
        nation=calendar,
        holidays=holidays.of(calendar),
    )


def _calls(child: Child, start: datetime | None, draft: PolicyVersion | None) -> list[tuple[str, datetime]]:
    if start is None:
        return []
    times = policy_shelf.calls_of(child.pk, draft=draft, at=start)
    return [(step, start + after) for step, after in zip(call_ladder.CALL_STEPS, times.steps, strict=True)]


def _review(one: Watched, about: datetime) -> tuple[str, list[Owed]]:
    """The first review with a rung from `about` on, and those rungs; nothing for a child whom nobody searches for."""
    for row in one.reviews:
        for owed in row.owed:
            coming = [Owed("", Clock.Kind.REVIEW, step, at) for step, at in owed.steps.items() if at >= about]
            if coming:
                words = {"review": reviews.label(owed.due), "day": gov_date(owed.due.due_at)}
                return _("%(review)s, due on %(day)s") % words, coming
    return "", []


def _missed(one: Watched, about: datetime) -> _Missed | None:
    """The last proof that is due by `about` where all before it came; the first after it where there is none before."""
    facts = replace(watching.pure_facts(one), episode=None)
    if facts.watch_until is not None and facts.watch_until <= about:
        return None
    facts = replace(facts, watch_until=None)
    seen, missed = about - LOOK_BACK, None
    for _n in range(MOST_ROLL_CALLS):
        coming = expected.contact(replace(facts, sightings=(check_ins.supposed(seen),)))
        if coming is None or (missed is not None and coming.due_at > about):
            break
        stop = None
        if facts.journey is not None and coming.window == on_journey.WINDOW:
            stop = journey_times.next_stop(facts.journey.stops)
        missed = _Missed(coming, stop)
        if coming.due_at > about:
            break
        seen = coming.due_at
        facts = _confirmed(facts, stop, at=seen)
    return missed


def _confirmed(facts: PureFacts, stop: int | None, *, at: datetime) -> PureFacts:
    """The same where an escort has confirmed this stop when it was owed."""
    if facts.journey is None or stop is None:
        return facts
    stops = [replace(one, seen_at=at) if n == stop else one for n, one in enumerate(facts.journey.stops)]
    return replace(facts, journey=replace(facts.journey, stops=tuple(stops)))
