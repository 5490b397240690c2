"""Runs every tests/benchmarks/bench_*.py and prints its figures beside those of the bare counterpart.

Each such module has `rows()`, which returns dicts with name, ours, reference, ratio and limit: ours and reference
in the unit that the name states, ratio = how many times the cost of the bare counterpart ours is, limit = the
most that ratio may be. DATABASE_URL and its like lead to a server that is thrown away; a module makes its own
databases there by tests.database."""

import argparse
import importlib.util
import json
import os
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("name", "ours", "reference", "ratio", "limit")
# Beside other work the two sides of a ratio are not slowed alike: so much of the processors may be at work before.
BUSY, LOOK_SECONDS = 0.2, 3.0
# So many looks at most until what a benchmark has left behind has come to rest.
SETTLES = 10


def main(words: list[str]) -> int:
    """Run the benchmarks whose file names hold one of `words`, or all; 1 when one failed or is over its limit."""
    parser = argparse.ArgumentParser(
        prog="./run bench", description="Benchmarks beside their bare counterparts."
    )
    parser.add_argument("--json", action="store_true", help="print a list of " + ", ".join(FIELDS))
    parser.add_argument("--loaded", action="store_true", help="measure on a machine that is at work too")
    parser.add_argument("names", nargs="*", help="only the files whose names hold one of these words")
    options = parser.parse_args(words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    rows: list[dict[str, Any]] = []
    failed = begun = False
    for path in sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py")):
        if options.names and not any(name in path.stem for name in options.names):
            continue
        # Before each: an hour may pass between the first and the last, and each leaves PostgreSQL to tidy up.
        if not options.loaded and _is_loaded(looks=SETTLES if begun else 1):
            failed = True
            break
        begun = True
        print(f"{path.stem} …", file=sys.stderr, flush=True)
        try:
            rows += [{field: row[field] for field in FIELDS} for row in _load(path).rows()]
        except Exception:
            traceback.print_exc()
            failed = True
    # What was measured before a stop holds.
    if rows or not failed:
        print(json.dumps(rows, indent=2) if options.json else _table(rows))
    if not rows and not failed:
        print("No benchmark was found.", file=sys.stderr)
    return 1 if failed or not rows or any(row["ratio"] > row["limit"] for row in rows) else 0


def _is_loaded(*, looks: int) -> bool:
    """Whether this machine is at work on something else at each of so many looks, and say so."""
    share = 0.0
    for _ in range(looks):
        if (share := _busy_share()) <= BUSY:
            return False
    print(
        f"Error: {share:.0%} of this machine is at work on something else, so no figure would hold:"
        " stop that, or ask with --loaded.",
        file=sys.stderr,
    )
    return True


def _busy_share() -> float:
    """The share of this machine's processors that is at work for some seconds in which we wait; 0 where it is not told."""
    told = Path("/proc/stat")
    if not told.exists():
        return 0.0
    looks = []
    for pause in (LOOK_SECONDS, 0.0):
        user, nice, system, idle, waiting, *others = map(int, told.read_text().split("\n", 1)[0].split()[1:8])
        looks.append((idle + waiting, user + nice + system + idle + waiting + sum(others)))
        time.sleep(pause)
    (idle_before, all_before), (idle_after, all_after) = looks
    return 1 - (idle_after - idle_before) / max(all_after - all_before, 1)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [FIELDS, *(tuple(_shown(row[field]) for field in FIELDS) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(FIELDS))]
    lines = []
    for row, source in zip(cells, [None, *rows], strict=True):
        over = "  over its limit" if source and source["ratio"] > source["limit"] else ""
        first, *figures = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([first, *figures]) + over)
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
