"""What must hold, held by PostgreSQL: every constraint attacked by raw SQL."""

import uuid
from datetime import timedelta

import psycopg2
import pytest
from django.db import DataError, IntegrityError, connection, transaction
from psycopg2 import errors

from cases import concerns, episodes, mergers
from cases.models import Child, Contact, Mailbox, MissingEpisode, Responsibility, Role, RollCallShift
from tests import attacks
from tests.factories import (
    AT,
    a_child,
    a_force,
    a_force_mailbox,
    a_home,
    a_person,
    a_watched_child,
    an_agreement,
    an_authority,
    ended,
    guarded,
    missing,
    out,
    placed,
    referred,
    seen,
    silent,
)

HOUR = timedelta(hours=1)


def _attack(statement: str, *parameters: object, refuses: str) -> None:
    """Run `statement`; the constraint or trigger whose name or words are `refuses` must stop it."""
    with pytest.raises((IntegrityError, DataError), match=refuses):
        _run(statement, parameters)


def _run(statement: str, parameters: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount, "the attack touched no row"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _copy(table: str, row_id: int, **changes: object) -> tuple[str, list[object]]:
    """An INSERT that copies a row but for `changes`, past every verb."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
    chosen = ", ".join("%s" if name in changes else name for name in columns)
    values = [changes[name] for name in columns if name in changes]
    assert len(values) == len(changes)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE id = %s", [
        *values,
        row_id,
    ]


@pytest.mark.by_turns
@pytest.mark.django_db
@pytest.mark.parametrize("shift", [timedelta(0), -HOUR, timedelta(days=-400)])
def test_a_start_of_responsibility_is_never_backdated(shift):
    row = Responsibility.objects.get(child=a_child())
    statement, values = _copy(
        "cases_responsibility", row.pk, starts_at=AT + shift, authority_id=an_authority().pk
    )
    _attack(statement, *values, refuses="never backdated")


@pytest.mark.django_db
def test_a_table_of_the_sessions_own_hides_no_start_of_responsibility():
    row = Responsibility.objects.get(child=a_child())
    statement, values = _copy("cases_responsibility", row.pk, starts_at=AT - HOUR)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE cases_responsibility (LIKE public.cases_responsibility)")
    real = statement.replace("cases_responsibility", "public.cases_responsibility")
    _attack(real, *values, refuses="never backdated")


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_later_start_of_responsibility_is_taken():
    row = Responsibility.objects.get(child=a_child())
    statement, values = _copy("cases_responsibility", row.pk, starts_at=AT + HOUR)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert Responsibility.objects.filter(child=row.child).count() == 2


@pytest.mark.django_db
def test_a_registration_cannot_be_moved_before_the_first_responsibility():
    child = a_child()
    _attack(
        "UPDATE cases_child SET registered_at = registered_at - interval '1 second' WHERE id = %s",
        child.pk,
        refuses="no authority is responsible",
    )


@pytest.mark.by_turns
def test_a_child_whom_no_authority_is_responsible_for_is_refused_at_commit(committed):
    child = a_child()
    statement, values = _copy("cases_child", child.pk, reference="MC26-990001", key=str(uuid.uuid4()))
    raw = psycopg2.connect(committed.dsn)
    with raw.cursor() as cursor:
        cursor.execute(statement, values)
        with pytest.raises(errors.IntegrityConstraintViolation, match="no authority is responsible"):
            raw.commit()
    raw.close()
    assert not Child.objects.filter(reference="MC26-990001").exists()


@pytest.mark.by_turns
def test_a_child_whose_first_authority_comes_after_its_registration_is_refused_at_commit(committed):
    child = a_child()
    authority_id = Responsibility.objects.get(child=child).authority_id
    statement, values = _copy("cases_child", child.pk, reference="MC26-990001", key=str(uuid.uuid4()))
    raw = psycopg2.connect(committed.owner_dsn)
    with raw.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING id", values)
        (child_id,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO cases_responsibility (child_id, authority_id, starts_at) VALUES (%s, %s, %s)",
            [child_id, authority_id, AT + timedelta(microseconds=1)],
        )
        with pytest.raises(errors.IntegrityConstraintViolation, match="no authority is responsible"):
            raw.commit()
    raw.close()


@pytest.mark.by_turns(8)
@pytest.mark.django_db
@pytest.mark.parametrize("reference", ["MC26-12345", "mc26-123456", "MC26 123456", "XX26-123456"])
def test_a_reference_has_its_form(reference):
    child = a_child()
    _attack(
        "UPDATE cases_child SET reference = %s WHERE id = %s",
        reference,
        child.pk,
        refuses="child_reference_form",
    )


@pytest.mark.django_db
def test_a_reference_is_given_once_and_a_case_is_closed_with_a_reason():
    child, other = a_child(), a_child()
    _attack(
        "UPDATE cases_child SET reference = %s WHERE id = %s", other.reference, child.pk, refuses="reference"
    )
    _attack(
        "UPDATE cases_child SET closed_at = %s WHERE id = %s",
        AT,
        child.pk,
        refuses="child_closed_with_reason",
    )


@pytest.mark.django_db
def test_periods_of_one_child_do_not_overlap():
    w = a_watched_child()
    absence = out(w.child, until=AT + 3 * HOUR, at=AT)
    allocation = w.child.allocations.get()
    inside = {"starts_at": AT + HOUR}
    for table, row_id, changes, name in (
        ("cases_placement", w.placement.pk, inside, "placements_do_not_overlap"),
        ("cases_allocation", allocation.pk, inside, "allocations_do_not_overlap"),
        ("cases_absence", absence.pk, inside, "absences_do_not_overlap"),
        (
            "guardians_guardianassignment",
            w.assignment.pk,
            {**inside, "guardian_id": a_person(Role.GUARDIAN).pk},
            "lead_guardians_do_not_overlap",
        ),
        (
            "guardians_guardianassignment",
            w.assignment.pk,
            {**inside, "lead": False},
            "assignment_once_at_a_time",
        ),
    ):
        statement, values = _copy(table, row_id, **changes)
        _attack(statement, *values, refuses=name)


@pytest.mark.django_db
def test_a_period_ends_after_it_starts():
    w = a_watched_child()
    absence = out(w.child, until=AT + 3 * HOUR, at=AT)
    concern = concerns.mark(w.child, reason="A car", by=w.worker, at=AT)
    mark = concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=AT)
    mailbox = a_force_mailbox(w.force)
    for table, row_id, name in (
        ("cases_placement", w.placement.pk, "placement_ends_after_start"),
        ("cases_allocation", w.child.allocations.get().pk, "allocation_ends_after_start"),
        ("cases_absence", absence.pk, "absence_ends_after_start"),
        ("cases_membership", w.worker.memberships.get().pk, "membership_ends_after_start"),
        ("cases_mailbox", mailbox.pk, "mailbox_ends_after_start"),
        ("guardians_guardianassignment", w.assignment.pk, "assignment_ends_after_start"),
    ):
        _attack(f"UPDATE {table} SET ends_at = starts_at WHERE id = %s", row_id, refuses=name)
    two = "lifted_by_id = %s, seconded_by_id = %s"
    for table, row_id, name, more in (
        ("cases_liveconcern", concern.pk, "concern_ends_after_start", ", lift_reason = 'Gone'"),
        ("cases_keepfrom", mark.pk, "keep_from_ends_after_start", ""),
    ):
        _attack(
            f"UPDATE {table} SET ends_at = starts_at, {two}{more} WHERE id = %s",
            w.head.pk,
            w.manager.pk,
            row_id,
            refuses=name,
        )


@pytest.mark.django_db
def test_a_guard_is_lowered_by_two_people_whatever_the_code_does():
    w = a_watched_child()
    concern = concerns.mark(w.child, reason="A car", by=w.worker, at=AT)
    mark = concerns.keep_from(w.child, w.carer, reason="An allegation", by=w.manager, at=AT)
    later = AT + HOUR
    for lifted_by, seconded_by, reason in (
        (w.worker.pk, None, "Gone"),
        (w.worker.pk, w.worker.pk, "Gone"),
        (w.worker.pk, w.manager.pk, ""),
    ):
        _attack(
            "UPDATE cases_liveconcern SET ends_at = %s, lifted_by_id = %s, seconded_by_id = %s, lift_reason = %s"
            " WHERE id = %s",
            later,
            lifted_by,
            seconded_by,
            reason,
            concern.pk,
            refuses="concern_lifted_by_two_people",
        )
    for seconded_by in (None, w.manager.pk):
        _attack(
            "UPDATE cases_keepfrom SET ends_at = %s, lifted_by_id = %s, seconded_by_id = %s WHERE id = %s",
            later,
            w.manager.pk,
            seconded_by,
            mark.pk,
            refuses="keep_from_lifted_by_two_people",
        )
    statement, values = _copy("cases_keepfrom", mark.pk, user_id=w.manager.pk)
    _attack(statement, *values, refuses="keep_from_not_by_oneself")
    statement, values = _copy("cases_keepfrom", mark.pk, starts_at=later)
    _attack(statement, *values, refuses="keep_from_marks_do_not_overlap")


@pytest.mark.django_db
def test_a_contact_is_neither_in_the_future_nor_without_a_witness_nor_recorded_twice():
    child = a_child()
    contact = seen(child, by=child.registered_by, at=AT + HOUR)
    another = {"key": "7f2c9f1e-6f0e-4a55-9d0b-0d8c1f4f9b11"}
    for changes, name in (
        ({**another, "happened_at": AT + 2 * HOUR}, "contact_not_in_the_future"),
        ({**another, "witness": ""}, "contact_without_witness_is_hearsay"),
        ({}, "cases_contact_key"),
    ):
        statement, values = _copy("cases_contact", contact.pk, **changes)
        _attack(statement, *values, refuses=name)
    _attack(
        "UPDATE cases_contact SET withdrawn_at = %s WHERE id = %s",
        AT + HOUR,
        contact.pk,
        refuses="contact_withdrawn_with_reason",
    )
    assert Contact.objects.filter(child=child).count() == 1


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_one_episode_is_open_each_has_its_number_and_they_do_not_overlap():
    w = a_watched_child()
    first = ended(missing(w.child, at=AT + HOUR), at=AT + 3 * HOUR)
    second = missing(w.child, at=AT + 4 * HOUR)
    for row, changes, name in (
        (second, {"number": 3, "opened_at": AT + 5 * HOUR}, "episode_one_open|episodes_do_not_overlap"),
        (
            second,
            {"opened_at": AT + 5 * HOUR},
            "episode_number_once|episode_one_open|episodes_do_not_overlap",
        ),
        (first, {"number": 3, "opened_at": AT + 2 * HOUR}, "episodes_do_not_overlap"),
    ):
        statement, values = _copy("cases_missingepisode", row.pk, **changes)
        _attack(statement, *values, refuses=name)
    _attack(
        "UPDATE cases_missingepisode SET ended_at = opened_at WHERE id = %s",
        first.pk,
        refuses="episode_ends_after_opening",
    )


END = "UPDATE cases_missingepisode SET status = 'ended', ended_at = %s, outcome = %s WHERE id = %s"


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_an_episode_that_reached_the_police_does_not_end_without_both_parts():
    w = a_watched_child()
    episode = missing(w.child, at=AT + HOUR)
    later = AT + 2 * HOUR
    both = "episode_police_ending_has_both_parts"
    _attack(END, later, "returned", episode.pk, refuses=both)
    episodes.confirm_with_child(episode, how="saw", by=w.desk.person, at=later)
    _attack(END, later, "returned", episode.pk, refuses=both)
    _attack(END, later, "recording_late", episode.pk, refuses="episode_recording_late|both_parts")
    episodes.record_police_closing(episode, officer="A", closed_at=later, by=w.desk.second, at=later)
    _attack(END, later, "recording_late", episode.pk, refuses="episode_recording_late_began_by_silence")
    _attack(END, later, "", episode.pk, refuses="episode_ended_has_outcome")
    with connection.cursor() as cursor:
        cursor.execute(END, [later, "returned", episode.pk])
    assert MissingEpisode.objects.get(pk=episode.pk).status == "ended"


@pytest.mark.by_turns(8)
@pytest.mark.django_db
@pytest.mark.parametrize("part", ["child_confirmed_by_id", "police_closed_by_id"])
def test_who_said_seen_cannot_be_written_into_either_part(part):
    w = a_watched_child()
    episode = missing(w.child, by=w.worker, at=AT + HOUR)
    seen(w.child, by=w.carer, at=AT + 2 * HOUR)
    _attack(
        f"UPDATE cases_missingepisode SET {part} = %s WHERE id = %s",
        w.carer.pk,
        episode.pk,
        refuses="episode_seen_by_another",
    )


@pytest.mark.django_db
def test_an_open_episode_has_no_outcome_and_only_silence_is_not_confirmed():
    w = a_watched_child()
    episode = silent(w.child, at=AT + HOUR)
    for change, name in (
        ("outcome = 'returned'", "episode_ended_has_outcome"),
        ("ended_at = opened_at + interval '1 hour'", "episode_ended_has_outcome"),
        ("started_by = 'report'", "episode_not_confirmed_is_silence"),
        ("confirmed_at = opened_at", "episode_not_confirmed_is_silence"),
    ):
        _attack(f"UPDATE cases_missingepisode SET {change} WHERE id = %s", episode.pk, refuses=name)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_an_absence_is_bounded_and_a_placement_is_somewhere():
    child = a_child()
    absence = out(child, until=AT + HOUR, at=AT)
    placement = placed(child)
    for until, name in (
        (AT + timedelta(hours=24, seconds=1), "out_at_most_a_day"),
        (AT, "absence_back_after"),
    ):
        _attack("UPDATE cases_absence SET until = %s WHERE id = %s", until, absence.pk, refuses=name)
    _attack(
        "UPDATE cases_placement SET home_id = NULL WHERE id = %s",
        placement.pk,
        refuses="placement_has_home_or_address",
    )


@pytest.mark.by_turns(8)
@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [-121, 121])
def test_a_home_moves_a_roll_call_by_two_hours_at_most(minutes):
    with pytest.raises(IntegrityError, match="roll_call_shift_within_two_hours"), transaction.atomic():
        RollCallShift.objects.create(home=a_home(), window="night", minutes=minutes, from_date=AT.date())


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_roll_call_is_moved_once_a_day_and_a_risk_graded_once_an_instant():
    child = a_child()
    home = a_home()
    shift = RollCallShift.objects.create(home=home, window="night", minutes=30, from_date=AT.date())
    for table, row_id, name in (
        ("cases_rollcallshift", shift.pk, "roll_call_shift_once_a_day"),
        ("cases_riskgrade", child.risk_grades.get().pk, "risk_graded_once_at_a_time"),
    ):
        statement, values = _copy(table, row_id)
        _attack(statement, *values, refuses=name)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_a_mailbox_has_exactly_one_owner():
    w = a_watched_child()
    for change in ({"team_id": w.team.pk}, {"force_id": None}):
        statement, values = _copy("cases_mailbox", w.control_room.pk, **change)
        _attack(statement, *values, refuses="mailbox_has_one_owner")
    assert Mailbox.objects.get(pk=w.control_room.pk).force == w.force


@pytest.mark.django_db
def test_agreements_of_one_force_and_authority_do_not_overlap_and_expire_after_signing():
    agreement = an_agreement(a_force(), an_authority())
    day = agreement.signed_date
    statement, values = _copy("cases_forceagreement", agreement.pk, signed_date=day + timedelta(days=9))
    _attack(statement, *values, refuses="agreements_do_not_overlap")
    _attack(
        "UPDATE cases_forceagreement SET expires_date = signed_date WHERE id = %s",
        agreement.pk,
        refuses="agreement_expires_after",
    )


@pytest.mark.django_db
def test_an_authority_ends_after_it_began():
    authority = an_authority()
    _attack(
        "UPDATE cases_authority SET valid_from = %s, valid_to = %s WHERE id = %s",
        AT.date(),
        AT.date(),
        authority.pk,
        refuses="authority_valid_period",
    )


@pytest.mark.by_turns(8)
@pytest.mark.django_db
def test_the_chain_never_forks_and_counts_once():
    child = a_child()
    row = child.events.get()
    for changes, name in (
        ({"number": 2}, "event_chain_never_forks"),
        ({"previous_digest": "1" * 64}, "event_numbered_once_per_child"),
    ):
        statement, values = _copy("cases_event", row.pk, **changes)
        _attack(statement, *values, refuses=name)


@pytest.mark.by_turns
@pytest.mark.django_db
def test_a_second_guardian_who_is_not_lead_may_overlap():
    w = a_watched_child()
    assert guarded(w.child, lead=False).lead is False


@pytest.mark.by_turns
@pytest.mark.django_db
def test_nothing_begins_at_an_authority_that_was_merged():
    old, other = a_watched_child(), a_watched_child()
    going = referred(other.child, an_authority(), at=AT)
    mergers.move(old.authority, an_authority(), by=None, at=AT + HOUR)
    pk = old.authority.pk
    new_home = {"authority_id": pk, "name": "Elm House"}
    for table, row_id, changes in (
        (
            "cases_responsibility",
            a_child().responsibilities.get().pk,
            {"authority_id": pk, "starts_at": AT + 2 * HOUR},
        ),
        ("cases_team", other.team.pk, {"authority_id": pk, "name": "North"}),
        ("cases_home", other.home.pk, new_home),
        ("cases_placement", other.child.placements.get().pk, {"host_authority_id": pk}),
    ):
        statement, values = _copy(table, row_id, **changes)
        _attack(statement, *values, refuses="was merged or split and is responsible for nobody")
    for table, row_id, column in (
        ("cases_transfer", going.pk, "receiver_id"),
        ("cases_placement", other.child.placements.get().pk, "host_authority_id"),
        ("cases_home", other.home.pk, "authority_id"),
        ("cases_team", other.team.pk, "authority_id"),
    ):
        _attack(f"UPDATE {table} SET {column} = %s WHERE id = %s", pk, row_id, refuses="was merged or split")
    planned = {"child_id": other.child.pk, "authority_id": pk}
    with pytest.raises(IntegrityError, match="was merged or split"), transaction.atomic():
        attacks.write("cases_plannedplacement", planned)
