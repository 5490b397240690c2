"""Paper that was late before a child was looked for: it rests meanwhile, goes on after it, and no rung is told anew."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import clocks, integrity, sweep
from alerts.ladder import Rest, StandDown, Standing, decide
from alerts.models import Message, MessageKind
from alerts.paper_rules import DEFAULT
from alerts.paperwork import Days, Facts, Held, Paper, Rules, owed
from alerts.schedule import Expected, Step
from cases import held_papers
from cases.deadlines import add_months, london_day
from cases.models import Child
from tests.alerts import papers
from tests.alerts.outgoing import CLOSES
from tests.alerts.test_paper_clocks import complete, swept, told
from tests.factories import AT, Watched, a_watched_child, ended, missing

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def watched() -> Watched:
    papers.asked_for()
    return a_watched_child(at=AT + HOUR)


@pytest.mark.by_turns
def test_what_was_late_before_a_search_goes_on_climbing_after_it_and_no_rung_is_told_anew(
    watched: Watched,
) -> None:
    due_at = watched.child.registered_at + DAY
    swept(watched, due_at)
    assert papers.steps(watched.child, "checklist") == ["R1"]
    once = told(watched)
    for hours in (1, 2, 3):
        episode = missing(watched.child, by=watched.worker, at=due_at + hours * HOUR)
        sweep.sweep_all(now=due_at + hours * HOUR)
        clock = papers.clock_of(watched.child, "checklist")
        assert (clock.due_at, clock.steps) == (None, {}), "nobody is asked for paper meanwhile"
        broken = {one.question for one in integrity.check(due_at + hours * HOUR) if one.references}
        assert broken <= {"messages ready to go that no sender has taken"}
        ended(episode, at=due_at + hours * HOUR + HOUR / 2)
        clock = papers.clock_of(watched.child, "checklist")
        assert (clock.due_at, clock.rung) == (due_at, "R1"), "it is late as before, on every list"
        swept(watched, due_at + hours * HOUR + HOUR / 2)
    assert told(watched) == once
    assert not Message.objects.filter(kind=MessageKind.ENDING, items__alert__clock__kind="paperwork").exists()
    swept(watched, due_at + 4 * HOUR)
    assert papers.steps(watched.child, "checklist") == ["R1", "R2"], (
        "the manager hears when they always would"
    )
    complete(watched, at=due_at + 5 * HOUR)
    sweep.sweep_all(now=due_at + 5 * HOUR)
    assert not papers.is_open(watched.child, "checklist")


@pytest.mark.by_turns
def test_a_search_that_silence_begins_rests_paper_in_the_sweep_that_begins_it(watched: Watched) -> None:
    for minutes in (31, 61, 91):
        sweep.sweep_all(now=CLOSES + timedelta(minutes=minutes))
    episode = watched.child.episodes.get()
    assert (episode.status, episode.fail_safe) == ("not_confirmed", True)
    assert papers.clock_of(watched.child, "checklist").due_at is None
    broken = {one.question for one in integrity.check(CLOSES + timedelta(minutes=92)) if one.references}
    assert broken <= {"messages ready to go that no sender has taken"}


@pytest.mark.by_turns
def test_a_rung_that_fell_due_in_the_search_is_told_after_it_and_what_is_done_in_it_ends_at_once(
    watched: Watched,
) -> None:
    due_at = watched.child.registered_at + DAY
    swept(watched, due_at)
    episode = missing(watched.child, by=watched.worker, at=due_at + HOUR)
    sweep.sweep_all(now=due_at + 10 * HOUR)
    assert papers.steps(watched.child, "checklist") == ["R1"]
    ended(episode, at=due_at + 11 * HOUR)
    swept(watched, due_at + 11 * HOUR)
    assert papers.steps(watched.child, "checklist") == ["R1", "R2"]
    missing(watched.child, by=watched.worker, at=due_at + 12 * HOUR)
    complete(watched, at=due_at + 13 * HOUR)
    sweep.sweep_all(now=due_at + 13 * HOUR)
    assert not papers.is_open(watched.child, "checklist")


@pytest.mark.by_turns
@pytest.mark.parametrize(("asleep", "over_after"), [(5, 8 * DAY), (0, HOUR)])
def test_a_long_search_ends_it_and_the_rungs_are_told_anew_after_the_return(
    settings: Any, watched: Watched, asleep: int, over_after: timedelta
) -> None:
    settings.PAPER_ASLEEP_DAYS = asleep
    due_at = watched.child.registered_at + DAY
    swept(watched, due_at)
    gone = due_at + HOUR
    episode = missing(watched.child, by=watched.worker, at=gone)
    sweep.sweep_all(now=gone + HOUR / 2)
    assert papers.is_open(watched.child, "checklist") is (asleep > 0)
    sweep.sweep_all(now=gone + over_after)
    assert not papers.is_open(watched.child, "checklist")
    ended(episode, at=gone + over_after + HOUR)
    swept(watched, gone + over_after + HOUR)
    assert papers.steps(watched.child, "checklist")[1:2] == ["R1"]


def test_what_is_asleep_opens_no_alert_climbs_none_and_ends_when_it_is_done_or_slept_too_long() -> None:
    until = AT + 8 * DAY
    asleep = Expected(AT, None, "paper", ("visit",), {}, until=until, asleep=True)
    standing = Standing(AT, {Step.R1: AT, Step.R2: AT + DAY}, frozenset({Step.R1}))
    assert decide(asleep, Standing(), AT + 3 * DAY) == Rest(None)
    assert decide(asleep, standing, AT + 3 * DAY) == Rest(until)
    assert decide(asleep, standing, until) == StandDown(None)
    done = replace(asleep, due_at=AT + 42 * DAY)
    assert decide(done, standing, AT + 3 * DAY) == StandDown(None)


def test_what_was_late_before_the_search_sleeps_so_many_working_days_and_the_rest_is_not_owed() -> None:
    since = AT + 2 * DAY
    versions = (Rules(AT, DEFAULT),)
    facts = Facts(AT, lacks=("photo",), is_sought=True, sought_since=since)
    found = {one.paper: one for one in owed(facts, versions, Days(asleep=5))}
    found.pop(Paper.CARE_REVIEW)
    assert found.keys() == {Paper.FIRST_ASSESSMENT, Paper.CHECKLIST, Paper.FIRST_PROFILE}
    late = found[Paper.CHECKLIST]
    # Monday at nine and Wednesday at nine: five working days end on the Wednesday after.
    assert (late.due_at, late.steps, late.asleep) == (AT + DAY, {}, True)
    assert f"{late.until:%A %d}" == "Wednesday 11"
    assert [one.paper for one in owed(facts, versions, Days())] == [Paper.CARE_REVIEW]
    uncovered = replace(facts, uncovered=(since, None))
    assert [one.paper for one in owed(uncovered, versions, Days())] == [Paper.COVER, Paper.CARE_REVIEW]


@pytest.mark.by_turns
def test_the_care_of_a_missing_child_is_reviewed_on_the_day_of_the_law_and_by_nobody_after_its_18th_birthday(
    watched: Watched,
) -> None:
    due_at = papers.clock_of(watched.child, "care_review").due_at
    missing(watched.child, by=watched.worker, at=AT + 2 * HOUR)
    assert papers.clock_of(watched.child, "care_review").due_at == due_at
    sweep.sweep_all(now=due_at)
    assert papers.steps(watched.child, "care_review") == ["R1"]
    sweep.sweep_all(now=due_at + 30 * DAY)
    assert papers.steps(watched.child, "care_review") == ["R1", "R2", "R4", "R5"]
    day = london_day(due_at + 31 * DAY)
    said = {"held_date": day, "led_by": "I. Ferreira", "by": watched.worker, "at": due_at + 32 * DAY}
    row = held_papers.record(watched.child, "care_review", **said)
    sweep.sweep_all(now=due_at + 32 * DAY)
    assert not papers.is_open(watched.child, "care_review")
    again_at = add_months(row.held_at, 3)
    assert papers.clock_of(watched.child, "care_review").due_at == again_at
    # The child is 18 while that is late.
    birthday = london_day(again_at + 3 * DAY)
    born = birthday.replace(year=birthday.year - 18)
    Child.objects.filter(pk=watched.child.pk).update(birth_date=born, birth_date_precision="day")
    clocks.recompute([watched.child.pk], at=again_at - DAY)
    sweep.sweep_all(now=again_at)
    assert papers.is_open(watched.child, "care_review")
    sweep.sweep_all(now=again_at + 4 * DAY)
    assert not papers.is_open(watched.child, "care_review")
    assert papers.clock_of(watched.child, "care_review").due_at is None


@pytest.mark.by_turns
def test_reviews_that_a_search_had_put_off_are_not_late_by_the_release() -> None:
    asked = AT + 200 * DAY
    before = {**DEFAULT, Paper.CARE_REVIEW: replace(DEFAULT[Paper.CARE_REVIEW], due=dict(_OLD))}
    versions = (Rules(AT - DAY, before), Rules(asked, DEFAULT))

    def due(**of: Any) -> datetime:
        found = {one.paper: one for one in owed(Facts(AT, **of), versions, Days(asleep=5))}
        return found[Paper.CARE_REVIEW].due_at

    def later(at: datetime) -> datetime:
        return DEFAULT[Paper.CARE_REVIEW].due["start"].after(at, Days())

    gone = {"is_sought": True, "sought_since": AT + 10 * DAY}
    assert due(**gone) == later(asked), "it runs"
    assert due(searches=[(AT + 10 * DAY, asked + 90 * DAY)]) == later(asked), "it ran"
    assert due(searches=[(AT + 10 * DAY, AT + 90 * DAY)]) == later(AT + 90 * DAY), "as it stood"
    # Late before it: told anew by then where nobody is told still, and as it stands where somebody is.
    assert due(is_sought=True, sought_since=AT + 100 * DAY) == later(asked)
    assert due(is_sought=True, sought_since=asked - DAY) == later(AT)
    # Nothing is put off by what began since, but by a search in which the child came of age.
    held = {"held": {Paper.CARE_REVIEW: Held(2, asked)}}
    since, back = asked + 100 * DAY, asked + 400 * DAY
    assert due(**held, searches=[(since, back)]) == add_months(asked, 6)
    of_age = (AT, back - DAY, back - DAY)
    assert due(**held, searches=[(since, back)], turns_18=of_age) == later(back)
    # An adult who is looked for, by a birthday or by an assessment of the age.
    sought = Facts(AT, **held, is_sought=True, sought_since=since, reviews_rest=True)
    assert Paper.CARE_REVIEW not in {one.paper for one in owed(sought, versions, Days())}


_OLD = {name: span for name, span in DEFAULT[Paper.CARE_REVIEW].due.items() if name != "sought"}
