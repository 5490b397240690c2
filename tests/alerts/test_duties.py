"""Which duty steps an episode has, from its facts alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.duties import DEFAULT_RULES, Duty, DutyFacts, planned
from alerts.schedule import Step

# A Friday evening in winter: London's clock is UTC, and the next working day is a Monday.
T0 = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def due(**facts) -> dict[str, timedelta]:
    return {one.duty: one.due_at - T0 for one in planned(DutyFacts(T0, **facts), DEFAULT_RULES)}


def rungs(duty: Duty, **facts) -> dict[Step, timedelta]:
    (one,) = [one for one in planned(DutyFacts(T0, **facts), DEFAULT_RULES) if one.duty == duty]
    return {step: at - T0 for step, at in one.steps.items()}


def test_an_ordinary_episode_has_the_steps_of_the_table():
    assert due() == {
        Duty.KEEP_EVIDENCE: HOUR,
        Duty.PUBLICITY: HOUR,
        Duty.POLICE_REFERENCE: 4 * HOUR,
        Duty.STRATEGY: 24 * HOUR,
        Duty.BRIEFING: 24 * HOUR,
        Duty.MISSING_PEOPLE: 48 * HOUR,
        Duty.UKMPU: 72 * HOUR,
        Duty.NRM_CONSIDERED: 72 * HOUR,
        Duty.DIRECTOR_BRIEFING: 72 * HOUR,
    }


def test_at_high_risk_the_police_reference_is_asked_for_after_an_hour():
    assert due(high=True)[Duty.POLICE_REFERENCE] == HOUR
    assert rungs(Duty.POLICE_REFERENCE, high=True) == {Step.R2: HOUR, Step.R4: 3 * HOUR}
    assert rungs(Duty.POLICE_REFERENCE) == {Step.R2: 4 * HOUR, Step.R4: 8 * HOUR}


def test_a_child_who_is_watched_closely_has_a_strategy_discussion_by_phone():
    assert due(watched_closely=True)[Duty.STRATEGY_BY_PHONE] == 4 * HOUR
    assert Duty.STRATEGY_BY_PHONE not in due()


def test_a_referral_is_due_a_day_after_the_suspicion_and_tells_nobody_before_the_episode():
    later = due(suspected_at=T0 + 10 * HOUR)
    assert later[Duty.NRM_REFERRAL] == 34 * HOUR
    assert due(suspected_at=T0 - 48 * HOUR)[Duty.NRM_REFERRAL] == -24 * HOUR
    assert rungs(Duty.NRM_REFERRAL, suspected_at=T0 - 48 * HOUR) == {Step.R2: 0 * HOUR}


def test_beside_a_referral_that_signs_ask_for_the_director_hears_of_it_after_three_days():
    of_director = {Step.R5: 72 * HOUR}
    assert rungs(Duty.NRM_CONSIDERED) == of_director, "no signs: whether one is considered"
    assert rungs(Duty.NRM_CONSIDERED, suspected_at=T0 - 48 * HOUR) == of_director
    assert rungs(Duty.NRM_CONSIDERED, suspected_at=T0) == of_director
    # Three days after a referral of before was withdrawn in the search.
    assert rungs(Duty.NRM_CONSIDERED, suspected_at=T0 + 10 * HOUR) == {Step.R5: 82 * HOUR}


def test_the_home_office_is_a_decision_of_the_next_working_day_after_a_police_reference():
    assert Duty.HOME_OFFICE not in due()
    (one,) = [
        one
        for one in planned(DutyFacts(T0, referenced_at=T0 + HOUR), DEFAULT_RULES)
        if one.duty == Duty.HOME_OFFICE
    ]
    assert one.due_at == datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)
    assert list(one.steps) == [Step.R4]


def test_a_bank_holiday_is_no_working_day():
    holidays = frozenset({datetime(2026, 3, 9, tzinfo=UTC).date()})
    steps = planned(DutyFacts(T0, referenced_at=T0, holidays=holidays), DEFAULT_RULES)
    assert [one.due_at.day for one in steps if one.duty == Duty.HOME_OFFICE] == [10]


@given(
    st.booleans(),
    st.one_of(st.none(), st.integers(-200, 200)),
    st.one_of(st.none(), st.integers(0, 200)),
)
def test_a_high_risk_is_never_slower_and_no_rung_hears_before_the_step_is_due(closely, suspected, referenced):
    facts = {
        "watched_closely": closely,
        "suspected_at": None if suspected is None else T0 + suspected * HOUR,
        "referenced_at": None if referenced is None else T0 + referenced * HOUR,
    }
    ordinary = {one.duty: one for one in planned(DutyFacts(T0, **facts), DEFAULT_RULES)}
    high = {one.duty: one for one in planned(DutyFacts(T0, high=True, **facts), DEFAULT_RULES)}
    assert set(ordinary) == set(high)
    for duty, one in high.items():
        assert one.due_at <= ordinary[duty].due_at
        assert list(one.steps.values()) == sorted(one.steps.values())
        assert all(at <= ordinary[duty].steps[step] for step, at in one.steps.items())
        assert all(at >= max(one.due_at, T0) for at in one.steps.values())
