"""Memory for tests: a place for services that are thrown away, where to copy a database takes a tenth, and large pages."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from scripts.launcher import places

SHARED = Path("/dev/shm")
# The copies that the processes of tests have at once and the log of what they write; a whole run filled half of it.
NEEDED_BYTES = 3_000_000_000
LOG_SIZE = "1GB"
# Python's own allocator takes memory in small pages; this one takes large ones where it may, and a process of tests, which
# looks all over 300 MB, waits less for the way to each: about a fifteenth less work.
LARGE_PAGES = {"PYTHONMALLOC": "mimalloc", "MIMALLOC_ALLOW_LARGE_OS_PAGES": "1"}
# In the folder of each run: the clone of the code whose run it is.
CLONE = "clone"
# In seconds: by then a run has long said so, and holds its lock.
BEGUN_WITHIN = 3600


def make_place() -> Path | None:
    """Return a folder in memory for its owner alone, or None where there is none or it is somebody else's."""
    # One for each clone of the code, as var/ is: a run clears away what earlier runs of its own clone left.
    clone = hashlib.sha256(str(places.ROOT).encode()).hexdigest()[:12]
    place = SHARED / f"rollcall-{os.geteuid()}-{clone}"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        if place.is_symlink() or place.stat().st_uid != os.geteuid():
            return None
        place.chmod(0o700)
    except OSError:
        return None
    return place


def of_nobody() -> list[Path]:
    """Return the folders of this user's runs that no run of their own clone may ever clear away.

    Those whose clone of the code is gone; and those that do not say whose they are, and are of no run that may yet say so.
    """
    left: list[Path] = []
    for place in SHARED.glob(f"rollcall-{os.geteuid()}-*"):
        with contextlib.suppress(OSError):  # another run has just cleared it away
            if not place.is_symlink() and place.stat().st_uid == os.geteuid():
                left += [folder for folder in place.iterdir() if _is_of_nobody(folder)]
    return left


def _is_of_nobody(folder: Path) -> bool:
    note = folder / CLONE
    return not Path(note.read_text()).exists() if note.exists() else _has_died(folder)


def _has_died(folder: Path) -> bool:
    """Whether the run by whose number a folder is named is over, and the folder is older than the first steps of any.

    Its process alone would not do: one in another container may share this memory and not be seen from here.
    """
    if not folder.name.isdecimal() or time.time() - folder.stat().st_mtime < BEGUN_WITHIN:
        return False
    try:
        os.kill(int(folder.name), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def has_room() -> bool:
    """Tell whether a whole run of the tests fits, and leaves the machine's other programs what they have."""
    try:
        return min(shutil.disk_usage(SHARED).free, _available_bytes()) >= NEEDED_BYTES
    except OSError:
        return False


def large_pages(python: Path) -> dict[str, str]:
    """Return the variables under which this Python keeps its memory in large pages; none where it does not know how."""
    done = subprocess.run([python, "-Sc", ""], env=LARGE_PAGES, stderr=subprocess.DEVNULL, check=False)
    return {} if done.returncode else dict(LARGE_PAGES)


def _available_bytes() -> int:
    """Return what programs can still have [proc(5), MemAvailable]."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return 0
