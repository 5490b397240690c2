"""What a test begins with is the same whether its fixtures made it or a copy puts it back."""

import itertools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from alerts import integrity, policies, sweep
from alerts.models import PolicyVersion
from cases import clock, photo_files
from cases.models import Child, Event, Photo, RowChange
from tests import beginnings, copies, factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: datetime) -> Watched:
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=now - timedelta(days=9))
    return factories.a_watched_child(at=now - timedelta(days=2))


@pytest.fixture
def ended(watched: Watched, now: datetime) -> Watched:
    """A row that came and went, and one that was changed after it was written."""
    factories.seen(watched.child, by=watched.carer, at=now - timedelta(hours=1))
    return watched


@pytest.fixture
def signed_in(watched: Watched) -> Client:
    client = Client()
    client.force_login(watched.worker)
    return client


# The first two make it, from the third on it is copied: each must find the same.
@pytest.mark.parametrize("use", range(3))
def test_each_use_begins_with_the_same(ended: Watched, signed_in: Client, now: datetime, use: int) -> None:
    assert PolicyVersion.objects.filter(key=policies.DUTY).get().takes_effect_at == now - timedelta(days=9)
    assert ended.child.contacts.latest("happened_at").happened_at == now - timedelta(hours=1)
    assert Event.objects.filter(child=ended.child, happened_at__gt=now - timedelta(hours=2)).exists()
    assert clock.now() > Event.objects.latest("pk").recorded_at
    assert Session.objects.exists()
    assert signed_in.get(f"/children/{ended.child.reference}/").status_code == 200
    another = factories.a_watched_child()
    assert another.child.reference != ended.child.reference
    assert another.worker.pk != ended.worker.pk
    Child.objects.filter(pk=ended.child.pk).update(known_as="B")
    changed = RowChange.objects.filter(table="cases_child", row=ended.child.pk).latest("pk")
    assert changed.fields == ["known_as"], "its rows went past the triggers, and what comes after does not"


@pytest.fixture
def pictured() -> Photo:
    return factories.photographed(factories.a_watched_child().child, at=factories.AT)


@pytest.mark.parametrize("use", range(4))
def test_a_file_lies_there_each_time_whatever_the_test_before_did_to_it(pictured: Photo, use: int) -> None:
    (lies,) = Path(settings.PHOTO_ROOT).rglob(f"{pictured.token}-face*")
    assert lies.stat().st_mode & 0o777 == 0o600
    assert photo_files.read(pictured.token, "face").startswith(b"\xff\xd8")
    if use % 2:
        lies.write_bytes(b"spoilt")
    else:
        photo_files.remove(pictured.token)


_made: list[int] = []


@pytest.fixture
def long_in_the_making(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "LONG", 0)


@pytest.fixture
def dear(long_in_the_making: None) -> Watched:
    _made.append(1)
    return factories.a_watched_child(at=factories.AT - timedelta(minutes=9))


@pytest.mark.parametrize("use", range(3))
def test_what_takes_long_is_made_once_where_another_test_begins_with_it(dear: Watched, use: int) -> None:
    assert dear.child.registered_at == factories.AT - timedelta(minutes=9)
    assert len(_made) == 1


@pytest.fixture
def gone_on(dear: Watched) -> Watched:
    factories.seen(dear.child, by=dear.carer, at=factories.AT)
    return dear


@pytest.mark.parametrize("use", range(3))
def test_what_goes_on_from_it_is_made_upon_its_copy(dear: Watched, gone_on: Watched, use: int) -> None:
    assert gone_on is dear
    assert dear.child.contacts.latest("happened_at").happened_at == factories.AT
    assert len(_made) == 1


@pytest.fixture
def beside(pictured: Photo) -> Watched:
    return factories.a_watched_child()


@pytest.mark.parametrize("use", range(3))
def test_a_file_of_what_others_begin_with_lies_there_for_what_goes_on_from_it(
    pictured: Photo, beside: Watched, use: int
) -> None:
    assert photo_files.read(pictured.token, "face").startswith(b"\xff\xd8")
    assert beside.child.reference != pictured.child.reference
    photo_files.remove(pictured.token)


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is heard of who is sought, by whatever patches have in hand."""
    found: list[str] = []
    monkeypatch.setattr(factories, "somebody_heard", found.append, raising=False)
    return found


@pytest.fixture
def sought(caught: list[str]) -> Watched:
    one = factories.a_watched_child()
    factories.missing(one.child, by=one.worker, at=factories.AT)
    factories.somebody_heard(one.child.reference)  # type: ignore[attr-defined]
    return one


@pytest.mark.parametrize("use", range(4))
def test_what_a_patch_has_in_hand_is_there_each_time(caught: list[str], sought: Watched, use: int) -> None:
    assert caught == [sought.child.reference]


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: factories.AT)


@pytest.fixture
def of_noon(noon: None, made: list[Watched]) -> Watched:
    return factories.a_watched_child(at=clock.now() - timedelta(days=3))


@pytest.fixture
def made() -> list[Watched]:
    return [factories.a_watched_child()]


@pytest.mark.parametrize("use", range(3))
def test_what_is_made_under_a_patch_is_copied_and_the_patch_done_each_time(
    of_noon: Watched, made: list[Watched], use: int
) -> None:
    assert clock.now() == factories.AT
    assert of_noon.child.registered_at == factories.AT - timedelta(days=3)
    assert made[0].child.reference != of_noon.child.reference


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was made by the verbs."""
    by_verbs: list[Any] = []
    make = factories._a_watched_child

    def noted(*words: Any) -> Watched:
        by_verbs.append(words)
        return make(*words)

    monkeypatch.setattr(factories, "_a_watched_child", noted)
    return by_verbs


_uses = itertools.count()


@pytest.mark.parametrize("use", range(6))
def test_what_is_made_after_others_is_a_copy_that_is_as_good(anew: list[Any], use: int) -> None:
    at = factories.AT - timedelta(minutes=7)
    kept = [key for key in copies._copies if repr(at) in repr(key)]
    first = factories.a_watched_child(at=at)
    factories.missing(first.child, by=first.worker, at=factories.AT)
    sweep.sweep_all(now=factories.AT)
    others = [factories.a_watched_child(at=at) for _ in range(2)]
    assert len(anew) == 3 - len(kept)
    assert len(kept) == 3 or next(_uses) < 3, "what was made by the verbs three times is a copy from then on"
    assert len({one.child.reference for one in (first, *others)}) == 3
    assert len({one.worker.pk for one in (first, *others)}) == 3
    for one in others:
        factories.seen(one.child, by=one.carer, at=factories.AT)
    if kept:
        now = factories.AT + timedelta(minutes=1)
        assert {found.question: found.references for found in integrity.check(now) if found.references} == {}
    connection.check_constraints()


@pytest.mark.parametrize("use", range(3))
def test_it_is_made_anew_where_something_was_written_that_it_could_hang_on(anew: list[Any], use: int) -> None:
    at = factories.AT - timedelta(minutes=8)
    factories.a_watched_child(at=at)
    PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=at + timedelta(days=9))
    before = len(anew)
    factories.a_watched_child(at=at)
    assert len(anew) == before + 1


def test_what_is_passed_over_as_about_others_is_no_table_that_is_passed_over_anyhow() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'child_id'")
        about_children = {name for (name,) in cursor.fetchall()}
    assert {table for table, _ in copies._tables()} - about_children >= copies.OF_OTHERS
