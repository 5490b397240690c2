"""What takes long to make is made by one process of a run, and taken by each of them: the first that asks makes it."""

import fcntl
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.test import override_settings

from tests import factories

T = TypeVar("T")


@dataclass(frozen=True)
class Filled:
    """What has filled a database: what it returned, and how far the factories had counted."""

    made: Any
    serial: int
    children: int


def once(folder: Path, name: str, make: Callable[[], T]) -> T:
    """Return what `make` returns where it is the first of the run; whoever asks while it is made waits. It must pickle."""
    file = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            made = pickle.dumps(make())
            file.write_bytes(made)
        found: T = pickle.loads(file.read_bytes())
        return found


def fill(make: Callable[[], Any], photos: Path) -> Filled:
    """Call `make`, its files put into a folder of their own, in the place of what an earlier try left."""
    shutil.rmtree(photos, ignore_errors=True)
    photos.mkdir()
    with override_settings(PHOTO_ROOT=photos):
        made = make()
    return Filled(made, next(factories._serial), next(factories._children))


def take(filled: Filled, photos: Path) -> Any:
    """Return what was made, its files where this process keeps its own; what its factories make is none of it again."""
    shutil.copytree(photos, settings.PHOTO_ROOT, dirs_exist_ok=True)
    while next(factories._serial) < filled.serial:
        pass
    factories._children = count(max(filled.children, next(factories._children)))
    return filled.made


def name_of(run: str, make: Callable[[], Any]) -> str:
    """The name of the database that this fills in this run; all of them begin with what `prefix` returns."""
    return f"{prefix(run)}{sha256(f'{make.__module__}.{make.__qualname__}'.encode()).hexdigest()[:8]}"


def prefix(run: str) -> str:
    """With what the names of the kept databases of a run begin."""
    return f"rollcall_kept_{run[:16]}_"
