"""The stretches without proof: longer than the policy lets pass, and none while a search says so itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from alerts import default_policies as policies
from alerts import proof
from alerts.gaps import SHORTEST, Gap, unproved
from alerts.schedule import ChildFacts
from cases.strengths import Strength
from tests.alerts.strategies import DAY, HOUR, START, children, episode, facts, london, sighting


def seen_after(*hours: int) -> ChildFacts:
    """A child of the ordinary row, seen face to face at the start and after so many hours."""
    moments = [START, *(START + hour * HOUR for hour in hours)]
    sightings = tuple(sighting(at, id=number) for number, at in enumerate(moments))
    return replace(facts(policies.ORDINARY), sightings=sightings)


def test_a_child_seen_every_evening_has_no_gap() -> None:
    assert unproved(seen_after(24, 48, 72), now=START + 80 * HOUR) == ()


def test_three_days_without_proof_are_one_gap_from_the_last_sighting_to_the_next() -> None:
    assert unproved(seen_after(24, 96), now=START + 100 * HOUR) == (
        Gap(START + 24 * HOUR, START + 96 * HOUR),
    )


def test_a_gap_that_lasts_has_no_end_yet() -> None:
    assert unproved(seen_after(24), now=START + 96 * HOUR) == (Gap(START + 24 * HOUR, None),)


def test_what_is_no_proof_ends_no_gap() -> None:
    hearsay = sighting(START + 48 * HOUR, Strength.HEARSAY, id=9)
    child = seen_after(24, 96)
    child = replace(child, sightings=(*child.sightings, hearsay))
    assert unproved(child, now=START + 100 * HOUR) == (Gap(START + 24 * HOUR, START + 96 * HOUR),)


def test_an_interval_lets_its_interval_pass_and_no_more() -> None:
    row = replace(policies.ORDINARY, windows=(), interval=timedelta(hours=50))
    child = replace(facts(row), sightings=(sighting(START),))
    assert unproved(child, now=START + 50 * HOUR) == ()
    assert unproved(child, now=START + 51 * HOUR) == (Gap(START, None),)


def test_a_row_with_roll_calls_lets_pass_from_the_opening_of_one_to_the_end_of_the_next() -> None:
    (window,) = policies.ORDINARY.windows
    opening = london(2026, 3, 10, window.opens.hour, window.opens.minute)
    closing = london(2026, 3, 11, window.closes.hour, window.closes.minute)
    child = replace(facts(policies.ORDINARY), watch_from=opening, sightings=(sighting(opening),))
    assert unproved(child, now=closing) == ()
    assert unproved(child, now=closing + timedelta(minutes=1)) != ()


@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24)])
def test_a_night_in_which_the_clocks_change_is_no_longer_than_another(day: tuple[int, int, int]) -> None:
    (window,) = policies.ORDINARY.windows
    opening = london(*day, window.opens.hour, window.opens.minute)
    closing = london(*day[:2], day[2] + 1, window.closes.hour, window.closes.minute)
    child = replace(facts(policies.ORDINARY), watch_from=opening, sightings=(sighting(opening),))
    assert unproved(child, now=closing) == ()
    assert unproved(child, now=closing + timedelta(minutes=1)) != ()


def test_an_interval_is_of_the_hours_that_pass_whatever_the_clocks_show() -> None:
    row = replace(policies.ORDINARY, windows=(), interval=2 * HOUR)
    back, forward = london(2026, 10, 25, 0, 30), london(2026, 3, 29, 0, 30)
    for start in (back, forward):
        child = replace(facts(row), watch_from=start, sightings=(sighting(start),))
        assert unproved(child, now=start + 2 * HOUR) == ()
        assert unproved(child, now=start + 2.5 * HOUR) == (Gap(start, None),)


def test_the_gap_before_a_report_ends_with_it_and_the_search_itself_is_none() -> None:
    reported = START + 72 * HOUR
    child = replace(
        seen_after(0), episode=episode("report", t0=reported, police_owed_at=reported, confirmed=True)
    )
    assert unproved(child, now=START + 400 * HOUR) == (Gap(START, reported),)


def test_after_an_ended_search_a_new_stretch_begins() -> None:
    rest = (START + 24 * HOUR, START + 240 * HOUR)
    child = replace(seen_after(0), rests=(rest,))
    assert unproved(child, now=START + 260 * HOUR) == ()
    assert unproved(child, now=START + 300 * HOUR) == (Gap(START + 240 * HOUR, None),)


def test_a_closed_case_has_no_gap_that_lasts() -> None:
    child = replace(seen_after(24), watch_until=START + 30 * HOUR)
    assert unproved(child, now=START + 900 * HOUR) == ()


@given(children())
def test_gaps_are_in_order_hold_no_proof_and_are_never_short(child: ChildFacts) -> None:
    now = START + 60 * DAY
    found = unproved(child, now=now)
    proofs = [one.happened_at for one in proof.accepted(child.sightings, child.applies)]
    for gap in found:
        ends_at = gap.ends_at or now
        assert ends_at - gap.starts_at > SHORTEST - HOUR
        assert not [at for at in proofs if gap.starts_at < at < ends_at]
    ends = [gap.ends_at or now for gap in found]
    assert ends == sorted(ends)
    assert all(gap.ends_at is not None for gap in found[:-1])
