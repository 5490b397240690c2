"""The same organisation twice on the list: put there at the same moment, or from before it stood once. Commits are real."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from time import sleep

import psycopg2
import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from cases import first_responders, reference_data
from cases.models import FirstResponder, Role, User
from cases.states import IllegalMove
from tests.cases.test_first_responders import NOW
from tests.database import Clone
from tests.factories import a_person, an_authority

OWN = "own-1a2b3c4d5e6f"


def test_two_administrators_who_add_the_same_at_once_make_one_of_it(committed: Clone) -> None:
    administrators = [a_person(Role.ADMINISTRATOR, authority=an_authority()) for _ in range(2)]

    def add(by: User) -> bool:
        try:
            with transaction.atomic():
                first_responders.add("Lantern Trust", by=by, at=NOW)
                # The other comes meanwhile.
                sleep(0.3)
        except IllegalMove:
            return False
        finally:
            connections["default"].close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, administrators)) == [False, True]
    assert FirstResponder.objects.filter(name="Lantern Trust").count() == 1


@pytest.mark.parametrize("own_first", [True, False])
def test_of_two_of_one_name_the_administrators_is_told_apart_whichever_came_first(
    committed: Clone, own_first: bool
) -> None:
    """Or the reference data meet it when they are read anew, at each start."""
    with closing(psycopg2.connect(committed.owner_dsn)) as owner, owner, owner.cursor() as cursor:
        cursor.execute("DROP INDEX first_responder_name_once")
    known = FirstResponder.objects.get(code="unseen")
    name = known.name
    if own_first:
        FirstResponder.objects.filter(pk=known.pk).update(code=OWN, name=name.upper())
        FirstResponder.objects.create(code="unseen", name=name)
    else:
        FirstResponder.objects.create(code=OWN, name=name.upper())
    migration = import_module("cases.migrations.0098_first_responder_names")
    with connection.schema_editor() as editor:
        migration.tell_apart(apps, editor)
    with closing(psycopg2.connect(committed.owner_dsn)) as owner, owner, owner.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX first_responder_name_once ON cases_firstresponder (upper(name))")
    reference_data.load(at=NOW)
    assert FirstResponder.objects.get(code="unseen").name == name
    own = FirstResponder.objects.get(code=OWN)
    assert own.name == f"{name.upper()} ({OWN})"
