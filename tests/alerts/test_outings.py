"""Outings one after the other, with nobody's sight of the child between, are one: 24 hours, and no longer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts import lateness
from alerts.expected import contact
from alerts.schedule import Absence, Row, Sighting, Step
from cases.strengths import Strength
from tests.alerts.strategies import DAY, HOUR, MINUTE, START, facts, london, sighting
from tests.alerts.strategies import rows as any_row

ALMOST = DAY - 3 * MINUTE
FACE = Strength.FACE_TO_FACE


def due(row: Row, absences: Sequence[Absence], *seen: Sighting, **fields: object) -> datetime:
    expected = contact(facts(row, absences=tuple(absences), sightings=seen, **fields))
    assert expected is not None
    return expected.due_at


def in_a_row(many: int, first: datetime = START + MINUTE) -> list[Absence]:
    """Each nearly a day, back in time by somebody's word, and out again three minutes later; the last is out still."""
    starts = [first + n * DAY for n in range(many)]
    chain = [Absence("out", at, at + DAY - MINUTE, at + ALMOST) for at in starts]
    return [*chain[:-1], replace(chain[-1], ends_at=None)]


@pytest.mark.parametrize("row", [policies.FIRST_72_HOURS, policies.FIRST_30_DAYS, policies.HIGH])
def test_outings_one_after_the_other_put_nothing_off_for_longer_than_a_day(row: Row) -> None:
    chain = in_a_row(6)
    assert due(row, chain) <= chain[1].starts_at
    assert due(row, [replace(one, ends_at=one.until - 2 * MINUTE) for one in chain]) <= chain[1].starts_at


def test_shifts_that_each_press_out_before_the_other_is_over_are_rung_after_24_hours() -> None:
    first = START + MINUTE
    second = Absence("out", first + 20 * HOUR, first + 43 * HOUR)
    expected = contact(
        facts(
            policies.FIRST_30_DAYS, absences=(Absence("out", first, first + DAY, first + 20 * HOUR), second)
        )
    )
    assert expected is not None
    assert (expected.due_at, expected.window) == (first + DAY, "back_by")
    assert (expected.steps[Step.R0], expected.steps[Step.R1]) == (first + DAY, first + DAY)


def test_a_sight_of_the_child_between_two_outings_begins_the_day_anew() -> None:
    first, second = in_a_row(2)
    seen = sighting(second.starts_at - MINUTE)
    assert due(policies.FIRST_30_DAYS, [first, second], seen) == second.until
    # Also one in the first outing, and one at the moment of going out again.
    assert (
        due(policies.FIRST_30_DAYS, [first, second], replace(seen, happened_at=START + HOUR)) == second.until
    )
    at_the_door = replace(seen, happened_at=second.starts_at)
    assert due(policies.FIRST_30_DAYS, [first, second], at_the_door) == second.until


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        (policies.FIRST_30_DAYS, {"strength": Strength.PHONE}),
        (policies.FIRST_30_DAYS, {"knows_child": False}),
        (policies.ORDINARY, {"strength": Strength.MESSAGE}),
    ],
)
def test_word_that_the_row_does_not_accept_begins_no_day_anew(row: Row, fields: dict[str, object]) -> None:
    first, second = in_a_row(2)
    heard = replace(sighting(second.starts_at - MINUTE), **fields)
    assert due(row, [first, second], heard) == due(row, [first, second]) < second.until


def test_a_sighting_that_is_withdrawn_joins_the_outings_again() -> None:
    first, second = in_a_row(2)
    seen = sighting(second.starts_at - MINUTE)
    stands, gone = due(policies.HIGH, [first, second], seen), due(policies.HIGH, [first, second])
    assert gone == first.starts_at + DAY < stands


def test_a_leave_that_two_people_agreed_to_between_them_begins_no_day_anew() -> None:
    first = Absence("out", START + MINUTE, START + 9 * HOUR, START + 9 * HOUR)
    leave = Absence("away", START + 10 * HOUR, START + 22 * HOUR, START + 22 * HOUR)
    again = Absence("out", START + 23 * HOUR, START + 40 * HOUR)
    assert due(policies.FIRST_72_HOURS, [first, leave, again]) <= first.starts_at + DAY


def test_who_goes_out_unseen_after_that_day_is_asked_for_from_the_press_and_no_rung_is_late_at_once() -> None:
    first = Absence("out", START + MINUTE, START + DAY, START + ALMOST)
    again = Absence("out", START + DAY + HOUR, START + DAY + 3 * HOUR)
    expected = contact(facts(policies.HIGH, absences=(first, again), watch_from=START))
    assert expected is not None
    assert expected.due_at == again.starts_at
    assert expected.steps[Step.R3] == again.starts_at + policies.HIGH.back_by


def test_a_settled_child_who_goes_out_each_day_owes_what_the_settled_owe() -> None:
    """Its row asks each 72 hours: that it is at college each day asks for nothing sooner, and puts nothing off."""
    days = [START + HOUR + n * DAY for n in range(4)]
    school = [Absence("out", at, at + 7 * HOUR, at + 6 * HOUR) for at in days[:2]]
    assert due(policies.SETTLED, [*school, Absence("out", days[2], days[2] + 7 * HOUR)]) == days[2] + 7 * HOUR
    assert (
        due(policies.SETTLED, [*school, Absence("out", days[2] + 20 * HOUR, days[3] + HOUR)])
        == START + 72 * HOUR
    )
    assert due(policies.SETTLED, in_a_row(6)) == START + 72 * HOUR


def test_an_evening_out_two_days_running_rings_nobody_before_the_roll_call() -> None:
    """Seen at five each day, football from half past five: the ordinary row asks by half past ten, and so do we."""
    seen = sighting(london(2026, 3, 3, 17))
    first = Absence("out", london(2026, 3, 3, 17, 30), london(2026, 3, 3, 20), london(2026, 3, 3, 20))
    again = Absence("out", london(2026, 3, 4, 17), london(2026, 3, 4, 20))
    assert due(policies.ORDINARY, [first, again], seen) == again.until
    late = replace(again, until=london(2026, 3, 4, 23))
    assert due(policies.ORDINARY, [first, late], seen) == london(2026, 3, 4, 22, 30)


def rungs(row: Row, absences: Sequence[Absence], *seen: Sighting) -> dict[Step, datetime]:
    expected = contact(facts(row, absences=tuple(absences), sightings=seen))
    assert expected is not None
    return {step: expected.steps[step] for step in (Step.R0, Step.R3)}


def test_two_evenings_back_in_time_climb_as_of_a_child_who_was_at_home() -> None:
    seen = sighting(london(2026, 3, 3, 17))
    first = Absence("out", london(2026, 3, 3, 17, 30), london(2026, 3, 3, 23), london(2026, 3, 3, 22, 50))
    again = Absence("out", london(2026, 3, 4, 17), london(2026, 3, 4, 23), london(2026, 3, 4, 22, 50))
    at_home = rungs(policies.ORDINARY, [], seen)
    assert rungs(policies.ORDINARY, [first, again], seen) == at_home
    assert at_home[Step.R0] == london(2026, 3, 5, 8)
    still_out = replace(again, ends_at=None)
    assert rungs(policies.ORDINARY, [first, still_out], seen)[Step.R0] == again.until, (
        "who is late is rung for"
    )


def test_outings_of_a_settled_child_who_was_back_in_time_call_no_police_sooner() -> None:
    seen = sighting(london(2026, 3, 2, 12))
    early = Absence("out", london(2026, 3, 2, 14), london(2026, 3, 2, 18), london(2026, 3, 2, 17))
    late = Absence("out", london(2026, 3, 5, 10), london(2026, 3, 5, 14), london(2026, 3, 5, 13))
    assert rungs(policies.SETTLED, [early, late], seen) == rungs(policies.SETTLED, [], seen)


def test_a_day_out_is_24_hours_on_the_days_on_which_the_clocks_change() -> None:
    for start in (london(2026, 3, 28, 12), london(2026, 10, 24, 12)):
        chain = in_a_row(2, first=start)
        seen = sighting(start - MINUTE)
        assert due(policies.FIRST_30_DAYS, chain, seen) == start + DAY


def test_a_search_that_ended_between_two_outings_begins_the_day_anew() -> None:
    first, second = in_a_row(2)
    rested = ((START + HOUR, second.starts_at - MINUTE),)
    assert due(policies.HIGH, [first, second], rests=rested) == second.until


def test_roll_calls_after_that_day_are_late_in_the_home_s_record_too() -> None:
    first, second = in_a_row(2)
    now = first.starts_at + DAY + 11 * HOUR
    late = lateness.late_windows(facts(policies.FIRST_72_HOURS, absences=(first, second)), now=now)
    assert [one.closes_at for one in late] == [
        london(2026, 3, 3, day_hour, minute) for day_hour, minute in ((13, 30), (18, 0), (21, 0))
    ]


minutes = st.integers(1, 30 * 60).map(lambda many: many * MINUTE)


@st.composite
def chains(draw: st.DrawFn) -> list[Absence]:
    """Outings one after the other, each back in time or out still."""
    chain, at = [], START + MINUTE
    for _n in range(draw(st.integers(1, 7))):
        until = at + min(draw(minutes), DAY)
        back = at + max(MINUTE, draw(st.floats(0.5, 1)) * (until - at))
        chain.append(Absence("out", at, until, min(back, until)))
        at = chain[-1].ends_at + draw(st.sampled_from([MINUTE, HOUR]) | minutes)
    return [*chain[:-1], replace(chain[-1], ends_at=draw(st.sampled_from([None, chain[-1].ends_at])))]


@given(any_row, chains())
def test_whoever_is_out_after_the_day_is_asked_for_whatever_was_written(
    row: Row, chain: list[Absence]
) -> None:
    last = max(chain[0].starts_at + DAY, due(row, []))
    out = [one for one in chain if one.ends_at is None or one.ends_at > last]
    assume(out)
    assert due(row, chain) <= max(last, out[0].starts_at)


@given(any_row, chains())
def test_after_the_day_the_roll_calls_are_owed_as_of_a_child_who_never_went_out(
    row: Row, chain: list[Absence]
) -> None:
    last = max(chain[0].starts_at + DAY, due(row, []))
    unless_out = due(row, [], watch_from=last) if row.windows else last
    back = max(unless_out, *(one.until for one in chain[:1]))
    assert due(row, chain) <= back
