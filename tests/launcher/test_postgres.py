"""What is said of a PostgreSQL that cannot be made or does not start."""

from pathlib import Path

import pytest

from scripts.launcher import places, postgres, processes
from scripts.launcher.postgres import APPLICATION, OWNER, Postgres
from scripts.launcher.screen import Trouble

SECRETS = dict.fromkeys(("postgres", OWNER, APPLICATION), "only-for-this-test")
BOOTSTRAP = """\
creating configuration files ... ok
running bootstrap script ... 2026-12-01 22:25:00.448 UTC [20287] FATAL:  could not write to file "pg_wal/xlogtemp": File too large
child process exited with exit code 1
initdb: removing contents of data directory "/var/x"
"""
FOLDER = 'creating directory /proc/x ... initdb: error: could not create directory "/proc/x": No such file or directory\n'
BIND = """\
2026-12-01 22:25:01.549 UTC [20403] LOG:  starting PostgreSQL 18.6 on x86_64-pc-linux-gnu, 64-bit
2026-12-01 22:25:01.549 UTC [20403] LOG:  could not bind IPv4 address "127.0.0.1": Address already in use
2026-12-01 22:25:01.549 UTC [20403] HINT:  Is another postmaster already running on port 54399?
2026-12-01 22:25:01.549 UTC [20403] FATAL:  could not create any TCP/IP sockets
2026-12-01 22:25:01.551 UTC [20403] LOG:  database system is shut down
"""
SETTING = """\
2026-12-01 22:24:54.083 GMT [7] FATAL:  the database system is starting up
2026-12-01 22:24:54.083 GMT [7] FATAL:  unrecognized configuration parameter "nonsense"
2026-12-01 22:24:54.083 GMT [7] LOG:  database system is shut down
"""
LIBRARY = "postgres: error while loading shared libraries: libxml2.so.2: cannot open shared object file: No such file\n"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "LOGS", tmp_path / "log")
    monkeypatch.delenv("PG_BIN", raising=False)
    return tmp_path / "log"


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (BOOTSTRAP, 'could not write to file "pg_wal/xlogtemp": File too large'),
        (FOLDER, 'could not create directory "/proc/x": No such file or directory'),
        (BIND, 'could not bind IPv4 address "127.0.0.1": Address already in use'),
        (SETTING, 'unrecognized configuration parameter "nonsense"'),
        (LIBRARY, LIBRARY.strip()),
        ("Killed\n", "Killed"),
        ("", "it said nothing"),
    ],
)
def test_the_line_that_says_why_is_quoted_and_all_of_it_is_kept(logs: Path, output: str, why: str) -> None:
    trouble = postgres._explain("starting the database", output, "x.log")
    assert str(trouble) == f"starting the database failed: {why} (all of it is in {logs / 'x.log'})."
    assert (logs / "x.log").read_text() == output


def test_a_full_disk_is_named(logs: Path) -> None:
    output = BOOTSTRAP.replace("File too large", "No space left on device")
    assert "there is no space left on the disk" in str(
        postgres._explain("making the database", output, "x.log")
    )


def test_a_database_that_cannot_be_made_says_why(logs: Path, tmp_path: Path) -> None:
    database = Postgres(tmp_path / "x", secrets=SECRETS, throwaway=True)
    database.binaries = tmp_path
    initdb = tmp_path / "initdb"
    initdb.write_text(f"#!/bin/sh\ncat <<'END'\n{BOOTSTRAP}END\nexit 1\n")
    initdb.chmod(0o755)
    with pytest.raises(Trouble, match="making the database failed: could not write to file"):
        database.prepare()
    assert (logs / "initdb.log").read_text() == BOOTSTRAP


def test_a_database_that_does_not_start_says_why_now_and_not_at_an_earlier_start(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Postgres(tmp_path / "x", secrets=SECRETS, throwaway=True)
    monkeypatch.setattr(database, "_answers", lambda: False)
    (log := tmp_path / "postgres.log").write_text(BIND)
    tell = f"cat <<'END'\n{SETTING}END\nexit 1"
    database.child = processes.Child("postgres", ["/bin/sh", "-c", tell], log=log)
    database.child.start()
    with pytest.raises(
        Trouble, match='starting the database failed: unrecognized configuration parameter "nonsense"'
    ):
        database.wait()
    assert (logs / "postgres_start.log").read_text() == SETTING
