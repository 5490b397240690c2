"""What must hold of the engine's tables, held by PostgreSQL: each rule of them is attacked by raw SQL."""

from datetime import timedelta
from importlib import import_module

import psycopg2
import pytest
from django.apps import apps
from django.db import IntegrityError

from alerts.models import Alert, Clock
from tests import attacks
from tests.attacks import AT, Attack
from tests.factories import a_child

HOUR = timedelta(hours=1)
MONDAY = AT.date()
ONE, OTHER = "0b7e9a52-27f5-4b3a-8f0e-5c0a4f1f7a01", "0b7e9a52-27f5-4b3a-8f0e-5c0a4f1f7a02"

MAIL = {"channel": "mail", "user_id": 1, "status": "waiting"}
TASK = {"kind": "ring", "authority_id": 1, "step": "r1"}
OF_EPISODE = TASK | {"episode_id": 1}
OF_HOME = TASK | {"home_id": 1}
DONE_STEP = {"kind": "reference", "answer": "done", "note": "Rang", "done_at": AT, "done_by_id": 1}
RELEASE = {"interview_id": 1, "field": "places", "side": "force"}
ENDED_RELEASE = RELEASE | {"ends_at": AT, "ended_by_id": 1}
POLICY = {"key": "ordinary", "version": 9}
OWN_POLICY = POLICY | {"authority_id": 1, "published_by_id": 1, "seconded_by_id": 2}
MAIL_OF_OUTAGE = MAIL | {"outage_id": 1, "recipient": "desk"}
REPLY_ANSWER = {"address": "desk@mailboxes.example"}


def owed_once(subject: str, *kinds: str) -> Attack:
    """That a message of a subject is owed once at a step to a recipient."""
    row = MAIL | {subject: 1, "step": "r1", "recipient": "desk", "kind": "rung"}
    others = tuple(
        row | {kind: value} for kind, value in ({"recipient": "head"} | dict.fromkeys(kinds, "r2")).items()
    )
    return Attack("alerts_message", ({**row},), (row, *others, row | {subject: 2}))


def not_below_nothing(table: str, column: str, **others: object) -> Attack:
    """That a count counts from nothing."""
    return Attack(table, ({**others, column: -1},), ({**others, column: 0},))


CONTACT, CALL, DUTY = (
    {"kind": "contact"},
    {"kind": "call", "episode_id": 1},
    {"kind": "duty", "episode_id": 1},
)
ALERT = {"clock_id": 1, "status": "open"}
ATTACKS = {
    "alert_one_open_per_clock": Attack(
        "alerts_alert",
        (ALERT | {"round": 3},),
        (ALERT, ALERT | {"clock_id": 2}, ALERT | {"round": 2, "status": "ended", "ended_at": AT}),
    ),
    "alert_once_per_deadline": Attack(
        "alerts_alert",
        (ALERT | {"status": "ended", "ended_at": AT}, ALERT | {"status": "ended", "ended_at": AT + HOUR}),
        (
            ALERT,
            ALERT | {"round": 2, "status": "ended", "ended_at": AT},
            ALERT | {"due_at": AT - HOUR, "status": "ended", "ended_at": AT},
        ),
    ),
    "alert_ended_when_ended": Attack(
        "alerts_alert",
        (ALERT | {"ended_at": AT}, ALERT | {"status": "ended"}, ALERT | {"status": ""}),
        (ALERT, ALERT | {"round": 2, "status": "ended", "ended_at": AT}),
    ),
    "alert_opened_when_due": Attack(
        "alerts_alert", (ALERT | {"due_at": AT + timedelta(microseconds=1)},), (ALERT | {"due_at": AT},)
    ),
    "alert_step_once": Attack(
        "alerts_alertstep",
        ({"step": "r1", "owed_at": AT + HOUR},),
        ({"step": "r1"}, {"step": "r2"}, {"step": "r1", "alert_id": 2}),
    ),
    "clock_once": Attack(
        "alerts_clock",
        (CONTACT, CALL, DUTY | {"duty": "reference"}),
        (
            CONTACT,
            CONTACT | {"child_id": 2},
            CALL,
            CALL | {"episode_id": 2},
            DUTY | {"duty": "reference"},
            DUTY | {"duty": "nrm"},
        ),
    ),
    "clock_of_an_episode_has_one": Attack(
        "alerts_clock",
        (
            {"kind": "call"},
            {"kind": "review", "duty": "72h"},
            CONTACT | {"episode_id": 1},
            {"kind": "paperwork", "duty": "visit", "episode_id": 1},
            {"kind": "unheard_of"},
        ),
        (CALL, CONTACT, {"kind": "paperwork", "duty": "visit"}),
    ),
    "clock_of_a_duty_names_it": Attack(
        "alerts_clock",
        (DUTY, {"kind": "transfer"}, CONTACT | {"duty": "visit"}, CALL | {"duty": "visit"}),
        (DUTY | {"duty": "reference"}, {"kind": "transfer", "duty": "offer"}, CONTACT),
    ),
    "duty_step_once": Attack(
        "alerts_dutystep",
        ({"kind": "reference"}, DONE_STEP),
        ({"kind": "reference"}, {"kind": "nrm"}, {"kind": "reference", "episode_id": 2}),
    ),
    "duty_step_answered_when_done": Attack(
        "alerts_dutystep",
        (
            {"answer": "done"},
            {"note": "Rang"},
            {"done_at": AT},
            {"done_by_id": 1},
            DONE_STEP | {"note": ""},
            DONE_STEP | {"answer": ""},
            DONE_STEP | {"done_at": None},
        ),
        ({"kind": "nrm"}, DONE_STEP, DONE_STEP | {"kind": "publicity", "done_by_id": None}),
    ),
    "duty_step_home_office_is_decided": Attack(
        "alerts_dutystep",
        (DONE_STEP | {"kind": "home_office", "done_by_id": None},),
        (DONE_STEP | {"kind": "home_office"}, {"kind": "home_office", "episode_id": 2}),
    ),
    "duty_task_done_has_answer": Attack(
        "alerts_dutytask", (TASK | {"done_at": AT},), (TASK | {"done_at": AT, "answer": "seen"},)
    ),
    "duty_task_one_open_per_episode": Attack(
        "alerts_dutytask",
        (OF_EPISODE,),
        (
            OF_EPISODE,
            OF_EPISODE | {"step": "r2"},
            OF_EPISODE | {"authority_id": 2},
            OF_EPISODE | {"done_at": AT, "answer": "seen"},
            OF_EPISODE | {"message_id": ONE},
        ),
    ),
    "duty_task_one_open_per_home": Attack(
        "alerts_dutytask",
        (OF_HOME, OF_HOME | {"episode_id": 1}),
        (
            OF_HOME,
            OF_HOME | {"step": "r2"},
            OF_HOME | {"home_id": 2},
            OF_HOME | {"done_at": AT, "answer": "seen"},
        ),
    ),
    "duty_task_one_per_message_and_desk": Attack(
        "alerts_dutytask",
        (TASK | {"message_id": ONE}, TASK | {"message_id": ONE, "done_at": AT, "answer": "rung"}),
        (
            TASK | {"message_id": ONE},
            TASK | {"message_id": ONE, "authority_id": 2},
            TASK | {"message_id": OTHER},
        ),
    ),
    "duty_task_one_per_outage": Attack(
        "alerts_dutytask",
        (TASK | {"outage_id": 1}, TASK | {"outage_id": 1, "done_at": AT, "answer": "rung"}),
        (TASK | {"outage_id": 1}, TASK | {"outage_id": 1, "authority_id": 2}, TASK | {"outage_id": 2}),
    ),
    "duty_task_alert_once": Attack("alerts_dutytaskalert", ({},), ({}, {"task_id": 2}, {"alert_id": 2})),
    "home_alert_once_per_deadline": Attack(
        "alerts_homealert",
        ({}, {"ended_at": AT, "end_reason": "kept"}),
        (
            {},
            {"round": 2, "ended_at": AT, "end_reason": "kept"},
            {"due_at": AT - HOUR, "ended_at": AT, "end_reason": "kept"},
            {"home_id": 2},
        ),
    ),
    "home_alert_one_open_per_home": Attack(
        "alerts_homealert",
        ({"round": 3},),
        ({}, {"home_id": 2}, {"round": 2, "ended_at": AT, "end_reason": "kept"}),
    ),
    "home_alert_ended_with_reason": Attack(
        "alerts_homealert",
        ({"ended_at": AT}, {"end_reason": "kept"}),
        ({}, {"round": 2, "ended_at": AT, "end_reason": "kept"}),
    ),
    "home_alert_opened_when_due": Attack("alerts_homealert", ({"due_at": AT + timedelta(microseconds=1)},)),
    "home_alert_step_once": Attack(
        "alerts_homealertstep",
        ({"step": "r1"},),
        ({"step": "r1"}, {"step": "r0"}, {"step": "r1", "alert_id": 2}),
    ),
    "matter_clock_ended_is_not_looked_at": Attack(
        "alerts_matterclock",
        ({"ended_at": AT, "next_at": AT},),
        ({"ended_at": AT}, {"matter_id": 2, "next_at": AT}, {"matter_id": 3}),
    ),
    "message_has_an_address": Attack(
        "alerts_message",
        (
            {"channel": "mail"},
            MAIL | {"mailbox_id": 1},
            MAIL | {"phone": "07700 900001"},
            {"channel": "mail", "journey_id": 1, "post": "worker"},
            {"channel": "text"},
            {"channel": "text", "phone": "07700 900001", "mailbox_id": 1},
            {"channel": "fax", "phone": "07700 900001"},
        ),
        (
            MAIL,
            {"channel": "mail", "mailbox_id": 1},
            {"channel": "mail", "probe_id": 1},
            {"channel": "mail", "journey_id": 1, "post": "escort"},
            {"channel": "text", "phone": "07700 900001", "user_id": 1},
            {"channel": "voice", "phone": "07700 900001"},
        ),
    ),
    "message_sending_has_lease": Attack(
        "alerts_message",
        (MAIL | {"status": "sending"},),
        (MAIL | {"status": "sending", "lease_until": AT}, MAIL),
    ),
    "message_sent_when_sent": Attack(
        "alerts_message",
        (MAIL | {"status": "sent"}, MAIL | {"sent_at": AT}),
        (MAIL | {"status": "sent", "sent_at": AT}, MAIL),
    ),
    "message_held_is_in_no_hand": Attack(
        "alerts_message",
        (MAIL | {"status": "sending", "lease_until": AT, "held_at": AT},),
        (MAIL | {"held_at": AT}, MAIL | {"status": "sending", "lease_until": AT}),
    ),
    "alerts_message_lapses_check": Attack(
        "alerts_message", (MAIL | {"lapses": -1},), (MAIL | {"lapses": 1},)
    ),
    "message_bounced_has_failed": Attack(
        "alerts_message",
        (MAIL | {"bounced_at": AT}, MAIL | {"status": "sent", "sent_at": AT, "bounced_at": AT}),
        (MAIL | {"status": "failed", "bounced_at": AT},),
    ),
    "message_bundle_of_what_may_go_together": Attack(
        "alerts_message", (MAIL | {"bundle": ONE},), (MAIL | {"bundle": ONE, "joins_from": AT},)
    ),
    "message_digest_is_a_person_s": Attack(
        "alerts_message",
        (
            MAIL | {"digest_date": MONDAY, "wording": "digest"},
            MAIL | {"digest_date": MONDAY, "joins_from": AT, "wording": "told_concern"},
            {
                "channel": "mail",
                "mailbox_id": 1,
                "digest_date": MONDAY,
                "joins_from": AT,
                "wording": "digest",
            },
            {
                "channel": "text",
                "phone": "07700 900001",
                "user_id": 1,
                "digest_date": MONDAY,
                "joins_from": AT,
                "wording": "digest",
            },
        ),
        (MAIL | {"digest_date": MONDAY, "joins_from": AT, "wording": "digest"},),
    ),
    "message_one_digest_a_day": Attack(
        "alerts_message",
        (MAIL | {"digest_date": MONDAY, "joins_from": AT, "wording": "digest", "status": "failed"},),
        tuple(
            MAIL | {"joins_from": AT, "wording": "digest"} | which
            for which in (
                {"digest_date": MONDAY},
                {"digest_date": MONDAY + timedelta(days=1)},
                {"digest_date": MONDAY, "user_id": 2},
            )
        ),
    ),
    "message_area_list_is_a_mailbox_s": Attack(
        "alerts_message",
        (
            MAIL | {"week_date": MONDAY, "wording": "area_list"},
            {"channel": "mail", "mailbox_id": 1, "week_date": MONDAY, "wording": "digest"},
            {
                "channel": "mail",
                "mailbox_id": 1,
                "week_date": MONDAY + timedelta(days=1),
                "wording": "area_list",
            },
        ),
        ({"channel": "mail", "mailbox_id": 1, "week_date": MONDAY, "wording": "area_list"},),
    ),
    "message_one_area_list_a_week": Attack(
        "alerts_message",
        ({"channel": "mail", "mailbox_id": 1, "week_date": MONDAY, "wording": "area_list", "step": "again"},),
        tuple(
            {"channel": "mail", "wording": "area_list"} | which
            for which in (
                {"mailbox_id": 1, "week_date": MONDAY},
                {"mailbox_id": 2, "week_date": MONDAY},
                {"mailbox_id": 1, "week_date": MONDAY + timedelta(days=7)},
            )
        ),
    ),
    "message_owed_once": Attack(
        "alerts_messageitem",
        ({"message_id": OTHER},),
        ({"message_id": ONE}, {"step": "r2"}, {"kind": "ending"}, {"recipient": "head"}, {"alert_id": 2}),
    ),
    "message_of_home_owed_once": owed_once("home_alert_id", "step", "kind"),
    "message_of_change_owed_once": owed_once("change_id"),
    "message_of_concern_owed_once": owed_once("concern_id", "step"),
    "message_of_journey_owed_once": owed_once("journey_id", "step"),
    "message_of_matter_owed_once": owed_once("matter_id", "step"),
    "message_of_shift_owed_once": owed_once("shift_id", "step"),
    "message_of_supervision_owed_once": owed_once("assignment_id", "step"),
    "message_one_per_outage_and_desk": Attack(
        "alerts_message",
        (MAIL_OF_OUTAGE | {"authority_id": 1},),
        (
            MAIL_OF_OUTAGE | {"authority_id": 1},
            MAIL_OF_OUTAGE | {"authority_id": 2},
            MAIL_OF_OUTAGE | {"authority_id": 1, "outage_id": 2},
            MAIL_OF_OUTAGE | {"authority_id": 1, "recipient": "manager"},
        ),
    ),
    "message_one_per_outage_and_home": Attack(
        "alerts_message",
        (MAIL_OF_OUTAGE | {"home_id": 1}, MAIL_OF_OUTAGE | {"home_id": 1, "authority_id": 1}),
        (MAIL_OF_OUTAGE | {"home_id": 1}, MAIL_OF_OUTAGE | {"home_id": 2}),
    ),
    "outage_in_order": Attack(
        "alerts_outage",
        (
            {"began_at": AT, "ended_at": AT, "held_until": AT + HOUR},
            {"began_at": AT, "ended_at": AT + HOUR, "held_until": AT},
        ),
        ({"began_at": AT - HOUR, "ended_at": AT, "held_until": AT},),
    ),
    "policy_version_once": Attack(
        "alerts_policyversion",
        (POLICY,),
        (POLICY, POLICY | {"version": 10}, POLICY | {"key": "high", "version": 9}),
    ),
    "policy_changed_by_two_people": Attack(
        "alerts_policyversion",
        (
            POLICY | {"published_by_id": 1},
            POLICY | {"seconded_by_id": 1},
            POLICY | {"published_by_id": 1, "seconded_by_id": 1},
        ),
        (POLICY, POLICY | {"version": 10, "published_by_id": 1, "seconded_by_id": 2}),
    ),
    "policy_of_one_authority_by_people": Attack(
        "alerts_policyversion", (POLICY | {"authority_id": 1},), (OWN_POLICY,)
    ),
    "policy_ended_is_an_authoritys": Attack(
        "alerts_policyversion",
        (POLICY | {"follows_delivered": True},),
        (OWN_POLICY | {"follows_delivered": True},),
    ),
    "policy_tried_or_not": Attack(
        "alerts_policyversion",
        (
            POLICY | {"tried_first": MONDAY},
            POLICY | {"tried_last": MONDAY},
            POLICY | {"tried_in_part": True},
            POLICY | {"tried_first": MONDAY, "tried_last": MONDAY, "untried_why": "few_days"},
            POLICY | {"tried_first": MONDAY + timedelta(days=1), "tried_last": MONDAY},
        ),
        (
            POLICY,
            POLICY | {"version": 10, "tried_first": MONDAY, "tried_last": MONDAY, "tried_in_part": True},
            POLICY | {"version": 11, "untried_why": "few_days"},
        ),
    ),
    "probe_is_of_its_kind": Attack(
        "alerts_probe",
        (
            {"kind": "canary"},
            {"kind": "mailbox"},
            {"kind": "canary", "slot": AT, "mailbox_id": 1},
            {"kind": "mailbox", "slot": AT, "mailbox_id": 1},
        ),
        ({"kind": "canary", "slot": AT}, {"kind": "mailbox", "mailbox_id": 1}),
    ),
    "profile_code_names_officer": Attack(
        "alerts_profilecode",
        ({"officer": "PC Marlow"}, {"collar_number": "4471"}),
        ({"officer": "PC Marlow", "collar_number": "4471"},),
    ),
    "verification_names_officer_and_reference": Attack(
        "alerts_verification",
        ({"officer": "PC Marlow"}, {"incident_reference": "INC-1"}),
        ({"officer": "PC Marlow", "incident_reference": "INC-1"},),
    ),
    "release_once": Attack(
        "alerts_release",
        (RELEASE, RELEASE | {"episode_id": 2}),
        (ENDED_RELEASE, RELEASE, RELEASE | {"side": "council"}, RELEASE | {"field": "people"}),
    ),
    "release_ended_by_somebody": Attack(
        "alerts_release",
        (
            RELEASE | {"ends_at": AT},
            RELEASE | {"ended_by_id": 1},
            ENDED_RELEASE | {"ends_at": AT - timedelta(microseconds=1)},
        ),
        (ENDED_RELEASE, RELEASE),
    ),
    "release_is_of_one_line": Attack(
        "alerts_release",
        ({}, {"interview_id": 1}, RELEASE | {"reply_id": 1}, {"reply_id": 1, "field": "places"}),
        (RELEASE, {"reply_id": 1}),
    ),
    "release_read_once": Attack(
        "alerts_releaseread", ({"read_by_id": 2},), ({}, {"release_id": 2}, {"force_id": 2})
    ),
    "reply_once": Attack(
        "alerts_reply",
        ({"key": "a", "text": "Again"},),
        ({"key": "a"}, {"key": "b"}, {"key": "a", "episode_id": 2}),
    ),
    "reply_answer_to_no_immigration_body": Attack(
        "alerts_replyanswer",
        tuple(
            {"address": address}
            for address in (
                "desk@homeoffice.gov.uk",
                "desk@team.HomeOffice.gov.uk",
                "desk@ukvi.gov.uk.",
                "desk@borderforce.gov.uk",
            )
        ),
        (REPLY_ANSWER, {"reply_id": 2, "address": "desk@nothomeoffice.gov.uk.example"}),
    ),
    "reply_answered_once_per_thread": Attack(
        "alerts_replyanswer",
        (REPLY_ANSWER | {"reply_id": 2},),
        (
            REPLY_ANSWER,
            REPLY_ANSWER | {"reply_id": 3, "episode_id": 2},
            {"reply_id": 4, "address": "other@mailboxes.example"},
        ),
    ),
    "sending_is_one_row": Attack("alerts_sending", ({"id": 2},), ()),
    "step_answer_says_what": Attack(
        "alerts_stepanswer",
        ({"answer": "done"}, {"note": "Rang"}),
        ({"answer": "done", "note": "Rang"},),
    ),
    "step_answer_booked_for": Attack(
        "alerts_stepanswer",
        ({"answer": "done", "note": "Rang", "booked_for": AT},),
        ({"answer": "booked", "note": "Rang", "booked_for": AT},),
    ),
    "step_answer_withdrawn_with_reason": Attack(
        "alerts_stepanswer",
        tuple(
            {"answer": "done", "note": "Rang"} | part
            for part in (
                {"withdrawn_at": AT},
                {"withdrawn_by_id": 1},
                {"withdrawn_reason": "A slip"},
                {"withdrawn_at": AT, "withdrawn_by_id": 1},
                {"withdrawn_at": AT, "withdrawn_reason": "A slip"},
            )
        ),
        (
            {
                "answer": "done",
                "note": "Rang",
                "withdrawn_at": AT,
                "withdrawn_by_id": 1,
                "withdrawn_reason": "A slip",
            },
        ),
    ),
    "alerts_demowatch_child_id_key": Attack("alerts_demowatch", ({},), ({}, {"child_id": 2})),
    "alerts_homeclock_home_id_key": Attack("alerts_homeclock", ({},), ({}, {"home_id": 2})),
    "alerts_matterclock_matter_id_key": Attack("alerts_matterclock", ({},), ({}, {"matter_id": 2})),
    "alerts_message_probe_id_key": Attack(
        "alerts_message",
        ({"channel": "mail", "probe_id": 1},),
        ({"channel": "mail", "probe_id": 1}, {"channel": "mail", "probe_id": 2}),
    ),
    "alerts_outage_began_at_key": Attack(
        "alerts_outage",
        ({"ended_at": AT + 2 * HOUR, "held_until": AT + 2 * HOUR},),
        ({"ended_at": AT + HOUR, "held_until": AT + HOUR},),
    ),
    "alerts_policelink_token_hash_key": Attack(
        "alerts_policelink",
        ({"token_hash": "a", "episode_id": 2},),
        ({"token_hash": "a"}, {"token_hash": "b"}),
    ),
    "alerts_probe_slot_key": Attack(
        "alerts_probe",
        ({"kind": "canary", "slot": AT},),
        ({"kind": "canary", "slot": AT}, {"kind": "canary", "slot": AT + HOUR}),
    ),
    "alerts_replyanswer_reply_id_key": Attack(
        "alerts_replyanswer", ({"address": "other@mailboxes.example"},), (REPLY_ANSWER,)
    ),
    "alerts_alert_round_check": not_below_nothing("alerts_alert", "round", status="open"),
    "alerts_clock_faults_check": not_below_nothing("alerts_clock", "faults", kind="contact"),
    "alerts_clock_urgency_check": not_below_nothing("alerts_clock", "urgency", kind="contact"),
    "alerts_dutystep_policy_version_check": not_below_nothing("alerts_dutystep", "policy_version"),
    "alerts_dutytask_urgency_check": not_below_nothing("alerts_dutytask", "urgency"),
    "alerts_homealert_round_check": not_below_nothing("alerts_homealert", "round"),
    "alerts_homeclock_faults_check": not_below_nothing("alerts_homeclock", "faults"),
    "alerts_matterclock_faults_check": not_below_nothing("alerts_matterclock", "faults"),
    "alerts_message_attempts_check": not_below_nothing("alerts_message", "attempts", **MAIL),
    "alerts_message_fence_check": not_below_nothing("alerts_message", "fence", **MAIL),
    "alerts_message_urgency_check": not_below_nothing("alerts_message", "urgency", **MAIL),
    "alerts_policyversion_version_check": not_below_nothing(
        "alerts_policyversion", "version", key="ordinary"
    ),
    "test_call_is_of_team_or_home": Attack(
        "alerts_testcall", ({}, {"team_id": 1, "home_id": 1}), ({"team_id": 1}, {"home_id": 1})
    ),
}

# Attacked by other tests, each with where and by which words.
HERE = "alerts/test_constraints.py"
ELSEWHERE = {
    "append_only": (HERE, "def test_what_is_append_only_is_so_for_the_owner_too"),
    "append_only_whole": (HERE, "def test_what_is_append_only_is_so_for_the_owner_too"),
    "ends_once": (HERE, "def test_a_release_that_has_ended_ends_at_no_other_time"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ATTACKS)
def test_what_breaks_a_rule_of_the_engine_is_refused_by_its_name_and_what_keeps_it_is_taken(
    name: str,
) -> None:
    attack = ATTACKS[name]
    assert set(attacks.carry_out(attack)) == {name}


@pytest.mark.by_turns
def test_what_is_append_only_is_so_for_the_owner_too(committed) -> None:
    """Each row is written by the owner, whom no grant stops, and goes again with the transaction."""
    found = attacks.changed_as_owner("alerts", committed.owner_dsn, ATTACKS)
    assert attacks.may_be_changed("alerts") == set()
    assert len(found) >= 7
    for table, refusals in found.items():
        assert [f"{table} is append-only" in said for said in refusals] == [True] * 3, (table, refusals)


@pytest.mark.django_db
def test_a_release_that_has_ended_ends_at_no_other_time() -> None:
    with attacks.written("alerts_release", ENDED_RELEASE) as key:
        attacks.refused_change(
            "alerts_release", key, {"ends_at": AT + HOUR}, words="alerts_release has ended"
        )


@pytest.mark.django_db
def test_every_rule_of_the_engines_tables_is_attacked() -> None:
    assert attacks.rules_of("alerts") == ATTACKS.keys() | ELSEWHERE.keys()
    assert attacks.not_there(ELSEWHERE) == set()


@pytest.mark.django_db
def test_what_the_models_say_of_a_table_stands_in_the_database() -> None:
    """Django drops the one or the other with something else, and finds models and migrations to agree."""
    models = apps.get_models()
    said = {one.name for model in models for one in (*model._meta.constraints, *model._meta.indexes)}
    assert len(said) > 300
    assert said - attacks.everything_named() == set()


@pytest.mark.by_turns
def test_of_two_open_alerts_of_a_clock_from_before_the_earlier_goes_on(committed) -> None:
    put_right = import_module("alerts.migrations.0063_what_the_models_say")
    clock = Clock.objects.filter(child=a_child()).first()
    say = {"clock": clock, "child": clock.child, "due_at": AT, "opened_at": AT}
    owner = psycopg2.connect(committed.owner_dsn)
    with owner, owner.cursor() as cursor:
        cursor.execute("DROP INDEX alert_one_open_per_clock")
    first, second = (Alert.objects.create(**say, round=number) for number in (8, 9))
    with owner, owner.cursor() as cursor:
        cursor.execute(put_right.END_THE_LATER)
        cursor.execute(put_right.ONE_OPEN)
    owner.close()
    for alert in (first, second):
        alert.refresh_from_db()
    assert (second.status, second.end_reason, first.status) == ("ended", Alert.TOLD_ANEW, "open")
    with pytest.raises(IntegrityError, match="alert_one_open_per_clock"):
        Alert.objects.create(**say, round=10)
