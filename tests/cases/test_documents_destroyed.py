"""Documents of a record whose time has come: destroyed by two people, never under a hold, and no file is left behind."""

import io
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import integrity, kept_files
from alerts.record_questions import untold_changes
from cases import (
    clock,
    destructions,
    document_files,
    documents,
    legal_holds,
    log,
    photo_files,
    sealed_files,
    tasks,
)
from cases.documents import Given
from cases.models import Child, Document, Event, Role, User
from cases.states import IllegalMove
from tests.factories import Watched, a_person, a_watched_child, case_closed, photographed
from tests.papers import a_scan

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OLD, YOUNG = date(1946, 5, 6), date(2010, 5, 6)


def held(watched: Watched, title: str, *, at) -> Document:
    given = Given(scan=a_scan(title), kind="court", title=title, received_from="A solicitor")
    return documents.keep(watched.child, given, by=watched.worker, at=at)


def on_disk() -> set[str]:
    """Of all documents there are, those whose file lies on the disk."""
    return {one.token for one in Document.objects.all() if document_files.is_there(one.token)}


def closed(child: Child, *, at, born: date = OLD) -> None:
    """A case of long ago, as its rows stand when its time has come."""
    case_closed(child, reason="Moved abroad", at=at)
    born_on(child, born)


def born_on(child: Child, born: date) -> None:
    Child.objects.filter(pk=child.pk).update(birth_date=born, birth_date_precision="day")


class Story:
    def __init__(self, now) -> None:
        self.w = a_watched_child(at=now - 50 * HOUR)
        self.officer: User = a_person(Role.DPO, authority=self.w.authority)
        self.order = held(self.w, "Order of the court", at=now - 9 * HOUR)
        self.gone = held(self.w, "Of another child", at=now - 8 * HOUR)
        documents.withdraw(self.gone, reason="A mistake", by=self.w.worker, at=now - 7 * HOUR)
        self.other = a_watched_child(at=now - 50 * HOUR)
        self.others = held(self.other, "Of the other child", at=now - 9 * HOUR)
        closed(self.w.child, at=now - 2 * HOUR)

    def restore_files(self) -> None:
        """As they come back with a backup."""
        for one in Document.objects.filter(child=self.w.child):
            document_files.write(one.token, b"%PDF-1.7")

    def destroy(self, *, at, **who: User) -> int:
        given = {"by": self.w.manager, "seconded_by": self.officer, **who}
        return destructions.destroy_documents(self.w.child, at=at, **given)


@pytest.fixture
def story(db, now) -> Story:
    return Story(now)


@pytest.mark.by_turns
def test_the_files_go_the_rows_say_when_and_no_other_child_loses_any(
    story, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert story.destroy(at=now) == 2
    assert on_disk() == {story.others.token}
    rows = Document.objects.filter(child=story.w.child)
    assert {(row.title, row.destroyed_at) for row in rows} == {
        ("Order of the court", now),
        ("Of another child", now),
    }
    event = Event.objects.get(kind="documents_destroyed")
    assert (event.child, event.actor, event.data) == (
        story.w.child,
        story.w.manager,
        {"number": 2, "second": story.officer.pk},
    )
    assert Document.objects.get(pk=story.others.pk).destroyed_at is None
    for check in (kept_files.lost, kept_files.still_there, untold_changes):
        assert list(check(now + 5 * HOUR)) == []
    with pytest.raises(IllegalMove, match="No document"):
        story.destroy(at=now + HOUR)


@pytest.mark.by_turns(8)
def test_nobody_downloads_or_withdraws_one_any_more_and_the_pages_say_so(
    story, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        story.destroy(at=now)
    client = Client()
    client.force_login(story.w.manager)
    address = [story.w.child.reference, story.order.token]
    assert client.get(reverse("document", args=address)).status_code == 404
    assert client.get(reverse("document_withdraw", args=address)).status_code == 404
    listed = client.get(reverse("document_list", args=address[:1])).content.decode()
    assert "2 documents were destroyed, last on" in listed
    assert "Order of the court" not in listed
    story_page = client.get(reverse("child_timeline", args=address[:1])).content.decode()
    assert "Documents destroyed: the time of the record has come" in story_page
    assert "Destroyed on" in story_page
    assert "Order of the court" not in story_page


@pytest.mark.by_turns(8)
def test_a_hold_an_open_case_a_day_to_come_and_a_birth_that_nobody_knows_refuse_it(story, now):
    hold = legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=now - HOUR)
    with pytest.raises(IllegalMove, match="legal hold"):
        story.destroy(at=now)
    legal_holds.lift(hold, reason="It is over", seconded_by=story.officer, by=story.w.manager, at=now)
    born_on(story.w.child, YOUNG)
    with pytest.raises(IllegalMove, match="kept until 6 May 2085"):
        story.destroy(at=now)
    Child.objects.filter(pk=story.w.child.pk).update(birth_date_precision="estimated")
    with pytest.raises(IllegalMove, match="Nobody knows"):
        story.destroy(at=now)
    born_on(story.w.child, OLD)
    Child.objects.filter(pk=story.w.child.pk).update(closed_at=None, reopened_at=now)
    with pytest.raises(IllegalMove, match="open"):
        story.destroy(at=now)
    assert not Document.objects.destroyed().exists()
    assert len(on_disk()) == 3


@pytest.mark.by_turns(8)
def test_it_takes_a_manager_and_the_officer_of_the_responsible_authority(story, now):
    elsewhere = a_person(Role.DPO, authority=story.other.authority)
    for who in (
        {"by": story.w.worker},
        {"by": story.other.manager},
        {"by": story.officer},
        {"seconded_by": story.w.head},
        {"seconded_by": elsewhere},
        {"seconded_by": story.w.manager},
    ):
        with pytest.raises(IllegalMove):
            story.destroy(at=now, **who)
    assert not Document.objects.destroyed().exists()


def told(story, now, **data) -> Event:
    """An event that somebody wrote by themself."""
    said = {"number": 2, "second": story.officer.pk, **data}
    return log.record(story.w.child, "documents_destroyed", data=said, by=story.w.manager, at=now)


def ask(event: Event) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT destroy_documents(%s, %s)", [event.child_id, event.number])


def test_postgresql_destroys_nothing_without_an_event_an_officer_or_under_a_hold(story, now):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Document.objects.filter(pk=story.order.pk).update(destroyed_at=now)
    for said in ({"second": story.w.head.pk}, {"second": story.w.manager.pk}, {"number": 1}, {"second": 0}):
        with pytest.raises(IntegrityError, match="no event"):
            ask(told(story, now, **said))
    other = Event.objects.filter(child=story.w.child).exclude(kind="documents_destroyed").first()
    with pytest.raises(IntegrityError, match="no event"):
        ask(other)
    lawful = told(story, now + timedelta(minutes=1))
    legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=now)
    with pytest.raises(IntegrityError, match="hold stands"):
        ask(lawful)
    assert not Document.objects.destroyed().exists()


@pytest.mark.by_turns
def test_what_is_destroyed_stays_so(story, now):
    story.destroy(at=now)
    for fields in ({"destroyed_at": None}, {"destroyed_at": now + HOUR}):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Document.objects.filter(pk=story.order.pk).update(**fields)
    with pytest.raises(IntegrityError, match="no event"):
        ask(Event.objects.get(kind="documents_destroyed"))
    assert set(Document.objects.destroyed().values_list("destroyed_at", flat=True)) == {now}


@pytest.mark.by_turns
def test_nothing_goes_from_the_disk_before_the_commit_and_what_a_crash_leaves_is_taken_later(
    story, now, django_capture_on_commit_callbacks
):
    # The process dies between the commit and the removal: what was to run then never does.
    with django_capture_on_commit_callbacks(execute=False):
        story.destroy(at=now)
        assert len(on_disk()) == 3
    assert len(on_disk()) == 3
    assert list(kept_files.still_there(now + HOUR)) == []
    named = list(kept_files.still_there(now + 3 * HOUR))
    assert len(named) == 2
    assert all(line.startswith(story.w.child.reference) for line in named)
    tasks.remove_destroyed()
    assert on_disk() == {story.others.token}
    assert destructions.remove_left() == 0


@pytest.mark.by_turns
def test_a_disk_that_refuses_undoes_nothing_and_the_next_hour_takes_the_file(
    story, now, monkeypatch, django_capture_on_commit_callbacks
):
    def fail(token: str) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(document_files, "remove", fail)
        with django_capture_on_commit_callbacks(execute=True):
            assert story.destroy(at=now) == 2
    assert Document.objects.destroyed().count() == 2
    assert len(on_disk()) == 3
    tasks.remove_destroyed()
    assert on_disk() == {story.others.token}


@pytest.mark.by_turns
def test_a_file_that_cannot_be_removed_keeps_no_other_on_the_disk(story, now, monkeypatch):
    story.destroy(at=now)
    stuck = Document.objects.destroyed().order_by("pk").values_list("token", flat=True)
    remove = document_files.remove
    for token in stuck:

        def fail(one: str, *, token: str = token) -> None:
            if one == token:
                raise OSError(30, "Read-only file system")
            remove(one)

        story.restore_files()
        with monkeypatch.context() as patch:
            patch.setattr(document_files, "remove", fail)
            with pytest.raises(OSError, match="Read-only"):
                destructions.remove_left()
        assert on_disk() == {token, story.others.token}
    assert destructions.remove_left() == 1


@pytest.mark.by_turns
def test_what_was_half_sealed_anew_goes_with_the_file(story, now, monkeypatch):
    """The power fails while a file is sealed under a new key, and nothing cleans up behind it."""
    folder = document_files._path(story.order.token).parent
    half = folder / f".{story.order.token}-0badcafe.part"
    half.write_bytes(b"half of it")
    beside = folder / f".{story.others.token}-0badcafe.part"
    beside.write_bytes(b"of another child")
    story.destroy(at=now)
    destructions.remove_left()
    assert not half.exists()
    assert beside.exists()
    # Or it came after the file had gone: it is named, and taken too.
    half.write_bytes(b"half of it")
    assert len(list(kept_files.still_there(now + 3 * HOUR))) == 1
    assert destructions.remove_left() == 1
    assert not half.exists()


@pytest.mark.by_turns(8)
def test_nobody_withdraws_what_was_destroyed_while_the_page_stood_open(story, now):
    story.destroy(at=now)
    with pytest.raises(IllegalMove, match="destroyed"):
        documents.withdraw(story.order, reason="A mistake", by=story.w.worker, at=now + HOUR)
    story.order.refresh_from_db()
    assert story.order.withdrawn_at is None


def test_the_command_says_that_the_disk_did_not_let_a_file_go(story, monkeypatch):
    def fail(token: str) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(document_files, "remove", fail)
    who = ("--by", story.w.manager.email, "--second", story.officer.email)
    with pytest.raises(CommandError, match="2 documents are destroyed, but not all files are gone"):
        call_command("destroy_documents", story.w.child.reference, "--do", *who)
    assert Document.objects.destroyed().count() == 2


@pytest.mark.by_turns
def test_a_new_key_and_the_integrity_check_ask_for_no_destroyed_file(
    story, now, settings, django_capture_on_commit_callbacks
):
    settings.PHOTO_KEYS = [b"k" * 32]
    with django_capture_on_commit_callbacks(execute=True):
        story.destroy(at=now)
    (
        Path(settings.PHOTO_ROOT) / "documents" / story.others.token[:2] / f"{story.others.token}.sealed"
    ).unlink()
    with pytest.raises(SystemExit):
        call_command("rotate_keys", stdout=(said := io.StringIO()))
    assert "1 documents" in said.getvalue(), "the one whose file is missed, and none that is destroyed"
    assert [line.split()[0] for line in kept_files.lost(now)] == [story.other.child.reference]


def test_the_command_says_what_would_be_and_destroys_for_two_who_are_named(story):
    now = clock.now()
    reference = story.w.child.reference

    def said(*options: str) -> str:
        call_command("destroy_documents", reference, *options, stdout=(out := io.StringIO()))
        return out.getvalue()

    assert said() == "2 documents, kept until 2021-05-06 at the least. Nothing was changed.\n"
    who = ("--by", story.w.manager.email, "--second", story.officer.email)
    for options in (("--do",), ("--do", *who[:2]), ("--do", *who[:2], "--second", story.w.manager.email)):
        with pytest.raises(CommandError):
            said(*options)
    hold = legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=now)
    assert "A legal hold stands." in said()
    with pytest.raises(CommandError, match="legal hold"):
        said("--do", *who)
    legal_holds.lift(hold, reason="It is over", seconded_by=story.officer, by=story.w.manager, at=clock.now())
    assert "2 documents are destroyed" in said("--do", *who)
    with pytest.raises(CommandError, match="no child"):
        call_command("destroy_documents", "MC26-999999")


def hold(story: Story, *, at):
    return legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=at)


@pytest.mark.by_turns(8)
def test_a_hold_that_is_set_after_the_destruction_keeps_what_is_still_on_the_disk_until_it_is_lifted(
    story, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=False):
        story.destroy(at=now)
    standing = hold(story, at=now + MINUTE)
    tasks.remove_destroyed()
    assert len(on_disk()) == 3, "the hour takes nothing that a hold keeps"
    assert list(kept_files.still_there(now + 3 * HOUR)) == [], "nor is it a broken promise"
    assert destructions.held_back(story.w.child) == 2
    who = {"seconded_by": story.officer, "by": story.w.manager}
    legal_holds.lift(standing, reason="It is over", **who, at=now + 4 * HOUR)
    assert len(list(kept_files.still_there(now + 5 * HOUR))) == 2
    tasks.remove_destroyed()
    assert on_disk() == {story.others.token}
    assert destructions.held_back(story.w.child) == 0


@pytest.mark.by_turns
def test_a_hold_on_one_record_keeps_no_file_of_another(story, now):
    story.destroy(at=now)
    legal_holds.hold(story.other.child, reason="An inquiry", by=story.other.manager, at=now)
    assert destructions.remove_left() == 2
    assert on_disk() == {story.others.token}


@pytest.mark.by_turns(8)
def test_the_command_says_what_a_hold_has_kept(story, monkeypatch):
    # Set between the commit and the removal.
    monkeypatch.setattr(destructions, "remove_left", lambda child=None: 0)
    destroy = destructions.destroy_documents

    def destroyed_and_held(child: Child, **given) -> int:
        number = destroy(child, **given)
        hold(story, at=given["at"])
        return number

    monkeypatch.setattr(destructions, "destroy_documents", destroyed_and_held)
    who = ("--by", story.w.manager.email, "--second", story.officer.email)
    call_command("destroy_documents", story.w.child.reference, "--do", *who, stdout=(out := io.StringIO()))
    assert "A legal hold was set since: it keeps 2 files until it is lifted." in out.getvalue()


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    settings.PHOTO_ROOT = tmp_path / "kept"
    monkeypatch.setattr(kept_files, "STRAY_AFTER", timedelta(days=1))
    return settings.PHOTO_ROOT


def aged(path: Path, at) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


@pytest.mark.by_turns(8)
def test_a_file_that_no_row_knows_is_named_after_a_day_and_left_where_it_is(folder, now):
    watched = a_watched_child(at=now - 50 * HOUR)
    known = held(watched, "Order of the court", at=now)
    photographed(watched.child, by=watched.worker, at=now)
    strays = [sealed_files.new_token() for _ in range(3)]
    document_files.write(strays[0], b"%PDF-1.7")
    sealed_files.write(photo_files._path(strays[1], "face"), f"{strays[1]}-face", b"a face")
    half = document_files._path(strays[2]).with_name(f".{strays[2]}-0badcafe.part")
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half of it")
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert len(files) == 7
    for path in files:
        aged(path, now)
    assert list(kept_files.strays(now + 23 * HOUR)) == []
    named = sorted(kept_files.strays(now + 25 * HOUR))
    assert len(named) == 3
    assert all(any(token in line for line in named) for token in strays)
    assert str(folder) not in " ".join(named), "nothing of the machine is said"
    assert known.token not in " ".join(named)
    tasks.remove_destroyed()
    assert {path for path in folder.rglob("*") if path.is_file()} == files


@pytest.mark.by_turns
def test_the_file_of_a_document_that_was_destroyed_is_no_stray_and_no_folder_is_none(folder, now):
    assert list(kept_files.strays(now)) == []
    story = Story(now)
    story.destroy(at=now)
    story.restore_files()
    assert list(kept_files.strays(now + 9999 * HOUR)) == []


@pytest.mark.by_turns
def test_the_integrity_check_asks_for_strays(folder, now):
    document_files.write(token := sealed_files.new_token(), b"%PDF-1.7")
    aged(document_files._path(token), now)
    found = [one for one in integrity.check(now + 25 * HOUR) if any(token in ref for ref in one.references)]
    assert [one.invariant for one in found] == ["no stranger"]


def test_a_new_key_seals_what_a_hold_keeps_so_that_the_old_key_can_be_taken_away(story, now, settings):
    new, old = b"n" * 32, b"o" * 32
    settings.PHOTO_KEYS = [old]
    story.restore_files()
    story.destroy(at=now)
    legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=now)
    document_files.write(story.others.token, b"%PDF-1.7")
    settings.PHOTO_KEYS = [new, old]
    call_command("rotate_keys", stdout=(said := io.StringIO()))
    assert (
        "1 documents, 2 files of destroyed documents that a legal hold keeps: 3 files sealed"
        in said.getvalue()
    )
    assert "No file needs an older key any more." in said.getvalue()
    settings.PHOTO_KEYS = [new]
    for one in (story.order, story.gone, story.others):
        assert document_files.read(one.token) == b"%PDF-1.7"
    call_command("rotate_keys", stdout=(again := io.StringIO()))
    assert "2 files of destroyed documents that a legal hold keeps: 0 files sealed" in again.getvalue()
    assert destructions.held_back(story.w.child) == 2


def test_a_held_file_that_no_key_opens_is_named_and_no_older_key_may_go(story, now, settings):
    settings.PHOTO_KEYS = [b"o" * 32]
    story.restore_files()
    story.destroy(at=now)
    legal_holds.hold(story.w.child, reason="An inquiry", by=story.w.manager, at=now)
    document_files.remove(story.gone.token)
    document_files.remove(story.others.token)
    settings.PHOTO_KEYS = [b"n" * 32]
    document_files.write(story.others.token, b"%PDF-1.7")
    with pytest.raises(SystemExit):
        call_command("rotate_keys", stdout=(said := io.StringIO()))
    assert f"document {story.order.pk}: " in said.getvalue()
    assert f"document {story.gone.pk}: " not in said.getvalue()
    assert "1 could not be" in said.getvalue()
    assert "No file needs an older key" not in said.getvalue()


@pytest.mark.by_turns(8)
def test_a_file_that_is_removed_while_it_would_be_sealed_does_not_come_back(story, now, settings):
    settings.PHOTO_KEYS = [b"o" * 32]
    story.restore_files()
    story.destroy(at=now)
    settings.PHOTO_KEYS = [b"n" * 32, b"o" * 32]
    destructions.remove_left(story.w.child)
    assert destructions.seal_left(story.order.pk) is None
    assert story.order.token not in on_disk()
