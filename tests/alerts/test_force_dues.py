"""What is owed of the force in charge of a search, by itself: its officer, and an answer to an offer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.duties import DEFAULT_RULES, OF_SEARCH, Duty, DutyFacts, Rule, planned
from alerts.force_dues import Lead, began, expected
from alerts.schedule import Step

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES: dict[str, Rule] = {rule.duty: rule for rule in DEFAULT_RULES if rule.duty in OF_SEARCH}


def owed(lead: Lead) -> dict[str, dict[Step, timedelta] | None]:
    return {
        duty: None if one is None else {step: at - T0 for step, at in one.steps.items()}
        for duty, one in expected(lead, RULES)
    }


def test_a_force_without_an_officer_is_asked_for_one_sooner_where_the_risk_is_high() -> None:
    assert owed(Lead(1, T0)) == {
        "police_officer": {Step.R1: 24 * HOUR, Step.R2: 48 * HOUR, Step.R4: 96 * HOUR}
    }
    assert owed(Lead(1, T0, high=True)) == {
        "police_officer": {Step.R1: 4 * HOUR, Step.R2: 8 * HOUR, Step.R4: 28 * HOUR}
    }


def test_it_counts_anew_from_when_the_officer_left() -> None:
    steps = owed(Lead(1, T0, left_at=T0 + 100 * HOUR))["police_officer"]
    assert steps is not None
    assert steps[Step.R1] == 124 * HOUR
    assert began(Lead(1, T0 + 200 * HOUR, left_at=T0))["police_officer"] == T0 + 200 * HOUR


def test_a_named_officer_owes_nothing_and_an_alert_of_before_stands_down() -> None:
    assert owed(Lead(1, T0, has_officer=True)) == {}
    assert owed(Lead(1, T0, has_officer=True, standing=("police_officer",))) == {"police_officer": None}


@pytest.mark.parametrize("high", [False, True])
def test_an_offer_is_asked_about_at_once_and_upwards(high: bool) -> None:
    steps = owed(Lead(1, T0, has_officer=True, offered_at=T0, high=high))["force_answer"]
    assert steps is not None
    assert steps[Step.R1] == timedelta(0)
    assert steps[Step.R1] < steps[Step.R2] < steps[Step.R4]
    assert steps[Step.R2] == (HOUR if high else 2 * HOUR)


def test_of_a_found_child_is_told_at_once_and_upwards_until_somebody_answers() -> None:
    first = Lead(1, T0 - HOUR, has_officer=True, found_at=T0, found_again_at=T0)
    assert owed(first) == {"found_answer": {Step.R1: timedelta(0), Step.R2: HOUR / 2, Step.R4: 4 * HOUR}}
    answered = replace(first, found_at=None, found_again_at=None, standing=("found_answer",))
    assert owed(answered) == {"found_answer": None}


def test_of_a_found_child_is_asked_before_the_police_are_owed_word_and_of_a_force_nothing_is() -> None:
    unled = Lead(1, None, offered_at=T0, found_at=T0, found_again_at=T0)
    assert owed(unled) == {"found_answer": {Step.R1: timedelta(0), Step.R2: HOUR / 2, Step.R4: 4 * HOUR}}


@pytest.mark.parametrize(
    ("later", "manager", "head"),
    [(HOUR / 4, HOUR / 2, 4 * HOUR), (HOUR, HOUR, 4 * HOUR), (5 * HOUR, 5 * HOUR, 5 * HOUR)],
)
def test_the_latest_found_child_is_told_at_once_and_those_above_hear_of_the_first_that_waits(
    later: timedelta, manager: timedelta, head: timedelta
) -> None:
    """Nobody above is told before the latest, for its words are of all that wait; nor put off by it."""
    lead = Lead(1, T0 - HOUR, has_officer=True, found_at=T0, found_again_at=T0 + later)
    assert owed(lead) == {"found_answer": {Step.R1: later, Step.R2: manager, Step.R4: head}}
    (one,) = (one for _, one in expected(lead, RULES))
    assert one is not None
    assert one.due_at == T0 + later


def test_a_search_that_is_over_owes_nothing() -> None:
    over = Lead(1, None, offered_at=T0, standing=("force_answer", "police_officer"))
    assert owed(over) == {"force_answer": None, "police_officer": None}


def test_a_policy_that_knows_none_of_it_asks_for_none() -> None:
    assert not dict(expected(Lead(1, T0, offered_at=T0), {}))
    standing = Lead(1, T0, offered_at=T0, standing=("force_answer",))
    assert dict(expected(standing, {})) == {"force_answer": None}


def test_neither_is_a_step_that_is_planned_once_for_a_search() -> None:
    assert not {one.duty for one in planned(DutyFacts(T0), DEFAULT_RULES)} & OF_SEARCH
    assert {Duty.POLICE_OFFICER, Duty.FORCE_ANSWER, Duty.FOUND_ANSWER} == OF_SEARCH
