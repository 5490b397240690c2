"""./run beside another ./run."""

import socket
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from scripts.launcher import application, demo, places, ports
from scripts.launcher.screen import Trouble


def test_a_port_that_another_start_took_meanwhile_is_not_fought_over(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "VAR", tmp_path)
    monkeypatch.setattr(places, "ENV_FILE", tmp_path / "env.json")
    monkeypatch.setattr(ports, "PATIENCE", 0)
    for name, variable in ports.ASKED_BY.items():
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.setitem(ports.PREFERRED, name, ports.any_free())
    others = socket.socket()

    def prepare(env):
        others.bind((ports.HOST, urlsplit(env["PUBLIC_URL"]).port))
        others.listen()

    monkeypatch.setattr(application, "prepare", prepare)
    monkeypatch.setattr(application, "children", lambda _env, _chosen: pytest.fail("it was started"))
    addresses = {
        "DATABASE_URL": "postgres://app@127.0.0.1/x",
        "MIGRATION_DATABASE_URL": "postgres://owner@127.0.0.1/x",
    }
    services = SimpleNamespace(
        start=lambda: None,
        leftovers=0,
        env=addresses | {"REDIS_URL": "", "SECRET_KEY": "x", "ALERT_WEBHOOK_SECRET": "x"},
    )
    taken = ports.PREFERRED["web"]
    with others, pytest.raises(Trouble, match=rf"port {taken} is busy, .*: WEB_PORT=\d+ ./run"):
        demo._start(services, [])
