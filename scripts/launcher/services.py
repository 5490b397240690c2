"""PostgreSQL and Redis together, or the real ones that the environment names, and the variables that lead to them."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from scripts.launcher import memory, places, ports, postgres, processes
from scripts.launcher.locks import Lock
from scripts.launcher.postgres import Postgres
from scripts.launcher.redis import Redis
from scripts.launcher.screen import Trouble
from scripts.launcher.unprivileged import find_stand

NAMES = ("postgres", postgres.OWNER, postgres.APPLICATION, "redis", "django", "webhook", "audit", "photos")
DATABASE_VARIABLES = ("DATABASE_URL", "MIGRATION_DATABASE_URL")


class Services:
    """What the application connects to, for one folder; ended by whoever uses it last."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder
        self.throwaway = throwaway
        self.lock = Lock(folder / "lock")
        self.children: list[processes.Child] = []
        self.env: dict[str, str] = {}
        self.pids = folder / "pids.json"
        self.leftovers = 0

    def start(self) -> None:
        """Clean up after a launcher that was killed, start what is not given, and fill `env`."""
        self.leftovers = processes.end_leftovers(self.pids)
        known = self._secrets()
        self.env = {
            "SECRET_KEY": known["django"],
            # A gateway of one's own knows its own.
            "ALERT_WEBHOOK_SECRET": os.environ.get("ALERT_WEBHOOK_SECRET") or known["webhook"],
            "AUDIT_HEAD_KEY": known["audit"],
            "PHOTO_KEYS": known["photos"],
        }
        try:
            self._start_database(known)
            self._start_redis(known)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End them; a throwaway folder goes too."""
        with contextlib.ExitStack() as parts:  # what interrupts one of these keeps nobody from the others
            if self.throwaway:
                parts.callback(discard, self.folder)
            parts.callback(processes.end_leftovers, self.pids)
            parts.callback(processes.stop, self.children)

    def _start_database(self, known: dict[str, str]) -> None:
        given = [name for name in DATABASE_VARIABLES if os.environ.get(name)]
        if given and not self.throwaway:
            if len(given) < len(DATABASE_VARIABLES):
                missing = next(name for name in DATABASE_VARIABLES if name not in given)
                raise Trouble(
                    f"{given[0]} is set and {missing} is not: a database of your own needs both roles."
                )
            self.env |= {name: os.environ[name] for name in DATABASE_VARIABLES}
            return
        server = Postgres(self.folder, secrets=known, throwaway=self.throwaway)
        server.prepare()
        self._keep(server.start(self._port("postgres"), self._log("postgres")))
        server.wait()
        self.env |= {
            "DATABASE_URL": server.url(postgres.APPLICATION),
            "MIGRATION_DATABASE_URL": server.url(postgres.OWNER),
        }

    def _start_redis(self, known: dict[str, str]) -> None:
        if os.environ.get("REDIS_URL") and not self.throwaway:
            self.env["REDIS_URL"] = os.environ["REDIS_URL"]
            return
        server = Redis(self.folder, password=known["redis"])
        self._keep(server.start(self._port("redis"), self._log("redis")))
        server.wait()
        self.env["REDIS_URL"] = server.url()

    def _keep(self, child: processes.Child) -> None:
        self.children.append(child)
        # Noted at once: a kill during the start must leave nothing that cannot be found again.
        processes.note(self.children, self.pids)

    def _port(self, name: str) -> int:
        if self.throwaway:
            return ports.any_free()
        return ports.choose([name], self.folder / "ports.json")[name]

    def _log(self, name: str) -> Path:
        return (self.folder if self.throwaway else places.LOGS) / f"{name}.log"

    def _secrets(self) -> dict[str, str]:
        path = self.folder / "secrets.json"
        known = places.read(path)
        if known is None:
            known = {}
            if (self.folder / "postgres" / "PG_VERSION").exists():
                raise Trouble(
                    f"{path} is gone, and the database opens to nothing else; delete {self.folder}."
                )
        if set(NAMES) - set(known):
            known = {name: secrets.token_urlsafe(32) for name in NAMES} | known
            places.write_private(path, known)
        return known


@contextlib.contextmanager
def throwaway(*, in_memory: bool = False) -> Iterator[Services]:
    """Lend services that leave nothing behind, and clear away those of runs that were killed."""
    on_disk, there = places.VAR / "tests", memory.make_place()
    for folder in (on_disk, there):
        _clear(folder)
    folder = there if in_memory and there and memory.has_room() else on_disk
    services = Services(folder / str(os.getpid()), throwaway=True)
    services.lock.take_alone()
    # Another run of this clone may have cleared it away meanwhile, and the lock made it anew.
    folder.chmod(0o700)
    (services.folder / memory.CLONE).write_text(str(places.ROOT))
    try:
        services.start()
        yield services
    finally:
        services.stop()
        for place in filter(None, (on_disk, there)):
            with contextlib.suppress(OSError):  # another run of this clone is there still
                place.rmdir()


def _clear(folder: Path | None) -> None:
    """Clear away what killed runs left in a folder of throwaway services."""
    for left in folder.iterdir() if folder and folder.exists() else ():
        _clear_unused(left)


def clear_nobodys() -> None:
    """Clear away what killed runs left in memory whose clone is deleted since, or not known: nobody else ever would."""
    for left in memory.of_nobody():
        # Whatever stands in the way of that, or another run of that clone which goes on, keeps nobody from starting.
        with contextlib.suppress(OSError, Trouble):
            _clear_unused(left)
            left.parent.rmdir()


def _clear_unused(left: Path) -> None:
    """Clear the folder of one run away, unless whoever made it is alive: then it holds the lock."""
    lock = Lock(left / "lock")
    if lock.take_alone():
        processes.end_leftovers(left / "pids.json")
        discard(left)
    lock.release()


@contextlib.contextmanager
def shared() -> Iterator[dict[str, str]]:
    """Lend the variables of the services in var/: those that run, or ones started for this command alone."""
    services = Services(places.VAR)
    if services.lock.take_alone():
        # What a killed ./run left there is no longer so.
        places.RUN_FILE.unlink(missing_ok=True)
        services.start()
        places.write_private(places.ENV_FILE, services.env)
    services.lock.share()
    try:
        yield places.read(places.ENV_FILE) or {}
    finally:
        # Whoever is last ends them, also when another command started them.
        if services.lock.take_alone():
            services.stop()
            places.ENV_FILE.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Delete a throwaway folder, and what its database kept elsewhere for another user's sake."""
    home = find_stand(folder).home
    for place in {folder, home}:
        shutil.rmtree(place, ignore_errors=True)
