"""By when paper is due and who hears that it is not recorded: pure, over both clock changes, leap days and bank holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import paperwork, policies
from alerts.paper_facts import Ahead, Awaited, Checked, Supervised, Unreviewed
from alerts.paper_rules import LIMITED, OF_HEALTH
from alerts.paperwork import (
    DEFAULT,
    Assessed,
    Days,
    Facts,
    Held,
    Paper,
    Planned,
    Promised,
    Rule,
    Rules,
    Span,
    Stay,
    Unit,
    Visited,
    owed,
)
from alerts.schedule import Step
from cases import holidays
from cases.deadlines import Nation, add_months, london_day
from tests.counts import counts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
few = settings(max_examples=counts(30, 100))
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
VERSIONS = (Rules(FIRST, DEFAULT),)
ENGLAND = Days(Nation.ENGLAND_AND_WALES, holidays.of(Nation.ENGLAND_AND_WALES))
SCOTLAND = Days(Nation.SCOTLAND, holidays.of(Nation.SCOTLAND))
IRELAND = Days(Nation.NORTHERN_IRELAND, holidays.of(Nation.NORTHERN_IRELAND))
# A Monday in winter.
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DONE = Assessed(AT, "medium")


def due(
    facts: Facts, paper: Paper, days: Days = ENGLAND, versions: tuple[Rules, ...] = VERSIONS
) -> datetime | None:
    return next((one.due_at for one in owed(facts, versions, days) if one.paper == paper), None)


def steps(facts: Facts, paper: Paper, days: Days = ENGLAND) -> dict[str, datetime]:
    one = next(one for one in owed(facts, VERSIONS, days) if one.paper == paper)
    return {step.value: at for step, at in one.steps.items()}


def end_of(day: date) -> str:
    return f"{day} 23:59:59"


def said(at: datetime | None) -> str:
    from cases.deadlines import LONDON

    assert at is not None
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M:%S}"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("case", "days", "wanted"),
    [
        ("start", ENGLAND, "2026-03-09 23:59:59"),
        ("panel", ENGLAND, "2026-04-16 09:00:00"),
        ("again", SCOTLAND, "2026-03-09 23:59:59"),
    ],
)
def test_reasonable_grounds_are_asked_for_after_five_working_days_or_45_days_of_a_panel(
    case: str, days: Days, wanted: str
) -> None:
    facts = Facts(AT, assessed=DONE, awaited=Awaited(Paper.NRM_GROUNDS, case, AT))
    assert said(due(facts, Paper.NRM_GROUNDS, days)) == wanted


def test_a_conclusive_decision_is_asked_for_and_climbs_to_nobody_above_the_head_of_service() -> None:
    facts = Facts(AT, assessed=DONE, awaited=Awaited(Paper.NRM_CONCLUSIVE, "start", AT))
    assert said(due(facts, Paper.NRM_CONCLUSIVE)) == "2026-04-16 09:00:00", "in summer time"
    assert set(steps(facts, Paper.NRM_CONCLUSIVE)) == {"R1", "R2", "R4"}
    again = replace(facts, awaited=Awaited(Paper.NRM_CONCLUSIVE, "again", AT))
    assert said(due(again, Paper.NRM_CONCLUSIVE)) == "2026-03-30 09:00:00"


def test_a_child_with_signs_of_trafficking_is_referred_within_a_day_of_them() -> None:
    facts = Facts(AT, assessed=DONE, suspected_at=AT)
    assert due(facts, Paper.NRM_REFERRAL) == AT + DAY
    before = replace(facts, arrived_at=FIRST - 9 * DAY, suspected_at=FIRST - 9 * DAY)
    assert said(due(before, Paper.NRM_REFERRAL)) == "2026-01-08 23:59:59", "asked since New Year"
    back = AT + 5 * DAY
    assert due(replace(facts, searches=((AT, back),)), Paper.NRM_REFERRAL) == back + DAY


def test_the_first_assessment_is_due_a_day_after_the_arrival_and_climbs_by_the_clock() -> None:
    found = steps(Facts(AT), Paper.FIRST_ASSESSMENT)
    since = AT + DAY
    assert found == {"R1": since, "R2": since + 4 * HOUR, "R4": since + 24 * HOUR, "R5": since + 72 * HOUR}


@pytest.mark.by_turns
@pytest.mark.parametrize(("grade", "days"), [("high", 7), ("medium", 28), ("low", 90), ("unknown", 28)])
def test_a_review_is_due_by_the_grade(grade: str, days: int) -> None:
    assert due(Facts(AT, assessed=Assessed(AT, grade)), Paper.ASSESSMENT) == _days_later(AT, days)


def _days_later(at: datetime, days: int) -> datetime:
    from cases.deadlines import add_days

    return add_days(at, days)


def test_what_changed_since_the_last_assessment_asks_for_another_within_a_day_and_what_came_before_does_not() -> (
    None
):
    moved = AT + 3 * DAY
    assert due(Facts(AT, assessed=DONE, changes=(moved,)), Paper.ASSESSMENT) == moved + DAY
    assert due(Facts(AT, assessed=DONE, returns=(moved,)), Paper.ASSESSMENT) == moved + DAY
    after = Assessed(moved + HOUR, "medium")
    assert due(Facts(AT, assessed=after, changes=(moved,)), Paper.ASSESSMENT) == _days_later(after.at, 28)


def test_somebody_may_ask_for_it_sooner_and_never_later() -> None:
    soon = replace(DONE, again_by=AT + 5 * DAY)
    assert due(Facts(AT, assessed=soon), Paper.ASSESSMENT) == AT + 5 * DAY
    late = replace(DONE, again_by=AT + 200 * DAY)
    assert due(Facts(AT, assessed=late), Paper.ASSESSMENT) == _days_later(AT, 28)


def test_a_review_climbs_by_the_working_days_of_the_nation() -> None:
    # Due on Thursday before Easter 2026; Good Friday is no holiday of the same length everywhere.
    graded = Assessed(datetime(2026, 3, 26, 9, tzinfo=UTC), "high")
    facts = Facts(AT, assessed=graded)
    english = steps(facts, Paper.ASSESSMENT)
    assert said(english["R1"]) == "2026-04-02 09:00:00", (
        "at the same time of day, though the clocks went forward"
    )
    assert said(english["R2"]) == end_of(date(2026, 4, 8))
    assert said(english["R4"]) == end_of(date(2026, 4, 13))
    assert said(english["R5"]) == end_of(date(2026, 4, 20))
    assert said(steps(facts, Paper.ASSESSMENT, SCOTLAND)["R2"]) == end_of(date(2026, 4, 7)), (
        "Easter Monday works"
    )
    # The twelfth of July is a holiday in Northern Ireland alone.
    july = Facts(AT, assessed=Assessed(datetime(2026, 7, 3, 9, tzinfo=UTC), "high"))
    assert said(steps(july, Paper.ASSESSMENT, IRELAND)["R2"]) == end_of(date(2026, 7, 15))
    assert said(steps(july, Paper.ASSESSMENT)["R2"]) == end_of(date(2026, 7, 14))


def test_hours_elapse_and_days_keep_their_time_over_both_clock_changes() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert due(Facts(spring), Paper.FIRST_ASSESSMENT) == spring + 24 * HOUR, "1pm in London by then"
    autumn = datetime(2026, 10, 20, 11, tzinfo=UTC)
    found = due(Facts(AT, assessed=Assessed(autumn, "high")), Paper.ASSESSMENT)
    assert said(found) == "2026-10-27 12:00:00"
    assert found == autumn + 7 * DAY + HOUR


def test_months_end_with_the_month_and_a_leap_day_counts() -> None:
    lived = (Stay(datetime(2026, 1, 2, tzinfo=UTC)),)
    last = Visited(datetime(2027, 11, 30, 10, tzinfo=UTC), lasting=True)
    assert said(due(Facts(AT, stays=lived, visits=(last,)), Paper.VISIT)) == "2028-02-29 10:00:00"
    assessed = Assessed(datetime(2028, 2, 22, 10, tzinfo=UTC), "high")
    assert said(due(Facts(AT, assessed=assessed), Paper.ASSESSMENT)) == "2028-02-29 10:00:00"


def test_a_visit_is_due_a_week_after_each_placement_begins_and_six_weeks_after_the_last() -> None:
    first = Stay(AT)
    assert due(Facts(AT, stays=(first,)), Paper.VISIT) == AT + 7 * DAY
    seen = Visited(AT + 3 * DAY)
    assert due(Facts(AT, stays=(first,), visits=(seen,)), Paper.VISIT) == _days_later(seen.at, 42)
    moved = Stay(AT + 10 * DAY)
    both = (replace(first, ends_at=moved.starts_at), moved)
    assert due(Facts(AT, stays=both, visits=(seen,)), Paper.VISIT) == moved.starts_at + 7 * DAY
    # Moving on puts off nothing that was due before.
    assert due(Facts(AT, stays=both), Paper.VISIT) == AT + 7 * DAY
    ended = (replace(first, ends_at=AT + DAY),)
    assert due(Facts(AT, stays=ended), Paper.VISIT) is None, "nowhere to visit: that is an alarm of its own"


def test_only_a_placement_that_lasted_a_year_and_is_meant_to_last_is_visited_every_three_months() -> None:
    stay = (Stay(AT),)
    for at, lasting, months in (
        (add_months(AT, 11), True, None),
        (add_months(AT, 12), False, None),
        (add_months(AT, 12), True, 3),
    ):
        found = due(Facts(AT, stays=stay, visits=(Visited(at, lasting),)), Paper.VISIT)
        assert found == (add_months(at, months) if months else _days_later(at, 42)), (at, lasting)


def test_the_host_is_told_within_five_working_days_of_a_placement_in_its_area() -> None:
    hosted = Stay(AT, hosted=True)
    assert said(due(Facts(AT, stays=(hosted,)), Paper.HOST_NOTICE)) == end_of(date(2026, 3, 9))
    for other in (
        replace(hosted, notified=True),
        replace(hosted, hosted=False),
        replace(hosted, ends_at=AT + DAY),
    ):
        assert due(Facts(AT, stays=(other,)), Paper.HOST_NOTICE) is None


def test_the_list_of_the_arrival_is_due_a_day_after_it_or_after_what_answered_it_was_taken_back() -> None:
    assert due(Facts(AT, lacks=("photo",)), Paper.CHECKLIST) == AT + DAY
    assert due(Facts(AT), Paper.CHECKLIST) is None
    again = Facts(AT, lacks=("photo",), lacks_since=AT + 30 * DAY)
    assert due(again, Paper.CHECKLIST) == AT + 31 * DAY


def test_while_a_child_is_looked_for_paper_rests_and_counts_from_the_return() -> None:
    facts = Facts(AT, assessed=DONE, stays=(Stay(AT),), lacks=("photo",))
    review = DEFAULT[Paper.CARE_REVIEW].due["start"].after(AT, ENGLAND)
    (goes_on,) = owed(replace(facts, is_sought=True, sought_since=AT), VERSIONS, ENGLAND)
    assert (goes_on.paper, goes_on.due_at) == (Paper.CARE_REVIEW, review)
    back = AT + 60 * DAY
    found = {
        one.paper: one.due_at
        for one in owed(replace(facts, searches=((AT, back),), returns=(back,)), VERSIONS, ENGLAND)
    }
    assert found == {
        Paper.ASSESSMENT: back + DAY,
        Paper.CHECKLIST: back + DAY,
        Paper.FIRST_PROFILE: back + DAY,
        Paper.VISIT: _days_later(back, 7),
        **{
            paper: DEFAULT[paper].due["start"].after(back, ENGLAND)
            for paper in (
                Paper.PLACEMENT_PLAN,
                Paper.CARE_PLAN,
                Paper.HEALTH,
                Paper.EDUCATION,
                Paper.PLAN,
            )
        },
        Paper.CARE_REVIEW: review,
        # Not due before the return, so on their own day.
        **{paper: add_months(AT, 3) for paper in OF_HEALTH},
    }


def test_what_was_late_before_a_search_is_late_after_it_however_often_the_child_goes() -> None:
    facts = Facts(
        AT,
        assessed=DONE,
        stays=(Stay(AT, hosted=True, until=AT + 20 * DAY),),
        ahead=Ahead(london_day(AT + 20 * DAY), AT, hosted=True),
        lacks=("photo",),
        unread=(AT,),
        disputed_since=AT,
        suspected_at=AT,
        away_since=AT,
        handed_over_at=AT,
        nowhere_since=AT,
        too_young=(AT, AT + 400 * DAY),
        unkept=(AT, None),
        supervised=Supervised(AT, discussed=False),
        checked=Checked(AT, done=False),
        promised=(
            Promised(Paper.ACTION, 7, AT + DAY),
            Promised(Paper.SHORTFALL, 8, AT + DAY),
            Promised(Paper.UNOWNED, 9, AT),
            Promised(Paper.SAID_DONE, 10, AT),
        ),
        plan=Planned(AT, AT + 20 * DAY),
        turns_18=(AT, AT + 180 * DAY, AT + 180 * DAY),
        sixteen_at=AT,
        adviser=(AT, AT + 400 * DAY),
        adviser_contact=(AT, "start"),
        visit_asked_at=AT,
        unreviewed=Unreviewed(),
    )
    before = {one.name: one.due_at for one in owed(facts, VERSIONS, ENGLAND)}
    elsewhere = {Paper.FIRST_ASSESSMENT, Paper.PROFILE, Paper.NRM_GROUNDS, Paper.NRM_CONCLUSIVE, Paper.COVER}
    # Where the director was asked, in the place of the approval.
    elsewhere |= {Paper.DECISION, Paper.REFUSED}
    # Its hours run on in a search.
    elsewhere |= {*LIMITED, Paper.GUARDIAN_STAYS, Paper.MEETING}
    assert {Paper(name.partition(":")[0]) for name in before} == set(Paper) - elsewhere
    late = max(before.values()) + DAY
    often = tuple((late + days * DAY, late + days * DAY + DAY / 2) for days in range(0, 60, 3))
    after = {one.name: one.due_at for one in owed(replace(facts, searches=often), VERSIONS, ENGLAND)}
    assert after == before
    gone = ((AT, late),)
    moved = {one.name: one.due_at for one in owed(replace(facts, searches=gone), VERSIONS, ENGLAND)}
    assert moved.keys() == before.keys()
    for paper in (Paper.TOO_YOUNG, Paper.UNKEPT, Paper.VISIT_ASKED):
        assert moved.pop(paper) == late, "what is owed at once is owed with the return itself"
    for paper in (Paper.TURNING_18, Paper.CARE_REVIEW, Paper.REVIEWING_OFFICER):
        assert moved.pop(paper) == before[paper], "a birthday waits for no search, nor does a review"
    assert {name for name in moved if moved[name] <= late} == set(), (
        "what fell due in the search is due after it"
    )


@pytest.mark.by_turns(8)
def test_what_came_while_an_adult_was_thought_of_counts_from_its_end_and_what_was_late_is_due_with_it() -> (
    None
):
    began, back = AT + 4 * DAY, AT + 180 * DAY
    facts = Facts(
        AT, assessed=DONE, stays=(Stay(AT),), uncovered=(AT + 10 * DAY, None), limited=(Paper.PROTECTION, AT)
    )
    facts = replace(facts, turns_18=(AT, AT + 400 * DAY, AT + 400 * DAY), lacks=("photo",))
    rested = replace(facts, adult_rests=((began, back),))
    assert due(rested, Paper.VISIT) == _days_later(back, 7), "it came meanwhile"
    assert due(rested, Paper.COVER) == back
    assert due(rested, Paper.TURNING_18) == back
    assert due(rested, Paper.CHECKLIST) == back, "it was late before, and its rungs count anew"
    assert due(rested, Paper.PROTECTION) == back
    assert steps(rested, Paper.CHECKLIST)["R4"] == back + DAY
    for one in owed(rested, VERSIONS, ENGLAND):
        assert all(at >= back for at in one.steps.values()), one.paper
    assert owed(rested, VERSIONS, ENGLAND) != owed(facts, VERSIONS, ENGLAND)


def test_a_search_that_outlasts_the_time_as_an_adult_puts_off_what_is_due_with_that() -> None:
    facts = Facts(AT, assessed=DONE, stays=(Stay(AT),), lacks=("photo",))
    back = AT + 60 * DAY
    both = replace(facts, adult_rests=((AT + 20 * DAY, AT + 40 * DAY),), searches=((AT + 10 * DAY, back),))
    assert due(both, Paper.CHECKLIST) == back + DAY
    # And the other way round.
    both = replace(facts, adult_rests=((AT + 20 * DAY, back),), searches=((AT, AT + 25 * DAY),))
    assert due(both, Paper.CHECKLIST) == back + DAY


def test_a_time_as_an_adult_that_ended_before_puts_nothing_off() -> None:
    facts = Facts(AT, assessed=DONE, stays=(Stay(AT),), turns_18=(AT, AT + 180 * DAY, AT + 180 * DAY))
    rested = replace(facts, adult_rests=((AT + HOUR, AT + 2 * HOUR),))
    assert owed(rested, VERSIONS, ENGLAND) == owed(facts, VERSIONS, ENGLAND)
    grown = replace(facts, adult_rests=((AT + HOUR, AT + 181 * DAY),))
    assert due(grown, Paper.TURNING_18) is None, "the birthday is over whichever day it was"


def test_a_child_who_comes_back_every_few_days_is_late_for_the_first_return() -> None:
    """Each return asks for an assessment within a day; the next search puts off none that was late before it."""
    first, days = AT + 10 * DAY, range(0, 30, 3)
    searches = tuple((first + n * DAY, first + n * DAY + DAY / 2) for n in days)
    returns = tuple(back for _began, back in searches)
    facts = Facts(AT, assessed=DONE, searches=searches, returns=returns)
    assert due(facts, Paper.ASSESSMENT) == returns[0] + DAY
    soon = (returns[0] + DAY / 2, returns[0] + 2 * DAY)
    again = replace(facts, searches=(searches[0], soon), returns=(returns[0], soon[1]))
    assert due(again, Paper.ASSESSMENT) == soon[1] + DAY, "what was not due yet counts from the last return"


def test_a_promise_is_due_on_its_own_day_and_climbs_as_the_plan_does() -> None:
    over = datetime(2026, 3, 6, 23, 59, 59, tzinfo=UTC)
    facts = Facts(AT, promised=(Promised(Paper.ACTION, 7, over), Promised(Paper.ACTION, 8, over + DAY)))
    first, second = (one for one in owed(facts, VERSIONS, ENGLAND) if one.paper == Paper.ACTION)
    assert (first.name, second.name) == ("action:7", "action:8")
    assert [said(at)[:10] for at in first.steps.values()] == [
        "2026-03-06",
        "2026-03-10",
        "2026-03-13",
        "2026-03-20",
    ]
    assert [one for one in owed(facts, (), ENGLAND) if one.paper == Paper.ACTION] == []


def test_whoever_was_here_before_the_policy_owes_what_comes_after_its_first_day() -> None:
    long_ago = FIRST - 400 * DAY
    facts = Facts(long_ago, grade="high", stays=(Stay(long_ago, hosted=True),), lacks=("photo",))
    found = {one.paper: one.due_at for one in owed(facts, VERSIONS, ENGLAND)}
    assert found == {
        Paper.ASSESSMENT: FIRST + 7 * DAY,
        Paper.PROFILE: _days_later(FIRST, 90),
        Paper.VISIT: _days_later(FIRST, 42),
        Paper.CARE_REVIEW: add_months(FIRST, 6),
        Paper.HEALTH: add_months(FIRST, 12),
        **{paper: add_months(FIRST, 12) for paper in OF_HEALTH},
        Paper.EDUCATION: add_months(FIRST, 4),
    }
    assert owed(facts, (), ENGLAND) == ()


def test_reviews_and_plans_count_from_the_arrival_and_then_from_the_last() -> None:
    assert said(due(Facts(AT), Paper.CARE_REVIEW)) == end_of(date(2026, 3, 30))
    assert said(due(Facts(AT), Paper.EDUCATION)) == end_of(date(2026, 3, 16))
    for times, months in ((1, 3), (2, 6), (7, 6)):
        held = {Paper.CARE_REVIEW: Held(times, AT + 9 * DAY)}
        assert due(Facts(AT, held=held), Paper.CARE_REVIEW) == add_months(AT + 9 * DAY, months)
    assert due(Facts(AT, held={Paper.HEALTH: Held(1, AT)}), Paper.HEALTH) == add_months(AT, 12)


def test_the_health_of_a_child_under_five_is_reviewed_each_six_months_until_the_fifth_birthday() -> None:
    last = {Paper.HEALTH: Held(1, AT)}
    half_a_year = add_months(AT, 6)
    for five_at, months in (
        (half_a_year + DAY, 6),
        (half_a_year, 12),
        (AT - DAY, 12),
        (None, 12),
    ):
        facts = Facts(AT, held=last, five_at=five_at)
        assert due(facts, Paper.HEALTH) == add_months(AT, months), five_at
        assert due(facts, Paper.EDUCATION) == due(replace(facts, five_at=None), Paper.EDUCATION)
    # A version may ask for it sooner, and never later.
    sooner = {**DEFAULT, Paper.HEALTH: Rule({**DEFAULT[Paper.HEALTH].due, "again": Span(3, Unit.MONTHS)}, ())}
    young = Facts(AT, held=last, five_at=add_months(AT, 30))
    assert due(young, Paper.HEALTH, versions=(Rules(FIRST, sooner),)) == add_months(AT, 3)
    # Who was here before the policy owes as if it had been done on its first day.
    assert due(Facts(FIRST - DAY, five_at=young.five_at), Paper.HEALTH) == add_months(FIRST, 6)


def test_a_pathway_is_planned_within_three_months_of_the_sixteenth_birthday_or_the_arrival() -> None:
    assert due(Facts(AT), Paper.PATHWAY) is None, "no birth date is known"
    sixteen = AT + 200 * DAY
    assert due(Facts(AT, sixteen_at=sixteen), Paper.PATHWAY) == add_months(sixteen, 3)
    assert due(Facts(AT, sixteen_at=AT - 200 * DAY), Paper.PATHWAY) == add_months(AT, 3)
    held = {Paper.PATHWAY: Held(1, AT + DAY)}
    assert due(Facts(AT, sixteen_at=AT, held=held), Paper.PATHWAY) == add_months(AT + DAY, 6)


def test_the_days_of_the_law_run_from_when_care_began_and_the_first_hours_from_when_we_knew() -> None:
    before = AT - 14 * DAY
    late = Facts(AT, care_since=before)
    for paper in (Paper.CARE_REVIEW, Paper.HEALTH, Paper.EDUCATION):
        assert due(late, paper) == due(Facts(before), paper) != due(Facts(AT), paper)
    assert due(late, Paper.FIRST_ASSESSMENT) == AT + DAY
    sixteen = Facts(AT, care_since=before, sixteen_at=before - 200 * DAY)
    assert due(sixteen, Paper.PATHWAY) == add_months(before, 3)
    # Who was not known before the policy is no child of before it: the days of the law run, from its beginning.
    started = (Rules(AT - 2 * DAY, DEFAULT),)
    assert due(late, Paper.CARE_REVIEW, versions=started) == due(Facts(AT - 2 * DAY), Paper.CARE_REVIEW)


def test_a_duty_that_a_later_version_adds_counts_from_that_version() -> None:
    before = {paper: rule for paper, rule in DEFAULT.items() if paper != Paper.HEALTH}
    versions = (Rules(FIRST, before), Rules(AT, DEFAULT))
    assert due(Facts(AT - 30 * DAY), Paper.HEALTH, versions=versions) == add_months(AT, 12)
    assert said(due(Facts(AT + DAY), Paper.HEALTH, versions=versions)) == end_of(date(2026, 3, 31))


@pytest.mark.parametrize("paper", OF_HEALTH)
def test_a_check_of_teeth_is_owed_a_year_after_the_version_that_adds_it_or_a_quarter_after_care_began(
    paper: Paper,
) -> None:
    before = {one: rule for one, rule in DEFAULT.items() if one not in OF_HEALTH}
    versions = (Rules(FIRST, before), Rules(AT, DEFAULT))
    assert due(Facts(AT - 30 * DAY), paper, versions=versions[:1]) is None
    # Whoever was here before is late for nothing by the release.
    assert due(Facts(AT - 30 * DAY), paper, versions=versions) == add_months(AT, 12)
    assert due(Facts(AT + DAY), paper, versions=versions) == add_months(AT + DAY, 3)
    seen = Facts(AT - 30 * DAY, held={paper: Held(1, AT + 40 * DAY)})
    assert due(seen, paper, versions=versions) == add_months(AT + 40 * DAY, 12)


def test_a_plan_from_before_seventeen_and_a_half_is_asked_for_again_from_when_that_is_asked() -> None:
    """Of a child of 17 years and 11 months months of rungs would hear at once otherwise."""
    half, now = AT, AT + 150 * DAY
    birthday = add_months(half, 6)
    rule = DEFAULT[Paper.TURNING_18]
    before = {**DEFAULT, Paper.TURNING_18: replace(rule, due={"start": rule.due["start"]})}
    versions = (Rules(FIRST, before), Rules(now, DEFAULT))
    earlier = {Paper.TURNING_18: Held(1, half - 60 * DAY)}
    child = Facts(FIRST, turns_18=(half, birthday, birthday), held=earlier)
    assert due(child, Paper.TURNING_18, versions=versions) == now + 28 * DAY
    assert due(child, Paper.TURNING_18, versions=versions[:1]) is None, "before it is asked it counts"
    soon = replace(child, turns_18=(half - 20 * DAY, now + 5 * DAY, now + 5 * DAY))
    assert due(soon, Paper.TURNING_18, versions=versions) == now + 5 * DAY
    over = replace(child, turns_18=(half - 60 * DAY, now - DAY, now - DAY))
    assert due(over, Paper.TURNING_18, versions=versions) is None
    # Whoever has no plan, or comes to that age later, has as long as ever.
    assert due(replace(child, held={}), Paper.TURNING_18, versions=versions) == add_months(half, 3)
    young = replace(child, turns_18=(now + DAY, add_months(now + DAY, 6), add_months(now + DAY, 6)))
    assert due(young, Paper.TURNING_18, versions=versions) == add_months(now + DAY, 3)


def test_the_18th_birthday_is_planned_once_by_seventeen_and_nine_months_and_before_it() -> None:
    """Domain document 2b: 17 years and 9 months."""
    half, birthday = AT + 200 * DAY, add_months(AT + 200 * DAY, 6)
    coming = Facts(AT, turns_18=(half, birthday, birthday))
    assert due(coming, Paper.TURNING_18) == add_months(half, 3)
    assert due(Facts(AT), Paper.TURNING_18) is None, "nothing before there is a birth date"
    held = {Paper.TURNING_18: Held(1, half + DAY)}
    assert due(replace(coming, held=held), Paper.TURNING_18) is None
    # Who arrives a month before it has until the birthday, and whoever is past it is planned for by nobody.
    late = replace(coming, arrived_at=birthday - 30 * DAY)
    assert due(late, Paper.TURNING_18) == birthday
    assert due(replace(coming, arrived_at=birthday), Paper.TURNING_18) is None
    # Who may have turned 18 before the arrival, and may not, has as long as anybody, and never past the last day.
    perhaps = replace(coming, turns_18=(half, birthday, add_months(birthday, 12)))
    assert due(replace(perhaps, arrived_at=birthday), Paper.TURNING_18) == add_months(birthday, 3)
    at_last = add_months(birthday, 12) - 5 * DAY
    assert due(replace(perhaps, arrived_at=at_last), Paper.TURNING_18) == add_months(birthday, 12)
    # A search puts it not off: who turns 18 while missing is planned for as well, and by whom it is looked for then.
    searched = replace(coming, searches=((birthday - 200 * DAY, birthday - 10 * DAY),))
    assert due(searched, Paper.TURNING_18) == add_months(half, 3)
    sought = replace(coming, is_sought=True, sought_since=half)
    assert due(sought, Paper.TURNING_18) == add_months(half, 3)
    assert due(sought, Paper.HEALTH) is None


def test_what_came_with_a_transfer_is_to_be_read_two_working_days_after_the_arrival() -> None:
    assert due(Facts(AT), Paper.HANDOVER) is None
    here = Facts(AT, handed_over_at=AT + DAY)
    assert said(due(here, Paper.HANDOVER)) == end_of(date(2026, 3, 5))
    before = {paper: rule for paper, rule in DEFAULT.items() if paper != Paper.HANDOVER}
    assert due(here, Paper.HANDOVER, versions=(Rules(FIRST, before),)) is None
    later = (Rules(FIRST, before), Rules(AT + 7 * DAY, DEFAULT))
    assert said(due(here, Paper.HANDOVER, versions=later)) == end_of(date(2026, 3, 11))


def test_what_waits_to_be_read_counts_from_the_first_of_those_recorded_since_it_was_asked() -> None:
    without = {paper: rule for paper, rule in DEFAULT.items() if paper != Paper.SIGN_OFF}
    versions = (Rules(FIRST, without), Rules(AT, DEFAULT))
    waiting = Facts(AT, unread=(AT + 4 * DAY, AT + DAY, AT - DAY))
    assert said(due(waiting, Paper.SIGN_OFF, versions=versions)) == end_of(date(2026, 3, 5))
    assert said(due(waiting, Paper.SIGN_OFF)) == end_of(date(2026, 3, 3))
    assert due(Facts(AT, unread=(AT - DAY,)), Paper.SIGN_OFF, versions=versions) is None
    assert due(Facts(AT), Paper.SIGN_OFF) is None


def test_what_a_manager_sent_back_is_done_again_in_a_day_whatever_the_last_speaks_of() -> None:
    late = AT + 3 * DAY
    facts = Facts(AT, assessed=DONE, held={Paper.PROFILE: Held(1, AT)}, sent_back_at=late)
    assert due(facts, Paper.ASSESSMENT) == late + DAY
    assert due(facts, Paper.PROFILE) == due(replace(facts, sent_back_at=None), Paper.PROFILE)
    assert due(replace(facts, assessed=Assessed(late + HOUR, "medium")), Paper.ASSESSMENT) == late + DAY


def test_a_case_that_is_over_owes_nothing_and_a_birthday_ends_none() -> None:
    facts = Facts(AT, assessed=DONE, stays=(Stay(AT),))
    assert owed(replace(facts, watched_until=AT), VERSIONS, ENGLAND) == ()
    # The eighteenth birthday is no fact of it: whoever turns 18 is handed over by people, and the case closed by two.
    assert not any("birth" in name for name in Facts.__dataclass_fields__)


def test_a_later_version_brings_nearer_what_runs_and_puts_nothing_off() -> None:
    def version(days: int, begins: datetime) -> Rules:
        rule = DEFAULT[Paper.ASSESSMENT]
        shorter = Rule({**rule.due, "medium": Span(days, Unit.DAYS)}, rule.rungs)
        return Rules(begins, {**DEFAULT, Paper.ASSESSMENT: shorter})

    facts = Facts(AT, assessed=DONE)
    for days, begins, wanted in (
        (14, AT + 2 * DAY, AT + 14 * DAY),
        (14, AT + 20 * DAY, AT + 20 * DAY),
        (14, AT + 40 * DAY, _days_later(AT, 28)),
        (56, AT + 2 * DAY, _days_later(AT, 28)),
        (56, AT - DAY, _days_later(AT, 56)),
    ):
        found = due(facts, Paper.ASSESSMENT, versions=(*VERSIONS, version(days, begins)))
        assert found == wanted, (days, begins)


def test_no_version_makes_a_time_of_the_law_longer() -> None:
    slow = {
        paper: Rule({name: Span(span.count * 9, span.unit) for name, span in rule.due.items()}, rule.rungs)
        for paper, rule in DEFAULT.items()
    }
    facts = Facts(AT, stays=(Stay(AT, hosted=True),))
    for paper in (Paper.VISIT, Paper.HOST_NOTICE):
        assert due(facts, paper, versions=(Rules(FIRST, slow),)) == due(facts, paper)


def test_the_policy_is_read_back_as_it_was_stored() -> None:
    assert policies.paper_rules(policies.paper_data(DEFAULT)) == dict(DEFAULT)
    assert set(DEFAULT) == set(Paper)
    assert set(paperwork.STATUTORY) <= {(paper, name) for paper, rule in DEFAULT.items() for name in rule.due}


MOMENTS = st.datetimes(datetime(2026, 1, 2), datetime(2029, 12, 31), timezones=st.just(UTC))
GRADES = st.sampled_from(("low", "medium", "high", "unknown"))


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    arrived = draw(MOMENTS)
    after = st.timedeltas(timedelta(0), timedelta(days=900)).map(lambda span: arrived + span)
    stays = sorted(draw(st.lists(after, max_size=3, unique=True)))
    turns = sorted(draw(st.lists(after, max_size=4, unique=True)))
    searches = tuple(zip(turns[::2], turns[1::2], strict=False))
    return Facts(
        arrived,
        grade=draw(GRADES),
        assessed=draw(st.none() | st.builds(Assessed, after, GRADES)),
        changes=tuple(draw(st.lists(after, max_size=2))),
        returns=tuple(back for _began, back in searches),
        searches=searches,
        lacks=draw(st.sampled_from(((), ("photo",)))),
        visits=tuple(draw(st.lists(st.builds(Visited, after, st.booleans()), max_size=3))),
        stays=tuple(
            Stay(start, end, hosted=True) for start, end in zip(stays, [*stays[1:], None], strict=False)
        ),
    )


@few
@given(facts(), st.sampled_from((ENGLAND, SCOTLAND, IRELAND)))
def test_no_rung_hears_before_the_one_under_it_nor_before_the_day_and_none_is_the_police(
    facts: Facts, days: Days
) -> None:
    for one in owed(facts, VERSIONS, days):
        order = [one.steps[step] for step in (Step.R1, Step.R2, Step.R4, Step.R5) if step in one.steps]
        assert len(order) == len(one.steps)
        assert order[0] == one.due_at
        assert all(first <= second for first, second in pairwise(order))


@few
@given(facts(), st.sampled_from(("low", "medium", "unknown")))
def test_a_higher_grade_is_never_looked_at_later(facts: Facts, grade: str) -> None:
    at = facts.assessed.at if facts.assessed else facts.arrived_at
    lower = due(replace(facts, assessed=Assessed(at, grade)), Paper.ASSESSMENT)
    higher = due(replace(facts, assessed=Assessed(at, "high")), Paper.ASSESSMENT)
    assert lower is not None
    assert higher is not None
    assert higher <= lower


@few
@given(facts(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_visit_is_owed_within_the_time_of_the_law_wherever_a_child_lives(
    facts: Facts, span: timedelta
) -> None:
    found = due(replace(facts, searches=()), Paper.VISIT)
    if found is None:
        return
    since = max((visit.at for visit in facts.visits), default=facts.stays[0].starts_at)
    assert found <= max(add_months(since, 3), facts.stays[-1].starts_at + 8 * DAY)
    assert london_day(found) >= london_day(min(since, facts.stays[0].starts_at))


@few
@given(
    facts(),
    st.timedeltas(timedelta(hours=1), timedelta(days=400)),
    st.timedeltas(timedelta(hours=1), timedelta(days=90)),
)
def test_a_search_puts_off_nothing_that_was_late_before_it_and_brings_nothing_back_into_it(
    facts: Facts, wait: timedelta, gone: timedelta
) -> None:
    began = max((back for _began, back in facts.searches), default=facts.arrived_at) + wait
    once_more = replace(facts, searches=(*facts.searches, (began, began + gone)))
    before = {one.name: one.due_at for one in owed(facts, VERSIONS, ENGLAND)}
    after = {one.name: one.due_at for one in owed(once_more, VERSIONS, ENGLAND)}
    assert after.keys() == before.keys()
    for name, due_at in before.items():
        # The care of a child is reviewed on the day of the law, found or not.
        if name.startswith(Paper.CARE_REVIEW) or due_at < began or due_at > began + gone:
            assert after[name] == due_at
        else:
            assert after[name] > due_at
