"""Where the pictures lie: under PHOTO_ROOT, outside the web root, by random names, in three sizes."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from cases import sealed_files
from cases.images import Developed
from cases.sealed_files import new_token

__all__ = ["SIZES", "lost", "lying", "new_token", "read", "remove", "seal_anew", "sealed_under", "write"]
SIZES = ("full", "portrait", "face")


def write(token: str, picture: Developed) -> None:
    """Write the three sizes so that a crash leaves whole files or none; raises OSError where they cannot be written."""
    for size, content in (("full", picture.full), ("portrait", picture.portrait), ("face", picture.face)):
        sealed_files.write(_path(token, size), _name(token, size), content)


def read(token: str, size: str) -> bytes:
    """Raises FileNotFoundError where the picture is gone, `CannotOpen`, an OSError too, where no key of ours opens it."""
    return sealed_files.read(_path(token, size), _name(token, size))


def lost(token: str) -> list[str]:
    """The sizes of a photo that are not there, are empty, or are sealed under a key that is not among ours."""
    return [size for size in SIZES if not sealed_files.is_ours(_path(token, size))]


def lying() -> Iterator[tuple[Path, str, datetime]]:
    """Every file that lies here, whatever row knows it: by which name, of which token, and since when."""
    return sealed_files.lying_in(Path(settings.PHOTO_ROOT))


def sealed_under(token: str, size: str) -> bytes | None:
    """The id of the key that a picture is sealed under; None where it lies in the clear. Raises FileNotFoundError."""
    return sealed_files.sealed_under(_path(token, size))


def seal_anew(token: str, size: str) -> bool:
    """Seal a picture under the newest key and say whether it was not before; raises OSError and leaves it as it was."""
    return sealed_files.seal_anew(_path(token, size), _name(token, size))


def remove(token: str) -> None:
    """Take back what was written for a photo that was then not kept."""
    for size in SIZES:
        sealed_files.remove(_path(token, size))


def _name(token: str, size: str) -> str:
    return f"{token}-{size}"


def _path(token: str, size: str) -> Path:
    return Path(settings.PHOTO_ROOT) / token[:2] / f"{_name(token, size)}.jpg"
