"""Where a run of the tests keeps its database: in memory where there is room, and on the disk everywhere else."""

import os
import subprocess
from pathlib import Path

import pytest

from scripts.launcher import memory, places
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


def test_what_the_kernel_says_is_available_is_read() -> None:
    said = subprocess.run(
        ["grep", "MemAvailable", "/proc/meminfo"], capture_output=True, text=True, check=True
    )
    assert memory._available_bytes() == pytest.approx(int(said.stdout.split()[1]) * 1024, rel=0.5)
