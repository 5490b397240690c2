"""Where the pictures lie: under PHOTO_ROOT, outside the web root, by random names, readable by the service alone."""

import contextlib
import os
import secrets
from pathlib import Path

from django.conf import settings

from cases.images import Developed

SIZES = ("full", "portrait", "face")


def new_token() -> str:
    """A name that nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


def write(token: str, picture: Developed) -> None:
    """Write the three sizes so that a crash leaves whole files or none; raises OSError where they cannot be written."""
    folder = _path(token, "full").parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for size, content in (("full", picture.full), ("portrait", picture.portrait), ("face", picture.face)):
        part = folder / f".{token}-{size}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(_path(token, size))


def read(token: str, size: str) -> bytes:
    """Raises FileNotFoundError where the picture is gone."""
    return _path(token, size).read_bytes()


def lost(token: str) -> list[str]:
    """The sizes of a photo that are not there, or are empty."""
    return [size for size in SIZES if not (path := _path(token, size)).is_file() or not path.stat().st_size]


def remove(token: str) -> None:
    """Take back what was written for a photo that was then not kept."""
    for size in SIZES:
        with contextlib.suppress(FileNotFoundError):
            _path(token, size).unlink()


def _path(token: str, size: str) -> Path:
    return Path(settings.PHOTO_ROOT) / token[:2] / f"{token}-{size}.jpg"
