"""What was changed: read with its values by a manager of the child, and without any by an auditor."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import restrictions, row_history
from cases.changes import RECORDS, of_child
from cases.models import AccessRecord, Child, Home, Provider, Role, RowChange, Sex, User
from tests.cases.test_reads_pages import lines, page_of
from tests.factories import Watched, a_child, a_person, a_watched_child, placed

pytestmark = [pytest.mark.django_db, pytest.mark.this_hour]
SECRET = "Yusbert"


@pytest.fixture
def watched(now) -> Watched:
    return a_watched_child(at=now - timedelta(days=2))


@pytest.fixture
def auditor(watched: Watched) -> User:
    return a_person(Role.AUDITOR, authority=watched.authority)


def change(w: Watched, **fields) -> None:
    with row_history.naming(lambda: (w.worker.pk, "")):
        Child.objects.filter(pk=w.child.pk).update(**fields)


def of(watched: Watched) -> str:
    return f"/children/{watched.child.reference}/changes/"


@pytest.mark.by_turns
def test_a_manager_reads_who_changed_which_field_from_what_to_what(client: Client, watched: Watched, now):
    change(watched, known_as=SECRET, interpreter_needed=True, sex=Sex.FEMALE)
    placement = watched.child.placements.get()
    other = placed(a_child(authority=watched.authority), at=now - timedelta(days=1)).home
    with row_history.naming(lambda: (None, "")):
        type(placement).objects.filter(pk=placement.pk).update(ends_at=now, home=other, room="")
    page = page_of(client, watched.manager, of(watched))
    moved, named = lines(page)
    assert f"{watched.worker.name} The child" in named
    assert f"Known as: nothing → became {SECRET}" in named
    assert "→ became Female" in named
    assert "Interpreter needed: nothing → became yes" in named
    assert "Rollcall Placement" in moved
    assert f"Home: {watched.home.name} → became {other.name}" in moved
    assert "Ends at: nothing → became" in moved
    newest = AccessRecord.objects.latest("pk")
    assert (newest.user, newest.page, newest.child) == (watched.manager, "changes", watched.child)


def test_an_auditor_reads_the_fields_and_no_value_and_no_name_of_a_child(client, watched, auditor):
    change(watched, known_as=SECRET)
    elsewhere = a_watched_child()
    change(elsewhere, known_as=SECRET)
    page = page_of(client, auditor, "/audit/changes/")
    found = [line for line in lines(page) if "Known as" in line]
    assert len(found) == 1
    assert f"{watched.worker.name} {watched.child.reference} The child Known as" in found[0]
    assert SECRET not in page
    assert watched.child.given_name not in page
    assert elsewhere.child.reference not in page
    newest = AccessRecord.objects.latest("pk")
    assert (newest.user, newest.page) == (auditor, "audit_changes")
    narrowed = page_of(client, auditor, f"/audit/changes/?reference={watched.child.reference}")
    assert len(lines(narrowed)) == 1
    assert not lines(page_of(client, auditor, f"/audit/changes/?reference={elsewhere.child.reference}"))
    assert not lines(page_of(client, auditor, f"/audit/changes/?person={watched.manager.email}"))


@pytest.mark.by_turns
def test_what_their_people_change_of_no_child_is_theirs_and_what_others_do_is_not(client, watched, auditor):
    mine, other = a_person(Role.ADMINISTRATOR, authority=watched.authority), a_watched_child()
    for by, home in ((mine, watched.home), (other.worker, other.home)):
        with row_history.naming(lambda by=by: (by.pk, "")):
            Home.objects.filter(pk=home.pk).update(phone="01632 960998")
    (found,) = lines(page_of(client, auditor, "/audit/changes/"))
    assert f"{mine.name} – Home 24-hour phone" in found


@pytest.mark.by_turns
def test_nobody_else_reads_either(client: Client, watched: Watched, auditor: User):
    change(watched, known_as=SECRET)
    stranger = a_watched_child()
    for reader in (
        watched.worker,
        watched.desk.person,
        watched.carer,
        watched.guardian,
        stranger.manager,
        auditor,
    ):
        client.force_login(reader)
        assert client.get(of(watched)).status_code == 404
    for reader in (
        watched.manager,
        watched.worker,
        a_person(Role.ADMINISTRATOR, authority=watched.authority),
    ):
        client.force_login(reader)
        assert client.get("/audit/changes/").status_code in (403, 404)


@pytest.mark.by_turns(8)
def test_a_long_history_costs_no_more_questions_and_has_pages(
    client: Client, watched: Watched, auditor: User, now
):
    def asked(reader: User, address: str) -> int:
        client.force_login(reader)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    change(watched, known_as="A0", phone="07700 900000")
    pages = ((watched.manager, of(watched)), (auditor, "/audit/changes/"))
    few = [asked(*page) for page in pages]
    for number in range(60):
        change(watched, known_as=f"B{number}")
    assert [asked(*page) for page in pages] == few
    first = of_child(watched.child, watched.manager, at=now)
    older = of_child(watched.child, watched.manager, before=first.older, at=now)
    assert (len(first.rows), len(older.rows), older.older) == (50, 11, "")
    assert any(
        "A0" in line
        for line in lines(page_of(client, watched.manager, f"{of(watched)}?before={first.older}"))
    )
    client.force_login(watched.manager)
    assert client.get(f"{of(watched)}?before=x").status_code == 404


@pytest.mark.by_turns(8)
def test_what_a_correction_destroyed_or_a_secret_stands_without_a_value(client: Client, watched: Watched):
    row = RowChange(table="cases_child", row=watched.child.pk, removed=False, child=watched.child, values="")
    row.fields, row.values_digest, row.at = ["needs_note", "of_old"], "0" * 64, watched.child.registered_at
    row.save()
    (found,) = lines(page_of(client, watched.manager, of(watched)))
    assert "not kept of_old: not kept" in found


def test_every_table_with_a_history_has_a_word():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'row_history'")
        assert {name for (name,) in cursor.fetchall()} == RECORDS.keys()


@pytest.mark.by_turns
def test_a_restriction_is_announced_to_no_auditor(client: Client, watched: Watched, auditor: User, now):
    made = restrictions.restrict(
        watched.child, reason="A threat", named=[], by=watched.manager, at=now - timedelta(hours=1)
    )
    with row_history.naming(lambda: (watched.manager.pk, "")):
        restrictions.lift(made, reason="Over", seconded_by=watched.head, by=watched.manager, at=now)
    assert lines(page_of(client, auditor, "/audit/changes/")) == []
    assert any(
        "Restriction of the record" in line for line in lines(page_of(client, watched.manager, of(watched)))
    )


@pytest.mark.by_turns
def test_what_was_removed_says_so_and_becomes_nothing(client: Client, watched: Watched, auditor: User):
    admin = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    provider = Provider.objects.create(name="Seaward Care")
    with row_history.naming(lambda: (admin.pk, "")):
        provider.delete()
    (found,) = lines(page_of(client, auditor, "/audit/changes/"))
    assert f"{admin.name} – Provider Removed" in found
    assert "Seaward" not in found
