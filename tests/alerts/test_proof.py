"""What counts as proof that a child is accounted for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import default_policies as policies
from alerts.proof import accepted, second_eyes_due
from alerts.schedule import Applies, Sighting
from cases.strengths import NEVER_PROOF, STRENGTH_ORDER, Strength, at_least
from tests.alerts.strategies import DAY, HOUR, START, always, applying, facts, sighting, sightings

ORDINARY = always(policies.ORDINARY)
SETTLED = always(policies.SETTLED)
FIRST_30 = always(policies.FIRST_30_DAYS, policies.ORDINARY)


def counts(one: Sighting, applies: tuple[Applies, ...]) -> bool:
    return accepted([one], applies) == (one,)


@pytest.mark.parametrize(
    ("applies", "strengths"),
    [
        (ORDINARY, {"face_to_face", "live_video"}),
        (SETTLED, {"face_to_face", "live_video", "phone"}),
        (FIRST_30, {"face_to_face"}),
        (always(policies.HIGH), {"face_to_face"}),
        (always(policies.FIRST_72_HOURS, policies.ORDINARY), {"face_to_face"}),
    ],
)
def test_the_policy_says_how_strong_a_sighting_must_be(
    applies: tuple[Applies, ...], strengths: set[str]
) -> None:
    assert {s for s in Strength if counts(sighting(START, s), applies)} == strengths


def test_strengths_run_from_face_to_face_down_to_hearsay() -> None:
    assert at_least(Strength.FACE_TO_FACE, Strength.PHONE)
    assert not at_least(Strength.MESSAGE, Strength.PHONE)
    assert STRENGTH_ORDER[-2:] == (Strength.MESSAGE, Strength.HEARSAY)


def test_in_the_first_30_days_the_witness_must_know_the_child() -> None:
    stranger = sighting(START, knows_child=False)
    assert not counts(stranger, FIRST_30)
    assert counts(stranger, ORDINARY)


def test_live_video_never_counts_where_somebody_else_may_be_in_the_room() -> None:
    assert counts(sighting(START, Strength.LIVE_VIDEO), ORDINARY)
    assert not counts(sighting(START, Strength.LIVE_VIDEO, other_in_room=True), ORDINARY)


def test_the_rows_of_the_instant_of_the_sighting_decide() -> None:
    applies = (
        Applies(policies.ORDINARY, START - DAY),
        Applies(policies.FIRST_30_DAYS, START, START + DAY),
    )
    video = [sighting(START + at, Strength.LIVE_VIDEO) for at in (-HOUR, HOUR, DAY)]
    assert [one.happened_at for one in accepted(video, applies)] == [START - HOUR, START + DAY]


def test_a_settled_childs_phone_calls_never_count_twice_running() -> None:
    calls = [sighting(START + n * DAY, Strength.PHONE, id=n) for n in (0, 2, 4)]
    seen = sighting(START + 3 * DAY, id=9)
    assert [one.id for one in accepted(calls, SETTLED)] == [0]
    assert [one.id for one in accepted([*calls, seen], SETTLED)] == [0, 9, 4]


def test_a_sighting_that_does_not_count_is_no_break_between_two_calls() -> None:
    calls = [sighting(START + n * DAY, Strength.PHONE, id=n) for n in (0, 2)]
    watched = sighting(START + DAY, Strength.LIVE_VIDEO, other_in_room=True, id=9)
    assert [one.id for one in accepted([*calls, watched], SETTLED)] == [0]


def test_a_row_may_let_calls_count_twice_running() -> None:
    applies = always(replace(policies.SETTLED, phone_twice=True))
    calls = [sighting(START + n * DAY, Strength.PHONE, id=n) for n in (0, 2)]
    assert len(accepted(calls, applies)) == 2


def test_where_no_row_applies_only_face_to_face_counts() -> None:
    assert [s for s in Strength if counts(sighting(START, s), ())] == [Strength.FACE_TO_FACE]


def due(*proofs: Sighting, applies: tuple[Applies, ...] = ORDINARY, **fields: Any) -> Any:
    return second_eyes_due(accepted(proofs, applies), facts(applies=applies, **fields))


def test_one_organisations_word_is_enough_for_seven_days() -> None:
    daily = [sighting(START + n * DAY) for n in range(6)]
    assert due(*daily) == START + 7 * DAY
    assert due() == START + 7 * DAY


def test_in_the_first_30_days_or_with_a_concern_it_is_enough_for_72_hours() -> None:
    assert due(sighting(START + DAY), applies=FIRST_30) == START + 72 * HOUR


def test_a_second_organisation_starts_the_span_anew_and_the_other_one_ends_it() -> None:
    home = [sighting(START + n * DAY) for n in range(6)]
    school = sighting(START + 3 * DAY + HOUR, witness="bright", organisation="school")
    assert due(*home, school) == school.happened_at + 7 * DAY
    later = sighting(START + 8 * DAY, witness="bright", organisation="school")
    assert due(*home, later) == home[-1].happened_at + 7 * DAY


def test_the_same_person_in_two_organisations_is_one_pair_of_eyes() -> None:
    home = sighting(START + 2 * DAY)
    assert due(home, replace(home, happened_at=START + DAY, organisation="agency")) == START + 7 * DAY


def test_an_unknown_organisation_is_no_second_pair_of_eyes_and_hides_none() -> None:
    home = sighting(START + 2 * DAY)
    unknown = sighting(START + 3 * DAY, witness=None, organisation=None)
    school = sighting(START + DAY, witness="bright", organisation="school")
    assert due(home, unknown) == START + 7 * DAY
    assert due(home, unknown, school) == START + 8 * DAY


def test_a_concern_brings_the_second_pair_of_eyes_nearer_and_owes_nothing_before_it() -> None:
    concern = START + 5 * DAY
    applies = (*ORDINARY, Applies(policies.FIRST_30_DAYS, concern))
    assert due(sighting(START + DAY), applies=applies) == concern


def test_a_child_who_is_no_longer_watched_needs_no_second_eyes() -> None:
    assert due(watch_until=START + DAY) is None


@given(st.lists(sightings, max_size=8), applying())
def test_messages_and_hearsay_never_count_and_proof_is_in_order(
    seen: list[Sighting], applies: tuple[Applies, ...]
) -> None:
    proofs = accepted(seen, applies)
    assert not any(one.strength in NEVER_PROOF for one in proofs)
    assert not any(one.other_in_room and one.strength is Strength.LIVE_VIDEO for one in proofs)
    assert [one.happened_at for one in proofs] == sorted(one.happened_at for one in proofs)
    assert accepted(list(reversed(seen)), applies) == proofs or len({one.id for one in seen}) < len(seen)


@given(st.lists(sightings, max_size=8, unique_by=lambda one: one.id))
def test_a_stricter_row_never_makes_more_sightings_count(seen: list[Sighting]) -> None:
    settled, ordinary, strict = (
        set(accepted(seen, applies)) for applies in (SETTLED, ORDINARY, always(policies.HIGH))
    )
    assert strict <= ordinary <= settled
    assert set(accepted(seen, (*SETTLED, *FIRST_30))) <= settled


@given(st.lists(sightings, min_size=1, max_size=8))
def test_second_eyes_are_never_due_later_than_seven_days_after_the_last_proof(seen: list[Sighting]) -> None:
    proofs = accepted(seen, ORDINARY)
    at = due(*seen)
    assert at <= max([START, *(one.happened_at for one in proofs)]) + timedelta(days=7)
