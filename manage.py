#!/usr/bin/env python3
"""Runs Rollcall's management commands."""

import os
import sys


def main() -> None:
    """Hand the command line to Django; a bad configuration is one line and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.env import one_line_errors

    if sys.argv[1:2] == ["watchdog"]:
        from config import patience

        # Whoever watches a database that hangs must not hang with it.
        patience.keep()

    with one_line_errors():
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
