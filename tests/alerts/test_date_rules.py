"""Every date rule in one table: each calendar of bank holidays, both clock changes, 29 February, the 18th birthday."""

import ast
import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock
from zoneinfo import ZoneInfo

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays

from alerts import (
    after,
    age_dues,
    calendars,
    care_rests,
    cohorts,
    duties,
    duty_steps,
    endings,
    expected,
    following,
    guardian_checks,
    paper_rules,
    plan_dues,
    planned_stays,
    post_gaps,
    release_reads,
    review_ladder,
    stay_ends,
    supervision_mails,
    tiers,
    transfer_ladder,
    values,
)
from alerts.paper_facts import Ahead, Facts, Stay, Visited
from alerts.paper_rules import DEFAULT, Days, Paper, Unit
from cases import (
    birthdays,
    care,
    holidays,
    leaving_care,
    link_requests,
    mark_ends,
    matters,
    nrm,
    placement_papers,
    placements,
    plans,
    retention,
    review_dates,
    risk_ends,
    staffing,
    turnings,
)
from cases.models import Child, LegalStatus, Matter, Placement
from cases.models.legal import ORDERED_AT_MOST
from cases.models.nrm import CompetentAuthority
from cases.models.placements import AT_MOST_DAYS, latest_date
from cases.search import found as finding_out
from cases.states import IllegalMove
from guardians import assignments, council, coverage, reasons, referrals, sittings
from tests.alerts.date_reasons import NO_RULE, is_left_out

ROOT = Path(__file__).parents[2]
LONDON = ZoneInfo("Europe/London")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# The nation of an authority, and the division of bank holidays that it keeps.
DIVISIONS = {
    "England": "england-and-wales",
    "Wales": "england-and-wales",
    "Scotland": "scotland",
    "Northern Ireland": "northern-ireland",
}
Result = datetime | date | None


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON).astimezone(UTC)


MOMENTS = {
    "before the clocks go forward": london(2026, 3, 27, 21, 30),
    "before the clocks go back": london(2026, 10, 23, 21, 30),
    "on 29 February": london(2028, 2, 29, 9, 15),
    # Of somebody born on 29 February 2008, who is 18 with this midnight, and the last minute before it.
    "on the 18th birthday": london(2026, 3, 1),
    "a minute before the 18th birthday": london(2026, 2, 28, 23, 59),
    # Each division alone is at rest on the days after these.
    "before St Patrick's day": london(2026, 3, 16, 12),
    "before the Battle of the Boyne": london(2026, 7, 10, 12),
    "before the summer holiday of Scotland": london(2026, 7, 31, 12),
    "before the summer holiday of England": london(2026, 8, 28, 12),
    "before St Andrew's day": london(2026, 11, 27, 12),
    "before Christmas and New Year": london(2026, 12, 24, 12),
}


@cache
def days_off(nation: str) -> frozenset[date]:
    rows = BankHolidays(use_cached_holidays=True).get_holidays(division=DIVISIONS[nation])
    return frozenset(row["date"] for row in rows)


@dataclass(frozen=True)
class Case:
    """One instant in one nation, with what a plain reading of the calendar says to be so long after it."""

    at: datetime
    nation: str

    @property
    def local(self) -> datetime:
        return self.at.astimezone(LONDON)

    @property
    def calendar(self) -> str:
        return DIVISIONS[self.nation]

    @property
    def off(self) -> frozenset[date]:
        return days_off(self.nation)

    def working(self, count: int, *, nation: str = "") -> datetime:
        off, day, left = days_off(nation or self.nation), self.local.date(), count
        while left > 0 or day.weekday() > 4 or day in off:
            day += DAY
            left -= day.weekday() < 5 and day not in off
        return datetime.combine(day, time(23, 59, 59), tzinfo=LONDON).astimezone(UTC)

    def days(self, count: int) -> datetime:
        return self._at(self.local.date() + count * DAY)

    def months(self, count: int) -> datetime:
        months = self.local.year * 12 + self.local.month - 1 + count
        year, month = months // 12, months % 12 + 1
        return self._at(date(year, month, min(self.local.day, monthrange(year, month)[1])))

    def span(self, span: paper_rules.Span) -> datetime:
        after = {
            Unit.HOURS: lambda: self.at + span.count * timedelta(hours=1),
            Unit.DAYS: lambda: self.days(span.count),
            Unit.MONTHS: lambda: self.months(span.count),
            Unit.WORKING_DAYS: lambda: self.working(span.count),
        }
        return self.at if span.count == 0 else after[span.unit]()

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, self.local.time(), tzinfo=LONDON).astimezone(UTC)


Pair = tuple[Any, Any]
Row = Callable[[Case, pytest.MonkeyPatch], Iterable[Pair]]
ROWS: dict[str, Row] = {}


def row(*sites: str) -> Callable[[Row], Row]:
    """What a rule says and what the calendar says, in pairs."""

    def keep(found: Row) -> Row:
        ROWS.update(dict.fromkeys(sites, found))
        return found

    return keep


def born_to_be(case: Case, age: int) -> date:
    """A birth date of somebody who is so old on the London day of this case; on 29 February where that can be."""
    day = case.local.date()
    if (day.month, day.day) == (3, 1) and monthrange(day.year - age, 2)[1] == 29:
        return date(day.year - age, 2, 29)
    try:
        return day.replace(year=day.year - age)
    except ValueError:
        return date(day.year - age, 3, 1)


def first_day(born: date, age: int) -> date:
    """The anniversary, or 1 March of whoever was born on 29 February in a year that has none."""
    year = born.year + age
    is_leap_child = (born.month, born.day) == (2, 29)
    return date(year, 3, 1) if is_leap_child and monthrange(year, 2)[1] == 28 else born.replace(year=year)


def a_child_of(case: Case, age: int) -> Child:
    return Child(birth_date=born_to_be(case, age), birth_date_precision="day")


# --- working days, days and months


@row("alerts/paper_rules.py:Span.after")
def _paper(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    rest = Days(case.calendar, holidays.of(case.calendar))
    for rule in DEFAULT.values():
        for span in (*rule.due.values(), *(span for _, span in rule.rungs)):
            yield span.after(case.at, rest), case.span(span)
    for span in (*paper_rules.STATUTORY.values(), paper_rules.UNDER_FIVE):
        yield span.after(case.at, rest), case.span(span)


@row("alerts/paper_rules.py:longest")
def _under_five(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    half, twelve = case.months(6), paper_rules.STATUTORY[Paper.HEALTH, "again"]
    for five_at, wanted in ((half + SECOND, paper_rules.UNDER_FIVE), (half, twelve), (None, twelve)):
        yield paper_rules.longest(Paper.HEALTH, "again", case.at, five_at=five_at), wanted


@row("alerts/care_rests.py:rhythm")
def _lasting(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    facts = Facts(case.at, stays=(Stay(case.at),))
    year = case.months(12)
    for moment, wanted in ((year, "lasting"), (year - SECOND, "again")):
        yield care_rests.rhythm(Visited(moment, lasting=True), facts), wanted


@row("cases/leaving_care.py:eligible_from", "cases/leaving_care.py:status")
def _leaving_care(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """On the birthday itself: 16 and eligible after two years of care, 18 and so no more, 25 and over."""
    today = case.local.date()
    for age in (16, 18, 25):
        born = born_to_be(case, age)
        spans = [leaving_care.Span(first_day(born, 14))]
        yield leaving_care.eligible_from(born, spans), first_day(born, 16)
        before = leaving_care.status(born, spans, on=first_day(born, age) - DAY).status
        after = leaving_care.status(born, spans, on=first_day(born, age)).status
        wanted = {
            16: ("none", "eligible"),
            18: ("eligible", "former_relevant"),
            25: ("former_relevant", "none"),
        }
        yield (before, after), wanted[age]
    born, late = born_to_be(case, 17), [leaving_care.Span(today)]
    yield leaving_care.eligible_from(born, late), today + 90 * DAY


@row("alerts/planned_stays.py:_due_at")
def _before_a_placement(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """By the end of the last working day before its own; planned later than that it is owed after it begins."""
    day, days = case.local.date(), Days(case.calendar, case.off)
    facts = Facts(case.days(-90), ahead=Ahead(day, case.days(-20), hosted=True))
    versions = (paper_rules.Rules(case.days(-90), DEFAULT),)
    found = dict(planned_stays.due(facts, lambda _paper: versions, days))
    last = day - DAY
    while last.weekday() > 4 or last in case.off:
        last -= DAY
    until = datetime.combine(last, time(23, 59, 59), LONDON).astimezone(UTC)
    yield found[Paper.NOTICE_AHEAD][0], until
    yield found[Paper.PLANNED_PLACE][0], datetime.combine(day + DAY, time(), LONDON).astimezone(UTC)


@row("alerts/stay_ends.py:_asked_at")
def _what_comes_next(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    facts = Facts(case.at, stays=(Stay(case.days(-90), until=case.at),))
    ((due_at, _rule),) = stay_ends.due(facts, DEFAULT[Paper.NEXT_PLACE], asked_from=case.days(-90))
    yield due_at, case.days(-14)


@row("alerts/after.py:_due_at", "alerts/duties.py:_due_at")
def _steps(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    facts = SimpleNamespace(
        outcome="found",
        ended_at=case.at,
        found_at=case.at,
        t0=case.at,
        referenced_at=case.at,
        suspected_at=None,
        rescue_asked_at=None,
        inspected=None,
        turns_18_at=None,
        bed_kept_until=None,
        watched_closely=True,
        high=False,
        nation=case.calendar,
        holidays=holidays.of(case.calendar),
    )
    rules: list[tuple[Callable[..., Any], Any]] = [(after._due_at, one) for one in after.DEFAULT_RULES]
    rules += [(duties._due_at, one) for one in duties.DEFAULT_RULES]
    for due_at, rule in rules:
        if rule.working_days is not None:
            yield due_at(rule, facts), case.working(rule.working_days)


@row("alerts/endings.py:_panel_by")
def _panel(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    responsible = MagicMock()
    found = responsible.objects.at.return_value.filter.return_value.select_related
    found.return_value = [SimpleNamespace(authority=SimpleNamespace(nation=case.nation))]
    patch.setattr(endings, "Responsibility", responsible)
    yield endings._panel_by(MagicMock(), case.at), case.working(endings.PANEL_WITHIN)


@row("alerts/expected.py:no_social_worker")
def _no_worker(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    rest = holidays.of(case.calendar)
    owed = expected.no_social_worker(case.at, nation=case.calendar, holidays=rest)
    assert owed is not None
    yield owed.steps[expected.Step.R4], case.working(1)
    yield owed.steps[expected.Step.R5], case.working(2)


@row("alerts/transfer_ladder.py:_Days.after", "guardians/coverage.py:_Days.after")
def _ladders(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    rest = holidays.of(case.calendar)
    for count in (0, 1, 2, 3, 5, 10):
        yield transfer_ladder._Days(case.calendar, rest).after(case.at, count), case.working(count)
        yield coverage._Days(case.calendar, rest).after(case.at, count), case.working(count)


@row("alerts/values.py:_visit_by")
def _adult_elsewhere(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child: Any = SimpleNamespace(elsewhere_since=case.at, nation=case.nation)
    yield values._elsewhere(child), (case.at, case.working(1))


@row("cases/matters.py:_for_senior")
def _worry(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    kept = MagicMock(return_value=SimpleNamespace(senior_id=None))
    patch.setattr(matters, "_kept", kept)
    patch.setattr(matters.transaction, "atomic", nullcontext)
    given = {"authority": SimpleNamespace(nation=case.nation)}
    matters._for_senior(Matter.Kind.WORRY, None, given, key=MagicMock(), by=MagicMock(), at=case.at)
    yield kept.call_args.args[1]["limit_at"], case.working(1)


@row("alerts/post_gaps.py:Gap.climbs_at")
def _posts(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """The end of the next working day, which is told of in the morning after it."""
    gap = post_gaps.Gap(MagicMock(), SimpleNamespace(nation=case.nation), (), case.at, case.at, (), ())  # type: ignore[arg-type]
    yield gap.climbs_at(case.at), tiers.by_day(case.working(1))


@row("cases/link_requests.py:_limit")
def _asked_of_a_council(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    patch.setattr(link_requests, "settings", SimpleNamespace(LINK_ANSWER_WORKING_DAYS=5))
    asked: Any = SimpleNamespace(nation=case.nation)
    yield link_requests._limit(asked, case.at), case.working(5)


@row("alerts/release_reads.py:silent_from")
def _not_read_by_a_force(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    patch.setattr(release_reads, "settings", SimpleNamespace(RELEASE_UNREAD_DAYS=5))
    responsible: Any = SimpleNamespace(nation=case.nation)
    yield release_reads.silent_from(case.at, responsible), case.working(5)


@row("alerts/supervision_mails.py:above_from", "guardians/council.py:reply_due")
def _of_guardians(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Of one person and another: by one calendar, whatever the nation."""
    settings = SimpleNamespace(GUARDIAN_SUPERVISION_HEAD_DAYS=5, CONCERN_REPLY_WORKING_DAYS=10)
    patch.setattr(supervision_mails, "settings", settings)
    patch.setattr(council, "settings", settings)
    yield supervision_mails.above_from(case.at), case.working(5, nation="England")
    yield council.reply_due(case.at), case.working(10, nation="England")


@row("alerts/review_ladder.py:_moment", "cases/review_dates.py:coming")
def _reviews(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    coming = review_dates.coming(case.at)
    found = [next(coming) for _ in range(9)]
    months = [due.due_at for due in found if due.kind in review_dates.BY_CALENDAR]
    yield months, [case.months(count) for count in (3, 6, 12, 24)]
    for due in found:
        rung = review_ladder._moment(due, timedelta(days=14))
        is_long = due.kind in review_dates.BY_CALENDAR
        yield rung, Case(due.due_at, case.nation).days(14) if is_long else due.due_at + 14 * DAY


@row("cases/risk_ends.py:until")
def _lower_risk(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """As long as until its review, and by choice to the end of that day."""
    for risk, days in risk_ends.HOLDS_AT_MOST.items():
        yield risk_ends.until(risk, None, at=case.at), case.days(days)
        last = case.midnight(case.local.date() + (days + 1) * DAY)
        yield risk_ends.until(risk, last, at=case.at), last
        late = last + DAY
        yield _refuses(lambda risk=risk, late=late: risk_ends.until(risk, late, at=case.at)), True


@row("cases/plans.py:_require")
def _plan(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    last = case.months(plans.REVIEWED_WITHIN_MONTHS).astimezone(LONDON).date()
    for day, is_refused in ((last, False), (last + DAY, True), (case.local.date() - DAY, True)):
        plan = plans.Plan(
            goals="Settle in",
            if_missing="Ring 101",
            contacts="Duty, day and night",
            agreed_with="The carer",
            child_agrees="agrees",
            review_date=day,
        )
        yield _refuses(lambda plan=plan: plans._require(plan, case.at)), is_refused


@row("guardians/reasons.py:REVIEWED_WITHIN")
def _why_no_guardian(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """After today, and within half a year of it."""
    today = case.local.date()
    for days, is_refused in ((0, True), (1, False), (183, False), (184, True)):
        day = today + days * DAY
        yield _refuses(lambda day=day: reasons._require_review(day, case.at)), is_refused


@row("cases/mark_ends.py:require", "cases/care.py:require_back")
def _for_a_time(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """To the end of the ninetieth day from now, be it written in its first hour or in its last."""
    last = case.midnight(case.local.date() + 91 * DAY)
    for until, is_refused in ((last, False), (last + DAY, True), (case.at, True)):
        yield _refuses(lambda until=until: mark_ends.require(until, at=case.at)), is_refused
        yield _refuses(lambda until=until: care.require_back(until, case.at)), is_refused


@row("cases/care.py:REVIEWED_WITHIN", "cases/care.py:_is_reviewed")
def _review_that_ends_care(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Of the day itself, or of one of the 28 before it, each of them whole."""
    rows = MagicMock()
    patch.setattr(care, "HeldPaper", rows)
    day = case.local.date()
    care._is_reviewed(MagicMock(), day)
    since, until = rows.objects.standing.return_value.filter.return_value.filter.call_args.kwargs[
        "held_at__range"
    ]
    yield since, case.midnight(day - 28 * DAY)
    yield until, case.midnight(day + DAY)


class _GoesOnError(Exception):
    """What a rule that refuses nothing goes on to."""


def _is_let_through(act: Callable[[], object]) -> bool:
    try:
        act()
    except IllegalMove:
        return False
    except _GoesOnError:
        return True
    raise AssertionError("neither refused nor gone on with")


@row("cases/staffing.py:WITHIN", "cases/placement_papers.py:LOOK_AGAIN_WITHIN")
def _looked_at_again(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """From today until 28 days from today."""
    children = MagicMock()
    children.objects.locked.side_effect = _GoesOnError
    patch.setattr(placement_papers, "Child", children)
    patch.setattr(staffing, "_locked", MagicMock(side_effect=_GoesOnError))
    for module in (staffing, placement_papers):
        patch.setattr(module, "transaction", MagicMock(atomic=nullcontext))
    by = {"by": MagicMock(), "at": case.at}
    for days, goes_on in ((-1, False), (0, True), (28, True), (29, False)):
        day = case.local.date() + days * DAY
        way = {"windows": ["night"], "who": "Duty", "how": "Looks in", "until_date": day, **by}
        yield _is_let_through(lambda way=way: staffing.arrange(MagicMock(), **way)), goes_on
        look = {"own_room": True, "review_by": day, **by}
        yield _is_let_through(lambda look=look: placement_papers.review_room(MagicMock(), **look)), goes_on


@row("cases/models/placements.py:latest_date")
def _temporary(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    for code, days in AT_MOST_DAYS.items():
        yield latest_date(code, case.at), case.local.date() + days * DAY
    yield latest_date("K2", case.at), None


@row("cases/models/legal.py:LegalStatus.order_over_at")
def _order(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """As its last rung: the director hears as the order is over."""
    rest = Days(case.calendar, case.off)
    papers = {"L2": Paper.EMERGENCY_ORDER, "L3": Paper.ASSESSMENT_ORDER}
    assert papers.keys() == ORDERED_AT_MOST.keys()
    for code, days in ORDERED_AT_MOST.items():
        over_at = LegalStatus(code=code, starts_at=case.at).order_over_at
        yield over_at, case.days(days)
        rule = DEFAULT[papers[code]]
        asked_at = rule.due["start"].after(case.at, rest)
        yield dict(rule.rungs)[expected.Step.R5].after(asked_at, rest), over_at


@row("cases/models/matters.py:COMPLAINT_LIMIT")
def _complaint(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Thirty times 24 hours."""
    yield Matter(kind=Matter.Kind.COMPLAINT, since=case.at).due_at, case.at + 30 * DAY


@row("alerts/plan_dues.py:read")
def _plans_and_promises(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """A plan until the last second of its day, and a promise too."""
    day = case.local.date()
    plans_of, promised, booked = MagicMock(), MagicMock(), MagicMock()
    rows = plans_of.objects.filter.return_value.order_by.return_value
    rows.distinct.return_value.values_list.return_value = [(1, case.at, day)]
    action = MagicMock(child_id=1, placement_id=None, by_date=day, recorded_at=case.at)
    opened = promised.objects.open.return_value.filter.return_value.select_related.return_value
    opened.prefetch_related.return_value = [action]
    booked.objects.open.return_value.filter.return_value.values_list.return_value = []
    for name, found in (("SafetyPlan", plans_of), ("PlanAction", promised), ("MeetingBooking", booked)):
        patch.setattr(plan_dues, name, found)
    patch.setattr(plan_dues.sign_offs, "since", lambda ids: {})
    patch.setattr(plan_dues.action_holders, "left", lambda actions, loaded, at: {})
    patch.setattr(plan_dues.action_words, "waiting_since", lambda words, since: None)
    found = plan_dues.read({1: MagicMock()}, at=case.at)
    last = case.midnight(day + DAY) - SECOND
    yield found.planned[1].review_by, last
    yield [(one.paper, one.due_at) for one in found.promised[1]], [(Paper.ACTION, last)]


@row("alerts/calendars.py:last_working_day")
def _last_working_day(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """The day itself or the working day before it, by the holidays of the nation; midnight ends the day before."""
    for days in range(8):
        due_at = case.days(days)
        day = (case.local + days * DAY - SECOND).date()
        wanted = next(d for d in (day - n * DAY for n in range(9)) if d.weekday() < 5 and d not in case.off)
        yield calendars.last_working_day(due_at, case.off), wanted


@row("alerts/transfer_ladder.py:shared_by")
def _shared_before_a_move(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    limits = transfer_ladder.Limits()
    day = case.local.date()
    yield transfer_ladder.shared_by(day, limits), case.midnight(day - limits.share_before * DAY)


@row("guardians/assignments.py:open_until")
def _stays_open(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    episodes = MagicMock()
    sought = episodes.objects.open.return_value.exclude.return_value.filter.return_value
    sought.first.return_value = SimpleNamespace(since=case.at)
    patch.setattr(assignments, "MissingEpisode", episodes)
    patch.setattr(assignments.within_reach, "has_gone", lambda _one, *, at: False)
    until = case.months(assignments.STAYS_MONTHS)
    yield assignments.open_until(MagicMock(), until - SECOND), until
    yield assignments.open_until(MagicMock(), until), None


@row("alerts/guardian_checks.py:stays")
def _looked_at(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """A look of the day on which the six months are over counts, and none before it."""
    until = case.months(assignments.STAYS_MONTHS)
    one = MagicMock(open_episode=SimpleNamespace(pk=1, since=case.at))
    one.child.pk = 7
    patch.setattr(guardian_checks.searches, "is_sought", lambda one: True)
    rows = MagicMock()
    rows.objects.filter.return_value.values_list.return_value = [7]
    patch.setattr(guardian_checks, "GuardianAssignment", rows)
    for looked, wanted in ((until, (until, "again")), (until - SECOND, (case.at, "start"))):
        said = MagicMock()
        found = said.objects.standing.return_value.filter.return_value.order_by.return_value
        found.values.return_value.annotate.return_value = [{"child": 7, "last": looked}]
        patch.setattr(guardian_checks, "GuardianLook", said)
        yield guardian_checks.stays([one])[7], wanted


@row("guardians/sittings.py:of")
def _discussed(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    one = MagicMock(child_id=1, service_id=2, pk=3)
    one.service.discussed_from = None
    children = MagicMock()
    children.objects.living.return_value.filter.return_value.values_list.return_value = [1]
    patch.setattr(sittings, "Child", children)
    patch.setattr(sittings, "_since", lambda ids: {(1, 2): case.at})
    patch.setattr(sittings, "_last", lambda ids: {})
    patch.setattr(sittings, "_covering", lambda rows, now: {})
    patch.setattr(sittings, "settings", SimpleNamespace(GUARDIAN_SUPERVISION_DAYS=28))
    (wait,) = sittings.of([one], now=case.at)
    yield wait.due_at, case.days(28)


@row("alerts/cohorts.py:buckets", "alerts/cohorts.py:years_before")
def _buckets(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    after_of = {bucket.key: bucket.after for bucket in cohorts.buckets(case.at)}
    yield after_of["under_3_months"], case.months(-3)
    for years in (1, 2, 5):
        yield cohorts.years_before(case.at, years), case.months(-12 * years)


# --- ages


@row("cases/placements.py:too_young_until")
def _too_young(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, placements.SUPPORTED_FROM)
    assert child.birth_date is not None
    until = case.midnight(first_day(child.birth_date, placements.SUPPORTED_FROM))
    for began_at, wanted in ((until - SECOND, until), (until, None)):
        said = {"placement_type": Placement.Type.SUPPORTED.value, "nation": case.nation}
        found = placements.too_young_until(child, starts_at=began_at, **said)
        yield found, wanted if case.nation == "England" else None


@row("alerts/duty_steps.py:may_be_young")
def _may_be_young(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    concerns = MagicMock()
    concerns.objects.filter.return_value.order_by.return_value.values_list.return_value.first.return_value = (
        None
    )
    patch.setattr(duty_steps, "LiveConcern", concerns)
    # No birth date was ever another.
    patch.setattr(duty_steps, "DetailsChange", MagicMock())
    child = a_child_of(case, duties.YOUNG)
    assert child.birth_date is not None
    child.arrived_at = case.at - 400 * DAY
    of_age = case.midnight(first_day(child.birth_date, duties.YOUNG))
    for began_at, wanted in ((of_age - SECOND, True), (of_age, False)):
        yield duty_steps.is_watched_closely(child, began_at, case.at), wanted
    child.birth_date_precision = "year"
    of_age = case.midnight(date(child.birth_date.year + duties.YOUNG, 12, 31))
    for began_at, wanted in ((of_age - SECOND, True), (of_age, False)):
        yield duty_steps.is_watched_closely(child, began_at, case.at), wanted


@row("alerts/following.py:near_from")
def _near_18(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    midnight = datetime.combine(first_day(child.birth_date, 18), time(), tzinfo=LONDON).astimezone(UTC)
    yield following.near_from(midnight), Case(midnight, case.nation).months(-3)


@row("cases/turnings.py:moment_of")
def _nearly_of_age(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    noon = datetime.combine(first_day(child.birth_date, 18), time(12), tzinfo=LONDON).astimezone(UTC)
    yield turnings.moment_of(child), Case(noon, case.nation).months(-3)


@row("alerts/age_dues.py:turns", "alerts/age_dues.py:turns_18", "cases/birthdays.py:eighteenth")
def _turning(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    for age in (age_dues.FIVE, age_dues.SIXTEEN):
        child = a_child_of(case, age)
        assert child.birth_date is not None
        yield age_dues.turns(child, age), case.midnight(first_day(child.birth_date, age))
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    midnight = case.midnight(first_day(child.birth_date, 18))
    yield age_dues.turns_18(child), (Case(midnight, case.nation).months(-6), midnight, midnight)
    year = Child(birth_date=child.birth_date, birth_date_precision="year")
    span = birthdays.eighteenth(child.birth_date, "year")
    yield span, (date(child.birth_date.year + 18, 1, 1), date(child.birth_date.year + 18, 12, 31))
    yield (
        age_dues.turns_18(year),
        (
            Case(case.midnight(span[0]), case.nation).months(-6),
            case.midnight(span[0]),
            case.midnight(span[1]),
        ),
    )


@row("cases/birthdays.py:surely_outside")
def _unlikely(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    for age, was, becomes in ((5, True, False), (18, False, True)):
        day = first_day(child.birth_date, age)
        for today, wanted in ((day - timedelta(days=1), was), (day, becomes)):
            found = birthdays.surely_outside(child.birth_date, "day", range(5, 18), today=today)
            yield found, wanted


@row("guardians/referrals.py:years_of")
def _years(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    midnight = case.midnight(first_day(child.birth_date, 18))
    yield referrals.years_of(child, at=midnight), 18
    yield referrals.years_of(child, at=midnight - SECOND), 17


@row("cases/search/found.py:_age")
def _age_of_sought(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    midnight = case.midnight(first_day(child.birth_date, 18))
    yield finding_out._age(child, midnight), 18
    yield finding_out._age(child, midnight - SECOND), 17


@row("cases/care.py:_is_surely")
def _surely(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    day = first_day(child.birth_date, 18)
    yield care._is_surely(child, 18, day), True
    yield care._is_surely(child, 18, day - DAY), False


@row("cases/retention.py:destroy_not_before")
def _kept(case: Case, _patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    child = a_child_of(case, 18)
    born = child.birth_date
    assert born is not None
    years = 100 if case.nation == "Scotland" else 75
    yield retention.destroy_not_before(case.nation, born=born), first_day(born, years)
    of_age = first_day(born, 18)
    for died, wanted in ((of_age - DAY, first_day(of_age - DAY, 15)), (of_age, first_day(born, 75))):
        if case.nation != "Scotland":
            yield retention.destroy_not_before(case.nation, born=born, died=died), wanted


@row("cases/nrm.py:_require")
def _panel_before_18(case: Case, patch: pytest.MonkeyPatch) -> Iterator[Pair]:
    patch.setattr(nrm, "FirstResponder", MagicMock())
    child = a_child_of(case, 18)
    assert child.birth_date is not None
    last = first_day(child.birth_date, 18) - nrm.PANEL_BEFORE_18
    for day, is_refused in ((last, True), (last - DAY, False)):
        said: Any = MagicMock(competent_authority=CompetentAuthority.PANEL, referred_date=day)
        yield _refuses(lambda said=said: nrm._require(child, said, case.at)), is_refused


def _refuses(act: Callable[[], object]) -> bool:
    try:
        act()
    except IllegalMove:
        return True
    return False


# --- the table


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("rule", dict.fromkeys(ROWS.values()), ids=lambda rule: rule.__name__)
def test_each_date_rule_says_what_the_calendar_says(rule: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each moment in each nation; a test for each of them cost three times what it asks."""
    wrong = {}
    for (name, moment), nation in product(MOMENTS.items(), DIVISIONS):
        with monkeypatch.context() as patch:
            pairs = list(rule(Case(moment, nation), patch))
        assert pairs, (name, nation)
        differing = [pair for pair in pairs if pair[0] != pair[1]]
        if differing:
            wrong[name, nation] = differing
    assert wrong == {}


def test_the_moments_of_the_table_tell_the_three_divisions_apart() -> None:
    ends = {
        nation: [Case(at, nation).working(1) for at in MOMENTS.values()]
        for nation in ("England", "Scotland", "Northern Ireland")
    }
    assert ends["England"] != ends["Scotland"] != ends["Northern Ireland"] != ends["England"]


# What reckons a day, by whatever name it is called.
RECKONING = {
    "add_days",
    "add_months",
    "add_working_days",
    "working_day_before",
    "years",
    "next_due_at",
    "attained",
    "eighteenth",
}


# The same of a day that somebody named; where another module has a verb of that name, it is called as one of it.
OF_A_DAY = {"at_london", "end_of"}
# A file without any of these words reckons nothing, and is not parsed.
MENTIONS = re.compile(rf"\b(?:{'|'.join(sorted(RECKONING | OF_A_DAY))})\b|\b(?:days|weeks)\s*=")


def _sites() -> Iterator[str]:
    """Each function of the product that reckons a day or counts in days, and each span of days that has a name."""
    for app in ("cases", "guardians", "alerts"):
        for file in sorted((ROOT / app).rglob("*.py")):
            where = file.relative_to(ROOT).as_posix()
            if (
                "migrations" in file.parts
                or is_left_out(where)
                or not MENTIONS.search(text := file.read_text())
            ):
                continue
            yield from (f"{where}:{name}" for name in _reckoning(ast.parse(text), []))


def _reckoning(node: ast.AST, scope: list[str]) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and _reckons(child):
            yield ".".join(scope)
        yield from _reckoning(child, [*scope, *_named(child, at_top=not scope)])


def _reckons(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        in_days = {"days", "weeks"} & {one.arg for one in call.keywords}
        called = call.func.id
        return called in RECKONING | OF_A_DAY or (called == "timedelta" and bool(in_days))
    return isinstance(call.func, ast.Attribute) and call.func.attr in RECKONING


def _named(node: ast.AST, *, at_top: bool) -> list[str]:
    """What a function, a class or, at the top of a module, an assignment is called."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if not at_top or not isinstance(node, ast.Assign | ast.AnnAssign):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [",".join(ast.unparse(one) for target in targets for one in getattr(target, "elts", [target]))]


def test_no_date_rule_is_outside_the_table() -> None:
    found = set(_sites())
    assert found - ROWS.keys() - NO_RULE.keys() == set(), "a new date rule: give it a row"
    assert (ROWS.keys() | NO_RULE.keys()) - found == set(), "no such rule any more"
