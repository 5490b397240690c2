"""What an age asks for counts from when the record says that age: a corrected birth date makes nobody late at once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import age_dues, policies, sweep
from alerts.age_dues import Stood
from alerts.duties import Duty
from alerts.models import AlertStep, Clock, DutyStep, PolicyVersion
from alerts.paper_rules import Paper
from cases import ages, details
from cases.deadlines import add_months, at_london, london_day
from cases.models import Child, Placement
from guardians import assignments
from tests.alerts import papers
from tests.factories import AT, Watched, a_watched_child, ended, missing, seen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Four months after the arrival: what counted from it is late by now, if it was owed.
NOW = AT + 130 * DAY


def at(day: date) -> datetime:
    return at_london(day, datetime.min.time())


def rows(*told: tuple[datetime, date | None]) -> list[Stood]:
    return [Stood(since, born, "day") for since, born in told]


def born(years: int, *, on: datetime) -> date:
    """The birth date of whoever has been so old for a while on that day."""
    return date(on.year - years, on.month, 1)


def test_an_age_counts_from_its_birthday_or_from_when_a_correction_said_so() -> None:
    sixteen, younger = date(2010, 1, 10), date(2012, 1, 10)
    assert age_dues.said_16_at(()) is None
    assert age_dues.said_16_at(rows((AT, younger))) == at(date(2028, 1, 10))
    assert age_dues.said_16_at(rows((AT, younger), (NOW, sixteen))) == NOW
    # By a day or a year more the same age is as old as it was; taken back and said again it is new.
    older = date(2009, 5, 1)
    assert age_dues.said_16_at(rows((AT, sixteen), (NOW, older))) == AT
    assert age_dues.said_16_at(rows((AT, sixteen), (NOW, None), (NOW + DAY, older))) == NOW + DAY
    assert age_dues.said_16_at(rows((AT, sixteen), (NOW, younger))) == at(date(2028, 1, 10))


def test_too_young_counts_from_when_a_correction_said_so_and_is_broken_by_a_birthday() -> None:
    young = born(14, on=AT)
    assert age_dues.said_under_16_at(rows((AT, young))) == AT
    assert age_dues.said_under_16_at(rows((AT, born(17, on=AT)), (NOW, young))) == NOW
    soon = date(AT.year - 16, AT.month, AT.day) + 20 * DAY
    assert age_dues.said_under_16_at(rows((AT, soon), (NOW, young))) == NOW
    assert age_dues.said_under_16_at(rows((AT, young), (NOW, None))) is None


_DAYS = st.dates(date(2007, 1, 1), date(2014, 1, 1))


@given(st.lists(st.tuples(st.integers(1, 200), st.none() | _DAYS), min_size=1, max_size=5))
def test_it_is_the_first_day_of_the_last_run_of_days_on_which_the_record_says_so(
    told: list[tuple[int, date | None]],
) -> None:
    since, found = datetime(2026, 1, 1, tzinfo=UTC), []
    for days, day in told:
        found.append(Stood(since, day, "day"))
        since += days * DAY

    def says(moment: datetime) -> bool:
        row = [one for one in found if one.since <= moment][-1]
        turned = age_dues.turns(row, age_dues.SIXTEEN)
        return turned is not None and turned <= moment

    said = age_dues.said_16_at(found)
    last = found[-1].since
    moments = [last + days * DAY for days in range(4000)] if said is not None and said > last else [last]
    if said is None:
        assert not says(last + 4000 * DAY)
        return
    assert says(said)
    assert said == found[0].since or not says(said - timedelta(seconds=1))
    assert all(says(moment) for moment in moments if moment >= said)
    assert all(says(one.since) for one in found if one.since >= said)


def swept(watched: Watched, on: datetime) -> None:
    """Two ticks, of a child who is there: paper sleeps in a search."""
    seen(watched.child, by=watched.carer, at=on)
    for _tick in range(2):
        sweep.sweep_all(now=on)


def corrected(watched: Watched, day: date, *, on: datetime) -> None:
    version = details.version_of(watched.child, "age")
    said: dict[str, Any] = {"precision": "day", "basis": "assessed", "source": "The age assessment"}
    said |= {"goes_by_it": True, "reason": "Decided", "version": version}
    ages.claim(watched.child, birth_date=day, **said, by=watched.worker, at=on)


def told(child: Child, paper: str) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=child, alert__clock__duty=paper)
    return list(rows.order_by("pk").values_list("step", flat=True))


@pytest.mark.by_turns
@pytest.mark.django_db
def test_nobody_hears_at_once_of_what_a_child_is_owed_at_an_age_that_it_is_said_to_have_today() -> None:
    papers.asked_for()
    w = a_watched_child(birth_date=born(15, on=AT))
    swept(w, NOW - HOUR)
    corrected(w, day := born(17, on=NOW) - 280 * DAY, on=NOW)
    swept(w, NOW)
    eighteen = at(date(day.year + 18, day.month, day.day))
    due = {paper: papers.clock_of(w.child, paper).due_at for paper in (Paper.PATHWAY, Paper.TURNING_18)}
    assert due == {Paper.PATHWAY: add_months(NOW, 3), Paper.TURNING_18: min(add_months(NOW, 3), eighteen)}
    assert papers.clock_of(w.child, Paper.ADVISER).due_at == NOW + 28 * DAY
    for paper in (Paper.PATHWAY, Paper.TURNING_18, Paper.ADVISER):
        assert told(w.child, paper) == []
    swept(w, NOW + 28 * DAY)
    assert told(w.child, Paper.ADVISER) == ["R1"], "it opens as for anybody of that age"
    swept(w, NOW + 60 * DAY)
    assert told(w.child, Paper.ADVISER) == ["R1", "R2", "R4", "R5"]


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_was_late_at_an_age_stays_late_after_a_correction_that_leaves_the_child_of_that_age() -> None:
    papers.asked_for()
    w = a_watched_child(birth_date=born(16, on=AT))
    swept(w, NOW - HOUR)
    before = papers.clock_of(w.child, Paper.PATHWAY).due_at
    assert before < NOW
    heard = told(w.child, Paper.PATHWAY)
    corrected(w, born(17, on=NOW), on=NOW)
    swept(w, NOW)
    assert papers.clock_of(w.child, Paper.PATHWAY).due_at == before
    assert told(w.child, Paper.PATHWAY) == heard
    # To one who is no 16 after all nobody owes one; said again, it is owed anew.
    corrected(w, born(14, on=NOW), on=NOW + HOUR)
    swept(w, NOW + HOUR)
    assert not papers.is_open(w.child, Paper.PATHWAY)
    corrected(w, born(17, on=NOW), on=NOW + DAY)
    swept(w, NOW + DAY)
    assert papers.clock_of(w.child, Paper.PATHWAY).due_at == add_months(NOW + DAY, 3)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_placement_that_a_correction_makes_unlawful_is_unlawful_from_then_on() -> None:
    papers.asked_for()
    w = a_watched_child(birth_date=born(17, on=AT), placement_type=Placement.Type.SUPPORTED)
    swept(w, NOW - HOUR)
    corrected(w, born(15, on=NOW), on=NOW)
    swept(w, NOW + HOUR)
    assert papers.clock_of(w.child, Paper.TOO_YOUNG).due_at == NOW
    assert told(w.child, Paper.TOO_YOUNG) == ["R1"], "the manager, and nobody above before they could act"
    swept(w, NOW + 3 * DAY + HOUR)
    assert told(w.child, Paper.TOO_YOUNG) == ["R1", "R4", "R5"]
    corrected(w, born(16, on=NOW), on=NOW + 4 * DAY)
    swept(w, NOW + 4 * DAY)
    assert not papers.is_open(w.child, Paper.TOO_YOUNG)
    assert london_day(NOW) > w.placement.starts_at.date()


@pytest.mark.by_turns
@pytest.mark.django_db
def test_who_turns_out_to_be_young_in_a_search_is_talked_about_by_phone_from_then_on() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - DAY)
    w = a_watched_child(birth_date=born(17, on=AT))
    gone, known = NOW, NOW + 5 * DAY
    seen(w.child, by=w.worker, at=gone - HOUR)
    episode = missing(w.child, by=w.worker, at=gone)
    sweep.sweep_all(now=gone)
    steps = DutyStep.objects.filter(episode=episode, kind=Duty.STRATEGY_BY_PHONE)
    assert not steps
    corrected(w, born(15, on=AT), on=known)
    assert steps.get().due_at == known + 4 * HOUR
    sweep.sweep_all(now=known + HOUR)
    heard = AlertStep.objects.filter(alert__clock__duty=Duty.STRATEGY_BY_PHONE)
    assert not heard.exists(), "nobody was late for what nobody asked for"
    sweep.sweep_all(now=known + 5 * HOUR)
    assert [one.step for one in heard] == ["R2"]


@pytest.mark.django_db
def test_who_turns_out_to_be_older_in_a_search_is_talked_about_by_phone_no_more() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - DAY)
    w = a_watched_child(birth_date=born(14, on=AT))
    seen(w.child, by=w.worker, at=NOW - HOUR)
    episode = missing(w.child, by=w.worker, at=NOW)
    sweep.sweep_all(now=NOW)
    step = DutyStep.objects.get(episode=episode, kind=Duty.STRATEGY_BY_PHONE)
    corrected(w, born(17, on=AT), on=NOW + HOUR)
    step.refresh_from_db()
    assert (step.done_at, step.answer, step.done_by) == (NOW + HOUR, DutyStep.Answer.NOT_NEEDED, None)
    sweep.sweep_all(now=NOW + 5 * HOUR)
    assert not AlertStep.objects.filter(alert__clock__duty=Duty.STRATEGY_BY_PHONE).exists()
    corrected(w, born(15, on=AT), on=NOW + 6 * HOUR)
    step.refresh_from_db()
    assert step.done_at is None, "and is again where it is young after all"
    assert step.due_at == NOW + 10 * HOUR


@pytest.mark.by_turns
@pytest.mark.django_db
def test_of_who_was_young_by_every_birth_date_it_counts_from_the_beginning() -> None:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=AT - DAY)
    w = a_watched_child(birth_date=born(14, on=AT))
    seen(w.child, by=w.worker, at=NOW - HOUR)
    corrected(w, born(13, on=AT), on=NOW - HOUR)
    episode = missing(w.child, by=w.worker, at=NOW)
    sweep.sweep_all(now=NOW)
    corrected(w, born(15, on=AT), on=NOW + HOUR)
    step = DutyStep.objects.get(episode=episode, kind=Duty.STRATEGY_BY_PHONE)
    assert step.due_at == NOW + 4 * HOUR


def guardian_steps(watched: Watched) -> list[str]:
    rows = AlertStep.objects.filter(alert__child=watched.child, alert__clock__kind="guardian")
    return list(rows.order_by("pk").values_list("step", flat=True))


@pytest.mark.django_db
def test_a_guardian_is_owed_from_when_the_record_says_that_it_is_a_child_after_all() -> None:
    w = a_watched_child(trafficking="yes", birth_date=born(18, on=AT + 40 * DAY))
    assignments.end(w.assignment, reason="The service ends at 18", by=w.manager, at=AT + 60 * DAY)
    swept(w, NOW)
    assert guardian_steps(w) == []
    corrected(w, born(16, on=NOW), on=NOW + HOUR)
    swept(w, NOW + 2 * HOUR)
    due_at = Clock.objects.get(child=w.child, kind="guardian").due_at
    assert due_at is not None
    assert NOW + HOUR < due_at < NOW + 5 * DAY
    assert guardian_steps(w) == [], "nobody was late for what nobody asked for"
    swept(w, NOW + 60 * DAY)
    assert guardian_steps(w) == ["R1", "R2", "R4", "R5"]


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_was_owed_in_a_search_from_before_the_18th_birthday_stays_owed() -> None:
    w = a_watched_child(trafficking="yes", birth_date=born(18, on=AT + 40 * DAY))
    episode = missing(w.child, by=w.worker, at=AT + 10 * DAY)
    sweep.sweep_all(now=AT + 10 * DAY)
    gone_at = AT + 60 * DAY
    w.guardian.memberships.update(ends_at=gone_at)
    corrected(w, born(16, on=NOW), on=NOW)
    sweep.sweep_all(now=NOW)
    assert Clock.objects.get(child=w.child, kind="guardian").due_at == gone_at
    ended(episode, by=w.desk.person, force=w.force, at=NOW + HOUR)
    assert Clock.objects.get(child=w.child, kind="guardian").due_at == gone_at
