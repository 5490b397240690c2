"""Every child has the keys that the names fold to: written with the names, by set, and asked for by the check."""

import psycopg2.errors
import pytest
from django.db import DatabaseError
from django.db.migrations.state import ProjectState

from alerts import integrity
from cases import clock, details, schema
from cases.models import Child, NameKey
from cases.search import keys
from tests.factories import Watched, a_child, a_watched_child

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(
        given_name="Yusuf", family_name="Al-Khatib", script_name="يوسف الخطيب", spellings=["Yousef"]
    )


def folds(child: Child) -> set[str]:
    return set(NameKey.objects.filter(child=child).values_list("fold", flat=True))


@pytest.mark.by_turns
def test_a_registered_child_has_a_key_for_every_name(watched: Watched) -> None:
    assert folds(watched.child) == {"iusuf xatib", "iusif xatib", "iusf xtib"}
    assert not list(keys.adrift())


@pytest.mark.by_turns
def test_a_corrected_name_takes_its_keys_with_it(watched: Watched) -> None:
    now = clock.now()

    details.change(
        watched.child,
        {"given_name": "Tarek", "spellings": []},
        topic="names",
        version=0,
        by=watched.worker,
        at=now,
    )

    assert folds(watched.child) == {"tarik xatib", "iusf xtib"}
    assert not list(keys.adrift())


@pytest.mark.by_turns
def test_a_correction_of_something_else_leaves_the_keys(watched: Watched) -> None:
    before = set(NameKey.objects.values_list("pk", flat=True))

    details.change(
        watched.child,
        {"nationality": "Syrian"},
        topic="languages",
        version=0,
        by=watched.worker,
        at=clock.now(),
    )

    assert set(NameKey.objects.values_list("pk", flat=True)) == before


@pytest.mark.by_turns
def test_the_check_names_a_child_who_would_not_be_found(watched: Watched) -> None:
    other = a_child(watched.authority, given_name="Hawa")
    NameKey.objects.filter(child=other).delete()
    Child.objects.filter(pk=watched.child.pk).update(known_as="Joe")

    (row,) = [one for one in integrity.check(clock.now()) if one.question.startswith("children whose names")]

    assert set(row.references) == {other.reference, watched.child.reference}


def test_keys_can_be_written_anew_when_the_folding_has_changed(watched: Watched) -> None:
    other = a_child(watched.authority, given_name="Hawa")
    NameKey.objects.filter(child=watched.child).update(fold="as it was")
    standing = NameKey.objects.get(child=other).pk

    assert keys.write_anew() == 1

    assert not list(keys.adrift())
    assert NameKey.objects.get(child=other).pk == standing
    assert keys.write_anew() == 0


def test_a_server_without_the_extension_is_told_so_in_one_sentence() -> None:
    class Cursor:
        def __enter__(self) -> "Cursor":
            return self

        def __exit__(self, *_: object) -> None: ...

        def execute(self, _: str) -> None:
            raise DatabaseError from psycopg2.errors.UndefinedFile()

    class Editor:
        connection = type("Connection", (), {"cursor": staticmethod(Cursor)})

    with pytest.raises(SystemExit, match="pg_trgm"):
        schema.Trigrams().database_forwards("cases", Editor(), ProjectState(), ProjectState())  # type: ignore[arg-type]
