"""What the database refuses the application, and what it refuses the owner of the schema too."""

import copy
import uuid
from collections.abc import Iterable
from datetime import date, timedelta

import psycopg2
import pytest
from django.db import connection
from psycopg2 import errors

from cases import (
    access,
    action_words,
    ages,
    approvals,
    assessments,
    bookings,
    corrections,
    details,
    disclosures,
    episodes,
    find_me,
    found,
    held_papers,
    matters,
    meetings,
    mistakes,
    nrm,
    placement_papers,
    placements,
    planned_placements,
    plans,
    prevention_interviews,
    return_interviews,
    staffing,
    transfers,
    visits,
)
from cases.action_owners import Owner
from cases.audit import seals, tables
from cases.audit.verification import Verification
from cases.bookings import Booked
from cases.host_notices import HostTold
from cases.models import Event, FirstResponder
from cases.planned_placements import Planned
from tests.factories import (
    AT,
    a_person,
    a_watched_child,
    accepted,
    confirmed,
    decided,
    ended,
    missing,
    planned,
    referred,
    seen,
)

# What is written once more, as withdrawn or looked at, has a history that is sealed.
UNSEALED = {"cases_brokenglass", "cases_missingreview", "cases_quarantinedfile", "cases_seal"}
APPEND_ONLY = (
    "cases_foundaddition",
    "cases_matter",
    "cases_matterentry",
    "cases_missingreport",
    "cases_event",
    "cases_acknowledgement",
    "cases_accessrecord",
    "cases_responsibility",
    "cases_seal",
    "cases_agedecision",
    "cases_birthdateclaim",
    "cases_configurationchange",
    "cases_correction",
    "cases_detailschange",
    "cases_disclosure",
    "cases_episodecall",
    "cases_episodedecision",
    "cases_episodeending",
    "cases_episodefinding",
    "cases_awayreference",
    "cases_episodegrade",
    "cases_episodeupdate",
    "cases_preventioninterview",
    "cases_returninterview",
    "cases_rowchange",
    "cases_visit",
    "cases_visitrequest",
    "cases_hostnotice",
    "cases_heldpaper",
    "cases_roomreview",
    "cases_placementapproval",
    "cases_placementstaffing",
    "cases_placementway",
    "cases_guardianinvitation",
    "cases_plannedstep",
    "cases_meeting",
    "cases_mistake",
    "cases_nrmstep",
    "cases_safetyplan",
    "cases_actionword",
    "cases_assessmentreading",
    "cases_plansignature",
    "cases_findmesection",
    "cases_findmereview",
    "cases_journeystop",
    "cases_journeyconfirmation",
)
KEPT = (
    "cases_absence",
    "cases_allocation",
    "cases_authority",
    "cases_brokenglass",
    "cases_child",
    "cases_childlink",
    "cases_contact",
    "cases_discussion",
    "cases_episodeforce",
    "cases_home",
    "cases_journey",
    "cases_keepfrom",
    "cases_liveconcern",
    "cases_membership",
    "cases_missingepisode",
    "cases_missingreview",
    "cases_namedperson",
    "cases_note",
    "cases_nrmreferral",
    "cases_nrmreferrer",
    "cases_placement",
    "cases_planaction",
    "cases_policeforce",
    "cases_referenceserial",
    "cases_restriction",
    "cases_riskassessment",
    "cases_riskgrade",
    "cases_rollcallshift",
    "cases_seenreport",
    "cases_supervision",
    "cases_transfer",
    "cases_user",
    "guardians_guardianassignment",
)


def _refused_as(dsn: str, statement: str, error: type[Exception]) -> str:
    """Run `statement` on a connection of its own, which must refuse it; return what PostgreSQL said."""
    return _each_refused_as(dsn, [statement], error)[0]


def _each_refused_as(dsn: str, statements: Iterable[str], error: type[Exception]) -> list[str]:
    """Run each statement in a transaction of its own, which must be refused; return what PostgreSQL said to each."""
    raw = psycopg2.connect(dsn)
    said = []
    try:
        for statement in statements:
            with raw.cursor() as cursor, pytest.raises(error) as caught:
                cursor.execute(statement)
            raw.rollback()
            said.append(str(caught.value))
    finally:
        raw.close()
    return said


def fill(_own):
    """Write a row into every append-only table; return its child and an episode."""
    w = a_watched_child()
    episode = missing(w.child, at=AT + timedelta(hours=1))
    seen(w.child, by=w.carer, at=AT + timedelta(hours=2))
    given = {"by": w.worker, "at": AT + timedelta(hours=2)}
    episodes.add_update(episode, text="A white van", side="council", **given)
    episodes.log_call(episode, direction="out", party="101", rung_at=AT + timedelta(hours=2), **given)
    episodes.regrade(episode, whose="ours", grade="high", reason="New here", **given)
    decided(episode, "ukmpu", "told", **given)
    episodes.find_out(
        episode, source="police", told_by="PC Shah", heard_at=given["at"], text="Phone used", **given
    )
    theirs = a_watched_child()
    away = episodes.report_away(theirs.child, whereabouts="Lowmoor", reason="He rang", **given)
    episodes.record_away_reference(away, force=theirs.force, reference="417-0210", **given)
    other = a_watched_child()
    over = ended(missing(other.child, at=AT + timedelta(hours=1)), at=AT + timedelta(hours=2))
    told = return_interviews.Told(offered_at=AT + timedelta(hours=2), outcome="waiting")
    return_interviews.write(over, told, version=0, by=other.worker, at=AT + timedelta(hours=2))
    by_police = {"officer": "PC Shah", "force": other.force, "seen_alone": "yes"}
    held = prevention_interviews.Held(held_at=AT + timedelta(hours=2), **by_police)
    prevention_interviews.write(over, held, version=0, by=other.worker, at=AT + timedelta(hours=2))
    details.change(w.child, {"known_as": "Yus"}, topic="names", version=0, by=w.worker, at=AT)
    disputed = ages.Decision(
        age_status="disputed", decided_date=AT.date(), decided_by="Kent", grounds="Her looks"
    )
    ages.decide(w.child, disputed, **given)
    born = {"birth_date": date(2010, 3, 15), "precision": "month", "basis": "others", "source": "A sister"}
    ages.claim(w.child, **born, goes_by_it=False, version=0, **given)
    access.get_child(w.worker, w.child.reference, access.Permission.SEE_STATUS, at=AT)
    shared = {"outcome": "shared", "body": "A school", "person": "Its head", "what": "x", "reason": "y"}
    disclosures.record(
        w.child, **shared, basis="vital", happened_at=AT + timedelta(hours=2), key=uuid.uuid4(), **given
    )
    seen_at = {"since": AT, "authority": w.authority, "text": "A list was lost", "key": uuid.uuid4()}
    breach = matters.report("breach", **seen_at, **given)
    matters.write(breach, "notified", text="By phone", happened_at=AT, key=uuid.uuid4(), **given)
    was_found = found.Described(found_at=AT, place="The station", found_by="A guard", looks="Tall")
    met = found.write_down(was_found, authority=w.authority, key=uuid.uuid4(), **given)
    found.add(met, found.Added(phone="07700 900123"), key=uuid.uuid4(), **given)
    going = accepted(referred(w.child, other.authority, at=AT), other.worker, at=AT)
    transfers.acknowledge(going, ["risks"], by=other.worker, at=AT)
    police = FirstResponder.objects.get(code="police")
    sent = nrm.refer(
        w.child, nrm.Referral(first_responder=police, made_by="A sergeant", referred_date=AT.date()), **given
    )
    nrm.ask(sent, asked_date=AT.date(), answer="Next week", **given)
    grade = assessments.Assessment(grade="medium", rationale="As she is now", assessed_at=AT)
    assessed = assessments.record(w.child, grade, **given)
    assessments.read(assessed, signed=True, by=w.manager, at=given["at"])
    goals = {"goals": "Safe in college", "if_missing": "Ring the brother", "agreed_with": "The carer"}
    agreed = {"contacts": "Duty", "child_agrees": "agrees", "review_date": AT.date() + timedelta(days=60)}
    written = plans.write(w.child, plans.Plan(**goals, **agreed), **given)
    plans.sign(written, by=w.manager, at=given["at"])
    teacher = Owner(kind="outside", name="Ada Nkemelu", role="Designated lead", phone="01632 960001")
    asked = plans.ask(w.child, "Watch the gate", owner=teacher, by_date=given["at"].date(), **given)
    action_words.not_yet(asked, said="After the holidays", key=uuid.uuid4(), **given)
    met = {"kind": "strategy", "led_by": "A manager", "attendees": "The police", "guardian": "there"}
    meetings.record(w.child, meetings.Held(held_at=AT, decisions="To look again", **met), **given)
    to_come = Booked(kind="strategy", planned_at=given["at"] + timedelta(days=2), invited="The police")
    bookings.say_guardian(bookings.book(w.child, to_come, **given), invited=False, why="A worry", **given)
    was_there = visits.Visited(seen=True, place="The home", visited_at=AT + timedelta(hours=2))
    visits.record(w.child, was_there, **given)
    visits.ask(w.child, "asked", asked_at=AT, words="Wants to speak alone", **given)
    placement_papers.review_room(w.child, own_room=True, review_by=(AT + timedelta(days=5)).date(), **given)
    approvals.say_adjoining(w.placement, said_by="The director", reason="The river is the border", **given)
    placements.tell_host(w.placement, whom="Its duty desk", told_at=AT, **given)
    staffing.say(w.placement, staffing.Staffed(presence="nobody"), **given)
    instead = {"windows": ["night"], "who": "A worker", "how": "By visits", "until_date": given["at"].date()}
    staffing.arrange(w.placement, **instead, **given)
    to_be = Planned(home=None, authority=other.authority, planned_date=given["at"].date(), reason="Nearer")
    moving = planned_placements.plan(w.child, to_be, **given)
    planned_placements.tell(moving, HostTold(whom="Its duty desk", told_at=AT), **given)
    for section in find_me.unasked({}):
        find_me.write(w.child, section.key, answers={}, state="asked", version=0, **given)
    find_me.review(w.child, **given)
    nurse = held_papers.record(w.child, "health", held_date=AT.date(), led_by="A nurse", **given)
    mistakes.withdraw(nurse, reason="Of another child", **given)
    journey = planned(a_watched_child().child, departs_at=AT + timedelta(hours=2), at=AT)
    confirmed(journey, 0, by=w.worker, at=AT + timedelta(hours=2))
    officer = a_person("dpo", authority=w.authority)
    wrong = corrections.passages(w.child)[0]
    corrections.destroy(
        wrong, w.child, reason="Wrong", seconded_by=officer, by=w.manager, at=AT + timedelta(hours=2)
    )
    seals.seal(at=AT + timedelta(hours=2))
    return w, episode


@pytest.fixture
def full(filled, lend):
    """A database with a row in every append-only table, and its child."""
    name, made = filled
    with lend(name) as own:
        yield own, *copy.deepcopy(made)


def test_the_application_can_neither_change_nor_remove_what_is_append_only(full):
    committed, _, _ = full
    statements = [
        statement
        for table in APPEND_ONLY
        for statement in (
            f"UPDATE {table} SET id = id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER append_only",
            f"DROP TABLE {table} CASCADE",
        )
    ]
    _each_refused_as(committed.dsn, statements, errors.InsufficientPrivilege)


def test_the_owner_is_refused_by_triggers_as_well(full):
    committed, _, _ = full
    for table in APPEND_ONLY:
        statements = (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE")
        for said in _each_refused_as(committed.owner_dsn, statements, errors.IntegrityConstraintViolation):
            assert f"{table} is append-only" in said


def test_every_table_that_nobody_edits_is_sealed(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
        kept = {name for (name,) in cursor.fetchall()}
    assert kept - {table.name for table in tables.sealed()} == UNSEALED


def test_every_such_table_is_sealed_and_a_row_that_was_moved_is_named(full):
    committed, _, _ = full
    sealed = {table.name for table in tables.sealed()}
    assert sealed >= set(APPEND_ONLY) - {"cases_seal"}
    later = AT + timedelta(hours=2)
    assert list(Verification().findings(now=later)) == []
    owner = psycopg2.connect(committed.owner_dsn)
    owner.autocommit = True
    moved = {}
    for table in sorted(sealed):
        with owner.cursor() as cursor:
            cursor.execute(f"SELECT min(id) FROM {table}")
            (key,) = cursor.fetchone()
            if key is None:
                assert table not in APPEND_ONLY, f"{table} has no row here"
                continue
            cursor.execute(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint"
                " WHERE confrelid = %s::regclass AND contype = 'f'",
                [table],
            )
            # Whoever owns the schema can do that too.
            for referring, name in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {referring} DROP CONSTRAINT {name}")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET id = -7 WHERE id = {key}")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        moved[table] = key
    findings = list(Verification().findings(now=later))
    for table, key in moved.items():
        found = {(one.row, one.about) for one in findings if one.table == table}
        assert {row for row, _ in found} >= {key, -7}, table
        about = {whose for row, whose in found if row == key}
        assert all(about) or table == "cases_configurationchange", table
    owner.close()


def test_nobody_but_a_superuser_can_switch_the_triggers_off_for_a_session(full):
    committed, _, _ = full
    for dsn in (committed.dsn, committed.owner_dsn):
        _refused_as(dsn, "SET session_replication_role = replica", errors.InsufficientPrivilege)


def test_an_append_only_table_still_takes_rows(full):
    _, w, _ = full
    before = Event.objects.filter(child=w.child).count()
    seen(w.child, by=w.guardian, at=AT + timedelta(hours=3))
    assert Event.objects.filter(child=w.child).count() > before


def test_an_upsert_does_not_change_an_event_by_the_back_door(full):
    committed, w, _ = full
    event = Event.objects.filter(child=w.child).first()
    statement = (
        "INSERT INTO cases_event SELECT * FROM cases_event WHERE id = %d"
        " ON CONFLICT (id) DO UPDATE SET kind = 'came_back'"
    )
    _refused_as(committed.dsn, statement % event.pk, errors.InsufficientPrivilege)
    _refused_as(committed.owner_dsn, statement % event.pk, errors.IntegrityConstraintViolation)


def test_the_application_cannot_delete_or_truncate_a_fact(full):
    committed, _, _ = full
    statements = [
        statement for table in KEPT for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE")
    ]
    _each_refused_as(committed.dsn, statements, errors.InsufficientPrivilege)


def test_even_the_owner_cannot_delete_a_child_that_has_a_history(full):
    committed, w, _ = full
    at_once = "SET CONSTRAINTS ALL IMMEDIATE; "
    _refused_as(
        committed.owner_dsn,
        f"{at_once}DELETE FROM cases_child WHERE id = {w.child.pk}",
        errors.ForeignKeyViolation,
    )


def test_the_application_withdraws_a_contact_and_rewrites_nothing_of_it(full):
    committed, _, _ = full
    for change in ("happened_at = happened_at - interval '1 hour'", "witness = 'Somebody'", "note = ''"):
        _refused_as(committed.dsn, f"UPDATE cases_contact SET {change}", errors.InsufficientPrivilege)
    _refused_as(committed.dsn, "UPDATE cases_contact SET withdrawn_reason = 'x'", errors.CheckViolation)


def test_the_application_withdraws_a_supervision_and_rewrites_nothing_of_it(full):
    committed, _, _ = full
    for table, changes in {
        "cases_supervision": (
            "own = ''",
            "held_at = recorded_at",
            "next_date = now()",
            "worker_id = held_by_id",
        ),
        "cases_discussion": ("discussed = 'x'", "direction = ''", "child_id = child_id"),
        "cases_planaction": ("discussion_id = NULL",),
    }.items():
        for change in changes:
            _refused_as(committed.dsn, f"UPDATE {table} SET {change}", errors.InsufficientPrivilege)


def test_the_application_checks_a_link_and_rewrites_nothing_of_it(full):
    committed, _, _ = full
    for change in ("kind = 'friend'", "said_by = 'Somebody'", "note = ''", "other_id = child_id"):
        _refused_as(committed.dsn, f"UPDATE cases_childlink SET {change}", errors.InsufficientPrivilege)


def test_the_application_does_not_change_the_schema(full):
    committed, _, _ = full
    for statement in (
        "CREATE TABLE mine (id int)",
        "ALTER TABLE cases_contact ADD COLUMN mine int",
        "DROP TABLE cases_contact CASCADE",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "DROP TRIGGER child_has_authority ON cases_child",
        "ALTER TABLE cases_placement DROP CONSTRAINT placements_do_not_overlap",
        "DELETE FROM django_migrations",
    ):
        _refused_as(committed.dsn, statement, errors.InsufficientPrivilege)


def test_neither_role_is_a_superuser(full):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        application, is_super = cursor.fetchone()
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'cases_event'")
        (owner,) = cursor.fetchone()
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [owner])
        (owner_is_super,) = cursor.fetchone()
    assert application != owner
    assert (is_super, owner_is_super) == (False, False)
