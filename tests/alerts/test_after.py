"""What an ending opens, by outcome, as pure arithmetic."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.after import AFTER, DEFAULT_RULES, EndFacts, planned, with_new
from alerts.duties import Duty
from alerts.schedule import Step
from cases.states import EpisodeOutcome

HOUR = timedelta(hours=1)
# A Wednesday.
FOUND = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
INTERVIEWS = {Duty.INTERVIEW_ASSIGNED, Duty.RETURN_INTERVIEW}
RETURN = INTERVIEWS | {Duty.PREVENTION_INTERVIEW, Duty.RISK_AGAIN}


def of(outcome: str, **facts):
    given = {"found_at": FOUND, "ended_at": FOUND, "police_knew": True, **facts}
    return {one.duty: one for one in planned(EndFacts(outcome=outcome, **given), DEFAULT_RULES)}


@pytest.mark.parametrize(
    ("outcome", "opened"),
    [
        ("recording_late", set()),
        ("returned", RETURN),
        ("safe_elsewhere", RETURN),
        ("still_at_risk", RETURN | {Duty.WATCHED_STILL}),
        ("hospital", RETURN | {Duty.WITH_CHILD}),
        ("arrested", RETURN | {Duty.APPROPRIATE_ADULT, Duty.SOLICITOR, Duty.TRAFFICKING_DEFENCE}),
        ("treated_as_adult", INTERVIEWS | {Duty.VISIT_AS_CHILD, Duty.RISK_AGAIN}),
        ("with_family", RETURN | {Duty.FAMILY_CHECKED}),
        ("abroad", INTERVIEWS | {Duty.ABROAD_SEEN, Duty.RISK_AGAIN}),
        ("died", {Duty.CORONER, Duty.FRIENDS_TOLD, Duty.PANEL_NOTIFIED}),
        ("another_child", {Duty.DEATH_UNSAID}),
    ],
)
def test_each_outcome_opens_its_own_steps(outcome, opened):
    assert set(of(outcome)) == opened


def test_a_child_abroad_whom_nobody_could_speak_to_is_asked_by_nobody():
    assert set(of("abroad", spoken=False)) == {Duty.ABROAD_SEEN, Duty.RISK_AGAIN}
    assert of("treated_as_adult", spoken=False).keys() >= INTERVIEWS, "whoever visits it as a child can ask"


def test_every_outcome_is_thought_of_and_every_step_has_a_rule():
    assert {rule.duty for rule in DEFAULT_RULES} == AFTER
    assert len(EpisodeOutcome) == 11


@pytest.mark.parametrize("outcome", EpisodeOutcome)
def test_what_is_out_is_taken_down_after_every_outcome_and_after_a_death_nobody_hears_while_there_is_time(
    outcome,
):
    taken_down = of(outcome, out_since=FOUND + HOUR)[Duty.TAKEN_DOWN]
    assert taken_down.due_at == FOUND + 25 * HOUR
    assert (Step.R1 in taken_down.steps) == (outcome != EpisodeOutcome.DIED)
    assert {Step.R2, Step.R4} <= taken_down.steps.keys()
    assert Duty.TAKEN_DOWN not in of(outcome)


@pytest.mark.by_turns
@pytest.mark.parametrize("outcome", EpisodeOutcome)
def test_whoever_may_open_a_restricted_record_is_asked_for_the_others_at_once_where_the_find_is_one(outcome):
    told = of(outcome, others_sought=True).get(Duty.OTHERS_TOLD)
    assert (told is None) == (outcome in (EpisodeOutcome.RECORDING_LATE, EpisodeOutcome.ANOTHER_CHILD))
    if told is not None and outcome != EpisodeOutcome.DIED:
        assert told.steps[Step.R1] == FOUND


def test_the_interview_is_named_after_12_hours_and_climbs_at_48_72_and_96():
    found = of("returned")
    assert found[Duty.INTERVIEW_ASSIGNED].due_at == FOUND + 12 * HOUR
    interview = found[Duty.RETURN_INTERVIEW]
    assert interview.due_at == FOUND + 72 * HOUR
    assert interview.steps == {
        Step.R1: FOUND + 48 * HOUR,
        Step.R2: FOUND + 72 * HOUR,
        Step.R4: FOUND + 96 * HOUR,
    }


def test_the_risk_is_assessed_again_in_a_day_at_high_risk_and_in_three_else():
    assert of("returned")[Duty.RISK_AGAIN].due_at == FOUND + 72 * HOUR
    assert of("returned", high=True)[Duty.RISK_AGAIN].due_at == FOUND + 24 * HOUR


def test_the_police_interview_is_asked_for_only_where_the_police_were_looking():
    assert Duty.PREVENTION_INTERVIEW not in of("returned", police_knew=False)


def test_a_home_is_asked_what_it_did_with_its_record_after_each_end_but_a_death_and_a_late_record():
    none = {"recording_late", "died", "another_child"}
    for outcome in EpisodeOutcome:
        asked = of(outcome, from_home=True).get(Duty.HOME_RECORD)
        assert (asked is None) == (outcome in none), outcome
        assert Duty.HOME_RECORD not in of(outcome), "a foster carer keeps no record of a home"
    # Found on a Wednesday evening: five working days are over with the next.
    record = of("returned", from_home=True)[Duty.HOME_RECORD]
    assert record.steps == {Step.R2: record.due_at}
    assert (record.due_at - timedelta(seconds=1)).date() == date(2026, 12, 2)


def test_a_child_held_as_an_adult_is_visited_by_the_end_of_the_next_working_day():
    due_at = of("treated_as_adult")[Duty.VISIT_AS_CHILD].due_at
    assert due_at.date().isoformat() in ("2026-11-26", "2026-11-27")
    friday = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    due_at = of("treated_as_adult", found_at=friday, ended_at=friday)[Duty.VISIT_AS_CHILD].due_at
    assert due_at > friday + timedelta(days=2)


@pytest.mark.parametrize(("episodes", "asked"), [(1, False), (2, False), (3, True), (7, True)])
def test_three_episodes_in_ninety_days_ask_for_a_strategy_meeting(episodes, asked):
    assert (Duty.REPEATED in of("returned", episodes=episodes)) == asked


def test_after_a_death_each_step_has_its_day_and_is_heard_of_by_day():
    # Known on the Wednesday before Christmas: the fifth working day in England is the Monday after New Year.
    known = datetime(2026, 12, 23, 12, 0, tzinfo=UTC)
    christmas = {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}
    steps = of("died", found_at=FOUND, ended_at=known, holidays=christmas)
    assert steps[Duty.PANEL_NOTIFIED].steps == {
        # The last working day, at seven; the morning after it; and a day later.
        Step.R2: datetime(2027, 1, 4, 7, tzinfo=UTC),
        Step.R4: datetime(2027, 1, 5, 7, tzinfo=UTC),
        Step.R5: datetime(2027, 1, 6, 7, tzinfo=UTC),
    }
    assert steps[Duty.CORONER].steps == {Step.R2: known + 24 * HOUR, Step.R4: known + 48 * HOUR}
    night = of("died", found_at=FOUND, ended_at=known.replace(hour=2), holidays=christmas)
    assert night[Duty.CORONER].steps[Step.R2] == datetime(2026, 12, 24, 7, tzinfo=UTC)
    last = steps[Duty.PANEL_NOTIFIED].due_at - timedelta(seconds=1)
    assert last.date() == date(2027, 1, 4)
    assert steps[Duty.CORONER].due_at == known + 24 * HOUR


@pytest.mark.parametrize("outcome", [o.value for o in EpisodeOutcome])
def test_whoever_was_told_beside_the_policy_is_told_of_every_end_but_a_death(outcome):
    assert Duty.TELL_ENDED not in of(outcome)
    assert (Duty.TELL_ENDED in of(outcome, told_also=True)) == (outcome not in ("died", "another_child"))


def test_a_policy_from_before_a_step_takes_its_first_version():
    old = [rule for rule in DEFAULT_RULES if rule.duty != Duty.TELL_ENDED]
    assert {rule.duty for rule in with_new(old)} == AFTER
    assert with_new(DEFAULT_RULES) == DEFAULT_RULES


def test_an_end_written_late_counts_from_the_return_and_tells_nobody_before_it_is_written():
    interview = of("returned", ended_at=FOUND + 60 * HOUR)[Duty.RETURN_INTERVIEW]
    assert interview.due_at == FOUND + 72 * HOUR
    assert interview.steps[Step.R1] == FOUND + 60 * HOUR
    assert interview.steps[Step.R2] == FOUND + 72 * HOUR


@given(
    outcome=st.sampled_from([o.value for o in EpisodeOutcome]),
    late=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
    high=st.booleans(),
    police_knew=st.booleans(),
    episodes=st.integers(1, 9),
)
def test_no_rung_comes_before_the_end_or_before_a_lower_one_and_high_risk_is_never_slower(
    outcome, late, high, police_knew, episodes
):
    facts = {"ended_at": FOUND + late, "police_knew": police_knew, "episodes": episodes}
    for duty, one in of(outcome, high=high, **facts).items():
        rungs = [one.steps[step] for step in (Step.R1, Step.R2, Step.R4) if step in one.steps]
        assert rungs == sorted(rungs)
        assert all(moment >= FOUND + late for moment in rungs)
        assert of(outcome, high=True, **facts)[duty].due_at <= one.due_at
