"""What silence owes at an instant, and that a late sweep owes what a punctual one did."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts.expected import contact
from alerts.ladder import Climb, Rest, StandDown, Standing, decide
from alerts.schedule import RUNG_ORDER, ChildFacts, Expected, Shift, Step
from tests.alerts.strategies import (
    DAY,
    HOUR,
    MINUTE,
    START,
    Engine,
    children,
    episode,
    facts,
    london,
    sighting,
    sightings,
    steps_of,
)
from tests.counts import counts

# Of the facts that are drawn.
examples = settings(max_examples=counts(25, 100))
JUNE = london(2026, 6, 1, 12, 0)
DUE = london(2026, 6, 1, 23, 30)
CHILD = facts(policies.HIGH, watch_from=JUNE)
NOTHING = Standing()


def expected_of(child: ChildFacts) -> Expected:
    expected = contact(child)
    assert expected is not None
    return expected


def opened(child: ChildFacts, until: datetime) -> Engine:
    """An engine that has swept these facts each minute until then."""
    engine = Engine()
    at = expected_of(child).due_at
    while at <= until:
        engine.sweep(contact(child), at)
        at += MINUTE
    return engine


def climbed(engine: Engine) -> list[str]:
    return [step.value for _, step, _ in engine.climbed]


def test_before_the_first_step_nothing_is_owed() -> None:
    expected = expected_of(CHILD)
    assert decide(expected, NOTHING, DUE) == Rest(DUE + HOUR)
    assert decide(None, NOTHING, DUE) == Rest(None)


def test_silence_climbs_each_rung_once_and_in_order() -> None:
    engine = opened(CHILD, DUE + 30 * HOUR)
    assert climbed(engine) == ["R0", "R1", "R2", "R3", "fail_safe", "R4", "R5"]
    assert [owed_at - DUE for _, _, owed_at in engine.climbed] == [
        timedelta(minutes=m) for m in (60, 60, 120, 150, 180, 360, 1440)
    ]
    assert decide(contact(CHILD), engine.standing, DUE + 60 * DAY) == Rest(None)


def test_after_an_outage_everything_owed_fires_once_in_order_with_the_instant_it_was_owed() -> None:
    decision = decide(contact(CHILD), NOTHING, DUE + 3 * HOUR)
    assert decision == Climb(
        DUE,
        (
            (Step.R0, DUE + HOUR),
            (Step.R1, DUE + HOUR),
            (Step.R2, DUE + 2 * HOUR),
            (Step.R3, DUE + 150 * MINUTE),
            (Step.FAIL_SAFE, DUE + 3 * HOUR),
        ),
        DUE + 6 * HOUR,
    )


def test_accepted_proof_stands_the_alert_down_and_the_next_window_is_watched() -> None:
    engine = opened(CHILD, DUE + 2 * HOUR)
    seen = replace(CHILD, sightings=(sighting(DUE + 2 * HOUR),))
    decision = engine.sweep(contact(seen), DUE + 2 * HOUR)
    assert decision == StandDown(london(2026, 6, 2, 9, 30))


def test_a_stand_down_says_when_the_next_alert_is_owed_even_if_that_is_past() -> None:
    standing = Standing(DUE - DAY, {Step.R1: DUE - DAY}, frozenset({Step.R1}))
    decision = decide(contact(CHILD), standing, DUE + 2 * HOUR)
    assert decision == StandDown(DUE + HOUR)


def test_a_case_that_owes_nothing_any_more_stands_down_for_good() -> None:
    engine = opened(CHILD, DUE + 2 * HOUR)
    assert engine.sweep(contact(replace(CHILD, watch_until=DUE)), DUE + 2 * HOUR) == StandDown(None)


def test_a_withdrawn_proof_fires_what_is_owed_with_its_old_instants() -> None:
    engine = opened(CHILD, DUE + 2 * HOUR)
    before = steps_of(engine)
    now = DUE + 150 * MINUTE
    engine.sweep(contact(replace(CHILD, sightings=(sighting(DUE + 2 * HOUR),))), now)
    assert engine.standing == NOTHING
    decision = engine.sweep(contact(CHILD), now)
    assert isinstance(decision, Climb)
    assert [step for step, _ in decision.steps] == [Step.R0, Step.R1, Step.R2, Step.R3]
    assert before <= steps_of(engine)


def test_later_windows_open_no_second_alert() -> None:
    engine = opened(CHILD, DUE + 20 * HOUR)
    assert {due_at for due_at, _, _ in engine.climbed} == {DUE}


def test_new_facts_bring_a_rung_nearer() -> None:
    ordinary = facts(policies.ORDINARY, watch_from=JUNE)
    engine = opened(ordinary, london(2026, 6, 2, 8, 30))
    assert climbed(engine) == ["R0", "R1"]
    concern = facts(policies.ORDINARY, policies.FIRST_30_DAYS, watch_from=JUNE)
    decision = engine.sweep(contact(concern), london(2026, 6, 2, 8, 30))
    assert isinstance(decision, Climb)
    assert [step for step, _ in decision.steps] == [
        Step.R2,
        Step.R3,
        Step.FAIL_SAFE,
        Step.R4,
    ]


def test_new_facts_never_put_a_frozen_rung_off() -> None:
    engine = opened(CHILD, DUE + HOUR)
    slower = replace(policies.HIGH, steps=policies.ORDINARY.steps, version=2)
    child = facts(slower, watch_from=JUNE)
    assert expected_of(child).due_at == DUE
    engine.sweep(contact(child), DUE + 150 * MINUTE)
    assert climbed(engine) == ["R0", "R1", "R2", "R3"]


def test_a_rung_already_met_by_a_call_step_is_not_climbed_again() -> None:
    expected = expected_of(CHILD)
    standing = Standing(DUE, dict(expected.steps), frozenset(RUNG_ORDER[:5]), None, frozenset({Step.R4}))
    assert decide(expected, standing, DUE + 7 * HOUR) == Rest(DUE + 24 * HOUR)


# The two holds


def test_i_am_on_this_holds_the_fail_safe_until_half_an_hour_after_the_press() -> None:
    engine = opened(CHILD, DUE + 160 * MINUTE)
    engine.press_on_it(DUE + 170 * MINUTE)
    assert engine.sweep(contact(CHILD), DUE + 180 * MINUTE) == Rest(DUE + 200 * MINUTE)
    assert engine.sweep(contact(CHILD), DUE + 199 * MINUTE) == Rest(DUE + 200 * MINUTE)
    decision = engine.sweep(contact(CHILD), DUE + 200 * MINUTE)
    assert decision == Climb(DUE, ((Step.FAIL_SAFE, DUE + 200 * MINUTE),), DUE + 6 * HOUR)


def test_i_am_on_this_holds_nothing_but_the_fail_safe() -> None:
    engine = opened(CHILD, DUE + 160 * MINUTE)
    engine.press_on_it(DUE + 161 * MINUTE)
    engine.sweep(contact(CHILD), DUE + 6 * HOUR)
    assert climbed(engine)[-1] == "R4"


def test_an_early_press_never_brings_the_fail_safe_nearer() -> None:
    engine = opened(CHILD, DUE + 140 * MINUTE)
    engine.press_on_it(DUE + 145 * MINUTE)
    engine.sweep(contact(CHILD), DUE + 150 * MINUTE)
    assert engine.sweep(contact(CHILD), DUE + 179 * MINUTE) == Rest(DUE + 180 * MINUTE)


def test_a_press_after_the_fail_safe_was_owed_holds_nothing_though_the_sweep_is_late() -> None:
    engine = opened(CHILD, DUE + 160 * MINUTE)
    engine.press_on_it(DUE + 185 * MINUTE)
    decision = engine.sweep(contact(CHILD), DUE + 190 * MINUTE)
    assert isinstance(decision, Climb)
    assert decision.steps == ((Step.FAIL_SAFE, DUE + 180 * MINUTE),)


def reported(at: datetime, **fields: Any) -> ChildFacts:
    values = {"confirmed": True, "police_owed_at": DUE + 3 * HOUR, "reported_seen_at": at} | fields
    return replace(CHILD, episode=episode("silence", **values))


def test_reported_seen_holds_a_frozen_r4_for_two_hours_once() -> None:
    engine = opened(CHILD, DUE + 3 * HOUR)
    child = reported(DUE + 5 * HOUR)
    assert engine.sweep(contact(child), DUE + 6 * HOUR) == Rest(DUE + 7 * HOUR)
    decision = engine.sweep(contact(child), DUE + 7 * HOUR)
    assert decision == Climb(DUE, ((Step.R4, DUE + 7 * HOUR),), DUE + 24 * HOUR)


def test_reported_seen_after_r4_was_owed_holds_nothing_though_the_sweep_is_late() -> None:
    engine = opened(CHILD, DUE + 3 * HOUR)
    decision = engine.sweep(contact(reported(DUE + 361 * MINUTE)), DUE + 365 * MINUTE)
    assert decision == Climb(DUE, ((Step.R4, DUE + 6 * HOUR),), DUE + 24 * HOUR)


# Episodes


def test_a_confirmed_episode_needs_no_fail_safe_and_goes_on_to_r4_and_r5_at_their_own_times() -> None:
    engine = opened(CHILD, DUE + 150 * MINUTE)
    child = replace(CHILD, episode=episode("silence", confirmed=True, t0=DUE + 160 * MINUTE))
    for minutes in range(150, 30 * 60, 10):
        engine.sweep(contact(child), DUE + minutes * MINUTE)
    assert climbed(engine) == ["R0", "R1", "R2", "R3", "R4", "R5"]
    assert engine.climbed[-2][2] == DUE + 6 * HOUR
    assert engine.stood_down == []


def test_a_fail_safe_fires_while_nobody_has_confirmed() -> None:
    engine = opened(CHILD, DUE + 150 * MINUTE)
    engine.sweep(contact(replace(CHILD, episode=episode("silence"))), DUE + 3 * HOUR)
    assert climbed(engine)[-1] == "fail_safe"


def test_an_open_episode_opens_no_alert_of_silence() -> None:
    child = replace(CHILD, episode=episode("silence", confirmed=True, t0=JUNE))
    assert decide(contact(child), NOTHING, DUE + 60 * DAY) == Rest(None)


def test_not_here_opens_an_alert_of_the_silence_that_tells_the_head_after_an_hour() -> None:
    child = replace(CHILD, episode=episode("not_here", t0=JUNE, police_owed_at=JUNE))
    assert decide(contact(child), NOTHING, JUNE) == Rest(JUNE + HOUR)
    assert decide(contact(child), NOTHING, JUNE + HOUR) == Climb(
        JUNE, ((Step.R4, JUNE + HOUR),), JUNE + 6 * HOUR
    )


def test_not_here_during_an_alert_brings_r4_nearer_and_skips_what_the_home_was_to_do() -> None:
    engine = opened(CHILD, DUE + 30 * MINUTE)
    engine.sweep(contact(CHILD), DUE + HOUR)
    t0 = DUE + 70 * MINUTE
    child = replace(CHILD, episode=episode("not_here", t0=t0, police_owed_at=t0))
    engine.sweep(contact(child), t0)
    assert climbed(engine) == ["R0", "R1"]
    engine.sweep(contact(child), t0 + HOUR)
    assert engine.climbed[-1] == (DUE, Step.R4, t0 + HOUR)


def test_a_report_during_an_alert_leaves_the_managers_rung_to_the_call_ladder() -> None:
    engine = opened(CHILD, DUE + 70 * MINUTE)
    child = replace(CHILD, episode=episode("report", t0=DUE + 80 * MINUTE, police_owed_at=DUE))
    engine.sweep(contact(child), DUE + 4 * HOUR)
    assert climbed(engine) == ["R0", "R1", "R4"]


def test_proof_does_not_end_an_alert_whose_police_were_told_and_the_episodes_end_does() -> None:
    engine = opened(CHILD, DUE + 3 * HOUR)
    seen = (sighting(DUE + 4 * HOUR),)
    open_episode = episode("silence", police_owed_at=DUE + 3 * HOUR)
    child = replace(CHILD, sightings=seen, episode=open_episode)
    assert engine.sweep(contact(child), DUE + 4 * HOUR) == Rest(DUE + 6 * HOUR)
    over = replace(child, episode=None, rests=((DUE + 3 * HOUR, DUE + 5 * HOUR),))
    assert isinstance(engine.sweep(contact(over), DUE + 5 * HOUR), StandDown)


def test_proof_ends_an_unconfirmed_episode_of_silence() -> None:
    engine = opened(CHILD, DUE + 170 * MINUTE)
    child = replace(CHILD, sightings=(sighting(DUE + 170 * MINUTE),), episode=episode("silence"))
    assert isinstance(engine.sweep(contact(child), DUE + 170 * MINUTE), StandDown)


@pytest.mark.parametrize(("year", "month", "day"), [(2026, 3, 28), (2026, 10, 24)])
def test_the_ordinary_child_climbs_at_londons_eight_o_clock_when_the_clocks_change(
    year: int, month: int, day: int
) -> None:
    child = facts(policies.ORDINARY, watch_from=london(year, month, day, 12, 0))
    eight = london(year, month, day + 1, 8, 0)
    assert decide(contact(child), NOTHING, eight - timedelta(seconds=1)) == Rest(eight)
    assert isinstance(decide(contact(child), NOTHING, eight), Climb)


# Properties

ticks = st.lists(st.integers(0, 60 * 24 * 10), min_size=1, max_size=12).map(sorted)


@examples
@given(children(), ticks)
def test_a_late_or_repeated_sweep_has_climbed_what_a_punctual_one_had(
    child: ChildFacts, minutes: list[int]
) -> None:
    expected = expected_of(child)
    start = expected.due_at
    punctual = Engine()
    wakes = sorted({*expected.steps.values(), *(start + m * MINUTE for m in minutes)})
    late = Engine()
    for now in wakes:
        punctual.sweep(expected, now)
        if now in {start + m * MINUTE for m in minutes}:
            late.sweep(expected, now)
            late.sweep(expected, now)
            assert steps_of(late) == steps_of(punctual)
            assert late.standing == punctual.standing


@examples
@given(children(), ticks)
def test_nothing_climbs_twice_and_rungs_climb_in_order(child: ChildFacts, minutes: list[int]) -> None:
    expected = expected_of(child)
    engine = Engine().run(lambda _: expected, (expected.due_at + m * MINUTE for m in minutes))
    steps = [step for _, step, _ in engine.climbed if step is not Step.FAIL_SAFE]
    assert steps == sorted(set(steps), key=RUNG_ORDER.index)
    assert len(engine.climbed) == len({step for _, step, _ in engine.climbed})


@examples
@given(children(), children(), st.integers(0, 60 * 24 * 3))
def test_new_facts_never_put_a_frozen_step_off(before: ChildFacts, after: ChildFacts, minutes: int) -> None:
    old, new = expected_of(before), expected_of(after)
    opened_at = old.steps[Step.R1]
    engine = Engine()
    engine.sweep(old, opened_at)
    frozen = engine.standing
    now = opened_at + minutes * MINUTE
    decision = decide(new, frozen, now)
    if isinstance(decision, StandDown):
        assert new.due_at > old.due_at
        return
    owed = dict(decision.steps) if isinstance(decision, Climb) else {}
    for step, at in old.steps.items():
        if at <= now and step not in frozen.climbed:
            assert owed[step] <= at
    assert decision.next_at is None or decision.next_at > now


@examples
@given(children(), st.integers(0, 60 * 24 * 20))
def test_an_open_child_without_proof_always_has_a_next_instant_or_has_reached_the_director(
    child: ChildFacts, minutes: int
) -> None:
    expected = expected_of(child)
    now = START + minutes * MINUTE
    engine = Engine()
    decision = engine.sweep(expected, now)
    climbed_now = {step for _, step, _ in engine.climbed}
    if decision.next_at is None:
        assert Step.R5 in climbed_now
    else:
        assert decision.next_at > now


@examples
@given(children(), sightings, st.integers(0, 60 * 24 * 20))
def test_recording_and_withdrawing_a_proof_leaves_the_alert_where_it_would_have_been(
    child: ChildFacts, seen: Any, minutes: int
) -> None:
    expected = expected_of(child)
    now = expected.due_at + minutes * MINUTE
    untouched, touched = Engine(), Engine()
    untouched.sweep(expected, now)
    touched.sweep(expected, now)
    touched.sweep(contact(replace(child, sightings=(*child.sightings, seen))), now)
    while isinstance(touched.sweep(expected, now), StandDown):
        pass
    assert steps_of(untouched) <= steps_of(touched)
    assert untouched.standing.climbed <= touched.standing.climbed


@examples
@given(children(), st.integers(0, 400), st.integers(0, 600))
def test_the_fail_safe_is_held_once_and_never_for_longer_than_half_an_hour_after_the_press(
    child: ChildFacts, pressed: int, minutes: int
) -> None:
    expected = expected_of(child)
    if Step.FAIL_SAFE not in expected.steps:
        return
    owed_at = expected.steps[Step.FAIL_SAFE]
    engine = Engine()
    engine.sweep(expected, expected.steps[Step.R3])
    press = expected.steps[Step.R3] + pressed * MINUTE
    engine.press_on_it(press)
    now = expected.steps[Step.R3] + minutes * MINUTE
    engine.sweep(expected, now)
    fired = Step.FAIL_SAFE in engine.standing.climbed
    held = press < owed_at
    assert fired == (now >= (max(owed_at, press + 30 * MINUTE) if held else owed_at))


@given(st.integers(-120, 120))
def test_a_home_that_moves_its_night_moves_every_rung_with_it(minutes: int) -> None:
    moved = replace(CHILD, shifts=(Shift("night", minutes, JUNE.date()),))
    expected, plain = expected_of(moved), expected_of(CHILD)
    assert {step: at - plain.steps[step] for step, at in expected.steps.items()} == dict.fromkeys(
        plain.steps, minutes * MINUTE
    )
