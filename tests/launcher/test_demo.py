"""./run beside another ./run."""

import socket
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from scripts.launcher import application, demo, places, ports


class Reached(Exception):
    """The start came as far as its processes."""


def test_a_port_that_another_start_took_meanwhile_is_not_fought_over(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "VAR", tmp_path)
    monkeypatch.setattr(places, "ENV_FILE", tmp_path / "env.json")
    others, started = socket.socket(), []

    def prepare(env):
        others.bind((ports.HOST, urlsplit(env["PUBLIC_URL"]).port))
        others.listen()

    def children(env, chosen):
        started.append((urlsplit(env["PUBLIC_URL"]).port, chosen["web"]))
        raise Reached

    monkeypatch.setattr(application, "prepare", prepare)
    monkeypatch.setattr(application, "children", children)
    addresses = {
        "DATABASE_URL": "postgres://app@127.0.0.1/x",
        "MIGRATION_DATABASE_URL": "postgres://owner@127.0.0.1/x",
    }
    services = SimpleNamespace(
        start=lambda: None,
        leftovers=0,
        env=addresses | {"REDIS_URL": "", "SECRET_KEY": "x", "ALERT_WEBHOOK_SECRET": "x"},
    )
    with others:
        with pytest.raises(Reached):
            demo._start(services, [])
        taken = others.getsockname()[1]
    ((address, web),) = started
    assert address == web != taken
