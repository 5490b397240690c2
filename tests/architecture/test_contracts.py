"""The house plan as assertions: who may import whom, who may think, who may know the time."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from scripts.launcher import checks
from tests.database import ROOT

APPS = ("cases", "guardians", "alerts")
# The house plan says about 300 and 30; what is longer than these is split by noun before it is added to.
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
# These are longer; they may become shorter, and no longer.
LONGER_FILES = {"alerts/population/lives.py": 410}
BANNED_NAMES = {"utils", "helpers", "services", "core", "common", "misc"}


@cache
def settings():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def sources(*, of: tuple[str, ...] = APPS) -> list[Path]:
    return [path for app in of for path in sorted((ROOT / app).rglob("*.py"))]


def pure_modules() -> set[str]:
    """The last layer of each app's own contract."""
    found = set()
    for contract in settings()["importlinter"]["contracts"]:
        container = contract.get("containers", [""])[0]
        if container in APPS:
            found |= {f"{container}.{name.strip(' ()')}" for name in contract["layers"][-1].split(":")}
    return found


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@cache
def read_once(path: Path) -> tuple[str | None, list[tuple[str, int]]]:
    """What the module says of itself, and each of its functions with how many lines it has."""
    module = ast.parse(path.read_text())
    # A function stands in the lines of a statement, and within no expression.
    functions, inside = list[ast.FunctionDef](), list[ast.AST]([module])
    while inside:
        node = inside.pop()
        functions += [node] if isinstance(node, ast.FunctionDef) else []
        for lines in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside += getattr(node, lines, ())
    lengths = [(one.name, (one.end_lineno or one.lineno) - one.lineno + 1) for one in functions]
    return ast.get_docstring(module), lengths


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    """The apps alone, in a folder where a fault can be planted."""
    for name in (*APPS, "config"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_run_checks_the_contracts_of_the_imports_as_they_are():
    titles = {title for title, _ in checks.CHECKS}
    assert "Import contracts" in titles


ONE_WAY = "One direction of apps: alerts, guardians, cases"
NO_SETTINGS = "No app knows how it is configured"
NO_CELERY = "Celery is known to tasks.py alone, and nobody imports tasks"
IN_CASES = "Inside cases an upper module may import a lower one"
IN_ALERTS = "Inside alerts an upper module may import a lower one"
# A line for each rule, with the contract that it breaks and how the fault is named there. Each stands where few import what
# it stands in, for every chain that leads through it is looked for.
PLANTED = (
    ("cases/apps.py", "from alerts import ladder", ONE_WAY, "cases.apps -> alerts.ladder"),
    ("cases/apps.py", "import guardians.models", ONE_WAY, "cases.apps -> guardians.models"),
    ("guardians/apps.py", "from alerts.models import Alert", ONE_WAY, "guardians.apps -> alerts.models"),
    ("cases/people.py", "from config import settings", NO_SETTINGS, "cases.people -> config.settings"),
    ("cases/children.py", "from cases import passing_on", IN_CASES, "cases.children -> cases.passing_on"),
    ("alerts/digests.py", "from alerts import delivery", IN_ALERTS, "alerts.digests -> alerts.delivery"),
    ("alerts/ladder.py", "from alerts.models import Clock", IN_ALERTS, "alerts.ladder -> alerts.models"),
    ("alerts/sweep.py", "import celery", NO_CELERY, "alerts.sweep -> celery"),
    ("alerts/sweep.py", "from alerts import tasks", IN_ALERTS, "alerts.sweep -> alerts.tasks"),
    ("alerts/helpers.py", "x = 1", IN_ALERTS, "alerts.helpers"),
)


def test_each_planted_import_breaks_its_own_contract_and_is_named_by_itself_and_no_other_breaks_any(copy):
    for where, line, _, _ in PLANTED:
        path = copy / where
        path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode == 1, done.stdout
    named = broken(done.stdout)
    assert not [one for one in PLANTED if one[3] not in named.get(one[2], ())], done.stdout
    planted = {one[3] for one in PLANTED}
    of_ours = [
        chain for found in chains(done.stdout).values() for chain in found if planted.isdisjoint(chain)
    ]
    assert not of_ours, "the imports keep their contracts"


def broken(said: str) -> dict[str, set[str]]:
    """What is named under the title of each broken contract; of a chain of several imports none is named by itself."""
    return {title: {chain[0] for chain in found if len(chain) == 1} for title, found in chains(said).items()}


def chains(said: str) -> dict[str, list[list[str]]]:
    """Each chain of imports that is named under the title of each broken contract."""
    _, *parts = re.split(r"^(.+)\n-+$", said.partition("Broken contracts\n")[2], flags=re.MULTILINE)
    found = {}
    for title, block in zip(parts[::2], parts[1::2], strict=True):
        named = found[title.strip()] = list[list[str]]()
        for line in block.splitlines():
            link = line[1:].partition(" (l.")[0].strip()
            if line.startswith("- "):
                named.append([link])
            elif line.startswith(" ") and named:
                named[-1].append(link)
    return found


def test_a_fault_is_looked_for_under_its_own_contract_and_not_within_a_chain():
    said = (
        "a.b -> c.d (l.1)\n\nBroken contracts\n----------------\n\n\nOne\n---\n\na is not allowed to import c:\n\n"
        "- a.b -> c.d (l.1)\n\n- a.x -> a.y (l.3)\n  a.y -> c.d (l.4)\n\n\nOther\n-----\n\n-   e.f -> g.h (l.2)\n"
    )
    assert broken(said) == {"One": {"a.b -> c.d"}, "Other": {"e.f -> g.h"}}
    assert chains(said)["One"] == [["a.b -> c.d"], ["a.x -> a.y", "a.y -> c.d"]]


def test_pure_modules_import_the_standard_library_and_each_other_alone():
    pure = pure_modules()
    assert "alerts.ladder" in pure
    assert "cases.deadlines" in pure
    assert "guardians.coverage" in pure
    for module in sorted(pure):
        for name in imports(ROOT / (module.replace(".", "/") + ".py")):
            known = name.split(".")[0] in sys.stdlib_module_names
            ours = any(name == other or name.startswith(f"{other}.") for other in pure)
            siblings = name in APPS  # "from alerts import proof": the name itself is checked beside it
            assert known or ours or siblings, f"{module} imports {name}"


def test_no_module_is_a_drawer_for_everything():
    drawers = [path for path in sources() if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES]
    assert not drawers


def test_every_module_says_in_one_sentence_what_it_is():
    for path in sources(of=(*APPS, "config", "scripts")):
        if "migrations" in path.parts or not path.read_text().strip():
            continue
        words, _ = read_once(path)
        assert path.name == "__init__.py" or "commands" in path.parts or words, f"{path} has no docstring"


OTHER_CLOCKS = (
    "from datetime import datetime, UTC\nx = datetime.now(UTC)",
    "import datetime\nx = datetime.datetime.utcnow()",
    "from datetime import date\nx = date.today()",
    "import time\nx = time.time()",
    "from django.utils import timezone\nx = timezone.now()",
    "from django.utils.timezone import now\nx = now()",
    "from django.utils.timezone import localdate\nx = localdate()",
    "from django.db.models.functions import Now\nx = Now()",
)


def test_every_other_clock_is_banned_and_our_own_may_ask_the_machine(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = set[str]()
    for app in APPS:
        (tmp_path / app).mkdir()
        for number, lines in enumerate(OTHER_CLOCKS):
            where = f"{app}/planted_{number}.py"
            (tmp_path / where).write_text(f"{lines}\n")
            planted.add(where)
    (tmp_path / "cases" / "clock.py").write_text(f"{OTHER_CLOCKS[0]}\n")
    done = _ruff(tmp_path)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert {one["code"] for one in found} == {"TID251"}
    assert {str(Path(one["filename"]).relative_to(tmp_path)) for one in found} == planted


def test_nobody_silences_the_ban_on_clocks():
    for path in sources():
        assert not re.search(r"noqa.*TID251|noqa\s*$", path.read_text(), re.MULTILINE), path


def test_no_statement_asks_the_database_for_the_time():
    asks = re.compile(
        r"\b(?:now|(?:clock|statement|transaction)_timestamp)\(\)|\bcurrent_timestamp\b", re.IGNORECASE
    )
    # What asks has one of these in its text; nobody else's words are walked through.
    may_ask = re.compile(r"(?<!clock\.)\bnow\(\)|_timestamp", re.IGNORECASE)
    for path in sources():
        if path == ROOT / "cases" / "clock.py" or "migrations" in path.parts:
            continue
        if not may_ask.search(path.read_text()):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if asks.search(text):
                assert "clock.now()" in text, f"{path}:{node.lineno} asks the database for the time"


def _ruff(folder: Path) -> subprocess.CompletedProcess[str]:
    ours = ["--no-cache", "--select", "TID251", "--output-format", "json"]
    return subprocess.run(
        [sys.executable, "-m", "ruff", "check", *ours, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_file_becomes_a_drawer_and_no_function_a_story():
    drawers = []
    for path in sources():
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        name = str(path.relative_to(ROOT))
        if text.count("\n") > LONGER_FILES.get(name, LONGEST_FILE):
            drawers.append(f"{name} has {text.count(chr(10))} lines")
        _, lengths = read_once(path)
        drawers += [
            f"{name}: {function} has {length} lines"
            for function, length in lengths
            if length > LONGEST_FUNCTION
        ]
    assert not drawers
