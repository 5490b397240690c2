"""What must hold of guardians' tables, held by PostgreSQL: each rule of them is attacked by raw SQL."""

from datetime import timedelta

import pytest

from tests import attacks
from tests.attacks import AT, Attack

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = AT + HOUR
TODAY = AT.date()

CONCERN = {"words": "Nobody rings back"}
ASSIGNMENT = {"lead": True}
COVER = {"ends_at": LATER}
TAKEN_COVER = COVER | {"accepted": True, "answered_at": AT, "asked_by_id": 2}
LEAVE = {"kind": "leave", "ends_at": LATER}
FULL = {"kind": "capacity", "child_id": 1}
WAITING = {"status": "waiting", "place": 1}
REFERRAL = {"reason": "New in care", "status": "referred"}
REASON = {"reason": "None takes children here"}
FALLBACK = {
    "fallback_kind": "charity",
    "fallback_name": "R. Amble",
    "fallback_organisation": "Harbour Aid",
    "fallback_phone": "01632 960555",
    "review_date": TODAY,
}
AREA = {"service_id": 1, "form": "https://service.example/refer"}
NO_AREA = {"reason": "No service takes children here", "ends_date": TODAY}
HELD = {"held_by_id": 2}
KEYED = {"key": "0b7e9a52-27f5-4b3a-8f0e-5c0a4f1f7a01"}
ATTACKS = {
    "assignment_ends_after_start": Attack(
        "guardians_guardianassignment", ({"ends_at": AT},), ({"ends_at": LATER}, {"child_id": 2})
    ),
    "assignment_once_at_a_time": Attack(
        "guardians_guardianassignment",
        ({}, {"starts_at": AT - HOUR, "ends_at": LATER}, {"starts_at": LATER, "kind": "other"}),
        ({}, {"guardian_id": 2}, {"child_id": 2}, {"starts_at": AT - HOUR, "ends_at": AT}),
    ),
    "lead_guardians_do_not_overlap": Attack(
        "guardians_guardianassignment",
        (ASSIGNMENT | {"guardian_id": 2}, ASSIGNMENT | {"guardian_id": 2, "starts_at": LATER}),
        (
            ASSIGNMENT,
            ASSIGNMENT | {"child_id": 2},
            ASSIGNMENT | {"guardian_id": 2, "starts_at": AT - HOUR, "ends_at": AT},
            {"guardian_id": 3},
        ),
    ),
    "council_concern_says_what": Attack("guardians_councilconcern", ({},), (CONCERN,)),
    "council_promise_is_whole": Attack(
        "guardians_councilconcern",
        (CONCERN | {"due_at": LATER}, CONCERN | {"promised_by": "The manager"}),
        (CONCERN, CONCERN | {"due_at": LATER, "promised_by": "The manager"}),
    ),
    "guardians_councilconcern_key_key": Attack(
        "guardians_councilconcern", (CONCERN | KEYED | {"child_id": 2},), (CONCERN | KEYED, CONCERN)
    ),
    "council_concern_answered_in_words": Attack(
        "guardians_councilconcernending",
        ({"kind": "answered"},),
        ({"kind": "answered", "words": "They rang"}, {"kind": "left", "concern_id": 2}),
    ),
    "guardians_councilconcernending_concern_id_key": Attack(
        "guardians_councilconcernending",
        ({"kind": "answered", "words": "Again"},),
        ({"kind": "left"}, {"kind": "left", "concern_id": 2}),
    ),
    "cover_answered_whole": Attack(
        "guardians_guardiancover",
        (COVER | {"accepted": True, "asked_by_id": 2}, COVER | {"answered_at": AT}),
        (COVER, TAKEN_COVER),
    ),
    "cover_declined_with_reason": Attack(
        "guardians_guardiancover",
        (COVER | {"accepted": False, "answered_at": AT},),
        (COVER | {"accepted": False, "answered_at": AT, "reason": "Away"},),
    ),
    "cover_ends_after_start": Attack("guardians_guardiancover", ({"ends_at": AT},), (COVER,)),
    "cover_once_by_one_person": Attack(
        "guardians_guardiancover",
        (TAKEN_COVER, TAKEN_COVER | {"starts_at": AT - DAY, "assignment_id": 2}),
        (
            TAKEN_COVER,
            TAKEN_COVER | {"child_id": 2},
            TAKEN_COVER | {"covered_by_id": 3},
            TAKEN_COVER | {"starts_at": LATER, "ends_at": AT + DAY},
            TAKEN_COVER | {"called_off_at": AT},
            COVER,
        ),
    ),
    "guardian_discussion_says_something": Attack(
        "guardians_guardiandiscussion", ({},), ({"discussed": "Sleeps badly"},)
    ),
    "guardian_discussion_of_a_child_once": Attack(
        "guardians_guardiandiscussion",
        ({"discussed": "Again"},),
        (
            {"discussed": "Sleeps badly"},
            {"discussed": "Well", "child_id": 2},
            {"discussed": "Well", "supervision_id": 2},
        ),
    ),
    "guardian_discussion_withdrawn_with_reason": Attack(
        "guardians_guardiandiscussionwithdrawal", ({},), ({"reason": "Another child"},)
    ),
    "guardians_guardiandiscussionwithdrawal_discussion_id_key": Attack(
        "guardians_guardiandiscussionwithdrawal",
        ({"reason": "Again"},),
        ({"reason": "Another child"}, {"reason": "A slip", "discussion_id": 2}),
    ),
    "leave_ends_after_start": Attack(
        "guardians_guardianleave", (LEAVE | {"ends_at": AT}, FULL | {"ends_at": AT}), (LEAVE, FULL)
    ),
    "leave_of_one_child_is_of_capacity": Attack(
        "guardians_guardianleave",
        (LEAVE | {"child_id": 1}, {"kind": "capacity"}, {"kind": "leave"}),
        (LEAVE, FULL),
    ),
    "leave_once_in_a_service": Attack(
        "guardians_guardianleave",
        (LEAVE, LEAVE | {"kind": "sick", "starts_at": AT - DAY}),
        (
            LEAVE,
            LEAVE | {"service_id": 2},
            LEAVE | {"guardian_id": 2},
            LEAVE | {"called_off_at": AT},
            LEAVE | {"starts_at": LATER, "ends_at": AT + DAY},
            FULL,
        ),
    ),
    "guardian_look_says_why": Attack(
        "guardians_guardianlook", ({},), ({"reason": "Looked at what is on record"},)
    ),
    "guardians_guardianlook_takes_back_id_key": Attack(
        "guardians_guardianlook",
        ({"reason": "Again", "takes_back_id": 1},),
        (
            {"reason": "A slip", "takes_back_id": 1},
            {"reason": "A slip", "takes_back_id": 2},
            {"reason": "Looked"},
        ),
    ),
    "guardian_referral_not_in_the_future": Attack(
        "guardians_guardianreferral",
        (REFERRAL | {"referred_at": AT + timedelta(microseconds=1)},),
        (REFERRAL,),
    ),
    "guardian_referral_says_why": Attack(
        "guardians_guardianreferral", (REFERRAL | {"reason": ""},), (REFERRAL,)
    ),
    "guardian_referral_one_open": Attack(
        "guardians_guardianreferral",
        tuple(
            REFERRAL | {"status": status, "service_id": 2} for status in ("referred", "accepted", "waiting")
        ),
        (REFERRAL, REFERRAL | {"child_id": 2}, REFERRAL | {"status": "declined"}),
    ),
    "guardians_guardianreferral_key_key": Attack(
        "guardians_guardianreferral", (REFERRAL | KEYED | {"child_id": 2},), (REFERRAL | KEYED,)
    ),
    "guardian_referral_assigned_by_assignment": Attack(
        "guardians_guardianreferralstep",
        ({"status": "assigned"}, {"status": "accepted", "assignment_id": 1}),
        ({"status": "assigned", "assignment_id": 1}, {"status": "accepted"}),
    ),
    "guardian_referral_refused_in_words": Attack(
        "guardians_guardianreferralstep",
        ({"status": "declined"}, {"status": "withdrawn"}),
        (
            {"status": "declined", "note": "No room"},
            {"status": "withdrawn", "note": "Moved"},
            {"status": "accepted"},
        ),
    ),
    "guardian_referral_waits_somewhere": Attack(
        "guardians_guardianreferralstep",
        (
            {"status": "waiting"},
            WAITING | {"place": 0},
            {"status": "accepted", "place": 1},
            {"status": "accepted", "expected_date": TODAY},
        ),
        (
            WAITING,
            WAITING | {"expected_date": TODAY},
            {"status": "waiting", "expected_date": TODAY},
            {"status": "accepted"},
        ),
    ),
    "guardians_guardianreferralstep_key_key": Attack(
        "guardians_guardianreferralstep", (WAITING | KEYED | {"place": 2},), (WAITING | KEYED,)
    ),
    "guardian_supervision_by_another": Attack("guardians_guardiansupervision", ({},), (HELD,)),
    "guardian_supervision_not_ahead": Attack(
        "guardians_guardiansupervision", (HELD | {"held_at": AT + timedelta(microseconds=1)},), (HELD,)
    ),
    "guardians_guardiansupervision_key_key": Attack(
        "guardians_guardiansupervision", (HELD | KEYED | {"guardian_id": 3},), (HELD | KEYED,)
    ),
    "guardians_guardianterms_capacity_check": Attack(
        "guardians_guardianterms",
        ({"recorded_by_id": 2, "capacity": -1},),
        ({"recorded_by_id": 2, "capacity": 0}, {"recorded_by_id": 2}),
    ),
    "terms_by_another": Attack(
        "guardians_guardianterms", ({"capacity": 3},), ({"capacity": 3, "recorded_by_id": 2},)
    ),
    "fallback_is_named_whole": Attack(
        "guardians_noguardian",
        tuple(REASON | FALLBACK | {name: None if name == "review_date" else ""} for name in FALLBACK)
        + tuple(REASON | {name: value} for name, value in FALLBACK.items()),
        (REASON | FALLBACK, REASON | {"child_id": 2}),
    ),
    "no_guardian_ends_after_start": Attack(
        "guardians_noguardian", (REASON | {"ends_at": AT},), (REASON | {"ends_at": LATER},)
    ),
    "no_guardian_has_reason": Attack("guardians_noguardian", ({},), (REASON,)),
    "no_guardian_reasons_do_not_overlap": Attack(
        "guardians_noguardian",
        (REASON, REASON | {"starts_at": LATER}),
        (REASON, REASON | {"child_id": 2}, REASON | {"starts_at": AT - DAY, "ends_at": AT}),
    ),
    "service_area_ends_after_start": Attack(
        "guardians_servicearea",
        (AREA | {"ends_date": TODAY - DAY}, NO_AREA | {"ends_date": TODAY - DAY}),
        (AREA | {"ends_date": TODAY}, NO_AREA),
    ),
    "service_area_says_how_or_why": Attack(
        "guardians_servicearea",
        (
            {"service_id": 1},
            AREA | {"reason": "Why"},
            AREA | {"service_id": None},
            NO_AREA | {"reason": ""},
            NO_AREA | {"ends_date": None},
            NO_AREA | {"children_stay": True},
            NO_AREA | {"phone": "01632 960555"},
        ),
        (
            AREA,
            {"service_id": 2, "phone": "01632 960555"},
            {"service_id": 3, "mailbox": "refer@service.example"},
            NO_AREA,
        ),
    ),
    "service_area_none_once_at_a_time": Attack(
        "guardians_servicearea",
        (NO_AREA, NO_AREA | {"starts_date": TODAY - DAY}),
        (
            NO_AREA,
            NO_AREA | {"authority_id": 2},
            NO_AREA | {"starts_date": TODAY + DAY, "ends_date": TODAY + DAY},
        ),
    ),
    "service_area_once_at_a_time": Attack(
        "guardians_servicearea",
        (AREA, AREA | {"starts_date": TODAY + DAY}),
        (
            AREA,
            AREA | {"service_id": 2},
            AREA | {"authority_id": 2},
            AREA | {"starts_date": TODAY - DAY, "ends_date": TODAY - DAY},
        ),
    ),
}
# Attacked by other tests, each with where and by which words.
HERE = "guardians/test_constraints.py"
ELSEWHERE = {
    "append_only": (HERE, "def test_what_is_append_only_is_so_for_the_owner_too"),
    "append_only_whole": (HERE, "def test_what_is_append_only_is_so_for_the_owner_too"),
    "row_history": ("cases/test_row_history.py", "def test_no_session_of_the_application_can_leave_it_out"),
    # Whoever waits somewhere waits at the first place or later, which is asked first.
    "guardians_guardianreferralstep_place_check": (HERE, '"guardian_referral_waits_somewhere"'),
    "ends_once": (HERE, "def test_a_reason_that_has_ended_ends_at_no_other_time"),
    "accepted_by_another": (HERE, "def test_cover_is_not_accepted_by_whoever_asked_for_it"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ATTACKS)
def test_what_breaks_a_rule_of_guardians_is_refused_by_its_name_and_what_keeps_it_is_taken(name: str) -> None:
    assert set(attacks.carry_out(ATTACKS[name])) == {name}


@pytest.mark.by_turns
def test_what_is_append_only_is_so_for_the_owner_too(committed) -> None:
    """Each row is written by the owner, whom no grant stops, and goes again with the transaction."""
    found = attacks.changed_as_owner("guardians", committed.owner_dsn, ATTACKS)
    assert attacks.may_be_changed("guardians") == set()
    assert len(found) >= 8
    for table, refusals in found.items():
        assert [f"{table} is append-only" in said for said in refusals] == [True] * 3, (table, refusals)


@pytest.mark.django_db
def test_a_reason_that_has_ended_ends_at_no_other_time() -> None:
    with attacks.written("guardians_noguardian", REASON | {"ends_at": LATER}) as key:
        for end in (AT + DAY, None):
            attacks.refused_change("guardians_noguardian", key, {"ends_at": end}, words="has ended")


@pytest.mark.django_db
def test_cover_is_not_accepted_by_whoever_asked_for_it() -> None:
    own = {"accepted": True, "answered_at": AT}
    words = "cover is not accepted by whoever asked for it"
    assert words in attacks.refusal("guardians_guardiancover", COVER | own)
    with attacks.written("guardians_guardiancover", COVER) as key:
        attacks.refused_change("guardians_guardiancover", key, own, words=words)


@pytest.mark.django_db
def test_every_rule_of_guardians_tables_is_attacked() -> None:
    assert attacks.rules_of("guardians") == ATTACKS.keys() | ELSEWHERE.keys()
    assert attacks.not_there(ELSEWHERE) == set()
