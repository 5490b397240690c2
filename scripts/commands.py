"""Several management commands in one Python: each by itself would import the whole product again.

It reads one JSON list of words from each line of its input, and answers each with one JSON line: the exit code, and what
was printed. The words that it is started with say only whose role in the database it takes.
"""

import contextlib
import io
import json
import os
import sys
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
    _import()
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")


def _import() -> None:
    """Import the product while nothing is asked yet; a mistake in it is told with the first command."""
    with contextlib.suppress(Exception):
        import django

        django.setup()


def _run(words: list[str]) -> dict[str, Any]:
    from django.core.management import execute_from_command_line

    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            with one_line_errors():
                execute_from_command_line(["manage.py", *words])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            import traceback

            traceback.print_exc()
            code = 1
    return {"code": code, "said": said.getvalue()}


if __name__ == "__main__":
    main()
