"""Ports stay the same from start to start, and a busy one is said aloud."""

import socket

import pytest

from scripts.launcher import ports
from scripts.launcher.screen import Trouble


@pytest.fixture
def busy():
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen(1)
        yield taken.getsockname()[1]


@pytest.fixture
def free(monkeypatch):
    """Every port but these few is free, whatever else runs on this machine; and nobody waits."""
    taken: set[int] = set()
    monkeypatch.setattr(ports, "is_free", lambda port: port not in taken)
    monkeypatch.setattr(ports, "PATIENCE", 0)
    for name in ports.ASKED_BY.values():
        monkeypatch.delenv(name, raising=False)
    return taken


NAMES = ["web", "mail", "smtp"]


def test_a_start_takes_the_ports_of_the_one_before(tmp_path, free, monkeypatch):
    memory = tmp_path / "ports.json"
    assert ports.choose(NAMES, memory) == {"web": 8000, "mail": 8025, "smtp": 1025}
    monkeypatch.setenv("WEB_PORT", "8001")
    free.add(1025)
    moved = ports.choose(NAMES, memory)
    assert moved == {"web": 8001, "mail": 8025, "smtp": 1026}
    monkeypatch.delenv("WEB_PORT")
    free.clear()
    assert ports.choose(NAMES, memory) == moved


def test_a_busy_port_that_nobody_opens_is_left_for_the_next_free_one(tmp_path, busy, monkeypatch):
    monkeypatch.setitem(ports.PREFERRED, "smtp", busy)
    chosen = ports.choose(["smtp"], tmp_path / "ports.json")["smtp"]
    assert chosen != busy
    assert ports.is_free(chosen)


@pytest.mark.parametrize(
    ("taken", "asked", "sentence"),
    [
        ({8000}, {}, "port 8000 is busy, so end what uses it, or choose another: WEB_PORT=8001 ./run"),
        ({8025, 8026}, {}, "port 8025 is busy, so end what uses it, or choose another: MAIL_PORT=8027 ./run"),
        ({8000, 8025}, {}, "the ports 8000 and 8025 are busy, so end what uses them, .*: WEB_PORT=8001 MAIL_PORT=8026 ./run"),
        ({8000, 8001}, {"WEB_PORT": "8001"}, "port 8001 is busy, .*: WEB_PORT=8002 ./run"),
        # Whoever moved the one for a start keeps it where it is when the other moves too.
        ({8025}, {"WEB_PORT": "9000"}, "port 8025 is busy, .*: WEB_PORT=9000 MAIL_PORT=8026 ./run"),
        ({8025}, {"WEB_PORT": "8026"}, "port 8025 is busy, .*: WEB_PORT=8026 MAIL_PORT=8027 ./run"),
        ({65535}, {"WEB_PORT": "65535"}, "port 65535 is busy, .*: WEB_PORT=8000 ./run"),
        (set(), {"WEB_PORT": "8025"}, "port 8025 is busy, .*: WEB_PORT=8025 MAIL_PORT=8026 ./run"),
    ],
)  # fmt: skip
def test_a_busy_port_of_an_address_that_people_open_is_one_sentence_with_the_way_out(
    tmp_path, free, monkeypatch, taken, asked, sentence
):
    free |= taken
    for variable, port in asked.items():
        monkeypatch.setenv(variable, port)
    with pytest.raises(Trouble, match=f"^{sentence}$") as trouble:
        ports.choose(NAMES, tmp_path / "ports.json")
    assert not (tmp_path / "ports.json").exists()
    for word in str(trouble.value).split():
        if "=" in word:
            monkeypatch.setenv(*word.split("="))
    assert ports.choose(NAMES, tmp_path / "ports.json"), "what it advises works"


def test_a_port_that_the_last_process_of_an_earlier_start_is_about_to_leave_is_waited_for(
    tmp_path, monkeypatch
):
    looks = iter([False, False])
    monkeypatch.setattr(ports, "is_free", lambda _port: next(looks, True))
    assert ports.choose(["web"], tmp_path / "ports.json")


@pytest.mark.parametrize("asked", ["http", "0", "70000", "-1", "²"])
def test_what_is_no_port_is_one_sentence(tmp_path, asked, monkeypatch):
    monkeypatch.setenv("WEB_PORT", asked)
    with pytest.raises(Trouble, match="is not a port number"):
        ports.choose(["web"], tmp_path / "ports.json")


def test_a_port_that_was_just_used_is_free_again():
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((ports.HOST, 0))
        server.listen(1)
        port = server.getsockname()[1]
        with socket.create_connection((ports.HOST, port)) as client:
            accepted, _address = server.accept()
            accepted.close()  # this side closes first and is left in TIME_WAIT
            client.recv(1)
    assert ports.is_free(port)


def test_a_port_for_root_alone_is_not_called_busy(tmp_path, monkeypatch):
    def bind(*_words):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.bind", bind)
    monkeypatch.setenv("WEB_PORT", "80")
    with pytest.raises(Trouble, match="port 80 is for root alone"):
        ports.choose(["web"], tmp_path / "ports.json")
