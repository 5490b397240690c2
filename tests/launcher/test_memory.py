"""Where a run of the tests keeps its database: in memory where there is room, and on the disk everywhere else."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import dev
from scripts.launcher import memory, places, processes
from scripts.launcher.locks import Lock
from scripts.launcher.services import Services, throwaway


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose shared memory is a folder with room enough, and services that start nothing."""
    shared = tmp_path / "shm"
    shared.mkdir()
    monkeypatch.setattr(memory, "SHARED", shared)
    monkeypatch.setattr(memory, "_available_bytes", lambda: memory.NEEDED_BYTES)
    monkeypatch.setattr(memory.shutil, "disk_usage", _usage)
    monkeypatch.setattr(places, "VAR", tmp_path / "var")
    monkeypatch.setattr(Services, "start", lambda _services: None)
    return tmp_path


class _Usage:
    free = memory.NEEDED_BYTES


def _usage(path: Path) -> _Usage:
    if not path.exists():
        raise FileNotFoundError(path)
    return _Usage()


def _lent(*, in_memory: bool = True) -> Path:
    with throwaway(in_memory=in_memory) as services:
        assert services.folder.is_dir()
        return services.folder


def test_the_tests_database_lies_in_memory_for_its_owner_alone_and_leaves_nothing(machine: Path) -> None:
    with throwaway(in_memory=True) as services:
        assert services.folder.is_relative_to(machine / "shm")
        assert services.folder.parent.stat().st_mode & 0o777 == 0o700
    assert not list((machine / "shm").iterdir())


def test_what_is_measured_and_what_is_killed_lies_on_the_disk(machine: Path) -> None:
    assert _lent(in_memory=False).is_relative_to(machine / "var")
    assert not list((machine / "shm").iterdir())


def test_without_room_it_lies_on_the_disk(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_available_bytes", lambda: memory.NEEDED_BYTES - 1)
    assert _lent().is_relative_to(machine / "var")


def test_with_little_shared_memory_it_lies_on_the_disk(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Usage, "free", memory.NEEDED_BYTES - 1)
    assert _lent().is_relative_to(machine / "var")


def test_a_machine_without_shared_memory_has_a_disk(machine: Path) -> None:
    (machine / "shm").rmdir()
    assert _lent().is_relative_to(machine / "var")


def test_a_folder_of_somebody_else_is_not_used(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.os, "geteuid", lambda: os.getuid() + 1)
    place = memory.make_place()
    assert place is None
    assert list((machine / "shm").iterdir()), "it lies where ours would"
    assert _lent().is_relative_to(machine / "var")


def test_a_link_in_its_place_is_not_followed(machine: Path) -> None:
    place = memory.make_place()
    assert place is not None
    place.rmdir()
    elsewhere = machine / "elsewhere"
    elsewhere.mkdir()
    place.symlink_to(elsewhere)
    assert _lent().is_relative_to(machine / "var")
    assert not list(elsewhere.iterdir())


def test_what_a_killed_run_left_in_memory_is_cleared_by_the_next_of_any_kind(machine: Path) -> None:
    place = memory.make_place()
    assert place is not None
    left = place / "1"
    left.mkdir()
    (left / "postgres").mkdir()
    _lent(in_memory=False)
    assert not left.exists()


@pytest.fixture
def left(machine: Path) -> Path:
    """What a killed run of a clone left that is deleted since."""
    left = machine / "shm" / f"rollcall-{os.geteuid()}-0123456789ab" / "77"
    (left / "postgres").mkdir(parents=True)
    (left / memory.CLONE).write_text(str(machine / "deleted"))
    return left


def test_a_run_says_of_which_clone_it_is(machine: Path) -> None:
    with throwaway(in_memory=True) as services:
        assert (services.folder / memory.CLONE).read_text() == str(places.ROOT)


def test_what_a_deleted_clone_left_in_memory_is_cleared_at_the_next_start_of_another(left: Path) -> None:
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    places.write_private(
        left / "pids.json", [{"pid": child.pid, "began": processes.began(child.pid), "end_with": 15}]
    )
    assert dev.main(["help"]) == 0
    assert not left.parent.exists()
    assert child.wait(10) == -15, "its database was still running"


def test_what_a_clone_left_that_is_there_is_for_its_own_next_run(left: Path, machine: Path) -> None:
    (machine / "deleted").mkdir()
    dev.main(["help"])
    assert left.exists()


def test_a_run_that_goes_on_is_left_alone_though_its_clone_is_deleted(left: Path) -> None:
    (beside := left.parent / "78").mkdir()
    (beside / memory.CLONE).write_text((left / memory.CLONE).read_text())
    running = Lock(left / "lock")
    running.take_alone()
    dev.main(["help"])
    assert (left / "postgres").exists()
    assert not beside.exists(), "its killed neighbour is cleared all the same"
    running.release()


def _untouched(folder: Path, *, seconds: float) -> None:
    since = time.time() - seconds
    os.utime(folder, (since, since))


def _unnamed(left: Path, number: int | str) -> Path:
    """The same, of the run of this number, which does not say of which clone it is."""
    (left / memory.CLONE).unlink()
    renamed = left.rename(left.with_name(str(number)))
    (renamed / "lock").touch()
    _untouched(renamed, seconds=memory.BEGUN_WITHIN + 60)
    return renamed


@pytest.fixture
def dead() -> int:
    """The number of a process that is over."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def test_what_a_dead_run_left_that_does_not_say_of_which_clone_it_is_is_cleared(
    left: Path, dead: int
) -> None:
    folder = _unnamed(left, dead)
    dev.main(["help"])
    assert not folder.parent.exists()


def test_what_does_not_say_of_which_clone_it_is_is_left_alone_while_its_process_lives(left: Path) -> None:
    folder = _unnamed(left, os.getpid())
    dev.main(["help"])
    assert (folder / "postgres").exists()


def test_what_has_only_begun_to_say_of_which_clone_it_is_is_left_alone(left: Path, dead: int) -> None:
    folder = _unnamed(left, dead)
    _untouched(folder, seconds=memory.BEGUN_WITHIN - 60)
    dev.main(["help"])
    assert (folder / "postgres").exists(), "its process may be one that is not seen from here"


def test_what_does_not_say_of_which_clone_it_is_and_is_locked_is_left_alone(left: Path, dead: int) -> None:
    folder = _unnamed(left, dead)
    running = Lock(folder / "lock")
    running.take_alone()
    dev.main(["help"])
    assert (folder / "postgres").exists()
    running.release()
    dev.main(["help"])
    assert not folder.exists()


@pytest.mark.parametrize("number", ["notes", "0", "9" * 30])
def test_what_no_run_has_made_is_left_alone(left: Path, number: str) -> None:
    folder = _unnamed(left, number)
    dev.main(["help"])
    assert (folder / "postgres").exists()


def test_what_somebody_else_left_is_left_alone(
    left: Path, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = os.geteuid()
    monkeypatch.setattr(memory.os, "geteuid", lambda: ours + 1)
    theirs = left.parent.rename(machine / "shm" / f"rollcall-{ours + 1}-0123456789ab")
    dev.main(["help"])
    assert (theirs / "77").exists(), "it has our name and is not ours"
    monkeypatch.setattr(memory.os, "geteuid", lambda: ours)
    dev.main(["help"])
    assert (theirs / "77").exists(), "it has another name"
    (machine / "shm" / f"rollcall-{ours}-0123456789ab").symlink_to(theirs)
    dev.main(["help"])
    assert (theirs / "77").exists(), "a link is not followed"


def test_what_the_kernel_says_is_available_is_read() -> None:
    said = subprocess.run(
        ["grep", "MemAvailable", "/proc/meminfo"], capture_output=True, text=True, check=True
    )
    assert memory._available_bytes() == pytest.approx(int(said.stdout.split()[1]) * 1024, rel=0.5)


@pytest.mark.parametrize("knows_how", [True, False])
def test_a_python_keeps_its_memory_in_large_pages_where_it_knows_how(knows_how, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\n[ "$PYTHONMALLOC" ] && exit {0 if knows_how else 1}\n')
    python.chmod(0o700)

    assert memory.large_pages(python) == (memory.LARGE_PAGES if knows_how else {})


def test_this_python_knows_how_from_3_13_on():
    knows_how = sys.version_info >= (3, 13)

    assert memory.large_pages(Path(sys.executable)) == (memory.LARGE_PAGES if knows_how else {})
