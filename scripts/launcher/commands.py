"""Management commands of a start: one Python runs several in turn, since each by itself would import the product again."""

import contextlib
import json
import subprocess
from types import TracebackType
from typing import Any, Self

from scripts.launcher import places
from scripts.launcher.screen import Trouble, explain


def failed(name: str, output: str) -> Trouble:
    """Return the one sentence for a management command that failed."""
    return explain(f"manage.py {name}", output, places.LOGS / f"{name}.log", fetches=False)


class Commands:
    """A Python that runs management commands in turn, in the database role that `role` would take; used in a `with`."""

    def __init__(self, env: dict[str, str], *, role: str = "") -> None:
        places.LOGS.mkdir(parents=True, exist_ok=True)
        self._log = places.LOGS / f"commands_{role or 'own'}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(places.PYTHON), "-m", "scripts.commands", *([role] if role else [])],
                cwd=places.ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind:
            self._process.kill()
        with contextlib.suppress(OSError):
            self._process.communicate()

    def run(self, *words: str) -> str:
        """Run a command and return what it printed; raise Trouble when it fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Where it has ended, no answer comes.
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(words) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise failed(words[0], self._log.read_text(errors="replace"))
        answer: dict[str, Any] = json.loads(line)
        if answer["code"]:
            raise failed(words[0], answer["said"])
        return str(answer["said"])
