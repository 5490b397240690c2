"""./run itself: what it says and writes, and that Ctrl-C ends all of it."""

import json
import os
import re
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import dev
from scripts.launcher import application, demo, places, ports, processes, services
from scripts.launcher.application import wait_for
from scripts.launcher.screen import Trouble

SIGN_INS = [
    {"role": "Duty desk", "email": "desk@northmere.example", "password": "of one start"},
    {"role": "Placement staff", "email": "staff@northmere.example", "password": "of one start"},
]
URLS = {
    "DATABASE_URL": "postgres://rollcall_app:a@127.0.0.1:1/rollcall",
    "MIGRATION_DATABASE_URL": "postgres://rollcall_owner:o@127.0.0.1:1/rollcall",
    "REDIS_URL": "redis://:r@127.0.0.1:1/0",
}


@dataclass
class Small:
    """A ./run whose parts are small: `meanwhile` is done once it stands, and then it is asked to end."""

    web: int
    mail: int
    started: list[processes.Child] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def part(self, name: str, command: str = "sleep 600") -> processes.Child:
        """Return one that runs until it is ended, and is known here."""
        child = processes.Child(name, ["/bin/sh", "-c", command], log=places.LOGS / f"{name}.log")
        self.started.append(child)
        return child

    def still(self) -> list[str]:
        """Name those that run."""
        return [child.name for child in self.started if child.process and child.ended() is None]

    def sleep(self, _seconds: float) -> None:
        """What `_stay` does between two looks."""
        for do in self.meanwhile:
            do()
        os.kill(os.getpid(), signal.SIGINT)


class _Services(services.Services):
    small: Small

    def start(self) -> None:
        self.leftovers = processes.end_leftovers(self.pids)
        for name in ("postgres", "redis"):
            child = self.small.part(name)
            child.start()
            self._keep(child)
        self.env = {**URLS, "SECRET_KEY": "x", "ALERT_WEBHOOK_SECRET": "x"}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    var = tmp_path / "var"
    for name, path in {
        "VAR": "",
        "LOGS": "log",
        "MAIL": "mail",
        "RUN_FILE": "run.json",
        "ENV_FILE": "env.json",
    }.items():
        monkeypatch.setattr(places, name, var / path)
    small, stop = Small(ports.any_free(), ports.any_free()), processes.stop
    monkeypatch.setenv("WEB_PORT", str(small.web))
    monkeypatch.setenv("MAIL_PORT", str(small.mail))
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    monkeypatch.setattr(_Services, "small", small, raising=False)
    monkeypatch.setattr(demo, "Services", _Services)
    monkeypatch.setattr(demo, "time", SimpleNamespace(sleep=small.sleep))
    monkeypatch.setattr(demo.packages, "install", lambda: None)
    monkeypatch.setattr(services, "clear_nobodys", lambda: None)
    monkeypatch.setattr(application, "prepare", lambda _env: None)
    monkeypatch.setattr(
        application,
        "children",
        lambda _env, _chosen: [small.part(name) for name in ("catcher", "web", "worker")],
    )
    monkeypatch.setattr(application, "children_to_look_at", lambda _env: small.part("demo_states"))
    monkeypatch.setattr(application, "wait_for", lambda _url, _child: None)
    monkeypatch.setattr(
        application,
        "manage",
        lambda _env, *words: json.dumps({"sign_ins": SIGN_INS} if words == ("demo", "--json") else None),
    )
    yield small
    stop(small.started, patience=0)


def test_ctrl_c_ends_all_of_it(small: Small, capsys: pytest.CaptureFixture[str]) -> None:
    running: list[str] = []
    small.meanwhile.append(lambda: running.extend(small.still()))
    assert dev.main([]) == 0
    assert running == ["postgres", "redis", "catcher", "web", "worker", "demo_states"]
    assert small.still() == []
    assert not places.RUN_FILE.exists()
    assert not places.ENV_FILE.exists()
    assert not (places.VAR / "pids.json").exists()
    assert capsys.readouterr().out.splitlines()[-1] == "Ended."


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_one_while_it_ends_leaves_nothing_running(
    small: Small, monkeypatch: pytest.MonkeyPatch, again: signal.Signals
) -> None:
    stop = processes.stop

    def interrupted(children: list[processes.Child]) -> None:
        os.kill(os.getpid(), again)
        os.kill(os.getpid(), signal.SIGINT)
        stop(children)

    monkeypatch.setattr(processes, "stop", interrupted)
    assert dev.main([]) == 0
    assert len(small.started) == 6
    assert small.still() == []


def test_a_part_that_cannot_be_ended_keeps_no_other_alive(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = processes.stop

    def fail(children: list[processes.Child]) -> None:
        stop(children)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(processes, "stop", fail)
    assert dev.main([]) == 1
    assert len(small.started) == 6
    assert small.still() == []
    assert not places.RUN_FILE.exists()


def test_a_busy_port_is_said_before_anything_is_installed_or_started(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ports, "PATIENCE", 0)
    monkeypatch.setattr(demo.packages, "install", lambda: pytest.fail("it was installed"))
    with socket.socket() as taken:
        taken.bind((ports.HOST, small.mail))
        taken.listen()
        assert dev.main([]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        f"Rollcall: port {small.mail} is busy, so end what uses it, or choose another:"
        rf" WEB_PORT={small.web} MAIL_PORT=\d+ ./run",
        said,
    )
    assert small.started == []


def test_a_port_that_our_own_leftovers_hold_is_theirs_to_give_up_first(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = small.part("web", f"exec {sys.executable} -m http.server --bind {ports.HOST} {small.web}")
    left.start()
    wait_for(f"http://{ports.HOST}:{small.web}/", left)
    processes.note([left], places.VAR / "pids.json")
    assert dev.main([]) == 0
    assert len(small.started) == 7
    assert small.still() == []


def test_a_start_writes_where_it_is_for_its_owner_alone(small: Small) -> None:
    seen: dict[Path, tuple[int, dict[str, object]]] = {}

    def look() -> None:
        for path in (places.RUN_FILE, places.ENV_FILE):
            seen[path] = stat.S_IMODE(path.stat().st_mode), places.read(path)

    small.meanwhile.append(look)
    assert dev.main([]) == 0
    mode, told = seen[places.RUN_FILE]
    assert mode == 0o600
    assert told == {
        "web": f"http://127.0.0.1:{small.web}/",
        "mail": f"http://127.0.0.1:{small.mail}/",
        **URLS,
        "sign_ins": SIGN_INS,
    }
    mode, told = seen[places.ENV_FILE]
    assert mode == 0o600
    assert URLS.items() <= told.items()
    assert told.keys() <= demo.VARIABLES


def test_a_start_prints_the_addresses_and_each_sign_in(
    small: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main([]) == 0
    said = capsys.readouterr()
    lines = [line.split() for line in said.out.splitlines()]
    assert ["Rollcall", f"http://127.0.0.1:{small.web}/"] in lines
    assert ["Mail", "page", f"http://127.0.0.1:{small.mail}/"] in lines
    for one in SIGN_INS:
        assert " ".join(one.values()).split() in lines
    assert "Ctrl-C ends all of it" in said.out
    assert said.err == ""


def test_a_second_start_beside_a_running_one_is_refused_in_a_sentence(
    small: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: list[int] = []

    def again() -> None:
        codes.append(dev.main([]))
        assert places.RUN_FILE.exists(), "it is the first one's"
        assert len(small.still()) == 6

    small.meanwhile.append(again)
    assert dev.main([]) == 0
    assert codes == [1]
    assert capsys.readouterr().err == f"Rollcall: it is already running at http://127.0.0.1:{small.web}/.\n"
    assert len(small.started) == 6


def test_a_start_beside_another_command_of_the_same_services_is_refused_in_a_sentence(
    small: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = services.Services(places.VAR)
    beside.lock.share()
    assert dev.main([]) == 1
    beside.lock.release()
    (said,) = capsys.readouterr().err.splitlines()
    assert said == "Rollcall: another ./run command is using var/, so wait until it has ended."
    assert small.started == []


@pytest.mark.parametrize("part", ["prepare", "wait_for", "manage"])
def test_a_start_that_fails_on_its_way_leaves_nothing_running_and_says_nothing_of_an_address(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    def fail(*_words: object) -> None:
        raise Trouble("manage.py migrate failed: it said nothing.")

    monkeypatch.setattr(application, part, fail)
    assert dev.main([]) == 1
    said = capsys.readouterr()
    assert said.err == "Rollcall: manage.py migrate failed: it said nothing.\n"
    assert "http" not in said.out
    assert small.started
    assert small.still() == []
    assert not places.RUN_FILE.exists()


def test_ctrl_c_while_a_start_that_failed_is_cleared_away_keeps_why_it_did(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_words: object) -> None:
        raise Trouble("manage.py migrate failed: it said nothing.")

    stop = processes.stop

    def interrupted(children: list[processes.Child]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        stop(children)

    monkeypatch.setattr(application, "prepare", fail)
    monkeypatch.setattr(processes, "stop", interrupted)
    assert dev.main([]) == 1
    assert capsys.readouterr().err == "Rollcall: manage.py migrate failed: it said nothing.\n"
    assert small.still() == []


def test_ctrl_c_on_the_way_ends_what_has_begun(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "prepare", lambda _env: os.kill(os.getpid(), signal.SIGINT))
    assert dev.main([]) == 0
    assert [child.name for child in small.started] == ["postgres", "redis"]
    assert small.still() == []
