"""Which proof is due next, and when its lack climbs."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts.expected import contact, second_eyes
from alerts.schedule import Absence, Applies, ChildFacts, Expected, Row, Shift, Sighting, Step
from cases.strengths import Strength
from tests.alerts.strategies import (
    DAY,
    HOUR,
    MINUTE,
    START,
    always,
    children,
    episode,
    facts,
    london,
    rows,
    sighting,
    sightings,
)
from tests.counts import counts

RUNGS = (Step.R0, Step.R1, Step.R2, Step.R3, Step.R4, Step.R5)
JUNE = london(2026, 6, 1, 12, 0)
# Of the facts that are drawn.
examples = settings(max_examples=counts(25, 100))


def owed(*of: Row, seen: datetime | None = None, **fields: Any) -> Expected:
    """What a child watched since noon on Monday 1 June 2026 owes, seen face to face at `seen`."""
    sightings = () if seen is None else (sighting(seen),)
    expected = contact(facts(*of, **({"watch_from": JUNE, "sightings": sightings} | fields)))
    assert expected is not None
    return expected


def after(expected: Expected) -> dict[str, timedelta]:
    return {step.value: at - expected.due_at for step, at in expected.steps.items()}


def test_the_ordinary_child_is_due_by_half_past_ten_and_climbs_the_next_morning() -> None:
    expected = owed(policies.ORDINARY)
    assert expected.due_at == london(2026, 6, 1, 22, 30)
    assert expected.opens_at == london(2026, 6, 1, 16, 0)
    assert dict(expected.steps) == {
        Step.R0: london(2026, 6, 2, 8, 0),
        Step.R1: london(2026, 6, 2, 8, 0),
        Step.R2: london(2026, 6, 2, 9, 0),
        Step.R3: london(2026, 6, 2, 10, 0),
        Step.R4: london(2026, 6, 2, 22, 30),
        Step.R5: london(2026, 6, 3, 22, 30),
    }


@pytest.mark.parametrize("row", [policies.FIRST_72_HOURS, policies.FIRST_30_DAYS])
def test_a_new_child_climbs_from_half_an_hour_to_twelve_hours(row: Row) -> None:
    assert after(owed(row)) == {
        "R0": 30 * MINUTE,
        "R1": 30 * MINUTE,
        "R2": 60 * MINUTE,
        "R3": 60 * MINUTE,
        "fail_safe": 90 * MINUTE,
        "R4": 3 * HOUR,
        "R5": 12 * HOUR,
    }


def test_high_risk_climbs_from_an_hour_to_a_day() -> None:
    expected = owed(policies.HIGH)
    assert expected.due_at == london(2026, 6, 1, 23, 30)
    assert after(expected) == {
        "R0": 60 * MINUTE,
        "R1": 60 * MINUTE,
        "R2": 120 * MINUTE,
        "R3": 150 * MINUTE,
        "fail_safe": 180 * MINUTE,
        "R4": 6 * HOUR,
        "R5": 24 * HOUR,
    }


def test_a_settled_child_is_due_72_hours_after_the_last_proof() -> None:
    expected = owed(policies.SETTLED, seen=london(2026, 6, 3, 15, 0))
    assert expected.due_at == london(2026, 6, 6, 15, 0)
    assert expected.steps[Step.R1] == london(2026, 6, 7, 8, 0)
    assert after(expected) | {"R0": 0, "R1": 0} == {
        "R0": 0,
        "R1": 0,
        "R2": 24 * HOUR,
        "R3": 36 * HOUR,
        "R4": 48 * HOUR,
        "R5": 120 * HOUR,
    }


@pytest.mark.parametrize(
    ("row", "windows"),
    [
        (policies.FIRST_72_HOURS, ["08:30", "13:30", "18:00", "21:00", "23:30"]),
        (policies.FIRST_30_DAYS, ["08:30", "21:00", "23:30"]),
        (policies.HIGH, ["08:30", "23:30"]),
        (policies.ORDINARY, ["22:30"]),
    ],
)
def test_proof_in_one_window_makes_the_next_one_due(row: Row, windows: list[str]) -> None:
    seen, dues = london(2026, 6, 2, 0, 0), []
    for _ in windows:
        expected = owed(row, seen=seen)
        dues.append(expected.due_at)
        seen = expected.due_at
    assert dues == [london(2026, 6, 2, *map(int, wall.split(":"))) for wall in windows]


def test_the_clocks_go_forward_and_the_morning_is_still_eight_o_clock() -> None:
    expected = owed(policies.ORDINARY, watch_from=london(2026, 3, 28, 12, 0))
    assert expected.steps[Step.R1] == london(2026, 3, 29, 8, 0)
    assert expected.steps[Step.R1] - expected.due_at == timedelta(hours=8, minutes=30)
    assert expected.steps[Step.R4] - expected.due_at == 24 * HOUR
    assert expected.steps[Step.R4] == london(2026, 3, 29, 23, 30)


def test_the_clocks_go_back_and_the_morning_is_still_eight_o_clock() -> None:
    expected = owed(policies.ORDINARY, watch_from=london(2026, 10, 24, 12, 0))
    assert expected.steps[Step.R1] - expected.due_at == timedelta(hours=10, minutes=30)
    assert expected.steps[Step.R4] == london(2026, 10, 25, 21, 30)


def test_an_alarm_in_the_night_of_a_clock_change_is_counted_in_hours() -> None:
    # High risk, 23:30 on 24 October: the fail-safe is three hours later, at 01:30 for the second time.
    expected = owed(policies.HIGH, watch_from=london(2026, 10, 24, 12, 0))
    assert expected.steps[Step.FAIL_SAFE] == london(2026, 10, 25, 1, 30, fold=1)
    expected = owed(policies.HIGH, watch_from=london(2026, 3, 28, 12, 0))
    assert expected.steps[Step.FAIL_SAFE] == london(2026, 3, 29, 3, 30)


def test_no_rung_waits_past_a_higher_one_when_eight_o_clock_is_25_hours_away() -> None:
    expected = owed(policies.SETTLED, seen=london(2026, 10, 21, 8, 1), watch_from=london(2026, 10, 1))
    assert expected.due_at == london(2026, 10, 24, 8, 1)
    assert expected.steps[Step.R1] == expected.steps[Step.R2] == expected.due_at + 24 * HOUR


def test_the_strictest_row_wins_rung_by_rung() -> None:
    expected = owed(policies.HIGH, policies.ORDINARY, policies.FIRST_72_HOURS)
    assert expected.due_at == london(2026, 6, 1, 13, 30)
    assert expected.window == "midday"
    assert expected.rows == ("first_72_hours",)
    assert expected.steps[Step.FAIL_SAFE] == london(2026, 6, 1, 15, 0)


def test_proof_before_a_window_opens_does_not_meet_it_and_at_its_opening_does() -> None:
    opens = london(2026, 6, 2, 7, 30)
    assert owed(policies.HIGH, seen=opens - MINUTE).due_at == opens + HOUR
    assert owed(policies.HIGH, seen=opens).due_at == london(2026, 6, 2, 23, 30)


def test_a_first_window_is_the_next_that_opens_after_the_watch_begins() -> None:
    assert owed(policies.ORDINARY, watch_from=london(2026, 6, 1, 17, 0)).due_at == london(2026, 6, 2, 22, 30)


def test_a_home_may_shift_a_window_and_a_missed_one_is_due_by_its_own_time() -> None:
    expected = owed(policies.ORDINARY, shifts=(Shift("day", -90, date(2026, 6, 1)),))
    assert expected.due_at == london(2026, 6, 1, 21, 0)
    expected = owed(policies.HIGH, shifts=(Shift("night", 60, date(2026, 6, 1)),))
    assert expected.due_at == london(2026, 6, 2, 0, 30)
    assert expected.steps[Step.R1] == london(2026, 6, 2, 1, 30)


def test_a_window_over_midnight_is_met_on_either_side_of_it() -> None:
    late = Shift("night", 60, date(2026, 6, 1))
    for seen in (london(2026, 6, 1, 23, 45), london(2026, 6, 2, 0, 15)):
        assert owed(policies.HIGH, seen=seen, shifts=(late,)).due_at == london(2026, 6, 2, 8, 30)


def test_a_child_without_a_home_has_no_r0() -> None:
    expected = owed(policies.FIRST_72_HOURS, has_home=False)
    assert Step.R0 not in expected.steps
    assert expected.steps[Step.R1] == expected.due_at + 30 * MINUTE


def test_a_missed_window_stays_owed_after_its_row_has_ended() -> None:
    ends = london(2026, 6, 1, 14, 0)
    applies = (Applies(policies.FIRST_72_HOURS, JUNE - DAY, ends), *always(policies.ORDINARY))
    assert owed(applies=applies).due_at == london(2026, 6, 1, 13, 30)


def test_a_window_that_would_open_after_its_row_ended_is_not_owed() -> None:
    ends = london(2026, 6, 1, 12, 30)
    applies = (Applies(policies.FIRST_72_HOURS, JUNE - DAY, ends), *always(policies.ORDINARY))
    assert owed(applies=applies).due_at == london(2026, 6, 1, 22, 30)


def test_a_window_open_when_its_row_ends_is_owed_to_its_close() -> None:
    applies = (Applies(policies.ORDINARY, JUNE - DAY, london(2026, 6, 1, 18, 0)),)
    assert owed(applies=applies).due_at == london(2026, 6, 1, 22, 30)


def test_a_move_in_the_middle_of_a_window_owes_the_next_that_opens() -> None:
    moved = london(2026, 6, 1, 12, 45)
    applies = (*always(policies.ORDINARY), Applies(policies.FIRST_72_HOURS, moved))
    expected = owed(applies=applies, watch_from=JUNE - DAY, seen=JUNE)
    assert (expected.window, expected.due_at) == ("teatime", london(2026, 6, 1, 18, 0))


WRITTEN = london(2026, 6, 1, 12, 50)


@pytest.mark.parametrize(
    ("since", "written", "at", "window"),
    [
        (WRITTEN - 30 * MINUTE, WRITTEN, None, "midday"),
        (WRITTEN - 10 * MINUTE, WRITTEN, None, "teatime"),
        (WRITTEN - 30 * MINUTE, WRITTEN + 40 * MINUTE, None, "teatime"),
        (WRITTEN - 30 * MINUTE, WRITTEN, WRITTEN - 5 * MINUTE, "teatime"),
        (WRITTEN - 30 * MINUTE, WRITTEN, WRITTEN - 25 * MINUTE, "midday"),
        (WRITTEN - 30 * MINUTE, WRITTEN, WRITTEN + 5 * MINUTE, "teatime"),
    ],
)
def test_a_window_open_when_a_child_is_written_down_is_owed_unless_they_were_seen_in_it(
    since: datetime, written: datetime, at: datetime | None, window: str
) -> None:
    sightings = () if at is None else (sighting(at),)
    fields = {"watch_from": WRITTEN, "opened": (since, written), "sightings": sightings}
    assert owed(policies.FIRST_72_HOURS, **fields).window == window


def test_an_interval_runs_from_when_a_child_is_written_down_whatever_start_is_typed() -> None:
    expected = owed(policies.SETTLED, watch_from=WRITTEN, opened=(WRITTEN - DAY, WRITTEN), sightings=())
    assert expected.due_at == WRITTEN + 72 * HOUR


def test_lowering_a_risk_in_the_evening_loses_no_evening() -> None:
    at = london(2026, 6, 1, 17, 0)
    high = Applies(policies.HIGH, JUNE - DAY, at)
    seen = {"watch_from": JUNE - DAY, "sightings": (sighting(JUNE - HOUR),)}
    joined = (high, Applies(policies.ORDINARY, at, None, joins=True))
    assert owed(applies=joined, **seen).due_at == london(2026, 6, 1, 22, 30)


def test_a_new_version_of_a_settled_row_puts_nothing_off() -> None:
    at = JUNE + 24 * HOUR
    newer = replace(policies.SETTLED, version=2)
    applies = (Applies(policies.SETTLED, JUNE - DAY, at), Applies(newer, at))
    assert owed(applies=applies).due_at == JUNE + 72 * HOUR


def test_the_same_call_twice_running_leaves_a_settled_child_due() -> None:
    calls = [sighting(JUNE + n * DAY, Strength.PHONE, id=n) for n in (1, 3)]
    assert owed(policies.SETTLED, sightings=tuple(calls)).due_at == JUNE + 4 * DAY
    seen = sighting(JUNE + 2 * DAY, id=9)
    assert owed(policies.SETTLED, sightings=(*calls, seen)).due_at == JUNE + 6 * DAY


def test_a_closed_case_owes_nothing() -> None:
    assert contact(facts(policies.HIGH, watch_until=JUNE)) is None
    assert second_eyes(facts(policies.HIGH, watch_until=JUNE)) is None


# Out and away


def out(**fields: Any) -> Absence:
    values = {"kind": "out", "starts_at": london(2026, 6, 1, 14, 0), "until": london(2026, 6, 1, 23, 0)}
    return Absence(**(values | fields))


def away(**fields: Any) -> Absence:
    return out(**({"kind": "away", "until": london(2026, 6, 5, 18, 0)} | fields))


def test_out_suspends_the_windows_and_owes_the_return() -> None:
    expected = owed(policies.ORDINARY, absences=(out(),))
    assert expected.window == "back_by"
    assert expected.opens_at is None
    assert after(expected) == {
        "R0": timedelta(0),
        "R1": timedelta(0),
        "R2": 15 * MINUTE,
        "R3": 2 * HOUR,
        "R4": 24 * HOUR,
        "R5": 48 * HOUR,
    }


def test_a_return_in_the_first_30_days_is_reported_after_half_an_hour_with_a_fail_safe() -> None:
    expected = owed(policies.FIRST_30_DAYS, policies.ORDINARY, absences=(out(),))
    assert expected.due_at == london(2026, 6, 1, 23, 0)
    assert after(expected)["R3"] == 30 * MINUTE
    assert after(expected)["fail_safe"] == 60 * MINUTE
    assert after(expected)["R4"] == 3 * HOUR


@pytest.mark.parametrize(("planned", "waited"), [(45, 45), (5, 5), (300, 120), (0, 0)])
def test_a_childs_plan_shortens_the_wait_and_never_lengthens_it(planned: int, waited: int) -> None:
    absence = out(report_after=planned * MINUTE)
    assert after(owed(policies.ORDINARY, absences=(absence,)))["R3"] == waited * MINUTE
    strict = after(owed(policies.FIRST_30_DAYS, absences=(absence,)))
    assert strict["R3"] == min(waited, 30) * MINUTE
    assert strict["R2"] <= strict["R3"]


def test_a_window_missed_before_the_child_went_out_stays_owed() -> None:
    expected = owed(policies.FIRST_72_HOURS, absences=(out(),))
    assert expected.due_at == london(2026, 6, 1, 13, 30)


def test_the_return_is_met_by_proof_from_back_by_on_and_by_no_proof_before() -> None:
    back_by = london(2026, 6, 1, 23, 0)
    early = owed(policies.ORDINARY, seen=back_by - HOUR, absences=(out(),))
    assert early.due_at == back_by
    late = owed(policies.ORDINARY, seen=back_by + HOUR, absences=(out(),))
    assert late.due_at == london(2026, 6, 2, 22, 30)


def test_a_child_who_came_back_owes_the_windows_that_close_after_the_return() -> None:
    absence = out(starts_at=london(2026, 6, 1, 12, 10), ends_at=london(2026, 6, 1, 19, 0))
    assert owed(policies.ORDINARY, absences=(absence,)).due_at == london(2026, 6, 1, 22, 30)
    assert owed(policies.FIRST_72_HOURS, absences=(absence,)).due_at == london(2026, 6, 1, 21, 0)


def test_a_concern_raised_while_a_child_is_late_home_brings_the_police_nearer() -> None:
    raised = london(2026, 6, 2, 0, 30)
    applies = (*always(policies.ORDINARY), Applies(policies.FIRST_30_DAYS, raised, None, joins=True))
    expected = owed(applies=applies, absences=(out(),))
    assert after(expected)["R3"] == 30 * MINUTE
    assert after(expected)["fail_safe"] == 60 * MINUTE


def test_windows_are_suspended_to_the_back_by_and_no_further() -> None:
    absence = out(until=london(2026, 6, 1, 18, 0))
    high = owed(policies.HIGH, absences=(absence,))
    assert high.steps["R4"] == london(2026, 6, 2, 0, 0)
    seen = sighting(london(2026, 6, 1, 18, 30))
    expected = owed(policies.HIGH, absences=(absence,), sightings=(seen,))
    assert (expected.window, expected.due_at) == ("night", london(2026, 6, 1, 23, 30))


def test_a_return_written_after_the_back_by_is_no_proof_of_it() -> None:
    absence = out(until=london(2026, 6, 1, 18, 0), ends_at=london(2026, 6, 2, 1, 0))
    expected = owed(policies.ORDINARY, absences=(absence,))
    assert (expected.window, expected.due_at) == ("back_by", london(2026, 6, 1, 18, 0))
    early = out(until=london(2026, 6, 1, 18, 0), ends_at=london(2026, 6, 1, 17, 0))
    assert owed(policies.ORDINARY, absences=(early,)).window == "day"


def test_out_lasts_at_most_a_day() -> None:
    absence = out(until=london(2026, 6, 9, 12, 0))
    assert owed(policies.ORDINARY, absences=(absence,)).due_at == london(2026, 6, 2, 14, 0)


def test_a_settled_child_due_while_out_is_due_on_the_return() -> None:
    absence = out(ends_at=london(2026, 6, 1, 22, 0))
    expected = owed(policies.SETTLED, watch_from=london(2026, 5, 29, 20, 0), absences=(absence,))
    assert expected.due_at == london(2026, 6, 1, 22, 0)


def test_away_is_confirmed_each_day_by_half_past_ten() -> None:
    first = owed(policies.ORDINARY, absences=(away(),))
    assert (first.window, first.due_at) == ("away", london(2026, 6, 1, 22, 30))
    assert first.steps[Step.R1] == london(2026, 6, 2, 8, 0)
    second = owed(policies.ORDINARY, seen=london(2026, 6, 1, 20, 0), absences=(away(),))
    assert second.due_at == london(2026, 6, 2, 22, 30)


@pytest.mark.parametrize("row", [policies.ORDINARY, policies.HIGH, policies.FIRST_72_HOURS])
@pytest.mark.parametrize(
    ("seen", "due"),
    [
        ((17, 0), (1, 22, 30)),
        # As it left, which is no word of whether it came there.
        ((18, 0), (1, 22, 30)),
        ((18, 1), (2, 22, 30)),
    ],
)
def test_who_saw_a_child_before_it_went_away_has_not_confirmed_that_evening_where_it_is(
    row: Row, seen: tuple[int, int], due: tuple[int, int, int]
) -> None:
    left = london(2026, 6, 1, 18, 0)
    at_home = sighting(london(2026, 6, 1, *seen), organisation="home:1")
    allowed = owed(row, sightings=(at_home,), absences=(away(starts_at=left),))
    assert (allowed.window, allowed.due_at) == ("away", london(2026, 6, *due))
    reported = owed(row, sightings=(at_home,), episode=episode("away", kind="away", t0=left))
    assert (reported.window, reported.due_at) == ("away", london(2026, 6, *due))


def test_who_stood_before_a_child_where_it_is_may_report_it_away_after_that() -> None:
    there = sighting(london(2026, 6, 1, 21, 30), organisation="team:1")
    one = episode("away", kind="away", t0=london(2026, 6, 1, 21, 45))
    assert owed(policies.FIRST_72_HOURS, sightings=(there,), episode=one).due_at == london(2026, 6, 2, 22, 30)


@pytest.mark.parametrize(
    ("left", "due"),
    [
        ((1, 20, 30), (1, 22, 30)),
        ((1, 21, 30), (1, 23, 30)),
        ((1, 22, 30), (2, 0, 30)),
        # After the evening, and after midnight: no less.
        ((1, 22, 31), (2, 0, 31)),
        ((2, 7, 0), (2, 9, 0)),
        # The first evening is no more than twelve hours off.
        ((2, 10, 30), (2, 22, 30)),
    ],
)
def test_who_leaves_late_in_the_evening_is_asked_about_once_they_can_have_come_there(
    left: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    absence = away(starts_at=london(2026, 6, *left))
    seen = absence.starts_at - MINUTE
    expected = owed(policies.FIRST_30_DAYS, seen=seen, absences=(absence,))
    assert (expected.window, expected.due_at) == ("away", london(2026, 6, *due))
    assert expected.steps[Step.R1] >= expected.due_at


def test_whoever_is_reported_away_in_the_night_is_asked_about_that_night_in_the_first_72_hours() -> None:
    at = london(2026, 6, 1, 22, 48)
    one = episode("away", kind="away", t0=at)
    at_home = sighting(at - HOUR, organisation="home:1")
    first = owed(policies.FIRST_72_HOURS, sightings=(at_home,), episode=one)
    assert (first.window, first.due_at) == ("away", at + 2 * HOUR)
    assert after(first)["R1"] == 30 * MINUTE
    there = sighting(at + HOUR, organisation="other:aunt")
    met = owed(policies.FIRST_72_HOURS, sightings=(at_home, there), episode=one)
    assert met.due_at == london(2026, 6, 2, 22, 30)


def test_whoever_saw_a_child_where_it_is_just_before_the_report_is_asked_the_next_evening() -> None:
    at = london(2026, 6, 1, 22, 48)
    one = episode("away", kind="away", t0=at)
    for before, due in ((HOUR, london(2026, 6, 2, 22, 30)), (3 * HOUR, at + 2 * HOUR)):
        seen = sighting(at - before, organisation="team:1")
        assert owed(policies.HIGH, sightings=(seen,), episode=one).due_at == due


@pytest.mark.parametrize("row", [policies.ORDINARY, policies.SETTLED])
def test_nobody_is_asked_in_the_night_about_a_child_who_is_asked_for_once_a_day_or_less(row: Row) -> None:
    at = london(2026, 6, 1, 22, 48)
    at_home = sighting(at - HOUR, organisation="home:1")
    reported = owed(row, sightings=(at_home,), episode=episode("away", kind="away", t0=at))
    assert reported.due_at == london(2026, 6, 2, 22, 30)
    assert owed(row, sightings=(at_home,), absences=(away(starts_at=at),)).due_at == reported.due_at


def test_a_child_who_is_back_before_it_could_have_come_there_owes_no_word_of_it() -> None:
    at = london(2026, 6, 1, 22, 48)
    absence = away(starts_at=at, ends_at=at + HOUR)
    expected = owed(policies.FIRST_30_DAYS, seen=at - MINUTE, absences=(absence,))
    assert (expected.window, expected.due_at) == ("morning", london(2026, 6, 2, 8, 30))


def test_a_child_found_where_it_stays_is_asked_about_from_the_next_evening_on() -> None:
    found = london(2026, 6, 1, 23, 0)
    rest = (JUNE, found)
    expected = owed(policies.FIRST_30_DAYS, absences=(away(starts_at=found),), rests=(rest,))
    assert (expected.window, expected.due_at) == ("away", london(2026, 6, 2, 22, 30))


@examples
@given(row=rows, left=st.integers(0, 48 * 60))
def test_nobody_who_is_asked_for_more_often_than_daily_is_away_for_more_than_twelve_hours_unasked(
    row: Row, left: int
) -> None:
    left_at = JUNE + left * MINUTE
    expected = owed(row, seen=left_at, absences=(away(starts_at=left_at),))
    if len(row.windows) > 1:
        assert expected.due_at - left_at <= 12 * HOUR
    else:
        assert expected.due_at <= left_at or expected.due_at >= left_at + 2 * HOUR


@examples
@given(left=st.integers(0, 24 * 60), seen=st.integers(0, 48 * 60))
def test_each_evening_away_is_owed_but_for_one_in_or_before_which_somebody_saw_the_child_where_it_is(
    left: int, seen: int
) -> None:
    left_at, seen_at = JUNE + left * MINUTE, JUNE + seen * MINUTE
    expected = owed(policies.HIGH, seen=seen_at, absences=(away(starts_at=left_at),))
    evenings = [
        max(closes, left_at + 2 * HOUR)
        for day in range(1, 6)
        if (closes := london(2026, 6, day, 22, 30)) >= left_at
        and not (left_at < seen_at and london(2026, 6, day, 16, 0) <= seen_at)
    ]
    if left_at >= seen_at and min(evenings) - left_at > 12 * HOUR:
        evenings.append(left_at + 2 * HOUR)
    # What was missed before the child went stays owed.
    assert expected.due_at == min(evenings) or expected.due_at < left_at


def test_a_child_on_several_roll_calls_a_day_owes_only_the_evening_while_away() -> None:
    expected = owed(policies.HIGH, seen=london(2026, 6, 1, 20, 0), absences=(away(),))
    assert expected.due_at == london(2026, 6, 2, 22, 30)
    assert after(expected)["R1"] == HOUR


def test_away_ends_with_its_own_back_by() -> None:
    expected = owed(policies.ORDINARY, seen=london(2026, 6, 4, 20, 0), absences=(away(),))
    assert (expected.window, expected.due_at) == ("back_by", london(2026, 6, 5, 18, 0))


def test_an_evening_missed_while_away_stays_owed_after_the_return() -> None:
    absence = away(ends_at=london(2026, 6, 2, 10, 0))
    assert owed(policies.ORDINARY, absences=(absence,)).due_at == london(2026, 6, 1, 22, 30)


def test_an_away_episode_owes_proof_by_half_past_ten_and_keeps_its_clock_running() -> None:
    one = episode("away", kind="away", t0=london(2026, 6, 1, 18, 0))
    expected = owed(policies.HIGH, episode=one, sightings=())
    assert (expected.window, expected.due_at) == ("away", london(2026, 6, 1, 22, 30))
    assert not expected.resting


def test_a_missing_episode_that_ended_ends_a_forgotten_absence_with_it() -> None:
    rest = (london(2026, 6, 2, 1, 0), london(2026, 6, 2, 12, 0))
    expected = owed(policies.ORDINARY, absences=(out(),), rests=(rest,))
    assert (expected.window, expected.due_at) == ("day", london(2026, 6, 2, 22, 30))


def test_an_absence_left_over_from_an_earlier_watch_suspends_nothing() -> None:
    absence = out(starts_at=JUNE - 9 * DAY, until=JUNE - 9 * DAY + HOUR)
    assert owed(policies.ORDINARY, absences=(absence,)) == owed(policies.ORDINARY)


# Episodes


def test_while_silence_has_not_reached_the_police_the_clock_goes_on() -> None:
    plain = owed(policies.HIGH)
    assert owed(policies.HIGH, episode=episode("silence")) == plain


@pytest.mark.parametrize("fields", [{"confirmed": True, "t0": JUNE}, {"police_owed_at": JUNE}])
def test_an_episode_of_silence_that_reached_the_police_names_no_step_of_its_own(fields: Any) -> None:
    expected = owed(policies.HIGH, episode=episode("silence", **fields))
    assert expected.resting
    assert (expected.due_at, dict(expected.steps)) == (JUNE, {})


def test_not_here_tells_the_head_after_an_hour_and_leaves_duty_and_manager_to_its_notice() -> None:
    expected = owed(policies.ORDINARY, episode=episode("not_here", t0=JUNE, police_owed_at=JUNE))
    assert expected.resting
    assert dict(expected.steps) == {Step.R4: JUNE + HOUR, Step.R5: JUNE + 6 * HOUR}


def test_a_report_names_the_head_and_the_director_only() -> None:
    expected = owed(policies.SETTLED, episode=episode("report", t0=JUNE, police_owed_at=JUNE))
    assert dict(expected.steps) == {Step.R4: JUNE + HOUR, Step.R5: JUNE + 6 * HOUR}


def test_an_away_episode_that_becomes_missing_counts_from_the_first_police_message() -> None:
    one = episode("away", t0=JUNE, police_owed_at=JUNE + 5 * HOUR)
    assert owed(policies.HIGH, episode=one).steps[Step.R4] == JUNE + 6 * HOUR


def test_reported_seen_holds_head_and_director_for_two_hours_and_nobody_else() -> None:
    seen = JUNE + 30 * MINUTE
    one = episode("not_here", t0=JUNE, police_owed_at=JUNE, reported_seen_at=seen)
    expected = owed(policies.HIGH, episode=one)
    assert expected.steps[Step.R4] == seen + 2 * HOUR
    assert expected.steps[Step.R5] == JUNE + 6 * HOUR
    assert (expected.held_from, expected.held_until) == (seen, seen + 2 * HOUR)


def test_reported_seen_after_the_head_was_owed_holds_nothing_back() -> None:
    one = episode("not_here", t0=JUNE, police_owed_at=JUNE, reported_seen_at=JUNE + 61 * MINUTE)
    assert owed(policies.HIGH, episode=one).steps[Step.R4] == JUNE + HOUR


def test_sightings_do_not_end_an_episode_that_reached_the_police() -> None:
    one = episode("not_here", t0=JUNE, police_owed_at=JUNE)
    assert owed(policies.HIGH, episode=one, seen=JUNE + HOUR) == owed(policies.HIGH, episode=one)


def test_a_new_window_starts_when_an_episode_has_ended() -> None:
    rest = (JUNE, london(2026, 6, 1, 23, 0))
    expected = owed(policies.HIGH, rests=(rest,))
    assert expected.due_at == london(2026, 6, 2, 8, 30)


def test_second_eyes_climb_to_the_council_and_never_to_the_police() -> None:
    expected = second_eyes(facts(policies.ORDINARY, watch_from=JUNE))
    assert expected is not None
    assert expected.due_at == JUNE + 7 * DAY
    assert list(expected.steps) == [Step.R1, Step.R2, Step.R4, Step.R5]
    ringing = episode("not_here", t0=JUNE, police_owed_at=JUNE)
    assert second_eyes(facts(policies.ORDINARY, episode=ringing)) is None


# Properties


@examples
@given(children())
def test_rungs_never_overtake_one_another(child: ChildFacts) -> None:
    expected = contact(child)
    assert expected is not None
    instants = [expected.steps[step] for step in RUNGS if step in expected.steps]
    assert instants == sorted(instants)
    assert expected.due_at <= instants[0]
    if Step.FAIL_SAFE in expected.steps:
        assert expected.steps[Step.R3] <= expected.steps[Step.FAIL_SAFE]


@examples
@given(children())
def test_an_open_child_without_proof_has_a_next_step_whatever_the_facts(child: ChildFacts) -> None:
    expected = contact(child)
    assert expected is not None
    accounted = [child.watch_from, *(one.happened_at for one in child.sightings)]
    accounted += [at for _, until in child.rests if (at := until) is not None]
    # An absence may suspend windows until its end or its back-by, however long it was agreed for.
    accounted += [min(a.until, a.ends_at or a.until) for a in child.absences]
    accounted += [a.ends_at for a in child.absences if a.ends_at is not None]
    assert expected.due_at <= max(accounted) + 4 * DAY
    assert {Step.R1, Step.R2, Step.R3, Step.R4, Step.R5} <= set(expected.steps)
    assert expected.steps[Step.R5] <= expected.due_at + 30 * DAY


@examples
@given(children(), sightings)
def test_a_withdrawn_proof_puts_the_clock_back_exactly_where_it_would_have_been(
    child: ChildFacts, seen: Sighting
) -> None:
    before = contact(child)
    seen = replace(seen, id=0)
    during = replace(child, sightings=(*child.sightings, seen))
    withdrawn = replace(during, sightings=tuple(s for s in during.sightings if s.id != 0))
    assert before is not None
    assert contact(withdrawn) == before
    again = contact(during)
    assert again is not None


@examples
@given(
    rows.filter(lambda row: row.windows),
    st.integers(0, 40 * 24 * 60).map(lambda minutes: JUNE + minutes * MINUTE),
    st.floats(0, 1),
)
def test_proof_within_a_window_meets_it_however_late_it_is_written(
    row: Row, since: datetime, part: float
) -> None:
    missed = owed(row, watch_from=since)
    assert missed.opens_at is not None
    seen = missed.opens_at + (missed.due_at - missed.opens_at) * part
    met = owed(row, watch_from=since, seen=seen)
    assert met.due_at > missed.due_at
    assert met.opens_at is not None
    assert met.opens_at > seen


@examples
@given(st.integers(0, 300 * 24 * 60), st.lists(sightings, max_size=5, unique_by=lambda one: one.id))
def test_a_higher_risk_is_never_slower(minutes: int, seen: list[Sighting]) -> None:
    since = START + minutes * MINUTE
    moved = tuple(replace(one, happened_at=one.happened_at + minutes * MINUTE) for one in seen)
    ladder = [
        owed(row, watch_from=since, sightings=moved).steps
        for row in (policies.FIRST_72_HOURS, policies.FIRST_30_DAYS, policies.HIGH)
    ]
    ladder += [
        owed(row, watch_from=since, sightings=moved).steps for row in (policies.ORDINARY, policies.SETTLED)
    ]
    for stricter, milder in pairwise(ladder):
        for step in milder:
            assert stricter[step] <= milder[step]


@examples
@given(children(), rows)
def test_one_row_more_never_makes_any_step_slower(child: ChildFacts, row: Row) -> None:
    fewer, more = contact(child), contact(replace(child, applies=(*child.applies, *always(row))))
    assert fewer is not None
    assert more is not None
    assert all(more.steps[step] <= at for step, at in fewer.steps.items())
    assert more.due_at <= fewer.due_at
