"""A PostgreSQL of the tests' own that is stopped as its administrator would, loses its power, or fills its disk."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from scripts.launcher import ports
from scripts.launcher.postgres import APPLICATION, DATABASE, OWNER, Postgres
from tests.database import Clone

SECRETS = {"postgres": "of-the-tests", OWNER: "of-the-tests", APPLICATION: "of-the-tests"}
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
# Room for a cluster and what a test writes into it, and for its log alone.
DISK, LOG_DISK = "400m", "200m"


class Server(Postgres):
    """A real cluster in a folder, which keeps what it has acknowledged through anything but a loss of the machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, secrets=SECRETS, throwaway=True)
        self.folder = folder
        self.port = ports.any_free()

    def start_anew(self) -> None:
        """Start it, on the same port as before, and wait until it answers."""
        super().start(self.port, self.folder / "postgres.log")
        self.wait()

    def stop(self, how: signal.Signals) -> None:
        """Stop it: FAST breaks off what runs, IMMEDIATE is no better than a crash."""
        assert self.child is not None
        assert self.child.process is not None
        if self.child.ended() is None:
            os.kill(self.child.pid, how)
            self.thaw()
            self.child.process.wait(30)

    def freeze(self) -> None:
        """Stop every process of it where it stands: what is connected stays so, and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self.child is not None
        os.kill(self.child.pid, number)
        # One that the first of them was just about to start would go on answering.
        reached: set[int] = set()
        while fresh := set(_children(self.child.pid)) - reached:
            reached |= fresh
            for pid in fresh:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            time.sleep(0.05)

    def address(self, port: int | None = None, database: str = DATABASE) -> Clone:
        """The database as tests know it; by another port where something stands in between."""
        urls = [self.url(role, database) for role in (APPLICATION, OWNER)]
        there = [url.replace(f":{self.port}/", f":{port or self.port}/") for url in urls]
        return Clone(database, *there)

    def dump(self, source: Clone, file: Path) -> None:
        """Dump any database to a file, as the runbook does."""
        self._tool("pg_dump", "--format=custom", "--compress=1", f"--file={file}", source.owner_url)

    def restore(self, file: Path, database: str = DATABASE) -> None:
        """Restore a dump into an empty database of this cluster, as the runbook does."""
        url = self.url(OWNER, database)
        self._tool("pg_restore", "--exit-on-error", f"--dbname={url}", str(file))

    def empty(self, database: str = DATABASE) -> None:
        """Make a database new and empty, whoever is connected to it."""
        self._sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self._make_roles()

    def move_log(self, folder: Path) -> None:
        """Let its log stand in another folder from now on, as an administrator does: stopped meanwhile."""
        self.stop(FAST)
        log = self.data / "pg_wal"
        shutil.move(log, folder / "pg_wal")
        log.symlink_to(folder / "pg_wal")
        self.start_anew()

    def sql(self, statements: str) -> str:
        """Run statements as the cluster's own superuser, outside any of our databases."""
        return self._sql(statements)

    def _command(self, port: int) -> list[str]:
        # Commits are in the log before they are acknowledged; only the machine's own loss is not tried here.
        kept = (
            "synchronous_commit=on",
            "full_page_writes=on",
            "checkpoint_timeout=5min",
            "shared_buffers=64MB",
        )
        more = ("max_wal_size=64MB", "min_wal_size=32MB")
        return [*super()._command(port), *(word for one in (*kept, *more) for word in ("-c", one))]

    def _tool(self, name: str, *words: str) -> None:
        subprocess.run(
            [self.binaries / name, *words], check=True, capture_output=True, env={"PATH": os.environ["PATH"]}
        )


class SmallDisk:
    """A disk in memory for a folder, which can be filled to the last byte; `mounted` is false where root may not."""

    def __init__(self, folder: Path, *, size: str = DISK) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "rollcall-tests", str(folder)],
            capture_output=True, check=False,
        )  # fmt: skip
        self.mounted = done.returncode == 0

    def fill(self) -> None:
        """Leave no room for one more page; again whenever something was given back, as PostgreSQL does with its log."""
        with (self.folder / "ballast").open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(65_536)):
                pass

    def make_room(self) -> None:
        """Take away what filled it."""
        (self.folder / "ballast").unlink()

    def unmount(self) -> None:
        """Give the disk back."""
        if self.mounted:
            # Whoever still has a file of it open keeps it for as long, and nobody else sees it.
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def _children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return found
