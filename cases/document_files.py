"""Where the documents of a record lie: beside the photos, outside the web root, by random names, sealed as they are."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings

from cases import sealed_files
from cases.models import Document, QuarantinedFile

Row = TypeVar("Row", Document, QuarantinedFile)


def write(token: str, content: bytes) -> None:
    """Raises OSError where it cannot be written."""
    sealed_files.write(_path(token), _name(token), content)


def read(token: str) -> bytes:
    """Raises FileNotFoundError where the file is gone, `CannotOpen`, an OSError too, where no key of ours opens it."""
    return sealed_files.read(_path(token), _name(token))


def gone(documents: Iterable[Row]) -> Iterator[Row]:
    """Those whose file is not there, is empty, or is sealed under a key that is not among ours."""
    return (one for one in documents if not sealed_files.is_ours(_path(one.token)))


def is_there(token: str) -> bool:
    """Whether a file lies there, of whatever key, or a part of one."""
    return sealed_files.is_there(_path(token))


def lying() -> Iterator[tuple[Path, str, datetime]]:
    """Every file that lies here, whatever row knows it: by which name, of which token, and since when."""
    return sealed_files.lying_in(_root())


def seal_anew(token: str) -> bool:
    """Seal it under the newest key and say whether it was not before; raises OSError and leaves it as it was."""
    return sealed_files.seal_anew(_path(token), _name(token))


def remove(token: str) -> None:
    """Take a file away: of a document that was then not kept, and of a record that is destroyed when its time has come."""
    sealed_files.remove(_path(token))


def _name(token: str) -> str:
    # Bound into the seal: in the place of a photo, or of another document, it opens to nobody.
    return f"document-{token}"


def _path(token: str) -> Path:
    return _root() / token[:2] / f"{token}.sealed"


def _root() -> Path:
    return Path(settings.PHOTO_ROOT) / "documents"
