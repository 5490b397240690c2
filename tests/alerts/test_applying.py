"""Which rows of the contact policy apply, and from when to when."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts.applying import BEGINNING, Version, rows_applying
from alerts.schedule import Applies
from tests.alerts.strategies import DAY, HOUR, START, VERSIONS, applying, instants

ARRIVED = START - 10 * DAY


def rows(**fields: Any) -> tuple[Applies, ...]:
    values = {
        "risk": "medium",
        "risk_since": ARRIVED,
        "arrived_at": ARRIVED,
        "placements": ((ARRIVED, None),),
        "concerns": (),
        "versions": VERSIONS,
    }
    return rows_applying(**(values | fields))


def periods(applies: tuple[Applies, ...], key: str) -> list[tuple[datetime, datetime | None]]:
    return [(one.starts_at, one.ends_at) for one in applies if one.row.key == key]


def keys_at(applies: tuple[Applies, ...], at: datetime) -> set[str]:
    return {one.row.key for one in applies if one.covers(at)}


def test_a_child_who_has_just_arrived_has_the_rows_of_72_hours_and_30_days_and_the_ordinary_one() -> None:
    applies = rows()
    assert keys_at(applies, ARRIVED + HOUR) == {"first_72_hours", "first_30_days", "ordinary"}
    assert keys_at(applies, ARRIVED + 72 * HOUR) == {"first_30_days", "ordinary"}
    assert keys_at(applies, ARRIVED + 30 * DAY) == {"ordinary"}


@pytest.mark.parametrize("risk", ["medium", "unknown", ""])
def test_medium_or_unknown_risk_is_ordinary(risk: str) -> None:
    assert keys_at(rows(risk=risk), START + 100 * DAY) == {"ordinary"}


def test_high_risk_has_the_high_row_from_the_instant_it_is_set() -> None:
    applies = rows(risk="high", risk_since=START)
    assert periods(applies, "high") == [(START, None)]
    assert periods(applies, "ordinary") == [(BEGINNING, START)]


def test_a_move_starts_the_72_hours_again() -> None:
    moved = START + 50 * DAY
    applies = rows(placements=((ARRIVED, moved), (moved, None)))
    assert periods(applies, "first_72_hours") == [
        (ARRIVED, ARRIVED + 72 * HOUR),
        (moved, moved + 72 * HOUR),
    ]


@pytest.mark.parametrize(("late", "lasts"), [(10, 62), (47, 25), (48, 24), (60, 24), (72, 24), (500, 24)])
def test_a_move_that_is_written_late_has_what_is_left_of_its_72_hours_and_a_day_at_least(
    late: int, lasts: int
) -> None:
    moved = START + 50 * DAY
    written = moved + late * HOUR
    applies = rows(placements=((ARRIVED, moved), (moved, None)), known=((ARRIVED, written), (written, None)))
    assert periods(applies, "first_72_hours") == [
        (ARRIVED, ARRIVED + 72 * HOUR),
        (written, written + lasts * HOUR),
    ]
    last = applies[1]
    assert last.counts_from == max(moved, written - DAY)


def test_a_start_from_before_the_arrival_lets_what_was_open_at_its_own_writing_count() -> None:
    typed, written = ARRIVED - HOUR, ARRIVED + HOUR
    applies = rows(placements=((typed, None),), known=((written, None),))
    closer = [one for one in applies if one.row.key == "first_72_hours"]
    assert [(one.starts_at, one.counts_from) for one in closer] == [(ARRIVED, ARRIVED), (written, typed)]


def test_low_risk_is_settled_only_after_90_days_in_this_placement() -> None:
    applies = rows(risk="low")
    settled = ARRIVED + 90 * DAY
    assert periods(applies, "settled") == [(settled, None)]
    assert keys_at(applies, settled - HOUR) == {"ordinary"}
    moved = START + 200 * DAY
    applies = rows(risk="low", placements=((ARRIVED, moved), (moved, None)))
    assert periods(applies, "settled") == [(settled, moved), (moved + 90 * DAY, None)]
    assert periods(applies, "ordinary")[-1] == (moved, moved + 90 * DAY)


def test_risk_set_low_late_is_settled_from_then_and_not_before() -> None:
    applies = rows(risk="low", risk_since=START + 200 * DAY)
    assert periods(applies, "settled") == [(START + 200 * DAY, None)]


def test_a_live_concern_is_the_30_day_row_and_ends_settled_while_it_lives() -> None:
    concern, lifted = START + 200 * DAY, START + 220 * DAY
    applies = rows(risk="low", concerns=((concern, lifted),))
    assert keys_at(applies, concern) == {"ordinary", "first_30_days"}
    assert keys_at(applies, lifted) == {"settled"}
    assert keys_at(rows(risk="low", concerns=((concern, None),)), lifted) == {"ordinary", "first_30_days"}


def test_lowering_a_risk_leaves_what_was_owed_before_it() -> None:
    applies = rows(risk="medium", risk_since=START, earlier_risks=(("high", ARRIVED),))
    assert periods(applies, "high") == [(ARRIVED, START)]
    assert keys_at(applies, START) == {"ordinary", "first_30_days"}


def test_a_row_that_takes_over_joins_a_window_that_is_open_and_an_arrival_does_not() -> None:
    applies = rows(risk="high", risk_since=START, concerns=((START + 60 * DAY, None),))
    joins = {(one.row.key, one.starts_at): one.joins for one in applies}
    assert joins["high", START]
    assert joins["first_30_days", START + 60 * DAY]
    assert not joins["first_30_days", ARRIVED]
    assert not joins["first_72_hours", ARRIVED]


def test_a_new_version_counts_from_the_day_it_takes_effect() -> None:
    newer = Version(replace(policies.ORDINARY, version=2), START + 40 * DAY)
    applies = rows(versions=(newer, *VERSIONS), risk_since=START - 5 * DAY)
    ordinary = [(o.row.version, o.ends_at) for o in applies if o.row.key == "ordinary"]
    assert ordinary == [(1, newer.takes_effect_at), (2, None)]
    # A window open at the change belongs to the version it opened under.
    assert not [o for o in applies if o.row.version == 2 and o.joins]


def test_the_first_version_has_always_counted() -> None:
    late = tuple(replace(version, takes_effect_at=START + 300 * DAY) for version in VERSIONS)
    assert keys_at(rows(versions=late), START) == keys_at(rows(), START)


def test_a_policy_without_a_row_that_is_needed_is_refused() -> None:
    with pytest.raises(LookupError, match="ordinary"):
        rows(versions=[v for v in VERSIONS if v.row.key != "ordinary"])


@given(applying(), instants)
def test_at_every_instant_exactly_one_base_row_applies(applies: tuple[Applies, ...], at: datetime) -> None:
    base = [one for one in applies if one.covers(at) and one.row.key in {"high", "ordinary", "settled"}]
    assert len(base) == 1


@given(applying(), st.data())
def test_no_row_applies_twice_at_once_and_no_period_is_empty(
    applies: tuple[Applies, ...], data: st.DataObject
) -> None:
    at = data.draw(instants)
    keys = [one.row.key for one in applies if one.covers(at)]
    assert len(keys) == len(set(keys))
    assert all(one.ends_at is None or one.starts_at < one.ends_at for one in applies)
