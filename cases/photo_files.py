"""Where the pictures lie: under PHOTO_ROOT, outside the web root, by random names, encrypted, readable by the service alone."""

import contextlib
import os
import secrets
from pathlib import Path

from django.conf import settings

from cases import encryption
from cases.images import Developed

SIZES = ("full", "portrait", "face")


def new_token() -> str:
    """A name that nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


def write(token: str, picture: Developed) -> None:
    """Write the three sizes so that a crash leaves whole files or none; raises OSError where they cannot be written."""
    _path(token, "full").parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for size, content in (("full", picture.full), ("portrait", picture.portrait), ("face", picture.face)):
        _replace(token, size, content)


def read(token: str, size: str) -> bytes:
    """Raises FileNotFoundError where the picture is gone, `CannotOpen`, an OSError too, where no key of ours opens it."""
    return encryption.unseal(_path(token, size).read_bytes(), _name(token, size), settings.PHOTO_KEYS)


def lost(token: str) -> list[str]:
    """The sizes of a photo that are not there, are empty, or are sealed under a key that is not among ours."""
    return [size for size in SIZES if not _is_ours(token, size)]


def sealed_under(token: str, size: str) -> bytes | None:
    """The id of the key that a picture is sealed under; None where it lies in the clear. Raises FileNotFoundError."""
    with _path(token, size).open("rb") as file:
        return encryption.sealed_under(file.read(encryption.HEAD_BYTES))


def seal_anew(token: str, size: str) -> bool:
    """Seal a picture under the newest key and say whether it was not before; raises OSError and leaves it as it was."""
    if sealed_under(token, size) == encryption.key_id(settings.PHOTO_KEYS[0]):
        return False
    _replace(token, size, read(token, size))
    return True


def remove(token: str) -> None:
    """Take back what was written for a photo that was then not kept."""
    for size in SIZES:
        with contextlib.suppress(FileNotFoundError):
            _path(token, size).unlink()


def _replace(token: str, size: str, content: bytes) -> None:
    path = _path(token, size)
    # A name of its own: what a crash left does not stand in the way, and two at once do not write into one another.
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(encryption.seal(content, _name(token, size), settings.PHOTO_KEYS))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _is_ours(token: str, size: str) -> bool:
    path = _path(token, size)
    if not path.is_file() or not path.stat().st_size:
        return False
    sealed_by = sealed_under(token, size)
    return sealed_by is None or sealed_by in map(encryption.key_id, settings.PHOTO_KEYS)


def _name(token: str, size: str) -> str:
    return f"{token}-{size}"


def _path(token: str, size: str) -> Path:
    return Path(settings.PHOTO_ROOT) / token[:2] / f"{_name(token, size)}.jpg"
