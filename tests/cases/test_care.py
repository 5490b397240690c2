"""Who is looked after stays so: what ends the status, who decides it, and that one word lets it begin again."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from cases import ages, care, held_papers
from cases.ages import Decision
from cases.care import Ending, WrongCode, WrongDay, WrongLast
from cases.deadlines import add_days, at_london, end_of, london_day
from cases.models import CareEnd, Child, Event, RowChange
from cases.states import IllegalMove
from tests import factories
from tests.cases.expectations import taken_back
from tests.factories import AT, Watched, a_watched_child, case_closed, missing

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = AT + 10 * DAY
TODAY = london_day(NOW)
FACTS = ["E2", "E3", "E4A", "E4B", "E16"]
DECIDED = ["E5", "E6", "E8", "E9", "E13"]


def of_age(years: int, *, days: int = 0, precision: str = "day") -> Watched:
    """A child who has been so old for so many days."""
    born = TODAY.replace(year=TODAY.year - years) - timedelta(days=days)
    return a_watched_child(birth_date=born, birth_date_precision=precision)


@pytest.fixture
def watched() -> Watched:
    return of_age(16)


def ended(w: Watched, code: str = "E4A", *, at: datetime = NOW, **other: Any) -> CareEnd:
    two = {"by": w.worker, "seconded_by": w.manager} | {
        name: other.pop(name) for name in ("by", "seconded_by") if name in other
    }
    said = {"code": code, "ended_date": london_day(at), "reason": "With his uncle, who has an order"} | other
    return care.end(w.child, Ending(**said), **two, at=at)


def reviewed(w: Watched, day: date) -> None:
    held_papers.record(w.child, "care_review", held_date=day, led_by="IRO", by=w.worker, at=NOW)


def looked_after(child: Child, at: datetime) -> bool:
    return care.standing(child, at=at) is None


@pytest.mark.by_turns
def test_two_people_end_it_and_it_is_on_record_with_its_code(watched: Watched) -> None:
    assert looked_after(watched.child, NOW)
    row = ended(watched, "E4A")
    assert (row.code, row.ended_by, row.seconded_by) == ("E4A", watched.worker, watched.manager)
    assert not looked_after(watched.child, NOW)
    event = Event.objects.get(child=watched.child, kind="looked_after_ended")
    assert (event.data, event.actor) == ({"code": "E4A"}, watched.worker)
    with pytest.raises(IllegalMove, match="ended already"):
        ended(watched, "E16", at=NOW + HOUR)


@pytest.mark.by_turns(8)
def test_the_same_person_twice_or_no_reason_ends_nothing(watched: Watched) -> None:
    for wrong, words in (({"seconded_by": watched.worker}, "two people"), ({"reason": " "}, "Enter why")):
        with pytest.raises(IllegalMove, match=words):
            ended(watched, **wrong)
    assert looked_after(watched.child, NOW)
    assert not CareEnd.objects.exists()


def test_the_database_refuses_one_person_alone_and_two_ends_at_once(watched: Watched) -> None:
    row = ended(watched)
    values = {name: getattr(row, name) for name in ("child", "code", "ended_date", "reason", "ended_by")}
    with pytest.raises(IntegrityError, match="care_end"), transaction.atomic():
        CareEnd.objects.create(**values, seconded_by=watched.manager, starts_at=NOW + HOUR)
    care.begin_again(watched.child, reason="Back", by=watched.worker, at=NOW + HOUR)
    with pytest.raises(IntegrityError, match="care_ended_by_two_people"), transaction.atomic():
        CareEnd.objects.create(**values, seconded_by=watched.worker, starts_at=NOW + DAY)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        CareEnd.objects.filter(pk=row.pk).update(code="E2")


def test_the_same_form_twice_is_one(watched: Watched) -> None:
    first = ended(watched)
    assert ended(watched, at=NOW + HOUR, ended_date=first.ended_date) == first
    assert Event.objects.filter(child=watched.child, kind="looked_after_ended").count() == 1


@pytest.mark.by_turns
def test_under_sixteen_nothing_is_decided_about_it() -> None:
    young = of_age(16, days=-1)
    reviewed(young, TODAY)
    for code in DECIDED:
        with pytest.raises(WrongCode, match="Before 16"):
            ended(young, code)
        assert looked_after(young.child, NOW), code


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("precision", "born"), [("year", date(2010, 7, 15)), ("estimated", date(2008, 7, 15))]
)
def test_whoever_is_perhaps_sixteen_stays_looked_after(precision: str, born: date) -> None:
    one = a_watched_child(birth_date=born, birth_date_precision=precision)
    reviewed(one, TODAY)
    with pytest.raises(WrongCode, match="Before 16"):
        ended(one, "E6")
    nobody_knows = a_watched_child(birth_date=None)
    reviewed(nobody_knows, TODAY)
    with pytest.raises(WrongCode, match="Before 16"):
        ended(nobody_knows, "E6")


@pytest.mark.by_turns
def test_at_sixteen_a_review_decides(watched: Watched) -> None:
    for code in DECIDED:
        with pytest.raises(WrongCode, match="At 16 and 17"):
            ended(watched, code)
    reviewed(watched, TODAY - timedelta(days=1))
    for code in DECIDED:
        with taken_back():
            ended(watched, code)
            assert not looked_after(watched.child, NOW), code


@pytest.mark.by_turns
@pytest.mark.parametrize(("days", "counts"), [(28, True), (29, False), (-1, False)])
def test_a_review_long_before_or_after_the_day_decided_nothing(days: int, counts: bool) -> None:
    one = a_watched_child(birth_date=TODAY.replace(year=TODAY.year - 17), at=AT - 60 * DAY)
    day = TODAY - timedelta(days=2)
    reviewed(one, day - timedelta(days=days))
    if counts:
        ended(one, "E13", ended_date=day)
        return
    with pytest.raises(WrongCode, match="At 16 and 17"):
        ended(one, "E13", ended_date=day)


@pytest.mark.by_turns
def test_a_review_of_the_first_day_that_counts_does_so_after_the_clocks_went_back() -> None:
    one = a_watched_child(birth_date=date(2009, 1, 15))
    at = end_of(date(2026, 11, 10))
    for days, counts in ((29, False), (28, True)):
        held = at_london(date(2026, 11, 10) - timedelta(days=days), time(9))
        said = {"held_date": london_day(held), "led_by": "IRO", "by": one.worker}
        held_papers.record(one.child, "care_review", **said, at=held)
        if counts:
            ended(one, "E13", ended_date=date(2026, 11, 10), at=at)
            continue
        with pytest.raises(WrongCode, match="At 16 and 17"):
            ended(one, "E13", ended_date=date(2026, 11, 10), at=at)


def test_a_health_assessment_is_no_review(watched: Watched) -> None:
    held_papers.record(watched.child, "health", held_date=TODAY, led_by="IRO", by=watched.worker, at=NOW)
    with pytest.raises(WrongCode, match="At 16 and 17"):
        ended(watched, "E6")


@pytest.mark.by_turns
def test_these_facts_end_it_at_any_age_without_review_and_in_a_search() -> None:
    young = of_age(12)
    missing(young.child, at=NOW - HOUR)
    for code in FACTS:
        with taken_back():
            ended(young, code)
            assert not looked_after(young.child, NOW), code
            assert young.child.episodes.get().ended_at is None, code


@pytest.mark.by_turns
def test_an_open_episode_blocks_every_other_reason() -> None:
    one = of_age(17)
    reviewed(one, TODAY)
    episode = missing(one.child, at=NOW - HOUR)
    for code in (*DECIDED, "E17"):
        with pytest.raises(WrongCode, match="missing episode is open"):
            ended(one, code)
    later = NOW + 2 * DAY
    factories.ended(episode, at=NOW + DAY)
    for code in (*DECIDED, "E17"):
        with pytest.raises(WrongCode, match="missing episode is open"):
            # Care is said to have ended on a day of the search.
            ended(one, code, at=later, ended_date=TODAY)
        assert looked_after(one.child, later), code


@pytest.mark.by_turns
def test_who_turns_18_while_missing_leaves_care_as_another_reason_and_the_search_goes_on() -> None:
    adult = of_age(18)
    missing(adult.child, at=NOW - 2 * DAY)
    with pytest.raises(WrongCode, match="missing episode is open"):
        ended(adult, "E17")
    ended(adult, "E8")
    assert adult.child.episodes.get().ended_at is None


@pytest.mark.by_turns(8)
def test_at_18_no_review_decides_and_only_then_somebody_stays_put() -> None:
    with pytest.raises(WrongCode, match="18 on that day"):
        ended(of_age(18, days=-1), "E17")
    ended(of_age(18), "E17")


@pytest.mark.by_turns(8)
def test_an_adult_is_one_by_the_decision_on_record_and_a_challenge_takes_it_back(watched: Watched) -> None:
    with pytest.raises(WrongCode, match="not assessed"):
        ended(watched, "E15")
    decided = {"decided_date": TODAY, "decided_by": "Two social workers", "grounds": "Merton"}
    disputed = Decision(age_status="disputed", **decided)
    ages.decide(watched.child, disputed, by=watched.worker, at=NOW - HOUR)
    adult = Decision(age_status="assessed_adult", **decided)
    ages.decide(watched.child, adult, seconded_by=watched.manager, by=watched.worker, at=NOW)
    ended(watched, "E15", at=NOW + HOUR)
    challenged = Decision(age_status="under_challenge", **decided)
    ages.decide(watched.child, challenged, by=watched.worker, at=NOW + 2 * HOUR)
    assert looked_after(watched.child, NOW + 2 * HOUR)
    assert CareEnd.objects.get().again_by == watched.worker


@pytest.mark.by_turns
def test_a_decision_on_the_age_takes_back_no_return_to_a_parent(watched: Watched) -> None:
    ended(watched, "E4A")
    said = Decision(age_status="disputed", decided_date=TODAY, decided_by="A court", grounds="Papers")
    ages.decide(watched.child, said, by=watched.worker, at=NOW + HOUR)
    assert not looked_after(watched.child, NOW + HOUR)


@pytest.mark.by_turns(8)
def test_the_day_is_one_of_the_care_that_there_was(watched: Watched) -> None:
    for day in (TODAY + timedelta(days=1), london_day(watched.child.arrived_at) - timedelta(days=1)):
        with pytest.raises(WrongDay):
            ended(watched, ended_date=day)
    ended(watched)
    care.begin_again(watched.child, reason="Back", by=watched.worker, at=NOW + 2 * DAY)
    with pytest.raises(WrongDay, match="not looked after yet"):
        ended(watched, at=NOW + 3 * DAY, ended_date=TODAY)
    ended(watched, at=NOW + 3 * DAY)


def test_one_person_takes_it_back_at_once(watched: Watched) -> None:
    ended(watched)
    with pytest.raises(IllegalMove, match="Enter why"):
        care.begin_again(watched.child, reason=" ", by=watched.worker, at=NOW + HOUR)
    row = care.begin_again(watched.child, reason="Came back", by=watched.worker, at=NOW + HOUR)
    assert looked_after(watched.child, NOW + HOUR)
    assert not looked_after(watched.child, NOW + HOUR - timedelta(seconds=1))
    again = {"reason": "Came back", "by": watched.worker}
    assert care.begin_again(watched.child, **again, at=NOW + 2 * HOUR).ends_at == row.ends_at
    with pytest.raises(IllegalMove, match="already"):
        care.begin_again(watched.child, reason="Other", by=watched.worker, at=NOW + 2 * HOUR)
    assert Event.objects.filter(child=watched.child, kind="looked_after_again").count() == 1
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        CareEnd.objects.filter(pk=row.pk).update(ends_at=NOW + DAY)
    assert RowChange.objects.filter(table="cases_careend", child_id=watched.child.pk).exists()


def test_who_was_never_out_of_care_is_not_taken_back(watched: Watched) -> None:
    with pytest.raises(IllegalMove, match="looked after already"):
        care.begin_again(watched.child, reason="x", by=watched.worker, at=NOW)


def test_for_a_time_it_is_over_by_itself_whether_anybody_writes_it_or_not(watched: Watched) -> None:
    back = NOW + 5 * DAY
    row = ended(watched, back_at=back)
    assert not looked_after(watched.child, back - timedelta(seconds=1))
    assert looked_after(watched.child, back)
    assert not care.come_back(row.pk, at=back - timedelta(seconds=1))
    assert care.come_back(row.pk, at=back + HOUR)
    assert not care.come_back(row.pk, at=back + HOUR)
    row.refresh_from_db()
    assert (row.ends_at, row.again_by) == (back, None)
    ended(watched, at=back + DAY)


@pytest.mark.by_turns(8)
def test_what_is_over_and_not_written_yet_stands_in_no_new_ends_way(watched: Watched) -> None:
    row = ended(watched, back_at=NOW + DAY)
    ended(watched, "E16", at=NOW + 2 * DAY)
    row.refresh_from_db()
    assert row.ends_at == NOW + DAY


def test_the_time_is_to_come_and_not_long(watched: Watched, settings: Any) -> None:
    longest = add_days(NOW, settings.LIFTED_AT_MOST_DAYS + 1)
    for wrong, words in ((NOW, "today or later"), (longest + HOUR, "90 days at most")):
        with pytest.raises(WrongLast, match=words):
            ended(watched, back_at=wrong)
    ended(watched, back_at=longest)


@pytest.mark.by_turns
def test_in_a_closed_case_nothing_is_written(watched: Watched) -> None:
    case_closed(watched.child, reason="Moved abroad", at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        ended(watched)


@pytest.mark.by_turns(8)
def test_the_receiving_authority_looks_after_whom_it_takes_over(watched: Watched) -> None:
    receiver = a_watched_child()
    ended(watched, "E4B", at=AT + DAY)
    transfer = factories.referred(watched.child, receiver.authority, by=watched.manager, at=AT + 2 * DAY)
    care.begin_again(watched.child, reason="For the transfer", by=watched.worker, at=AT + 2 * DAY)
    with pytest.raises(WrongCode, match="transfer"):
        ended(watched, "E3", at=AT + 3 * DAY)
    transfer = factories.accepted(transfer, receiver.worker, at=AT + 3 * DAY)
    factories.arrived(transfer, at=AT + 4 * DAY)
    assert looked_after(watched.child, AT + 4 * DAY)


@pytest.mark.by_turns
def test_whose_care_had_ended_is_looked_after_by_the_authority_that_takes_over(watched: Watched) -> None:
    receiver = a_watched_child()
    ended(watched, "E4B", at=AT + DAY)
    transfer = factories.referred(watched.child, receiver.authority, by=watched.manager, at=AT + 2 * DAY)
    transfer = factories.accepted(transfer, receiver.worker, at=AT + 3 * DAY)
    factories.arrived(transfer, at=AT + 4 * DAY)
    assert looked_after(watched.child, AT + 4 * DAY)
    assert CareEnd.objects.get().ends_at == AT + 4 * DAY
