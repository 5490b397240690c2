"""Several management commands in one Python: each by itself would import the whole product again.

It reads one JSON list of words from each line of its input, and answers each with one JSON line: the exit code, and what
was printed. The words that it is started with say only whose role in the database it takes.
"""

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from config.env import one_line_errors


def main() -> None:
    """Answer each line until the input ends."""
    words = sys.argv[1:]
    # The settings go by the command's name, as with manage.py itself.
    sys.argv = ["manage.py", *words]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    # Whatever a library prints past the commands must not stand between two answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    broken = _import()
    for line in sys.stdin:
        answers.write(json.dumps(broken or _run(json.loads(line))) + "\n")


def _import() -> dict[str, Any] | None:
    """Import the product while nothing is asked yet; where that fails, return what each command is answered."""
    import django

    return _answered(django.setup)


def _run(words: list[str]) -> dict[str, Any]:
    from django.core.management import execute_from_command_line

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        failed = _answered(lambda: execute_from_command_line(["manage.py", *words]), said)
    return failed or {"code": 0, "said": said.getvalue()}


def _answered(do: Callable[[], object], said: io.StringIO | None = None) -> dict[str, Any] | None:
    """Do it; return the exit code and what was said where it fails, and nothing else."""
    said = said or io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            with one_line_errors():
                do()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            traceback.print_exc()
            code = 1
        else:
            code = 0
    return {"code": code, "said": said.getvalue()} if code else None


if __name__ == "__main__":
    main()
