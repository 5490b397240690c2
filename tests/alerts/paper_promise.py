"""Which paper is owed by when and who hears of it, by the policy table alone: a second opinion on what the engine does."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from alerts.models import Alert, Clock, MessageItem, MessageKind
from cases import holidays
from cases.deadlines import END_OF_DAY, add_days, add_months, add_working_days, at_london
from cases.models import (
    Allocation,
    AssessmentReading,
    Child,
    HeldPaper,
    KeepFrom,
    Mailbox,
    Membership,
    MissingEpisode,
    NrmReferral,
    NrmStep,
    Reach,
    Responsibility,
    RiskAssessment,
    Role,
    SafetyPlan,
    Visit,
)

ENGLAND = "england-and-wales"
DAY = timedelta(days=1)
# By grade, so many days after the last assessment; a grade that nobody has given is watched as the ordinary one is.
AGAIN = {"low": 90, "unknown": 28, "medium": 28, "high": 7}
GRADES = ("low", "unknown", "medium", "high")
# So many working days of a search what was late before it is asleep.
ASLEEP = 5
PAPERS = ("first_assessment", "assessment", "visit", "plan", "care_review")
RUNGS = ("R1", "R2", "R4", "R5")
WORKING_DAYS = {"R1": 0, "R2": 2, "R4": 5, "R5": 10}
HOURS = {"R1": 0, "R2": 4, "R4": 24, "R5": 72}
# A person, or a mailbox, by key.
Reader = tuple[str, int]
After = Callable[[datetime], datetime]


def working_days(count: int) -> After:
    """So many working days later, at the end of the day; none is that instant itself."""
    public = holidays.of(ENGLAND)
    return lambda at: add_working_days(at, count, nation=ENGLAND, holidays=public) if count else at


def days(count: int) -> After:
    return lambda at: add_days(at, count)


def rungs(paper: str, due_at: datetime) -> dict[str, datetime]:
    """When each rung hears of what was due at `due_at`."""
    if paper == "first_assessment":
        return {rung: due_at + timedelta(hours=hours) for rung, hours in HOURS.items()}
    return {rung: working_days(count)(due_at) for rung, count in WORKING_DAYS.items()}


class Owed:
    """What one child is owed, read from its rows; the policies were in force before it came."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.known_at = max(child.arrived_at, child.registered_at)
        episodes = list(MissingEpisode.objects.filter(child=child))
        over = [one for one in episodes if one.ended_at and one.outcome != "recording_late"]
        self.is_over = child.closed_at is not None or any(one.outcome == "died" for one in over)
        self.returns = [one.found_at or one.ended_at for one in over if one.outcome != "another_child"]
        self.searches = sorted(
            ((began, one.found_at or one.ended_at) for one in over if (began := _began(one)) is not None),
            key=lambda rest: rest[1],
        )
        here = [one for one in episodes if one.ended_at is None and one.status != "away"]
        self.sought_since = next(filter(None, map(_began, here)), None)
        self.starts = sorted(one.starts_at for one in child.placements.all())

    def due(self) -> dict[str, datetime]:
        """By when each paper is due that nobody has recorded, were the child not looked for."""
        if self.is_over:
            return {}
        found = {"plan": min(self._plans()), "care_review": self._care_review(), **self._assessment()}
        if self.child.placements.filter(ends_at=None).exists():
            found["visit"] = min(self._visits())
        return found

    def after_searches(self, due_at: datetime, anew: After) -> datetime:
        """What fell due while nobody was asked counts anew from the return."""
        for began, back_at in self.searches:
            if began <= due_at <= back_at:
                due_at = anew(back_at)
        return due_at

    def _assessment(self) -> dict[str, datetime]:
        """Within a day of the arrival; then by the grade, and within a day of whatever changed since."""
        last = RiskAssessment.objects.filter(child=self.child).order_by("-assessed_at", "-pk").first()
        if last is None:
            return {"first_assessment": self.after_searches(self.known_at + DAY, lambda back: back + DAY)}
        grade = max(last.grade, self.child.risk, key=GRADES.index)
        steps = NrmStep.objects.filter(child=self.child)
        turned = [step.recorded_at for step in steps if not step.is_asking]
        asked = NrmReferral.objects.filter(child=self.child).values_list("recorded_at", flat=True)
        changes = [at for at in (*self.starts[1:], *self.returns, *turned, *asked) if at > last.assessed_at]
        sent_back = AssessmentReading.objects.filter(assessment=last, signed=False)
        changes += sent_back.values_list("read_at", flat=True)
        found = [days(AGAIN[grade])(last.assessed_at), *(at + DAY for at in changes)]
        return {"assessment": min(self.after_searches(at, lambda back: back + DAY) for at in found)}

    def _visits(self) -> Iterator[datetime]:
        """Within a week of the start of each placement, and six weeks after the last."""
        seen = Visit.objects.filter(child=self.child, seen=True, contact__withdrawn_at=None)
        last = seen.order_by("-visited_at").values_list("visited_at", flat=True).first()
        for start in self.starts:
            if last is None or start >= last:
                yield self.after_searches(days(7)(start), days(7))
        if last is not None:
            yield self.after_searches(days(42)(last), days(7))

    def _plans(self) -> Iterator[datetime]:
        """Within five working days of the arrival; then by its own day, or so long after a return or a review."""
        anew = working_days(5)
        plan = SafetyPlan.objects.filter(child=self.child).order_by("-recorded_at", "-pk").first()
        if plan is None:
            yield self.after_searches(anew(self.known_at), anew)
        else:
            yield self.after_searches(at_london(plan.review_date, END_OF_DAY), anew)
        reviewed = self._reviews()[-1:]
        for at in (*self.returns, *reviewed):
            if plan is None or at > plan.recorded_at:
                yield self.after_searches(anew(at), anew)

    def _care_review(self) -> datetime:
        """Within twenty working days of coming into care, three months after the first, then each six months."""
        held, anew = self._reviews(), working_days(20)
        # No search puts it off.
        if not held:
            # Who arrived weeks before anybody knew was in care since, and not who arrived longer ago than that.
            lately = [self.child.arrived_at] if self.known_at - self.child.arrived_at <= 30 * DAY else []
            return anew(min(self.known_at, *lately, *self.starts))
        return add_months(held[-1], 3 if len(held) == 1 else 6)

    def _reviews(self) -> list[datetime]:
        rows = HeldPaper.objects.filter(child=self.child, kind="care_review", mistake=None)
        return list(rows.order_by("held_at").values_list("held_at", flat=True))


def _began(episode: MissingEpisode) -> datetime | None:
    """Since when nobody knew where the child was; None where the police were owed no word."""
    owed_at = episode.police_owed_at
    return min(owed_at, episode.counts_from or owed_at) if owed_at is not None else None


@dataclass
class Late:
    """One paper that is late: since when, when each rung hears, and which have."""

    due_at: datetime
    steps: dict[str, datetime]
    heard: set[str] = field(default_factory=set)


class PaperWatch:
    """Every paper due past its rung has told exactly whom it must, and recording it stands it down: asked after each act."""

    def __init__(self) -> None:
        self.late: dict[tuple[int, str], Late] = {}
        self.sought: set[int] = set()

    def ask(self, children: Collection[Child], now: datetime) -> None:
        for child in children:
            owed = Owed(Child.objects.get(pk=child.pk))
            due = owed.due()
            for paper in PAPERS:
                try:
                    self._ask(owed, paper, due.get(paper), now)
                except AssertionError as error:
                    raise AssertionError(
                        f"{child.reference} {paper} at {now:%a %d %b %H:%M}: {error}"
                    ) from error
            if owed.sought_since is None:
                self.sought.discard(child.pk)
            else:
                self.sought.add(child.pk)

    def _ask(self, owed: Owed, paper: str, due_at: datetime | None, now: datetime) -> None:
        key = (owed.child.pk, paper)
        clock = Clock.objects.filter(child=owed.child, kind="paperwork", duty=paper).first()
        asked_at = clock.due_at if clock is not None else None
        alert = Alert.objects.open().filter(clock=clock).first() if clock is not None else None
        if owed.sought_since is not None and not owed.is_over and paper != "care_review":
            assert asked_at is None, "paper is asked for of a child who is looked for"
            self._sleeps(key, alert, due_at, owed.sought_since, now)
            return
        assert asked_at == due_at, f"the clock says {asked_at}, the table {due_at}"
        if due_at is None or due_at > now:
            self.late.pop(key, None)
            assert alert is None, "somebody is asked for what is not late"
            return
        assert alert is not None, f"late since {due_at:%a %d %b %H:%M} and nobody is asked"
        self._climbs(key, alert, Late(due_at, rungs(paper, due_at)), now)

    def _climbs(self, key: tuple[int, str], alert: Alert, owed: Late, now: datetime) -> None:
        """An alert that stands keeps its rungs; what comes to be due sooner brings them nearer, and puts none off."""
        late = self.late.get(key)
        if late is None or owed.due_at > late.due_at:
            late = self.late[key] = owed
        else:
            late.steps = {rung: min(late.steps[rung], at) for rung, at in owed.steps.items()}
        due = {rung for rung, at in late.steps.items() if at <= now}
        climbed = set(alert.climbed.values_list("step", flat=True))
        assert climbed == due | late.heard, f"{sorted(climbed)} have heard, and not {sorted(due)}"
        for rung in due - late.heard:
            told, wanted = told_by(alert, rung), audience(alert.child, rung, now)
            assert told == wanted, f"{rung} told {told}, and not {wanted}"
        late.heard |= due

    def _sleeps(
        self,
        key: tuple[int, str],
        alert: Alert | None,
        due_at: datetime | None,
        since: datetime,
        now: datetime,
    ) -> None:
        """What was late before the search, and nobody has done in it, stands as it was for some working days."""
        late = self.late.get(key)
        asleep = due_at is not None and due_at < since and now < working_days(ASLEEP)(since)
        if alert is None:
            put_off = late is None or due_at is None or due_at > late.due_at
            assert put_off or not asleep, "what was late before the search has ended before its time"
            self.late.pop(key, None)
            return
        assert asleep, "somebody is asked for what was not late before the search, or has slept long enough"
        climbed = set(alert.climbed.values_list("step", flat=True))
        if late is None:
            # It fell due, and the search began, in one and the same stretch without a look.
            late = self.late[key] = Late(alert.due_at, rungs(key[1], alert.due_at), climbed)
        due = {rung for rung, at in late.steps.items() if at <= now}
        allowed = late.heard if key[0] in self.sought else late.heard | due
        assert late.heard <= climbed <= allowed, f"{sorted(climbed)} have heard in the search"
        late.heard |= climbed


def told_by(alert: Alert, rung: str) -> set[Reader]:
    items = MessageItem.objects.filter(alert=alert, step=rung, kind=MessageKind.ALERT)
    rows = items.values_list("message__user", "message__mailbox")
    return {("person", user) if user is not None else ("mailbox", box) for user, box in rows}


def audience(child: Child, rung: str, now: datetime) -> set[Reader]:
    """Who stands on this rung for the authority that is responsible, less whom the child is kept from; else who is above.

    R1 is the duty desk and the child's social worker, R2 the manager of the team, R4 the head of service and whoever
    reviews, R5 the director. Nobody outside the council, and never the police.
    """
    authority = Responsibility.objects.filter(child=child, starts_at__lte=now).latest("starts_at").authority
    kept = set(KeepFrom.objects.filter(child=child, ends_at=None).values_list("user", flat=True))
    standing = Q(ends_at=None) | Q(ends_at__gt=now)
    allocation = Allocation.objects.filter(standing, child=child, starts_at__lte=now).first()
    boxes = Mailbox.objects.filter(standing)
    roles = Membership.objects.filter(standing, starts_at__lte=now, team__isnull=False)

    def people(rows: Iterable[int]) -> set[Reader]:
        return {("person", pk) for pk in rows if pk not in kept}

    def leading(reach: str) -> set[Reader]:
        rows = roles.filter(role=Role.TEAM_MANAGER, reach=reach, team__authority=authority)
        if reach == Reach.TEAM and allocation is not None:
            rows = rows.filter(team=allocation.team_id)
        return people(rows.values_list("user", flat=True))

    above = {"R2": Reach.TEAM, "R4": Reach.SERVICE, "R5": Reach.DIRECTORATE}
    if rung == "R1":
        desk = boxes.filter(purpose=Mailbox.Purpose.DUTY, team__authority=authority)
        workers = set[Reader]()
        if allocation is not None and allocation.worker_id is not None:
            held = roles.filter(role=Role.SOCIAL_WORKER, user=allocation.worker_id, team=allocation.team_id)
            workers = people(held.values_list("user", flat=True))
        return {("mailbox", box.pk) for box in desk} | workers
    found = leading(above[rung])
    if rung == "R4":
        reviewing = boxes.filter(purpose=Mailbox.Purpose.REVIEWING, authority=authority)
        found |= {("mailbox", box.pk) for box in reviewing}
    return found or next(filter(None, map(leading, above.values())), set())
