"""What an outage of the engine puts off, until when, and what it does not touch."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts.expected import contact
from alerts.holds import PUT_OFF, Hold
from alerts.ladder import Climb, Rest, Standing, instants
from alerts.schedule import RUNG_ORDER, ChildFacts, Expected, Step
from tests.alerts.strategies import HOUR, MINUTE, Engine, children, episode, facts, london, sighting
from tests.counts import counts

few = settings(max_examples=counts(30, 100))
JUNE = london(2026, 6, 1, 12, 0)
DUE = london(2026, 6, 1, 23, 30)
# R0 and R1 at 00:30, R2 at 01:30, R3 at 02:00, fail-safe at 02:30, R4 at 05:30, R5 at 23:30.
CHILD = facts(policies.HIGH, watch_from=JUNE)
QUARTER = 15 * MINUTE


def outage(began: datetime, ended: datetime, minutes: int = 45) -> Hold:
    return Hold(began, ended, ended + minutes * MINUTE)


def expected_of(child: ChildFacts) -> Expected:
    expected = contact(child)
    assert expected is not None
    return expected


def owed(*holds: Hold, standing: Standing | None = None, child: ChildFacts = CHILD) -> dict[Step, datetime]:
    return instants(expected_of(child), standing or Standing(), holds)


NIGHT = outage(london(2026, 6, 2, 0, 0), london(2026, 6, 2, 6, 0))
SERVED = NIGHT.until


def test_home_desk_and_manager_are_owed_in_their_own_time_and_the_police_after_the_hold() -> None:
    found = owed(NIGHT)
    assert [found[step] - DUE for step in (Step.R0, Step.R1, Step.R2)] == [HOUR, HOUR, 2 * HOUR]
    assert found[Step.R3] == found[Step.FAIL_SAFE] == found[Step.R4] == SERVED
    assert found[Step.R5] == DUE + 24 * HOUR


def test_at_the_end_of_the_outage_only_the_first_rungs_climb_and_the_rest_when_the_hold_ends() -> None:
    engine = Engine()
    decision = engine.sweep(contact(CHILD), NIGHT.ended_at, holds=(NIGHT,))
    assert isinstance(decision, Climb)
    assert [step for step, _ in decision.steps] == [Step.R0, Step.R1, Step.R2]
    assert decision.next_at == SERVED
    assert engine.sweep(contact(CHILD), SERVED - MINUTE, holds=(NIGHT,)) == Rest(SERVED)
    climbed = engine.sweep(contact(CHILD), SERVED, holds=(NIGHT,))
    assert isinstance(climbed, Climb)
    assert climbed.steps == ((Step.R3, SERVED), (Step.FAIL_SAFE, SERVED), (Step.R4, SERVED))


def test_a_home_that_answers_during_the_hold_hears_no_more_of_it() -> None:
    engine = Engine()
    engine.sweep(contact(CHILD), NIGHT.ended_at, holds=(NIGHT,))
    seen = replace(CHILD, sightings=(sighting(NIGHT.ended_at + QUARTER),))
    engine.sweep(contact(seen), NIGHT.ended_at + QUARTER, holds=(NIGHT,))
    engine.sweep(contact(seen), SERVED, holds=(NIGHT,))
    assert Step.R3 not in {step for _, step, _ in engine.climbed}
    assert engine.stood_down == [NIGHT.ended_at + QUARTER]


def test_an_alert_at_the_police_rung_before_the_outage_goes_on_at_once() -> None:
    late = outage(london(2026, 6, 2, 2, 0), london(2026, 6, 2, 8, 0))
    assert owed(late) == owed()


def test_a_rung_raised_to_the_police_before_the_outage_counts_as_raised() -> None:
    # Nobody stood on R2, so R3 climbed at 23:50 already: its episode is open.
    standing = Standing(DUE, expected_of(CHILD).steps, frozenset({Step.R3}), police_at=DUE + 20 * MINUTE)
    assert owed(NIGHT, standing=standing) == owed()


def test_a_deadline_after_service_is_back_is_put_off_by_nothing() -> None:
    assert owed(outage(DUE - 6 * HOUR, DUE)) == owed()
    assert owed(outage(DUE - 6 * HOUR, DUE + MINUTE, minutes=240))[Step.R3] == DUE + MINUTE + 4 * HOUR


def test_a_fail_safe_that_falls_into_the_hold_waits_for_its_end_and_one_after_it_does_not() -> None:
    short = outage(london(2026, 6, 2, 1, 0), london(2026, 6, 2, 1, 50))
    assert owed(short)[Step.R3] == owed(short)[Step.FAIL_SAFE] == london(2026, 6, 2, 2, 35)
    shorter = outage(london(2026, 6, 2, 1, 0), london(2026, 6, 2, 1, 20))
    assert owed(shorter)[Step.FAIL_SAFE] == london(2026, 6, 2, 2, 30)


def test_an_open_episode_and_not_here_wait_for_no_roll_call() -> None:
    confirmed = replace(
        CHILD,
        episode=episode(started_by="not_here", t0=DUE + HOUR, police_owed_at=DUE + HOUR, confirmed=True),
    )
    expected = expected_of(confirmed)
    assert expected.resting
    assert instants(expected, Standing(), [NIGHT]) == instants(expected, Standing())


def test_a_second_outage_leaves_what_was_left_of_the_hold() -> None:
    # 20 of the 45 minutes had passed when the engine went down again, for an hour.
    began = NIGHT.ended_at + 20 * MINUTE
    second = outage(began, began + HOUR)
    assert owed(NIGHT, second)[Step.FAIL_SAFE] == second.ended_at + 25 * MINUTE
    assert owed(second, NIGHT) == owed(NIGHT, second)


def test_an_outage_after_the_hold_has_ended_puts_off_nothing_again() -> None:
    second = outage(SERVED, SERVED + 3 * HOUR)
    assert owed(NIGHT, second)[Step.FAIL_SAFE] == SERVED


def test_an_engine_that_fails_again_and_again_does_not_put_off_a_search_for_ever() -> None:
    holds, at = [NIGHT], NIGHT.ended_at
    for _ in range(10):
        holds.append(outage(at + 5 * MINUTE, at + 16 * MINUTE))
        at += 16 * MINUTE
    # Nine times five minutes of service are the 45.
    assert owed(*holds)[Step.FAIL_SAFE] == holds[8].ended_at + 5 * MINUTE


outages = st.lists(
    st.tuples(st.integers(-600, 1500), st.integers(11, 400), st.integers(0, 120)), min_size=1, max_size=4
)


def a_history(expected: Expected, spans: list[tuple[int, int, int]]) -> list[Hold]:
    """Outages around the deadline, none beginning before the last has ended."""
    holds: list[Hold] = []
    for began, lasted, held in sorted(spans):
        begins = expected.due_at + began * MINUTE
        if holds:
            begins = max(begins, holds[-1].ended_at + MINUTE)
        holds.append(outage(begins, begins + lasted * MINUTE, held))
    return holds


@few
@given(children(), outages)
def test_no_step_is_ever_owed_sooner_and_the_rungs_keep_their_order(
    child: ChildFacts, spans: list[tuple[int, int, int]]
) -> None:
    expected = expected_of(child)
    holds = a_history(expected, spans)
    own, held = instants(expected, Standing()), instants(expected, Standing(), holds)
    assert all(held[step] >= own[step] for step in own)
    assert all(held[step] == own[step] for step in own if step not in PUT_OFF)
    rungs = [held[step] for step in RUNG_ORDER if step in held and step is not Step.FAIL_SAFE]
    assert rungs == sorted(rungs)
    assert max(held.values()) <= max([*own.values(), *(hold.until for hold in holds)])


@few
@given(children(), outages)
def test_no_step_is_put_off_by_more_than_outages_and_one_hold(
    child: ChildFacts, spans: list[tuple[int, int, int]]
) -> None:
    expected = expected_of(child)
    holds = a_history(expected, spans)
    served = timedelta(minutes=max(held for _, _, held in spans))
    own, held = instants(expected, Standing()), instants(expected, Standing(), holds)
    for step in own:
        down = sum((h.ended_at - h.began_at for h in holds if own[step] < h.ended_at), timedelta(0))
        down += sum(
            (h.ended_at - own[step] for h in holds if h.began_at <= own[step] < h.ended_at), timedelta(0)
        )
        assert held[step] - own[step] <= down + served


@few
@given(children(), outages, st.lists(st.integers(0, 60 * 24 * 3), min_size=1, max_size=8))
def test_a_late_or_repeated_sweep_with_outages_has_climbed_what_a_punctual_one_had(
    child: ChildFacts, spans: list[tuple[int, int, int]], minutes: list[int]
) -> None:
    expected = expected_of(child)
    holds = a_history(expected, spans)
    looks = {expected.due_at + m * MINUTE for m in minutes}
    wakes = {*instants(expected, Standing(), holds).values(), *looks}
    punctual, late = Engine(), Engine()
    for now in sorted(wakes):
        punctual.sweep(expected, now, holds=holds)
        if now in looks:
            late.sweep(expected, now, holds=holds)
            late.sweep(expected, now, holds=holds)
            assert set(late.climbed) == set(punctual.climbed)
            assert late.standing == punctual.standing


@few
@given(children(), outages)
def test_everything_owed_climbs_in_the_end_and_each_step_once(
    child: ChildFacts, spans: list[tuple[int, int, int]]
) -> None:
    expected = expected_of(child)
    holds = a_history(expected, spans)
    engine = Engine()
    engine.sweep(expected, expected.due_at + 60 * 24 * HOUR, holds=holds)
    assert {step for _, step, _ in engine.climbed} == set(expected.steps)
    assert engine.sweep(expected, expected.due_at + 61 * 24 * HOUR, holds=holds) == Rest(None)
