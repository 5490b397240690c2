"""Rollcall's own processes: web, worker, sender, beat, watchdog and the mail catcher, and what is run before them."""

import contextlib
import hashlib
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from scripts import assets
from scripts.launcher import places, ports, processes
from scripts.launcher.commands import Commands, failed
from scripts.launcher.screen import Trouble, say, step

# Run before the first page is served, in this order: the first as the owner of the schema, the others as the application.
OF_THE_OWNER = {
    "migrate": "Database schema",
    "createcachetable": "Cache table",
}
OF_THE_APPLICATION = {
    "words --compile": "Words in Welsh",
    "load_reference": "Authorities and police forces",
    "seed_demo --at-start": "Five years of invented children, written at the first start",
}
# The owner again, since of a writing that was broken off the server remembers tables with nothing in them, and plans
# the first questions about what is written then for those.
AFTERWARDS = {"measure_tables": "Sizes of tables"}
# Celery's workers by the queue that each takes: a mail server that hangs holds those who send, and never the sweep.
QUEUES = {"worker": "celery", "sender": "sending"}
CELERY = ("-m", "celery", "-A", "config.celery")
STATIC = places.VAR / "static"
LONGEST_PAUSE = 30


def environment(given: dict[str, str], chosen: dict[str, int]) -> dict[str, str]:
    """Return the variables of the demo: those of the services, and the catcher where no real mail server is named."""
    web, mail, smtp = chosen["web"], chosen["mail"], chosen["smtp"]
    defaults = {
        "EMAIL_URL": f"smtp://{ports.HOST}:{smtp}",
        "ALERT_WEBHOOK_URL": f"http://{ports.HOST}:{mail}/webhook",
        "DUTY_LINE": "01632 960 100",
        "SUPPORT_EMAIL": "support@rollcall.example",
        "WATCHDOG_CONTACT_EMAIL": "watchdog@rollcall.example",
        "WATCHDOG_CONTACT_PHONE": "01632 960 199",
        "ALERT_FROM_EMAIL": "alerts@rollcall.example",
        "WEB_PROCESSES": "2",
    }
    fixed = {
        "DEMO": "on",
        "PUBLIC_URL": f"http://{ports.HOST}:{web}",
        "WEB_BIND": f"{ports.HOST}:{web}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    own = {name: os.environ.get(name) or value for name, value in defaults.items()}
    return {**base(), **own, **given, **fixed}


def base() -> dict[str, str]:
    """Return the environment without what another project or virtual environment has left in it."""
    alien = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "DEBUG", "DEMO", "TESTING"}
    # Without bytecode on disk every process that is started compiles the whole product again.
    alien |= {"PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in alien}
    return kept | {"PATH": f"{places.PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def manage(env: dict[str, str], *words: str) -> str:
    """Run a management command and return what it printed; raise Trouble when it fails."""
    done = subprocess.run(
        [str(places.PYTHON), "manage.py", *words],
        cwd=places.ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise failed(words[0], done.stdout + done.stderr)
    return done.stdout


def prepare(env: dict[str, str]) -> None:
    """Bring the schema, the reference data and the served files up to date; raise Trouble where that fails."""
    # The second imports the product while the first changes the schema.
    with Commands(env, role="migrate") as owner, Commands(env) as own:
        for role, commands in ((owner, OF_THE_OWNER), (own, OF_THE_APPLICATION), (owner, AFTERWARDS)):
            for command, title in commands.items():
                with step(title):
                    role.run(*command.split(), "--verbosity=0")
    mark, stamp = STATIC / "stamp.txt", _static_stamp()
    if not mark.exists() or mark.read_text() != stamp:
        with step("Static files"):
            manage(env, "collectstatic", "--noinput", "--clear", "--verbosity=0")
            mark.write_text(stamp)


def _static_stamp() -> str:
    """Change with every file that is served and with the packages that bring some of their own."""
    digest = hashlib.sha256()
    ours = sorted(path for path in (places.ROOT / "static").rglob("*") if path.is_file())
    for path in (
        *ours,
        assets.STAMP,
        places.ROOT / "requirements.txt",
        places.ROOT / "config" / "settings.py",
    ):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def children(env: dict[str, str], chosen: dict[str, int]) -> list[processes.Child]:
    """Return the processes of a running Rollcall, not yet started."""
    python = str(places.PYTHON)
    (places.VAR / "beat").mkdir(exist_ok=True)
    commands = {
        "catcher": [python, "-m", "scripts.catcher", "--smtp", str(chosen["smtp"]), "--http", str(chosen["mail"]),
                    "--dir", str(places.MAIL), "--own", env["ALERT_FROM_EMAIL"]],
        "web": [python, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi:application"],
        **{name: [python, *worker(queue)] for name, queue in QUEUES.items()},
        "beat": [python, *CELERY, "beat", "--loglevel=WARNING", "--pidfile=", f"--schedule={places.VAR / 'beat' / 'schedule'}"],
        "watchdog": [python, "manage.py", "watchdog"],
    }  # fmt: skip
    return [
        processes.Child(name, command, log=places.LOGS / f"{name}.log", env=_serving(env))
        for name, command in commands.items()
    ]


def worker(queue: str | None, *, number: int = 2) -> list[str]:
    """Return the words that start a Celery worker of so many processes for one queue, or for all of them."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    takes = ["-Q", queue, "-n", f"{queue}@%h"] if queue else []
    return [
        *CELERY,
        "worker",
        "--pool=prefork",
        f"--concurrency={number}",
        "--loglevel=WARNING",
        *quiet,
        *takes,
    ]


def children_to_look_at(env: dict[str, str]) -> processes.Child:
    """Return the process that makes the demo's children to look at, beside all else and after it; it ends by itself."""
    command = ["nice", "-n", "10", str(places.PYTHON), "manage.py", "demo_states"]
    return processes.Child("demo_states", command, log=places.LOGS / "demo_states.log", env=_serving(env))


def _serving(env: dict[str, str]) -> dict[str, str]:
    """What runs all day never holds the owner's key: with it the record could be edited."""
    return {name: value for name, value in env.items() if name != "MIGRATION_DATABASE_URL"}


def wait_for(url: str, child: processes.Child, *, seconds: float = 60) -> None:
    """Wait until an address answers at all; raise Trouble when its process ends or the time is up."""
    limit = time.monotonic() + seconds
    while child.ended() is None and time.monotonic() < limit:
        with contextlib.suppress(OSError):
            try:
                urllib.request.urlopen(url, timeout=5).close()
            except urllib.error.HTTPError:
                return
            return
        time.sleep(0.1)
    raise Trouble(f"{child.name} did not start: {child.last_words() or 'it said nothing'} ({child.log}).")


class Supervisor:
    """Starts again whatever ends by itself, after a pause that doubles up to half a minute."""

    def __init__(self, watched: list[processes.Child], pids: Path, *, beside: list[processes.Child]) -> None:
        """`beside` are those that end by themselves: noted, and not started again."""
        self.watched = watched
        self.beside = beside
        self.pids = pids
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def look(self) -> None:
        """Look at every process once."""
        for child in self.watched:
            if child.ended() is None:
                continue
            now = time.monotonic()
            if child.name not in self._due:
                # One that ran for a minute has earned a quick start.
                pause = 1.0 if now - child.started_at > 60 else self._pauses.get(child.name, 1.0)
                self._pauses[child.name] = min(pause * 2, LONGEST_PAUSE)
                self._due[child.name] = now + pause
                say(
                    f"  {child.name} ended by itself (code {child.ended()}); starting it again in {pause:.0f} s: {child.log}"
                )
            if now >= self._due[child.name]:
                del self._due[child.name]
                child.start()
                processes.note([*self.watched, *self.beside], self.pids)


def rotate_logs() -> None:
    """Keep the logs of this start and of the one before."""
    for log in places.LOGS.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
