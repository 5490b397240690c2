"""What an open episode owes to the police, and the lease that a verification gives."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.call_ladder import (
    CALL_STEPS,
    CallFacts,
    CallStanding,
    CallTimes,
    Climb,
    Rest,
    StandDown,
    decide,
    schedule,
)

OWED = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def planned(*verified: timedelta) -> dict[str, timedelta]:
    """The steps owed after verifications at these spans after the first police message."""
    facts = CallFacts(OWED, tuple(OWED + span for span in verified))
    return {step: at - OWED for step, at in schedule(facts)}


def test_without_a_verification_the_police_are_rung_five_times_in_two_hours() -> None:
    assert planned() == {
        "call_0": 0 * MINUTE,
        "call_15": 15 * MINUTE,
        "call_30": 30 * MINUTE,
        "call_60": 60 * MINUTE,
        "call_120": 120 * MINUTE,
    }


def test_a_first_call_that_is_verified_at_once_still_tells_the_police_once() -> None:
    steps = planned(timedelta(0))
    assert steps["call_0"] == timedelta(0)
    assert steps["ask:1"] == 8 * HOUR
    assert planned(-HOUR) == steps


def test_a_verification_stops_the_steps_to_come_for_eight_and_a_half_hours() -> None:
    verified = 20 * MINUTE
    stale = verified + 8 * HOUR + 30 * MINUTE
    assert planned(verified) == {
        "call_0": 0 * MINUTE,
        "call_15": 15 * MINUTE,
        "ask:1": verified + 8 * HOUR,
        "call_30": stale,
        "call_60": stale + 30 * MINUTE,
        "call_120": stale + 90 * MINUTE,
    }


def test_a_newer_verification_within_the_lease_asks_only_once() -> None:
    steps = planned(20 * MINUTE, 5 * HOUR)
    assert "ask:1" not in steps
    assert steps["ask:2"] == 13 * HOUR
    assert steps["call_30"] == 13 * HOUR + 30 * MINUTE


def test_an_answer_within_half_an_hour_of_the_asking_keeps_the_steps_stopped() -> None:
    asked = 20 * MINUTE + 8 * HOUR
    steps = planned(20 * MINUTE, asked + 30 * MINUTE)
    assert steps["ask:1"] == asked
    assert steps["call_30"] == asked + 30 * MINUTE + 8 * HOUR + 30 * MINUTE


def test_an_answer_after_half_an_hour_finds_one_step_climbed_and_stops_the_others() -> None:
    asked = 20 * MINUTE + 8 * HOUR
    steps = planned(20 * MINUTE, asked + 31 * MINUTE)
    assert steps["call_30"] == asked + 30 * MINUTE
    assert steps["call_60"] == asked + 31 * MINUTE + 8 * HOUR + 30 * MINUTE


def test_when_every_step_was_climbed_a_stale_verification_opens_ring_again() -> None:
    steps = planned(3 * HOUR)
    assert steps["ask:1"] == 11 * HOUR
    assert steps["ring_again:1"] == 11 * HOUR + 30 * MINUTE
    assert list(steps) == [*CALL_STEPS, "ask:1", "ring_again:1"]
    again = planned(3 * HOUR, 12 * HOUR)
    assert again["ring_again:1"] == 11 * HOUR + 30 * MINUTE
    assert again["ring_again:2"] == 20 * HOUR + 30 * MINUTE


@pytest.mark.parametrize(
    ("verified", "asked"), [(63 * HOUR, True), (64 * HOUR, True), (64 * HOUR + MINUTE, False)]
)
def test_it_is_asked_for_again_only_in_the_first_72_hours(verified: timedelta, asked: bool) -> None:
    steps = planned(20 * MINUTE, verified)
    assert ("ask:2" in steps) is asked
    assert ("call_120" in steps) is True


def test_a_verification_that_no_asking_follows_stops_the_steps_for_good() -> None:
    early = tuple((n * 8) * HOUR + 10 * MINUTE for n in range(9))
    steps = planned(*early)
    assert "call_15" not in steps
    assert not [step for step in steps if step.startswith("ask")]
    facts = CallFacts(OWED, tuple(OWED + span for span in early))
    assert decide(facts, CallStanding(frozenset({"call_0"})), OWED + 500 * HOUR) == Rest(None)


def test_leases_are_elapsed_hours_when_the_clocks_go_back() -> None:
    owed = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    steps = dict(schedule(CallFacts(owed, (owed,))))
    assert steps["ask:1"] == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_each_step_climbs_once_and_late_ones_come_in_order() -> None:
    facts = CallFacts(OWED)
    assert decide(facts, CallStanding(), OWED - MINUTE) == Rest(OWED)
    assert decide(facts, CallStanding(), OWED) == Climb((("call_0", OWED),), OWED + 15 * MINUTE)
    late = decide(facts, CallStanding(frozenset({"call_0"})), OWED + 45 * MINUTE)
    assert late == Climb((("call_15", OWED + 15 * MINUTE), ("call_30", OWED + 30 * MINUTE)), OWED + HOUR)
    assert decide(facts, CallStanding(frozenset(CALL_STEPS)), OWED + 99 * HOUR) == Rest(None)


def test_a_step_owed_before_the_verification_is_owed_to_a_late_sweep_too() -> None:
    facts = CallFacts(OWED, (OWED + 20 * MINUTE,))
    late = decide(facts, CallStanding(), OWED + 40 * MINUTE)
    assert late == Climb((("call_0", OWED), ("call_15", OWED + 15 * MINUTE)), OWED + 20 * MINUTE + 8 * HOUR)


def test_the_end_of_the_episode_ends_the_calls() -> None:
    facts = CallFacts(OWED, ended_at=OWED + MINUTE)
    assert decide(facts, CallStanding(), OWED + HOUR) == StandDown()


def test_the_spacing_is_a_setting_and_may_be_seconds() -> None:
    second = timedelta(seconds=1)
    times = CallTimes(tuple(n * 15 * second for n in range(5)), 60 * second, 15 * second, 600 * second)
    steps = dict(schedule(CallFacts(OWED, (OWED + 20 * second,)), times))
    assert steps["call_15"] == OWED + 15 * second
    assert steps["ask:1"] == OWED + 80 * second
    assert steps["call_30"] == OWED + 95 * second
    assert steps["call_120"] == OWED + 125 * second


@pytest.mark.parametrize("minutes", [(0, 15, 30, 60), (0, 30, 15, 60, 120)])
def test_a_spacing_that_falls_or_lacks_a_step_is_refused(minutes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rising"):
        CallTimes(tuple(m * MINUTE for m in minutes))


verifications = st.lists(st.integers(-60, 80 * 60), max_size=8).map(
    lambda minutes: tuple(OWED + m * MINUTE for m in minutes)
)
ticks = st.lists(st.integers(0, 100 * 60), min_size=1, max_size=10).map(sorted)


@settings(deadline=None)
@given(verifications)
def test_the_police_are_told_once_at_once_and_no_step_is_owed_twice_or_out_of_order(
    verified: tuple[datetime, ...],
) -> None:
    steps = schedule(CallFacts(OWED, verified))
    names = [step for step, _ in steps]
    assert steps[0] == ("call_0", OWED)
    assert len(names) == len(set(names))
    calls = [step for step in names if step.startswith("call")]
    assert calls == list(CALL_STEPS[: len(calls)])
    assert [at for _, at in steps] == sorted(at for _, at in steps)


@settings(deadline=None)
@given(verifications)
def test_no_call_step_is_owed_within_eight_and_a_half_hours_of_a_verification(
    verified: tuple[datetime, ...],
) -> None:
    for step, at in schedule(CallFacts(OWED, verified))[1:]:
        if step.startswith(("call", "ring")):
            assert not any(max(v, OWED) <= at < max(v, OWED) + 510 * MINUTE for v in verified)


@settings(deadline=None)
@given(verifications)
def test_an_unanswered_asking_always_leads_to_a_call(verified: tuple[datetime, ...]) -> None:
    steps = schedule(CallFacts(OWED, verified))
    for step, at in steps:
        if step.startswith("ask"):
            answered = any(at < v <= at + 30 * MINUTE for v in verified)
            called = any(other == at + 30 * MINUTE and name != step for name, other in steps)
            assert called != answered


@settings(deadline=None)
@given(verifications, ticks)
def test_a_late_or_repeated_sweep_has_climbed_what_a_punctual_one_had(
    verified: tuple[datetime, ...], minutes: list[int]
) -> None:
    """Verifications arrive while the sweeps run: each sweep knows those recorded by then."""
    late: frozenset[str] = frozenset()
    punctual: frozenset[str] = frozenset()
    stops = {OWED + m * MINUTE for m in minutes}
    every = {at for _, at in schedule(CallFacts(OWED, verified))}
    seen = set(verified)
    for now in sorted({*stops, *every, *(v - MINUTE for v in seen), *seen}):
        facts = CallFacts(OWED, tuple(sorted(v for v in verified if v <= now)))
        punctual |= _climbed(facts, punctual, now)
        if now in stops:
            late |= _climbed(facts, late, now)
            late |= _climbed(facts, late, now)
            assert late == punctual


def _climbed(facts: CallFacts, climbed: frozenset[str], now: datetime) -> frozenset[str]:
    decision = decide(facts, CallStanding(climbed), now)
    if not isinstance(decision, Climb):
        return frozenset()
    steps = frozenset(step for step, _ in decision.steps)
    assert not steps & climbed
    assert decision.next_at is None or decision.next_at > now
    return steps


def test_a_verification_that_is_disbelieved_is_stale_from_then_on():
    first, second = OWED + 5 * MINUTE, OWED + 50 * MINUTE
    steps = dict(schedule(CallFacts(OWED, (first,), disbelieved=((first, OWED + 40 * MINUTE),))))
    assert steps["call_15"] == OWED + 40 * MINUTE
    assert steps["call_30"] == OWED + 55 * MINUTE
    assert not [step for step in steps if step.startswith("ask")]
    both = CallFacts(OWED, (first, second), disbelieved=((first, OWED + 40 * MINUTE),))
    steps = dict(schedule(both))
    assert "call_30" not in steps or steps["call_30"] > second
    assert steps["ask:2"] == second + timedelta(hours=8), "the next has its own number still"
    later = CallFacts(OWED, (first, second), disbelieved=((first, OWED + 60 * MINUTE),))
    assert "call_15" not in dict(schedule(later)) or dict(schedule(later))["call_15"] > second
