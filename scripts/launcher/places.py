"""Where the launcher keeps things: everything a run makes lies under var/ and can be deleted."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.launcher.screen import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
LOGS = VAR / "log"
MAIL = VAR / "mail"
RUN_FILE = VAR / "run.json"
ENV_FILE = VAR / "env.json"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

# A first start unpacks about 0.7 GB of packages; a later one writes databases and logs.
FIRST_START_BYTES = 1_500_000_000
LATER_START_BYTES = 200_000_000


def make() -> None:
    """Create var/ for its owner alone; raise Trouble where it cannot be written or the disk is full."""
    try:
        for place in (VAR, LOGS, MAIL, VAR / "static"):
            place.mkdir(parents=True, exist_ok=True)
        VAR.chmod(0o700)
    except OSError as error:
        raise Trouble(f"{error.filename or VAR} cannot be written: {error.strerror}.") from None
    wanted = LATER_START_BYTES if PYTHON.exists() else FIRST_START_BYTES
    free = shutil.disk_usage(VAR).free
    if free < wanted:
        raise Trouble(
            f"there is too little space on the disk: {free // 1_000_000} MB are free at {ROOT},"
            f" and {wanted // 1_000_000} MB are needed."
        )


def write_private(path: Path, value: Any) -> None:
    """Write JSON that only its owner may read, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    with os.fdopen(handle, "w") as file:
        json.dump(value, file, indent=2)
    Path(name).replace(path)


def read(path: Path) -> Any:
    """Return the JSON in a file, or None when it is missing or cut short."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
