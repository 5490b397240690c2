"""Photos lie sealed on the disk: under which key, what opens them, and how a key is changed."""

import json
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from alerts import kept_files
from cases import encryption, photo_files
from cases.encryption import CannotOpen
from tests.factories import a_watched_child, photographed

OLD, NEW = os.urandom(32), os.urandom(32)
JPEG = b"\xff\xd8\xff"


def test_what_is_sealed_opens_under_its_own_name_and_key_alone() -> None:
    stored = encryption.seal(b"a face", "one", [OLD])
    assert b"a face" not in stored
    assert stored != encryption.seal(b"a face", "one", [OLD])
    assert encryption.unseal(stored, "one", [NEW, OLD]) == b"a face"
    for name, keys in (("another", [OLD]), ("one", [NEW]), ("one", [])):
        with pytest.raises(CannotOpen):
            encryption.unseal(stored, name, keys)


@pytest.mark.parametrize("place", [9, 20, -1])
def test_a_file_that_was_changed_does_not_open(place: int) -> None:
    stored = bytearray(encryption.seal(b"a face", "one", [OLD]))
    stored[place] ^= 1
    with pytest.raises(CannotOpen):
        encryption.unseal(bytes(stored), "one", [OLD])
    with pytest.raises(CannotOpen):
        encryption.unseal(bytes(stored[:30]), "one", [OLD])


def test_a_picture_of_before_is_read_as_it_lies() -> None:
    assert encryption.unseal(JPEG + b"old", "one", [OLD]) == JPEG + b"old"


@pytest.fixture
def root(db: None, settings, tmp_path: Path) -> Path:
    settings.PHOTO_ROOT, settings.PHOTO_KEYS = tmp_path / "photos", [OLD]
    return settings.PHOTO_ROOT


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def rotate() -> tuple[int, dict[str, object]]:
    out = StringIO()
    try:
        call_command("rotate_keys", "--json", stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


@pytest.mark.by_turns
def test_no_picture_lies_in_the_clear_and_whoever_may_see_it_is_sent_it_as_it_was(root: Path) -> None:
    watched = a_watched_child()
    photo = photographed(watched.child)
    assert all(JPEG not in path.read_bytes() for path in files(root))

    worker = Client()
    worker.force_login(watched.worker)
    answer = worker.get(reverse("photo", args=[watched.child.reference, photo.token, "face"]))

    assert answer.content.startswith(JPEG)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_in_another_childs_place_is_shown_to_nobody(root: Path) -> None:
    watched, other = a_watched_child(), a_watched_child()
    photo, strange = photographed(watched.child), photographed(other.child)
    place = {path.stem: path for path in files(root)}
    place[f"{photo.token}-face"].write_bytes(place[f"{strange.token}-face"].read_bytes())

    worker = Client()
    worker.force_login(watched.worker)

    assert (
        worker.get(reverse("photo", args=[watched.child.reference, photo.token, "face"])).status_code == 404
    )


@pytest.mark.by_turns(8)
def test_a_new_key_seals_what_comes_and_rotating_seals_what_is_there(root: Path, settings) -> None:
    settings.PHOTO_KEYS = []
    clear = photographed(a_watched_child().child)
    settings.PHOTO_KEYS = [OLD]
    old = photographed(a_watched_child().child)
    settings.PHOTO_KEYS = [NEW, OLD]
    photographed(a_watched_child().child)
    faces = {photo.token: photo_files.read(photo.token, "face") for photo in (clear, old)}

    code, said = rotate()

    assert (code, said["photos"], said["sealed"], said["already"]) == (0, 3, 6, 3)
    assert (said["done"], said["key"]) == (True, encryption.key_id(NEW).hex())
    settings.PHOTO_KEYS = [NEW]
    assert {token: photo_files.read(token, "face") for token in faces} == faces
    assert {path.stat().st_mode & 0o777 for path in files(root)} == {0o600}
    assert not [path for path in files(root) if path.suffix == ".part"]
    assert rotate()[1]["sealed"] == 0


@pytest.mark.by_turns
def test_rotating_goes_on_where_it_was_ended(root: Path, settings, monkeypatch) -> None:
    tokens = [photographed(a_watched_child().child).token for _ in range(2)]
    settings.PHOTO_KEYS = [NEW, OLD]
    real = photo_files.seal_anew

    def killed(token: str, size: str) -> bool:
        if token == tokens[1]:
            raise KeyboardInterrupt
        return real(token, size)

    monkeypatch.setattr(photo_files, "seal_anew", killed)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    monkeypatch.undo()
    settings.PHOTO_KEYS = [NEW, OLD]

    code, said = rotate()

    assert (code, said["sealed"], said["already"]) == (0, 3, 3)


def test_a_picture_that_no_key_opens_is_named_and_no_older_key_may_go(root: Path, settings) -> None:
    photo = photographed(a_watched_child().child)
    lost = photographed(a_watched_child().child)
    (root / photo.token[:2] / f"{photo.token}-full.jpg").unlink()
    settings.PHOTO_KEYS = [NEW]
    before = {path: path.read_bytes() for path in files(root)}

    code, said = rotate()

    assert (code, said["done"], said["sealed"]) == (1, False, 0)
    assert [(one["photo"], one["size"]) for one in said["failed"]][:4] == [
        (photo.pk, "full"),
        (photo.pk, "portrait"),
        (photo.pk, "face"),
        (lost.pk, "full"),
    ]
    assert "No such file" in said["failed"][0]["why"]
    assert encryption.key_id(OLD).hex() in said["failed"][1]["why"]
    assert {path: path.read_bytes() for path in files(root)} == before
    assert photo.token not in json.dumps(said)
    assert photo_files.lost(lost.token) == list(photo_files.SIZES)
    assert f"{lost.child.reference} photo {lost.pk} face" in kept_files.lost(photo.uploaded_at)


def test_without_a_key_nothing_is_rotated(root: Path, settings) -> None:
    settings.PHOTO_KEYS = []
    with pytest.raises(CommandError, match="PHOTO_KEYS is not set") as refused:
        call_command("rotate_keys")
    assert refused.value.returncode == 2
