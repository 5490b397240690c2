"""Child processes: started in groups of their own, noted in a file, found again after a hard kill."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.launcher import places


class Child:
    """One program that has to run, its log, and the group that ends with it."""

    def __init__(self, name: str, command: list[str], *, log: Path, env: Mapping[str, str] | None = None,
                 end_with: signal.Signals = signal.SIGTERM) -> None:  # fmt: skip
        self.name = name
        self.command = command
        self.log = log
        self.env = dict(env) if env is not None else None
        self.end_with = end_with
        self.started_at = 0.0
        self._log_began = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with its output added to its log; a terminal's Ctrl-C does not reach it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._log_began = out.tell()
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                cwd=places.ROOT, env=self.env, start_new_session=True,
            )  # fmt: skip
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self.process is not None, f"{self.name} has not been started"
        return self.process.pid

    def ended(self) -> int | None:
        """Return its exit code once it has ended."""
        return self.process.poll() if self.process else None

    def words(self) -> str:
        """Return what it has written into its log since it was started last."""
        try:
            return self.log.read_bytes()[self._log_began :].decode(errors="replace")
        except OSError:
            return ""

    def last_words(self) -> str:
        """Return the last line of that."""
        lines = self.words().strip().splitlines()
        return lines[-1].strip() if lines else ""


def stop(children: Iterable[Child], *, patience: float = 10) -> None:
    """Ask all of them to end at once, wait this many seconds in all, then end what is left."""
    alive = [child for child in children if child.process and child.process.poll() is None]
    for child in alive:
        _signal_group(child.pid, child.end_with)
    limit = time.monotonic() + patience
    try:
        for child in alive:
            assert child.process is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.05, limit - time.monotonic()))
    finally:
        # Also where somebody had no patience left: a second Ctrl-C ends them at once, and leaves none.
        for child in alive:
            # The group may outlive its leader: a pool whose parent was killed, say.
            _signal_group(child.pid, signal.SIGKILL)
            assert child.process is not None
            child.process.wait()


def note(children: Iterable[Child], path: Path) -> None:
    """Write down which processes run, each with the instant it began, so that no other one is ever ended."""
    started = [child for child in children if child.process]
    places.write_private(
        path,
        [{"pid": child.pid, "began": began(child.pid), "end_with": child.end_with} for child in started],
    )


def end_leftovers(path: Path, *, patience: float = 10) -> int:
    """End the noted processes that still run, with their groups; return how many there were."""
    # A number may have been given to another process since; the instant tells.
    left = [
        entry for entry in places.read(path) or [] if entry["began"] and began(entry["pid"]) == entry["began"]
    ]
    for entry in left:
        _signal_group(entry["pid"], signal.Signals(entry.get("end_with", signal.SIGTERM)))
    limit = time.monotonic() + patience
    while any(began(entry["pid"]) == entry["began"] for entry in left) and time.monotonic() < limit:
        time.sleep(0.05)
    for entry in left:
        _signal_group(entry["pid"], signal.SIGKILL)
    path.unlink(missing_ok=True)
    return len(left)


def end_group(pid: int, first: signal.Signals = signal.SIGTERM, *, patience: float = 10) -> None:
    """End a process that is not our child, with its group: first by `first`, then at once."""
    _signal_group(pid, first)
    limit = time.monotonic() + patience
    while began(pid) is not None and time.monotonic() < limit:
        time.sleep(0.05)
    _signal_group(pid, signal.SIGKILL)


def began(pid: int) -> str | None:
    """Return a mark of when a process began, or None when it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else fields[19]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        # Gone, or a group that is not ours after all.
        return
