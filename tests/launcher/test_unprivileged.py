"""How root runs PostgreSQL where the machine lends no user namespaces, as in most containers."""

import pytest

from scripts.launcher.postgres import APPLICATION, OWNER, Postgres
from scripts.launcher.services import discard


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_USERNS", "1")
    monkeypatch.delenv("PG_BIN", raising=False)
    yield tmp_path
    discard(tmp_path)


def test_a_database_is_made_without_user_namespaces(folder):
    secrets = dict.fromkeys(("postgres", OWNER, APPLICATION), "only-for-this-test")
    database = Postgres(folder, secrets=secrets, throwaway=True)
    database.prepare()
    assert (database.data / "PG_VERSION").read_text().strip() == "18"
