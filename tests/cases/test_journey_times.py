"""By when an escort confirms the child next: by the plan, as late as the car, and never more than two hours on."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.journey_times import APART_AT_MOST, Stop, next_stop, owed

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


def due(*stops: Stop) -> datetime | None:
    return owed(stops, apart=APART_AT_MOST)


def test_the_pick_up_is_owed_first_and_nothing_after_the_hand_over():
    assert due(Stop(at(0)), Stop(at(90))) == at(0)
    assert due(Stop(at(0), at(0)), Stop(at(90))) == at(90)
    assert due(Stop(at(0), at(0)), Stop(at(90), at(95))) is None


def test_a_car_that_runs_late_is_as_late_at_the_next_stop_and_no_more():
    assert due(Stop(at(0), at(20)), Stop(at(90)), Stop(at(180))) == at(110)
    assert due(Stop(at(0), at(20)), Stop(at(120)), Stop(at(180))) == at(140)


def test_an_early_stop_brings_the_next_forward_to_two_hours_from_then():
    assert due(Stop(at(0), at(-30)), Stop(at(120))) == at(90)
    assert due(Stop(at(0), at(-30)), Stop(at(60))) == at(60)


def test_a_stop_that_was_passed_is_not_asked_for_again():
    stops = (Stop(at(0), at(0)), Stop(at(60)), Stop(at(120), at(121)), Stop(at(180)))
    assert next_stop(stops) == 3
    assert due(*stops) == at(181)


def test_after_a_night_on_the_way_the_morning_is_owed_by_its_own_time():
    stops = (Stop(at(0), at(0)), Stop(at(90), at(140), overnight=True), Stop(at(690)))
    assert due(*stops) == at(690), "nobody is woken for a car that came late in the evening"
    assert due(Stop(at(0), at(0)), Stop(at(90), at(700), overnight=True), Stop(at(690))) == at(820)
    # Where the child came there hours before the night it is confirmed there again, as at any stop of the day.
    early = (Stop(at(0), at(0)), Stop(at(600), at(180), overnight=True), Stop(at(1200)))
    assert (next_stop(early), due(*early)) == (1, at(180 + 120))


gaps = st.lists(st.integers(1, 120), min_size=1, max_size=8)
delays = st.lists(st.integers(-30, 180), min_size=9, max_size=9)


@given(gaps=gaps, delays=delays, reached=st.integers(0, 9))
def test_nobody_is_out_of_sight_for_more_than_two_hours(gaps, delays, reached):
    planned = [at(sum(gaps[:n])) for n in range(len(gaps) + 1)]
    seen: list[datetime] = []
    for number, due_at in enumerate(planned[:reached]):
        moment = due_at + delays[number] * MINUTE
        seen.append(max([moment, *seen]))
    stops = [Stop(due_at, seen[n] if n < len(seen) else None) for n, due_at in enumerate(planned)]
    found = owed(stops, apart=APART_AT_MOST)
    if reached > len(gaps):
        assert found is None
        return
    assert found is not None
    if not seen:
        assert found == planned[0]
        return
    assert seen[-1] < found <= seen[-1] + APART_AT_MOST
    # A car that is on time or early is never asked later than the plan says.
    if seen[-1] <= planned[len(seen) - 1]:
        assert found <= planned[len(seen)]
