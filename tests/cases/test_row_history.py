"""What stood in a row before it was changed: kept by the database, whoever changes it, and open to nobody's hand."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import psycopg2
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import changes as history
from cases import details, row_history
from cases.models import Child, Event, Home, RowChange, User
from tests.factories import AT, a_home, a_watched_child, missing, placed

# Tables that the application may change and whose past nobody asks for: each with why.
WITHOUT_HISTORY = {
    "account_emailaddress": "addresses of allauth, which nobody signs in with alone",
    "account_emailconfirmation": "tokens",
    "auth_group": "fixed at the migration",
    "auth_group_permissions": "fixed at the migration",
    "auth_permission": "fixed at the migration",
    "cache_entries": "counters and nothing else",
    "cases_authority_successors": "reference data",
    "cases_childgrouppermission": "follows a fact; check_integrity makes it again",
    "cases_draft": "what somebody is still writing",
    "cases_keptform": "what somebody was writing when the session locked",
    "cases_namekey": "made from the names",
    "cases_referenceserial": "a counter",
    "cases_user_groups": "follows a fact; check_integrity makes it again",
    "cases_user_user_permissions": "unused",
    "django_content_type": "fixed at the migration",
    "django_session": "sessions end",
    "guardian_groupobjectpermission": "unused",
    "guardian_userobjectpermission": "unused",
    "mfa_authenticator": "secrets; who set one up and who reset it stands in the log",
}
# The engine's own state, from the messages of which everybody can see what it did.
ENGINE = "alerts_"
MAY_CHANGE = """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'public'
    WHERE relkind = 'r' AND (has_any_column_privilege(%s, pg_class.oid, 'UPDATE')
        OR has_table_privilege(%s, pg_class.oid, 'DELETE'))
"""


HOUR = timedelta(hours=1)


def changes(row) -> list[RowChange]:
    return list(RowChange.objects.filter(table=row._meta.db_table, row=row.pk).order_by("pk"))


def told_by(row) -> dict[str, tuple[str, datetime]]:
    """Of each field that was changed, the event that tells of it, and when the change was known."""
    rows = history.known(RowChange.objects.filter(table=row._meta.db_table, row=row.pk)).order_by("pk")
    kinds = {event.number: event.kind for event in Event.objects.filter(child=rows[0].child)}
    return {name: (kinds[one.event], one.known_at) for one in rows for name in one.fields}


@pytest.mark.django_db
def test_each_field_that_changes_is_kept_with_what_stood_there_and_what_stands_now():
    w = a_watched_child()
    before = w.child.known_as
    Child.objects.filter(pk=w.child.pk).update(known_as="Yus", phone="07700 900001", sex=w.child.sex)
    (one,) = changes(w.child)
    assert (one.child, one.removed, one.actor) == (w.child, False, None)
    assert sorted(one.fields) == ["known_as", "phone"]
    assert json.loads(one.values) == {"known_as": [before, "Yus"], "phone": [w.child.phone, "07700 900001"]}


@pytest.mark.django_db
def test_a_change_names_the_event_that_its_verb_writes_and_is_known_from_then_on():
    """In the time of the service, however far the database's own clock is from it."""
    w = a_watched_child()
    placement = w.child.placements.get()
    details.change(
        w.child,
        {"description": "Red coat"},
        topic="looks",
        version=details.version_of(w.child, "looks"),
        by=w.worker,
        at=AT + 4 * HOUR,
    )
    other = placed(w.child, a_home(w.authority), by=w.worker, at=AT + 5 * HOUR)
    assert told_by(w.child)["description"] == ("details_changed", AT + 4 * HOUR)
    assert told_by(placement)["ends_at"] == ("placement_started", AT + 5 * HOUR)
    assert changes(other) == [], "a new row is its own history"


@pytest.mark.django_db
def test_each_child_of_one_statement_has_its_own_next_event_and_what_is_of_no_child_has_none():
    first, second = a_watched_child(), a_watched_child()
    missing(second.child, by=second.worker, at=AT)
    Child.objects.filter(pk__in=(first.child.pk, second.child.pk)).update(description="Red coat")
    Home.objects.filter(pk=first.home.pk).update(phone="01632 960999")
    for w in (first, second):
        last = Event.objects.filter(child=w.child).latest("number")
        (one,) = [row for row in changes(w.child) if row.fields == ["description"]]
        assert one.event == last.number + 1, "the one that the same commit is to write"
    assert [one.event for one in changes(first.home)] == [None]


@pytest.mark.django_db
def test_a_change_that_no_event_tells_of_yet_and_an_old_one_are_dated_by_the_database():
    w = a_watched_child()
    Child.objects.filter(pk=w.child.pk).update(description="Red coat")
    (one,) = history.known(RowChange.objects.filter(table="cases_child", row=w.child.pk))
    assert one.known_at == one.at
    old = RowChange.objects.get(pk=one.pk)
    old.pk, old.event = None, None
    old.save(force_insert=True)
    (old,) = history.known(RowChange.objects.filter(pk=old.pk))
    assert old.known_at == old.at


@pytest.mark.django_db
def test_what_changes_nothing_is_no_change_and_a_new_row_is_its_own_history():
    w = a_watched_child()
    assert changes(w.child) == []
    Child.objects.filter(pk=w.child.pk).update(known_as=w.child.known_as)
    assert changes(w.child) == []


@pytest.mark.django_db
def test_a_row_of_an_episode_is_of_its_child_and_one_of_a_home_is_of_none():
    w = a_watched_child()
    episode = missing(w.child, by=w.worker, at=AT)
    force = episode.forces.get()
    type(force).objects.filter(pk=force.pk).update(officer="PC 11 Marlow")
    Home.objects.filter(pk=w.home.pk).update(phone="01632 960999")
    assert [one.child for one in changes(force)] == [w.child]
    assert [one.child for one in changes(w.home)] == [None]


@pytest.mark.django_db
def test_of_a_password_it_is_kept_that_it_changed_and_never_what_it_was():
    person = a_watched_child().worker
    person.set_password("three small boats")
    person.save(update_fields=["password"])
    (one,) = changes(person)
    assert one.fields == ["password"]
    assert json.loads(one.values) == {"password": []}
    User.objects.filter(pk=person.pk).update(last_login=AT)
    assert len(changes(person)) == 1


@pytest.mark.django_db
def test_a_change_of_a_page_names_who_pressed_and_in_which_request(client):
    w = a_watched_child()
    client.force_login(w.worker)
    address = reverse("details_change", args=[w.child.reference, "names"])
    form = client.get(address).context["form"]
    stands = {name: form[name].value() for name in form.fields}
    answers = {name: "" if value is None else value for name, value in stands.items()}
    answer = client.post(address, answers | {"known_as": "Yus"})
    assert answer.status_code == 302, answer.context["form"].errors
    (one,) = [row for row in changes(w.child) if "known_as" in row.fields]
    assert one.actor == w.worker
    assert UUID(one.request), "as the log of the service names it"


@pytest.mark.django_db
def test_a_name_of_a_request_that_is_none_stands_in_no_statement():
    w = a_watched_child()
    for name in ("'; DROP TABLE cases_child; --", "%s", "x" * 65, "", "ä"):
        with row_history.naming(lambda name=name: (w.worker.pk, name)):
            Child.objects.filter(pk=w.child.pk).update(known_as=f"Y{len(name)}")
    assert {(one.actor, one.request) for one in changes(w.child)} == {(w.worker, "")}


@pytest.mark.django_db
def test_nobody_is_named_for_what_comes_after():
    w = a_watched_child()
    with transaction.atomic(), row_history.naming(lambda: (w.worker.pk, "first")):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            Child.objects.filter(pk=w.child.pk).update(known_as="A")
        assert len(asked) == 1, "the name travels with the statement"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('rollcall.actor', '', true)")
    Child.objects.filter(pk=w.child.pk).update(known_as="B")
    assert [one.actor for one in changes(w.child)] == [w.worker, None]


def test_outside_of_a_transaction_the_name_is_gone_with_its_statement(committed):
    w = a_watched_child()
    with row_history.naming(lambda: (w.worker.pk, "first")):
        Child.objects.filter(pk=w.child.pk).update(known_as="A")
    Child.objects.filter(pk=w.child.pk).update(known_as="B")
    assert [one.actor for one in changes(w.child)] == [w.worker, None]


def test_no_session_of_the_application_can_leave_it_out(committed):
    w = a_watched_child()
    raw = psycopg2.connect(committed.dsn)
    with raw, raw.cursor() as cursor:
        cursor.execute("SET pgtrigger.ignore = '{keep_row_history,row_history,cases_child:row_history}'")
        cursor.execute("UPDATE cases_child SET known_as = 'Nobody' WHERE id = %s", [w.child.pk])
    for statement in (
        "SET session_replication_role = replica",
        "ALTER TABLE cases_child DISABLE TRIGGER row_history",
        "DROP FUNCTION keep_row_history() CASCADE",
    ):
        with raw, raw.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
    raw.close()
    assert [one.fields for one in changes(w.child)] == [["known_as"]]


def test_a_table_of_its_own_takes_no_change_away_from_the_history(committed):
    w = a_watched_child()
    with psycopg2.connect(committed.dsn) as own, own.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE cases_rowchange (LIKE public.cases_rowchange INCLUDING DEFAULTS)"
        )
        cursor.execute("CREATE TEMPORARY TABLE cases_event (LIKE public.cases_event)")
        cursor.execute("UPDATE public.cases_child SET known_as = 'Nobody' WHERE id = %s", [w.child.pk])
    own.close()
    (one,) = changes(w.child)
    assert one.fields == ["known_as"]
    assert one.event == Event.objects.filter(child=w.child).latest("number").number + 1


def test_every_table_that_the_application_may_change_keeps_its_history(committed):
    with psycopg2.connect(committed.dsn) as own, own.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute(MAY_CHANGE, [role, role])
        changed = {name for (name,) in cursor.fetchall() if not name.startswith(ENGINE)}
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'row_history'")
        kept = {name for (name,) in cursor.fetchall()}
    own.close()
    assert changed - kept == WITHOUT_HISTORY.keys(), "give these a history in a migration: schema.history"
    assert kept <= changed
