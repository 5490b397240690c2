"""What care owes by law rests once care has ended, begins anew with it, and nothing else changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts import care_rests, sweep
from alerts.models import Clock
from alerts.paper_facts import CareEnded, Unreviewed
from alerts.paper_rules import OF_HEALTH
from alerts.paperwork import DEFAULT, Days, Facts, Held, Paper, Planned, Rules, Stay, Visited, owed
from cases import care, held_papers, holidays, visits
from cases.care import Ending
from cases.deadlines import add_days, add_months, add_working_days, london_day
from guardians.models import GuardianAssignment
from tests.alerts import papers
from tests.alerts.outgoing import named_by
from tests.factories import AT, Watched, a_watched_child, missing, seen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENGLAND = Days()
VERSIONS = (Rules(datetime(2026, 1, 1, tzinfo=UTC), DEFAULT),)
ENDED = AT + 40 * DAY
AGAIN = ENDED + 30 * DAY
# Of a child of 16 in another authority's area, whose days of care are all late or nearly so.
FACTS = Facts(
    AT,
    stays=(Stay(AT, hosted=True),),
    sixteen_at=AT - 100 * DAY,
    visits=(Visited(AT + DAY),),
    turns_18=(AT, AT + 400 * DAY, AT + 400 * DAY),
    disputed_since=AT,
    plan=Planned(AT, AT + 20 * DAY),
    unreviewed=Unreviewed(),
)


def due(facts: Facts) -> dict[Paper, datetime]:
    return {one.paper: one.due_at for one in owed(facts, VERSIONS, ENGLAND)}


# Where the director was asked about a distant placement, in the place of its approval.
ASKED = {Paper.DECISION, Paper.REFUSED}


def test_the_days_of_care_rest_and_no_other_paper_does() -> None:
    before = due(FACTS)
    assert before.keys() >= (care_rests.OF_CARE - ASKED) | {
        Paper.PATHWAY,
        Paper.ROOM,
        Paper.PLAN,
        Paper.TURNING_18,
    }
    after = due(replace(FACTS, care_ended=CareEnded(ENDED)))
    assert after == {paper: at for paper, at in before.items() if paper not in care_rests.OF_CARE}


def test_what_the_director_was_asked_rests_with_care_and_is_asked_anew_after_it() -> None:
    asked = replace(FACTS, stays=(Stay(AT, hosted=True, asked_at=AT + 2 * DAY, refused_at=AT + DAY),))
    assert due(asked).keys() >= ASKED
    assert not due(replace(asked, care_ended=CareEnded(ENDED))).keys() & ASKED
    again = due(replace(asked, care_ended=CareEnded(ENDED, AGAIN)))
    assert Paper.APPROVAL in again
    assert not again.keys() & ASKED


def test_who_left_care_before_sixteen_is_owed_no_pathway() -> None:
    young = replace(FACTS, sixteen_at=ENDED + DAY, care_ended=CareEnded(ENDED))
    assert Paper.PATHWAY not in due(young)
    again = replace(young, care_ended=CareEnded(ENDED, AGAIN))
    assert due(again)[Paper.PATHWAY] == add_months(AGAIN, 3)


def test_who_has_never_left_care_owes_as_before() -> None:
    assert due(replace(FACTS, care_ended=None)) == due(FACTS)
    assert due(FACTS)[Paper.CARE_REVIEW] == add_working_days(AT, 20, nation=ENGLAND.nation, holidays=())


def test_in_care_again_everything_of_it_is_due_as_for_a_child_who_has_just_come() -> None:
    long_ago = {paper: Held(3, AT + 9 * DAY) for paper in (Paper.CARE_REVIEW, Paper.HEALTH, Paper.EDUCATION)}
    found = due(replace(FACTS, held=long_ago, care_ended=CareEnded(ENDED, AGAIN)))

    def working(days: int) -> datetime:
        return add_working_days(AGAIN, days, nation=ENGLAND.nation, holidays=())

    assert {paper: found[paper] for paper in care_rests.OF_CARE - ASKED} == {
        Paper.VISIT: add_days(AGAIN, 7),
        Paper.PLACEMENT_PLAN: working(5),
        Paper.CARE_PLAN: working(10),
        Paper.REVIEWING_OFFICER: working(5),
        Paper.CARE_REVIEW: working(20),
        Paper.HEALTH: working(20),
        **{paper: add_months(AGAIN, 3) for paper in OF_HEALTH},
        Paper.EDUCATION: working(10),
        Paper.HOST_NOTICE: working(5),
        Paper.APPROVAL: working(5),
    }
    others = {
        paper: at
        for paper, at in due(replace(FACTS, held=long_ago)).items()
        if paper not in care_rests.OF_CARE
    }
    assert {paper: at for paper, at in found.items() if paper not in care_rests.OF_CARE} == others


def test_what_is_done_since_counts_as_ever() -> None:
    since = AGAIN + 3 * DAY
    held = {Paper.CARE_REVIEW: Held(1, since)}
    facts = replace(FACTS, held=held, visits=(Visited(since),), care_ended=CareEnded(ENDED, AGAIN))
    assert due(facts)[Paper.VISIT] == add_days(since, 42)
    assert due(facts)[Paper.CARE_REVIEW] == add_months(since, 3)


def test_a_placement_that_begins_in_the_new_care_has_its_own_week() -> None:
    stays = (Stay(AT, AGAIN + 20 * DAY), Stay(AGAIN + 20 * DAY))
    facts = replace(
        FACTS, stays=stays, visits=(Visited(AGAIN + 2 * DAY),), care_ended=CareEnded(ENDED, AGAIN)
    )
    assert due(facts)[Paper.VISIT] == add_days(AGAIN + 20 * DAY, 7)


@pytest.fixture
def watched(db: None) -> Watched:
    papers.asked_for()
    return a_watched_child(birth_date=date(2009, 5, 4))


def ended(w: Watched, at: datetime, back_at: datetime | None = None) -> None:
    said = Ending(code="E4A", ended_date=london_day(at), reason="With his mother", back_at=back_at)
    care.end(w.child, said, by=w.worker, seconded_by=w.manager, at=at)


def clocks(w: Watched) -> dict[str, datetime | None]:
    rows = Clock.objects.filter(child=w.child, kind=Clock.Kind.PAPERWORK)
    return dict(rows.values_list("duty", "due_at"))


def others(w: Watched) -> list[tuple[str, datetime | None, datetime | None]]:
    """Every clock of the child but those of care, and of the adviser whom thirteen weeks of care would bring."""
    rows = Clock.objects.filter(child=w.child).exclude(duty__in=(*care_rests.OF_CARE, "adviser"))
    return sorted(rows.values_list("kind", "due_at", "next_at"), key=repr)


@pytest.mark.by_turns
def test_an_alert_of_care_ends_with_care_and_everything_else_stays(watched: Watched) -> None:
    late = AT + 8 * DAY
    seen(watched.child, by=watched.carer, at=late)
    sweep.sweep_all(now=late)
    assert papers.is_open(watched.child, "visit")
    before, assigned = others(watched), GuardianAssignment.objects.current(late).get(child=watched.child)
    ended(watched, late)
    sweep.sweep_all(now=late)
    assert not papers.is_open(watched.child, "visit")
    standing = {duty for duty, due_at in clocks(watched).items() if due_at is not None}
    assert not standing & {paper.value for paper in care_rests.OF_CARE}
    assert others(watched) == before
    assert GuardianAssignment.objects.current(late).get(child=watched.child) == assigned
    missing(watched.child, by=watched.carer, at=late + HOUR)
    assert watched.child.episodes.get().police_owed_at is not None


@pytest.mark.by_turns(8)
def test_back_in_care_the_first_days_are_owed_again_and_no_review_of_before_counts(watched: Watched) -> None:
    said = {"led_by": "IRO", "by": watched.worker}
    held_papers.record(watched.child, "care_review", held_date=london_day(AT), **said, at=AT + DAY)
    ended(watched, AT + 5 * DAY)
    again = AT + 20 * DAY
    care.begin_again(watched.child, reason="Came back", by=watched.worker, at=again)
    found = clocks(watched)
    assert found["visit"] == add_days(again, 7)
    easter = holidays.of(ENGLAND.nation)
    assert found["care_review"] == add_working_days(again, 20, nation=ENGLAND.nation, holidays=easter)
    day = london_day(again + 2 * DAY)
    row = held_papers.record(watched.child, "care_review", held_date=day, **said, at=again + 2 * DAY)
    assert clocks(watched)["care_review"] == add_months(row.held_at, 3), "the first of this care"


@pytest.mark.by_turns
def test_a_visit_in_between_is_none_of_the_new_care(watched: Watched) -> None:
    ended(watched, AT + 5 * DAY)
    saw = visits.Visited(seen=True, seen_alone=True, place="Home", visited_at=AT + 10 * DAY)
    visits.record(watched.child, saw, by=watched.worker, at=AT + 10 * DAY)
    care.begin_again(watched.child, reason="Came back", by=watched.worker, at=AT + 11 * DAY)
    assert clocks(watched)["visit"] == add_days(AT + 11 * DAY, 7)


@pytest.mark.by_turns
def test_ended_until_a_day_it_is_owed_from_there_on_and_the_sweep_writes_it(watched: Watched) -> None:
    back = AT + 15 * DAY
    ended(watched, AT + 5 * DAY, back_at=back)
    assert clocks(watched)["visit"] == add_days(back, 7)
    for at, is_over in ((back - HOUR, False), (back + HOUR, True)):
        # Of a child whom nobody has seen all paper rests.
        seen(watched.child, by=watched.carer, at=at)
        sweep.sweep(now=at)
        assert (watched.child.care_ends.get().ends_at == back) == is_over
    assert clocks(watched)["visit"] == add_days(back, 7)


@pytest.mark.by_turns
def test_one_that_was_to_be_back_and_is_not_written_is_named(watched: Watched) -> None:
    ended(watched, AT + 5 * DAY, back_at=AT + 6 * DAY)
    question = "marks lifted until a day that has come, and not back"
    assert named_by(question, AT + 7 * DAY) == (watched.child.reference,)
