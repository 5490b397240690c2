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


def test_a_start_takes_the_ports_of_the_one_before(tmp_path):
    memory = tmp_path / "ports.json"
    first = ports.choose(["web", "mail", "smtp"], memory)
    assert len(set(first.values())) == 3
    assert ports.choose(["web", "mail", "smtp"], memory) == first


def test_a_busy_port_is_left_for_the_next_free_one(tmp_path, busy, monkeypatch):
    monkeypatch.setitem(ports.PREFERRED, "web", busy)
    chosen = ports.choose(["web"], tmp_path / "ports.json")["web"]
    assert chosen != busy
    assert ports.is_free(chosen)


def test_a_busy_port_that_was_asked_for_is_one_sentence(tmp_path, busy, monkeypatch):
    monkeypatch.setenv("WEB_PORT", str(busy))
    with pytest.raises(Trouble, match=f"port {busy} is busy, .* WEB_PORT"):
        ports.choose(["web"], tmp_path / "ports.json")


@pytest.mark.parametrize("asked", ["http", "0", "70000", "-1"])
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
