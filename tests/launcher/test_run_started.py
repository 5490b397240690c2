"""./run really started, in a copy of the tree: ended by Ctrl-C, and killed.

A first start writes five years of children: at small counts each is ended or killed as soon as it begins to write.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.launcher import packages, places, ports, processes
from scripts.launcher.services import discard
from scripts.launcher.unprivileged import find_stand
from tests.counts import FULL, counts

LEFT_OUT = shutil.ignore_patterns(
    "var", ".venv", ".git", "node_modules", "__pycache__", ".*_cache", "test-results"
)
# In seconds; a first start takes two minutes on two cores that do nothing else.
START, END = 1200, 60
# What it prints once it has come far enough, and how many processes it has by then at least: services, all that runs all day.
FAR_ENOUGH, FEWEST = counts(("Database schema", 2), ("Ctrl-C ends all of it.", 8))


@dataclass
class Copy:
    """A copy of the tree, and what runs in it."""

    root: Path
    env: dict[str, str]
    launcher: subprocess.Popen[bytes] | None = None

    @property
    def var(self) -> Path:
        return self.root / "var"

    def said(self) -> str:
        """All that the launcher has printed since it was started last."""
        return (self.root.parent / "said").read_text()

    def start(self) -> None:
        """Start it, and wait until it has come far enough."""
        (self.var / "run.json").unlink(missing_ok=True)
        with (self.root.parent / "said").open("wb") as out:
            self.launcher = subprocess.Popen(
                ["./run"], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.until(lambda: FAR_ENOUGH in self.said(), START)

    def run(self) -> subprocess.CompletedProcess[str]:
        """Start it where it ends by itself."""
        return subprocess.run(
            ["./run"], cwd=self.root, env=self.env, capture_output=True, text=True, timeout=END, check=False
        )

    def told(self) -> dict[str, Any]:
        """Return what it tells programs, without the passwords, which are those of one start; at small counts nothing yet."""
        if not FULL:
            return {}
        assert stat.S_IMODE((self.var / "run.json").stat().st_mode) == 0o600
        told: dict[str, Any] = places.read(self.var / "run.json")
        assert set(told) == {"web", "mail", "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "sign_ins"}
        assert told["web"] == f"http://127.0.0.1:{self.env['WEB_PORT']}/"
        for address in (told["web"], told["mail"]):
            assert address in self.said()
            with urllib.request.urlopen(address, timeout=30) as answer:
                assert answer.status == 200
        again = self.run()
        assert again.returncode == 1
        assert again.stderr == f"Rollcall: it is already running at {told['web']}.\n"
        return {name: value for name, value in told.items() if name != "sign_ins"}

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        limit = time.monotonic() + seconds
        while not true():
            assert self.launcher is not None
            assert self.launcher.poll() is None, self.said()
            assert time.monotonic() < limit, self.said()
            time.sleep(0.2)

    def end(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        assert self.launcher is not None
        self.launcher.send_signal(signal.SIGINT)
        return self.launcher.wait(END)

    def kill(self) -> None:
        """Kill the launcher, and it alone."""
        assert self.launcher is not None
        self.launcher.kill()
        self.launcher.wait()

    def until_none_runs(self) -> bool:
        """Wait until nothing works in it any more."""
        limit = time.monotonic() + END
        while self.running() and time.monotonic() < limit:
            time.sleep(0.2)
        return not self.running()

    def running(self) -> set[int]:
        """The numbers of the processes that work in it: all that it starts do, and each server in its own folder."""
        folders = (self.root, find_stand(self.var).home)
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                works_in = (entry / "cwd").readlink()
            except OSError:  # it is over, or somebody else's
                continue
            if any(works_in.is_relative_to(folder) for folder in folders):
                found.add(int(entry.name))
        return found


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    # The copy lends this environment of packages, and must find nothing to install into it.
    assert packages.STAMP.read_text() == packages._stamp()
    root = tmp_path / "copy"
    shutil.copytree(places.ROOT, root, ignore=LEFT_OUT, symlinks=True)
    (root / ".venv").symlink_to(places.VENV.resolve())
    # None of the variables of the tests, which name services of theirs; nor their Python, which is in the way of none.
    own = str(places.PYTHON.parent)
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != own)
    env = {
        "PATH": path,
        "HOME": str(tmp_path),
        "WEB_PORT": str(ports.any_free()),
        "MAIL_PORT": str(ports.any_free()),
    }
    one = Copy(root, env)
    yield one
    if one.launcher and one.launcher.poll() is None:
        one.kill()
    processes.end_leftovers(one.var / "pids.json")
    discard(one.var)


def test_ctrl_c_leaves_no_process_and_the_start_after_a_kill_clears_up(copy: Copy) -> None:
    copy.start()
    before = copy.told()
    assert len(copy.running()) >= FEWEST
    assert copy.end() == 0, copy.said()
    assert copy.said().endswith("Ending …\nEnded.\n")
    assert copy.running() == set()
    assert not (copy.var / "run.json").exists()

    copy.start()
    copy.kill()
    left = copy.running()
    copy.start()
    assert " processes that an earlier start had left behind were ended first" in copy.said()
    assert copy.told() == before, "the ports were given up in time"
    assert copy.end() == 0, copy.said()
    assert copy.until_none_runs(), "what the killed one had begun, and what the last"
    assert len(left) >= FEWEST


def test_a_busy_port_is_one_sentence_and_leaves_nothing_running(copy: Copy) -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, int(copy.env["MAIL_PORT"])))
        taken.listen()
        done = copy.run()
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"Rollcall: port {copy.env['MAIL_PORT']} is busy, ")
    assert copy.running() == set()
