"""The system's own packages, where neither the machine nor the locks have a program; with an apt-get that is not real."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scripts.launcher import checks, packages, places, postgres, redis
from scripts.launcher.screen import Trouble

AWAY = "E: Failed to fetch http://deb.example/: Temporary failure resolving 'deb.example'\n"


@dataclass
class Machine:
    """One that has none of the programs; `offers` says of a package which file comes with it."""

    folder: Path
    offers: dict[str, str] = field(default_factory=dict)
    after_update: dict[str, str] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def run(self, command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        """What subprocess.run is here."""
        name, *words = [str(word) for word in command]
        if name.endswith("/postgres"):
            return subprocess.CompletedProcess(command, 0, self.versions[name])
        name = Path(name).name
        options = ("-", "DPkg")
        self.said.append(" ".join([name, *(word for word in words if not word.startswith(options))]))
        do: Callable[..., int] = {"apt-get": self.apt, "service": self.service}[name]
        code = do(*words)
        return subprocess.CompletedProcess(command, code, AWAY if code else "", "")

    def apt(self, word: str, *words: str) -> int:
        if word == "update":
            self.offers |= self.after_update
            return 0
        package = next(word for word in words if not word.startswith("-") and "::" not in word)
        if package not in self.offers:
            return 100
        path = self.folder / self.offers[package]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return 0

    def service(self, name: str, word: str) -> int:
        return 0 if word == "stop" or name in self.running else 3

    def which(self, name: str) -> str | None:
        """What shutil.which is here."""
        if name in {"apt-get", "service"}:
            return f"/usr/bin/{name}"
        return str(self.folder / "bin" / name) if (self.folder / "bin" / name).exists() else None


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setattr("subprocess.run", machine.run)
    monkeypatch.setattr("shutil.which", machine.which)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(packages, "find_in_wheel", lambda _inside: None)
    monkeypatch.setattr(postgres, "SYSTEMS_OWN", tmp_path / "postgresql")
    monkeypatch.setattr(places, "LOGS", tmp_path / "log")
    for name in ("REDIS_BIN", "PG_BIN", "CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    for version in ("15", "17", "18"):
        machine.versions[str(tmp_path / "postgresql" / version / "bin" / "postgres")] = (
            f"postgres (PostgreSQL) {version}.1"
        )
    return machine


def test_redis_comes_from_the_system_where_no_wheel_has_it_and_its_service_is_ended(machine: Machine) -> None:
    machine.offers["redis-server"] = "bin/redis-server"
    assert redis.find_server() == machine.folder / "bin" / "redis-server"
    assert machine.said == [
        "service redis-server status",
        "apt-get install redis-server",
        "service redis-server stop",
    ]
    assert redis.find_server() == machine.folder / "bin" / "redis-server"
    assert len(machine.said) == 3, "it is installed once"


def test_a_list_of_packages_that_is_out_of_date_is_brought_up_to_date(machine: Machine) -> None:
    machine.after_update["redis-server"] = "bin/redis-server"
    assert redis.find_server()
    assert [said for said in machine.said if "apt-get" in said] == [
        "apt-get install redis-server",
        "apt-get update",
        "apt-get install redis-server",
    ]


def test_postgresql_comes_from_the_system_by_its_number(machine: Machine) -> None:
    machine.offers |= {
        "postgresql-17": "postgresql/17/bin/postgres",
        "postgresql": "postgresql/15/bin/postgres",
    }
    assert postgres.find_binaries() == machine.folder / "postgresql" / "17" / "bin"
    assert machine.said == [
        "service postgresql status",
        "apt-get install postgresql-17",
        "service postgresql stop",
    ]


def test_a_later_release_has_a_newer_postgresql(machine: Machine) -> None:
    machine.offers["postgresql"] = "postgresql/18/bin/postgres"
    assert postgres.find_binaries() == machine.folder / "postgresql" / "18" / "bin"


def test_an_older_release_has_none_that_is_new_enough_and_that_is_said(machine: Machine) -> None:
    machine.offers["postgresql"] = "postgresql/15/bin/postgres"
    with pytest.raises(
        Trouble, match="no PostgreSQL 17 or newer was found: this release of the system has none"
    ):
        postgres.find_binaries()


def test_a_database_of_the_system_that_runs_already_is_left_running(machine: Machine) -> None:
    machine.running.append("postgresql")
    machine.offers["postgresql-17"] = "postgresql/17/bin/postgres"
    assert postgres.find_binaries()
    assert "service postgresql stop" not in machine.said


def test_chromium_comes_with_its_fonts_and_no_service(machine: Machine) -> None:
    machine.offers["chromium"] = "bin/chromium"
    assert checks.find_browser() == str(machine.folder / "bin" / "chromium")
    assert machine.said == [
        "apt-get install chromium-headless-shell fonts-liberation",
        "apt-get install chromium fonts-liberation",
    ]


FINDERS = [
    (redis.find_server, "apt-get install redis-server"),
    (postgres.find_binaries, "apt-get install postgresql"),
    (checks.find_browser, "apt-get install chromium"),
]


@pytest.mark.parametrize(("find", "package"), FINDERS)
def test_no_network_is_one_sentence_and_all_that_was_said_is_kept(
    machine: Machine, find: Callable[[], object], package: str
) -> None:
    with pytest.raises(Trouble, match=f"^{package} failed: .*check the network"):
        find()
    assert (machine.folder / "log" / "apt.log").read_text() == AWAY


@pytest.mark.parametrize(("find", "package"), FINDERS)
@pytest.mark.parametrize("lacks", ["root", "apt-get"])
def test_a_plain_user_and_another_system_hear_which_package_it_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, find: Callable[[], object], package: str, lacks: str
) -> None:
    if lacks == "root":
        monkeypatch.setattr("os.geteuid", lambda: 1000)
    else:
        monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(Trouble, match=package):
        find()
    assert machine.said == []
