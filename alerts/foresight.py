"""Who would be told, and when, if nothing were recorded about one child from some instant on: by the ladders' own rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import (
    call_ladder,
    check_ins,
    duties,
    duty_steps,
    expected,
    following,
    force_dues,
    head_counts,
    on_journey,
    policies,
    policy_shelf,
    reach,
    recipients,
    schedule,
    tellings,
    watching,
)
from alerts.duties import DutyFacts, Rule
from alerts.ladder_table import POSTS
from alerts.models import Channel, Clock, DutyStep, PolicyVersion
from alerts.recipients import TOLD, Directory, Post, Recipient
from alerts.schedule import ChildFacts as PureFacts
from alerts.schedule import Expected, Step
from alerts.watching import Watched
from cases import holidays, journey_pages, journey_times, reviews
from cases.episodes import decisions
from cases.facts import ChildFacts
from cases.models import Child, Mailbox, Placement, Risk, User
from cases.templatetags.govuk import gov_date

# Longer than any policy's interval: the last roll-call before an instant lies within it.
LOOK_BACK = timedelta(days=7)
# Of one week there are 35 roll-calls in the strictest row.
MOST_ROLL_CALLS = 60
STEPS: Mapping[str, Promise] = {
    Step.R0: gettext_lazy("R0: the home is asked"),
    Step.R1: gettext_lazy("R1: duty rings the home"),
    Step.R2: gettext_lazy("R2: the manager is told"),
    Step.R3: gettext_lazy("R3: duty is asked to ring the police"),
    Step.FAIL_SAFE: gettext_lazy("Fail-safe: the police mail goes by itself"),
    Step.R4: gettext_lazy("R4: the head of service is told"),
    Step.R5: gettext_lazy("R5: the director is told"),
    "call_0": gettext_lazy("Police alert"),
    "call_15": gettext_lazy("101 is rung again"),
    "call_30": gettext_lazy("Police reminder, the manager is rung"),
    "call_60": gettext_lazy("The head is rung, duty rings the inspector"),
    "call_120": gettext_lazy("The director is rung"),
}
JOURNEY_STEPS: Mapping[str, Promise] = {Step.R1: gettext_lazy("R1: duty rings the escorts")}
REVIEW_STEPS: Mapping[str, Promise] = {
    Step.R0: gettext_lazy("Reminder: team manager and social worker"),
    Step.R1: gettext_lazy("R1: duty and the social worker are told"),
    Step.R2: gettext_lazy("R2: the manager is told"),
    Step.R4: gettext_lazy("R4: the head of service and the reviewing officer are told"),
    Step.R5: gettext_lazy("R5: the director is told"),
}

DUTY_STEPS: Mapping[str, Promise] = {**REVIEW_STEPS, Step.R4: STEPS[Step.R4]}
TRANSFER_STEPS: Mapping[str, Promise] = {
    Step.R1: gettext_lazy("R1: both duty desks are told"),
    Step.R2: gettext_lazy("R2: the managers of both are told"),
    Step.R4: gettext_lazy("R4: the heads of both are told"),
}


@dataclass(frozen=True)
class Told:
    """One way in which one post would be reached; `to` shows only the end of a number or the first letter of a mail."""

    post: str
    who: str
    channel: str
    to: str


@dataclass(frozen=True)
class Rung:
    """One step: when it would climb and whom it would tell. A rung on which nobody stands climbs at once to the next."""

    at: datetime
    step: str
    title: str
    told: Sequence[Told]
    empty: Sequence[str]
    # Somebody must stand on it, and nobody does.
    nobody: bool


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
    told_of_review = [rung for _kind, rung in _rungs(child_facts, of_review, {})]
    found = _missed(one, about)
    if found is None:
        return Foresight(None, review=review, reviews=told_of_review)
    missed = found.expected
    silence = [(step.value, at) for step, at in missed.steps.items()]
    fail_safe = missed.steps.get(Step.FAIL_SAFE)
    calls = _calls(child, fail_safe or missed.steps.get(Step.R3), draft)
    owed = [*((Clock.Kind.CONTACT, *row) for row in silence), *((Clock.Kind.CALL, *row) for row in calls)]
    supposed = _supposed(child_facts, found.stop, now)
    rungs = _rungs(
        child_facts, sorted(owed, key=lambda row: row[2]), supposed, on_the_way=found.stop is not None
    )
    return Foresight(
        missed.due_at,
        missed.window,
        [rung for kind, rung in rungs if kind == Clock.Kind.CONTACT],
        [rung for kind, rung in rungs if kind == Clock.Kind.CALL],
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
        (_("The search"), str(Clock.Kind.CONTACT), str(step), at)
        for step, at in row.items()
        if step in (Step.R4, Step.R5)
    ]
    shelf, turns = policy_shelf.for_children([child.pk], policies.DUTY, draft=draft)
    facts = _of_a_search(one.child, about, now)
    rules = following.rules(shelf.duties(turns.get(child.pk, ())), facts, bed_said_at=None)
    steps = [(step.duty, step.steps) for step in duties.planned(facts, tuple(rules))]
    for duty, moments in (*steps, *_of_the_force(one, facts, rules)):
        label = str(DutyStep.Kind(duty).label)
        owed += [(label, str(Clock.Kind.DUTY), str(rung), at) for rung, at in moments.items()]
    return told_of(one.child, owed, now=now)


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
        (labels[kind], str(kind), str(step), at)
        for kind, steps in told.items()
        for step, at in steps.items()
        if has_home or step != Step.R0
    ]
    return told_of(one.child, owed, now=now)


def told_of(
    child: ChildFacts, owed: Sequence[tuple[str, str, str, datetime]], *, now: datetime
) -> list[tuple[str, Rung]]:
    """Each step, given as what it is about, the kind of its clock, its rung and when, with whom it would tell; by time."""
    by_time = sorted(owed, key=lambda row: (row[3], row[0]))
    told = _rungs(child, [row[1:] for row in by_time], _supposed(child, None, now))
    return [(row[0], rung) for row, (_kind, rung) in zip(by_time, told, strict=True)]


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


def _review(one: Watched, about: datetime) -> tuple[str, list[tuple[str, str, datetime]]]:
    """The first review with a rung from `about` on, and those rungs; nothing for a child whom nobody searches for."""
    for row in one.reviews:
        for owed in row.owed:
            coming = [
                (str(Clock.Kind.REVIEW), str(step), at) for step, at in owed.steps.items() if at >= about
            ]
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


def _supposed(child: ChildFacts, stop: int | None, now: datetime) -> dict[int, Sequence[int]]:
    """The forces that an episode opened then would alert, of a journey those of its way; one that is open has its own."""
    if child.open_episode is not None:
        return {}
    if stop is not None and child.journey is not None:
        stops = sorted(child.journey.stops.all(), key=lambda one: one.position)
        way = journey_times.forces([one.force_id for one in stops], last=max(stop - 1, 0))
        if way:
            return {child.child.pk: way}
    forces = reach.supposed_forces(child.child, now=now)
    return {child.child.pk: forces} if forces else {}


def _rungs(
    child: ChildFacts,
    owed: Sequence[tuple[str, str, datetime]],
    supposed: Mapping[int, Sequence[int]],
    *,
    on_the_way: bool = False,
) -> list[tuple[str, Rung]]:
    """Each step with whom it tells at its own instant: the shift and the roles of that hour."""
    directories: dict[datetime, Directory] = {}
    resolved = []
    for kind, step, at in owed:
        if at not in directories:
            directories[at] = recipients.directory([child], supposed=supposed, at=at)
            # Whoever asks knows who has which post: a name that was left out would tell them of the mark. A rung that
            # is emptied by one climbs when it comes, and is reported to those who may know.
            directories[at].kept.clear()
        plan = tellings.plan(kind, step, on_journey=on_the_way)
        by_post: dict[Post, list[Recipient]] = {}
        for telling in plan.tellings:
            if telling.post == Post.HOST_DUTY and not directories[at].is_hosted(child):
                continue
            reached = directories[at].resolve(Post(telling.post), child, telling.channels)
            by_post.setdefault(Post(telling.post), []).extend(reached)
        resolved.append((kind, step, at, by_post))
    names = _Names([r for *_row, posts in resolved for rows in posts.values() for r in rows])
    return [
        (kind, _rung(_title(kind, step, on_the_way), step, at, posts, names))
        for kind, step, at, posts in resolved
    ]


def _title(kind: str, step: str, on_the_way: bool) -> str:
    if kind == Clock.Kind.REVIEW:
        return str(REVIEW_STEPS[step])
    if kind == Clock.Kind.DUTY:
        return str(DUTY_STEPS[step])
    return str(JOURNEY_STEPS.get(step, STEPS[step]) if on_the_way else STEPS[step])


def _rung(
    title: str, step: str, at: datetime, posts: Mapping[Post, Sequence[Recipient]], names: "_Names"
) -> Rung:
    told = [names.told(recipient) for rows in posts.values() for recipient in dict.fromkeys(rows)]
    empty = [str(POSTS[post]) for post, rows in posts.items() if not rows]
    waited_for = [rows for post, rows in posts.items() if post not in TOLD]
    return Rung(at, step, title, told, empty, bool(waited_for) and not any(waited_for))


class _Names:
    """The people and mailboxes of some recipients, read once."""

    def __init__(self, found: Iterable[Recipient]) -> None:
        rows = list(found)
        self.people = User.objects.in_bulk({r.user_id for r in rows if r.user_id is not None})
        boxes = {r.mailbox_id for r in rows if r.mailbox_id is not None}
        self.boxes = Mailbox.objects.select_related("force").in_bulk(boxes)

    def told(self, recipient: Recipient) -> Told:
        """The recipient in words; where the child lives is not said."""
        person = self.people.get(recipient.user_id or 0)
        box = self.boxes.get(recipient.mailbox_id or 0)
        who = person.name if person is not None else ""
        if box is not None:
            who = f"{box.force}, {box.get_purpose_display()}" if box.force else str(box.get_purpose_display())
        if not who:
            who = _("Whoever answers")
        to = box.address if box is not None else person.email if person is not None else ""
        to = masked_mail(to) if recipient.channel == Channel.MAIL else masked_phone(recipient.phone)
        return Told(str(POSTS[recipient.post]), who, str(Channel(recipient.channel).label), to)


def masked_mail(address: str) -> str:
    """The first letter and where it goes: "m…@council.example"."""
    local, _at, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"


def masked_phone(phone: str) -> str:
    """The last three digits: "…001"."""
    return f"…{phone.replace(' ', '')[-3:]}"
