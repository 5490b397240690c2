"""The table of permissions in words is whole, is what docs/permissions.md says, and promises nothing that access refuses."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from cases import permission_words
from cases.access import FUNCTIONS, MATRIX, Permission, Relation
from cases.models import Role
from tests.factories import a_person, a_watched_child, somebody

DOCS = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"


def test_the_document_is_what_the_command_prints():
    printed = StringIO()
    call_command("permissions", stdout=printed)
    assert DOCS.read_text(encoding="utf-8") == printed.getvalue()


def test_every_permission_and_relation_has_its_words_and_there_are_at_most_thirty():
    assert set(permission_words.VERBS) == set(Permission) == set(MATRIX) | set(FUNCTIONS)
    assert set(permission_words.WHOSE) == set(Relation)
    assert len(Permission) <= 30
    assert not set(MATRIX) & set(FUNCTIONS)


def test_every_cell_of_the_table_is_said_once_and_nothing_else_is():
    said = {
        (chapter.role, line.whose, verb)
        for chapter in permission_words.chapters()
        for line in chapter.lines
        for verb in line.verbs
    }
    held = {
        (Role(role), permission_words.WHOSE[relation], permission_words.VERBS[verb])
        for verb, wanted in MATRIX.items()
        for role, relation in wanted
    } | {
        (Role(role), permission_words.BY_ROLE, permission_words.VERBS[verb])
        for verb, roles in FUNCTIONS.items()
        for role in roles
    }
    assert said == held


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.GUARDIAN, Role.POLICE, Role.ADMINISTRATOR, Role.STATISTICIAN])
def test_everybody_who_has_signed_in_reads_the_page_and_nobody_else(client: Client, role: Role):
    assert client.get("/permissions/").status_code == 302
    client.force_login(a_person(role))
    page = client.get("/permissions/")
    assert page.status_code == 200
    words = page.content.decode()
    assert all(str(role.label) in words for role in Role)
    client.force_login(somebody())
    assert client.get("/permissions/").status_code == 403


@pytest.mark.django_db
def test_an_administrator_has_no_line_about_children_and_opens_none(client: Client):
    administrator = next(c for c in permission_words.chapters() if c.role == Role.ADMINISTRATOR)
    assert not administrator.lines
    watched = a_watched_child()
    client.force_login(a_person(Role.ADMINISTRATOR, authority=watched.authority))
    assert client.get(f"/children/{watched.child.reference}/").status_code == 404
