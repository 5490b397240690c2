"""Rollcall in one command: the demo, the tests, the benchmarks, and management commands beside them."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from scripts.launcher import application, checks, demo, packages, places, services
from scripts.launcher.screen import Trouble, complain, say

USAGE = """\
./run                 start the demo: web, worker, sender, beat, watchdog, mail catcher, PostgreSQL, Redis
./run test [WORDS]    every check, and the tests but those that wait for their turn; WORDS go to pytest and narrow it
                      (./run test tests/alerts -k ladder), all of which it then takes; ./run test all takes every one
./run faults          at full counts what ./run test does a little of, and real processes killed and hung,
                      and the tests that take turns
./run bench [--json]  the benchmarks beside their bare counterparts
./run manage WORDS    a management command against the same services
"""
# What these print is for programs too, with --json or in a pipe.
READ_BY_PROGRAMS = ("bench", "manage")


def main(words: list[str]) -> int:
    """Run one command of the launcher and return its exit code."""
    command, *rest = words or ["up"]
    known = {"test": checks.test, "faults": checks.faults, "bench": checks.bench, "manage": manage}
    try:
        services.clear_nobodys()
        if command == "up" and not rest:
            return demo.run()
        if command in known:
            with _progress_aside() if command in READ_BY_PROGRAMS else contextlib.nullcontext():
                return known[command](rest)
    except Trouble as trouble:
        complain(str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        complain(f"{error.filename or 'the machine'}: {error.strerror or error}.")
        return 1
    say(USAGE.rstrip())
    return 0 if command in {"help", "-h", "--help"} else 1


@contextlib.contextmanager
def _progress_aside() -> Iterator[None]:
    """Print the steps of the launcher itself to standard error: the other is the command's own, which is a process."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def manage(words: list[str]) -> int:
    """Run a management command against the services of var/, started for it when ./run is not there."""
    places.make()
    packages.install()
    with services.shared() as env:
        defaults = application.environment({}, {"web": 8000, "mail": 8025, "smtp": 1025})
        command = [str(places.PYTHON), "manage.py", *words]
        return subprocess.run(command, cwd=places.ROOT, env=defaults | env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
