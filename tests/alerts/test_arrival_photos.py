"""A child is taken in whatever the disk says of their photo, and nobody believes that a photo is kept which is not."""

import errno
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from alerts import kept_files
from alerts.models import Clock
from cases import clock, concerns, duplicates, photo_files, photos, sealed_files
from cases.models import Child, Event, Home, Photo, Placement, Role, Team, User
from tests.factories import a_home, a_person, a_picture, a_team, an_authority, case_closed

pytestmark = pytest.mark.django_db
NEW = "/children/arrivals/new/"
PICTURE = a_picture(colour="navy")


@pytest.fixture
def home() -> Home:
    return a_home(an_authority("Ellwick"))


@pytest.fixture
def worker(home: Home, client: Client) -> User:
    worker = a_person(Role.SOCIAL_WORKER, team=a_team(home.authority))
    client.force_login(worker)
    return worker


def answers(home: Home) -> dict[str, Any]:
    return {
        "once": str(uuid.uuid4()),
        "given_name": "Hawa",
        "age": "15",
        "sex": "F",
        "room": "bed 9",
        "home": str(home.pk),
        "placement_type": "K2",
        "team": str(Team.objects.get(kind="social_work", authority=home.authority).pk),
        "arrived_at_when": "now",
        "place": "Harrowfen docks",
    }


def sent(client: Client, form: dict[str, Any]) -> Any:
    return client.post(NEW, form | {"photo": SimpleUploadedFile("x.jpg", PICTURE)}, follow=True)


def files() -> set[Path]:
    return {path for path in Path(settings.PHOTO_ROOT).rglob("*") if path.is_file()}


def full_disk(patch: pytest.MonkeyPatch) -> None:
    """The disk is full at the second of the three sizes."""
    opened = os.fdopen
    calls: list[int] = []

    def fdopen(number: int, *args: Any, **options: Any) -> Any:
        file = opened(number, *args, **options)
        calls.append(number)
        if len(calls) == 2:
            file.close()
            raise OSError(errno.ENOSPC, "No space left on device")
        return file

    patch.setattr(sealed_files.os, "fdopen", fdopen)


def no_sync(patch: pytest.MonkeyPatch) -> None:
    def fsync(number: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    patch.setattr(sealed_files.os, "fsync", fsync)


def no_rename(patch: pytest.MonkeyPatch) -> None:
    def replace(self: Path, target: Path) -> Path:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    patch.setattr(Path, "replace", replace)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("fail", [full_disk, no_sync, no_rename])
def test_a_child_is_taken_in_without_the_photo_that_cannot_be_written_and_the_page_says_so(
    client: Client,
    worker: User,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fail: Callable[[pytest.MonkeyPatch], None],
) -> None:
    before = files()
    form = answers(home)
    with monkeypatch.context() as patch:
        fail(patch)
        page = sent(client, form).content.decode()
    child = Child.objects.get()
    assert (child.given_name, Placement.objects.get().room) == ("Hawa", "bed 9")
    assert Clock.objects.filter(child=child, kind=Clock.Kind.CONTACT, due_at__isnull=False).exists()
    assert "is registered and placed" in page
    assert f'The photo of <span class="rc-nowrap">{child.reference}</span> could not be kept' in page
    assert f'href="{reverse("photo_list", args=[child.reference])}">add the photo again</a>' in page
    assert not any(words in page for words in ("No space", "Input/output", "quota"))
    assert "photo_not_kept" in caplog.text
    assert files() == before, "no part of a file stays"
    assert not Photo.objects.exists()
    assert not Event.objects.filter(kind="photo_added").exists()
    listed = client.get("/children/arrivals/").content.decode()
    assert f'href="{reverse("photo_list", args=[child.reference])}">photo<' in listed, (
        "it is still to fill in"
    )

    # The same form once more, when there is room again, is the same child with the photo.
    page = sent(client, form).content.decode()
    assert "could not be kept" not in page
    photo = Photo.objects.get()
    assert (Child.objects.count(), photo.child) == (1, child)
    assert all(photo_files.read(photo.token, size) for size in photo_files.SIZES)
    assert list(kept_files.lost(clock.now())) == []


@pytest.mark.by_turns
def test_a_form_that_comes_again_brings_no_photo_back_that_was_withdrawn(
    client: Client, worker: User, home: Home
) -> None:
    form = answers(home)
    sent(client, form)
    photo = Photo.objects.get()
    photos.withdraw(photo, reason="Of another child", by=worker, at=photo.uploaded_at)
    page = sent(client, form).content.decode()
    assert "could not be kept" not in page
    assert not Photo.objects.standing().exists()


@pytest.mark.by_turns
def test_a_file_whose_row_is_not_written_is_taken_back(
    client: Client, worker: User, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **fields: Any) -> None:
        raise RuntimeError("the row is not written")

    before = files()
    monkeypatch.setattr(Photo.objects, "create", fail)
    with pytest.raises(RuntimeError):
        sent(client, answers(home))
    assert files() == before
    assert not Child.objects.exists()


@pytest.mark.by_turns
def test_a_child_who_is_not_taken_in_leaves_no_picture_on_the_disk(
    client: Client, worker: User, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **fields: Any) -> None:
        raise RuntimeError("the named people are not told")

    before = files()
    monkeypatch.setattr(duplicates, "tell_named", fail)
    with pytest.raises(RuntimeError):
        sent(client, answers(home))
    assert not Child.objects.exists()
    assert files() == before


OTHER = a_picture(colour="maroon")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("since", ["kept from", "closed", "photographed"])
def test_the_form_of_before_puts_no_photo_on_a_record_that_is_not_its_senders_to_change(
    client: Client, worker: User, home: Home, since: str
) -> None:
    form = answers(home)
    if since == "photographed":
        sent(client, form)
    else:
        client.post(NEW, form)
    child, at = Child.objects.get(), clock.now()
    before = list(Photo.objects.values_list("pk", flat=True))
    manager = a_person(Role.TEAM_MANAGER, team=Team.objects.get(kind="social_work", authority=home.authority))
    if since == "kept from":
        concerns.keep_from(child, worker, reason="Known to the family", by=manager, at=at)
    elif since == "closed":
        case_closed(child, reason="Moved abroad", at=at)
    page = client.post(
        NEW, form | {"photo": SimpleUploadedFile("x.jpg", OTHER)}, follow=True
    ).content.decode()
    assert list(Photo.objects.values_list("pk", flat=True)) == before
    assert "could not be kept" in page, "and nobody believes that it is"
