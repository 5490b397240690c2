"""How one file of a child's record lies on the disk: whole or not at all, sealed, readable by the service alone."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from cases import encryption

TOKEN_LETTERS = 32


def new_token() -> str:
    """A name that nobody can guess: 128 random bits."""
    return secrets.token_hex(TOKEN_LETTERS // 2)


def write(path: Path, name: str, content: bytes) -> None:
    """Seal `content` under `name` so that a crash leaves the old file or the new one; raises OSError where it cannot."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name of its own: what a crash left does not stand in the way, and two at once do not write into one another.
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(encryption.seal(content, name, settings.PHOTO_KEYS))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: Path, name: str) -> bytes:
    """Raises FileNotFoundError where it is gone, `CannotOpen`, an OSError too, where no key of ours opens it."""
    return encryption.unseal(path.read_bytes(), name, settings.PHOTO_KEYS)


def sealed_under(path: Path) -> bytes | None:
    """The id of the key that a file is sealed under; None where it lies in the clear. Raises FileNotFoundError."""
    with path.open("rb") as file:
        return encryption.sealed_under(file.read(encryption.HEAD_BYTES))


def seal_anew(path: Path, name: str) -> bool:
    """Seal it under the newest key and say whether it was not before; raises OSError and leaves it as it was."""
    if sealed_under(path) == encryption.key_id(settings.PHOTO_KEYS[0]):
        return False
    write(path, name, read(path, name))
    return True


def is_ours(path: Path) -> bool:
    """Whether it is there, holds something, and is sealed under no key but ours."""
    if not path.is_file() or not path.stat().st_size:
        return False
    sealed_by = sealed_under(path)
    return sealed_by is None or sealed_by in map(encryption.key_id, settings.PHOTO_KEYS)


def is_there(path: Path) -> bool:
    """Whether a file lies there, of whatever key, or a part of one that a crash left."""
    return path.exists() or bool(_parts(path))


def lying_in(folder: Path) -> Iterator[tuple[Path, str, datetime]]:
    """Each file that lies below `folder` by the first two letters of its name: where, of which token, and since when.

    What a crash left of one is among them.
    """
    for path in sorted(folder.glob("??/*")):
        with contextlib.suppress(FileNotFoundError):
            written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield path.relative_to(folder), path.name.lstrip(".")[:TOKEN_LETTERS], written_at


def remove(path: Path) -> None:
    """Take a file away, with what a crash left of one; one that is not there is taken away."""
    for one in (path, *_parts(path)):
        with contextlib.suppress(FileNotFoundError):
            one.unlink()


def _parts(path: Path) -> list[Path]:
    return list(path.parent.glob(f".{path.stem}-????????.part"))
