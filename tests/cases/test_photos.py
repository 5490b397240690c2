"""The verbs of a photo, the files behind it, and who may see it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cases import concerns, faces, log, photo_files, photos
from cases.models import AccessRecord, Child, Event, Photo, Role
from cases.states import IllegalMove
from tests.factories import (
    AT,
    Watched,
    a_child,
    a_person,
    a_picture,
    a_watched_child,
    missing,
    photographed,
)

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def root(settings, tmp_path: Path) -> Path:
    settings.PHOTO_ROOT = tmp_path / "photos"
    return settings.PHOTO_ROOT


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


@pytest.mark.by_turns
def test_a_photo_is_kept_in_three_sizes_by_a_random_name_for_the_service_alone(root: Path) -> None:
    child = a_child()

    photo = photographed(child, at=LATER)

    assert len(photo.token) == 32
    assert [path.name for path in files(root)] == [
        f"{photo.token}-{size}.jpg" for size in ("face", "full", "portrait")
    ]
    assert {path.stat().st_mode & 0o777 for path in files(root)} == {0o600}
    assert not any(word in str(path) for path in files(root) for word in (child.reference, child.given_name))
    assert (photo.uploaded_by, photo.uploaded_at, photo.source) == (child.registered_by, LATER, "taken")


@pytest.mark.by_turns
def test_adding_a_photo_writes_one_event_with_the_digest_of_the_picture(root: Path) -> None:
    photo = photographed(a_child(), at=LATER)

    event = Event.objects.get(child=photo.child, kind="photo_added")
    assert (event.subject_type, event.subject_id) == ("photo", photo.pk)
    assert event.data == {"taken": "2026-03-02", "source": "taken"}
    assert event.fields_digest == log._digest({"digest": photo.digest, "basis": ""})
    assert not log.broken_links([photo.child_id])


@pytest.mark.by_turns(8)
def test_the_same_picture_sent_twice_is_one_photo(root: Path) -> None:
    child, picture = a_child(), a_picture()

    first = photographed(child, picture=picture)

    assert photographed(child, picture=picture) == first
    assert len(files(root)) == 3
    photographed(a_child(), picture=picture)
    assert Photo.objects.count() == 2


@pytest.mark.by_turns(8)
def test_a_photo_of_tomorrow_is_refused(root: Path) -> None:
    with pytest.raises(IllegalMove, match="today or in the past"):
        photographed(a_child(), taken_date=AT.date() + timedelta(days=1))
    assert not files(root)


@pytest.mark.by_turns
def test_no_picture_stays_behind_when_the_row_is_not_written(root: Path, monkeypatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise DatabaseError("away")

    child = a_child()
    monkeypatch.setattr(photos.log, "record", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        photographed(child)
    assert not files(root)
    assert not Photo.objects.exists()


@pytest.mark.by_turns(8)
def test_a_withdrawn_photo_keeps_its_reason_and_gives_way_to_the_one_before(root: Path) -> None:
    child = a_child()
    first = photographed(child, taken_date=AT.date() - timedelta(days=9))
    wrong = photographed(child)
    assert Photo.objects.newest_of([child.pk]).get() == wrong

    with pytest.raises(IllegalMove, match="why"):
        photos.withdraw(wrong, reason=" ", by=child.registered_by, at=LATER)
    photos.withdraw(wrong, reason="It shows another child", by=child.registered_by, at=LATER)

    assert Photo.objects.newest_of([child.pk]).get() == first
    wrong.refresh_from_db()
    assert (wrong.withdrawn_at, wrong.withdrawn_reason) == (LATER, "It shows another child")
    event = Event.objects.get(child=child, kind="photo_withdrawn")
    assert "another child" not in str(event.data)
    assert photo_files.read(wrong.token, "full")
    with pytest.raises(IllegalMove, match="already"):
        photos.withdraw(wrong, reason="Again", by=child.registered_by, at=LATER)


@pytest.mark.by_turns(8)
def test_the_application_changes_nothing_of_a_photo_but_its_withdrawal_and_removes_none(root: Path) -> None:
    photo = photographed(a_child())
    for statement in (
        "UPDATE cases_photo SET child_id = child_id WHERE id = %s",
        "UPDATE cases_photo SET digest = '' WHERE id = %s",
        "DELETE FROM cases_photo WHERE id = %s",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement, [photo.pk])
    with pytest.raises(IntegrityError, match="photo_withdrawn_with_reason"), transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(withdrawn_at=LATER)


@pytest.mark.by_turns
def test_the_faces_of_a_list_take_one_query_however_long_it_is(root: Path, django_assert_num_queries) -> None:
    watched = a_watched_child()
    rest = [a_child(team=watched.team, worker=watched.worker) for _ in range(4)]
    for child in [watched.child, *rest]:
        photographed(child, taken_date=AT.date() - timedelta(days=3))
        newest = photographed(child)
    worker = watched.worker
    faces.of([watched.child.pk], user=worker, at=LATER)

    with django_assert_num_queries(1):
        found = faces.of([watched.child.pk, *(child.pk for child in rest)], user=worker, at=LATER)

    assert len(found) == 5
    assert found[rest[-1].pk].token == newest.token
    assert faces.of([], user=worker, at=LATER) == {}


def shown_to(watched: Watched) -> set[str]:
    """Who sees the face of this child in a list."""
    people = {
        "worker": watched.worker,
        "manager": watched.manager,
        "duty": watched.desk.person,
        "carer": watched.carer,
        "guardian": watched.guardian,
        "officer": watched.officer,
        "colleague": a_person(Role.SOCIAL_WORKER, authority=watched.authority),
        "stranger": a_person(Role.SOCIAL_WORKER),
    }
    return {
        name
        for name, user in people.items()
        if faces.of([watched.child.pk], user=user, at=AT + timedelta(hours=2))
    }


@pytest.mark.by_turns
def test_a_face_is_seen_by_those_who_work_with_the_child_and_by_no_officer(root: Path) -> None:
    watched = a_watched_child()
    photographed(watched.child)
    missing(watched.child, by=watched.worker, at=LATER)

    assert shown_to(watched) == {"worker", "manager", "duty", "carer", "guardian"}


@pytest.mark.by_turns
def test_whoever_is_kept_from_a_child_sees_no_face(root: Path) -> None:
    watched = a_watched_child()
    photographed(watched.child)
    concerns.keep_from(watched.child, watched.carer, reason="An allegation", by=watched.head, at=AT)

    assert "carer" not in shown_to(watched)


@pytest.mark.by_turns
def test_nothing_is_on_record_as_read_before_the_picture_is_fetched(root: Path) -> None:
    watched = a_watched_child()
    photographed(watched.child)
    shown_to(watched)

    assert not AccessRecord.objects.filter(permission="see_photo").exists()
    assert Child.objects.count() == 1
