"""The services of the tests themselves, and what the launcher makes of services that are given."""

import os
import socket
from urllib.parse import unquote, urlsplit

import psycopg2
import pytest

from scripts.launcher import processes
from scripts.launcher.screen import Trouble
from scripts.launcher.services import Services
from tests.database import _dsn


@pytest.fixture
def given(monkeypatch):
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


def test_services_of_ones_own_are_taken_and_nothing_is_started(tmp_path, given):
    urls = {
        "DATABASE_URL": "postgres://app:a@db.example/rollcall",
        "MIGRATION_DATABASE_URL": "postgres://owner:o@db.example/rollcall",
        "REDIS_URL": "rediss://:p@redis.example:6380/0",
    }
    for name, url in urls.items():
        given(name, url)
    services = Services(tmp_path)
    services.start()
    assert services.children == []
    assert urls.items() <= services.env.items()
    assert len(services.env["SECRET_KEY"]) > 30
    assert len(services.env["AUDIT_HEAD_KEY"]) == 43
    assert len(services.env["PHOTO_KEYS"]) == 43


def test_a_gateway_of_ones_own_is_signed_to_with_its_own_secret(tmp_path, given):
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"):
        given(name, "x://given.example")
    given("ALERT_WEBHOOK_SECRET", "")
    services = Services(tmp_path)
    services.start()
    assert len(services.env["ALERT_WEBHOOK_SECRET"]) > 30
    given("ALERT_WEBHOOK_SECRET", "the gateway's")
    services.start()
    assert services.env["ALERT_WEBHOOK_SECRET"] == "the gateway's"


@pytest.mark.parametrize("only", ["DATABASE_URL", "MIGRATION_DATABASE_URL"])
def test_a_database_of_ones_own_needs_both_roles(tmp_path, given, only):
    given(only, "postgres://someone:s@db.example/rollcall")
    with pytest.raises(Trouble, match="needs both roles"):
        Services(tmp_path).start()


def test_lost_secrets_are_one_sentence(tmp_path, given):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    with pytest.raises(Trouble, match=r"secrets\.json is gone"):
        Services(tmp_path).start()


def test_the_database_asks_for_a_password():
    parts = urlsplit(os.environ["DATABASE_URL"])
    assert parts.hostname == "127.0.0.1"
    wrong = parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}").geturl()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(_dsn(wrong))


def test_redis_asks_for_a_password():
    parts = urlsplit(os.environ["REDIS_URL"])
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as line:
        line.sendall(b"PING\r\n")
        assert line.recv(100).startswith(b"-NOAUTH")
        line.sendall(f"AUTH {unquote(parts.password)}\r\n".encode())
        assert line.recv(100).startswith(b"+OK")


def test_what_interrupts_the_end_of_one_part_keeps_nobody_from_the_others(tmp_path, monkeypatch):
    def interrupted(_children):
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "stop", interrupted)
    folder = tmp_path / "1"
    services = Services(folder, throwaway=True)
    child = processes.Child("redis", ["sleep", "600"], log=folder / "redis.log")
    child.start()
    services._keep(child)
    with pytest.raises(KeyboardInterrupt):
        services.stop()
    assert child.process.wait(10) == -15
    assert not folder.exists()
