"""What ./run says of a machine without Python or Chromium, and of words it does not know."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import nullcontext

import pytest

from scripts import dev
from scripts.launcher import checks, unprivileged
from scripts.launcher.screen import Trouble
from tests.database import ROOT


def test_without_chromium_and_without_root_the_package_is_named(monkeypatch, capsys):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(checks.packages, "install", lambda **_: None)
    assert dev.main(["test"]) == 1
    said = capsys.readouterr().err.strip()
    assert said.splitlines() == [said]
    assert "apt-get install chromium" in said


def test_narrow_tests_need_no_browser(monkeypatch):
    wanted = []
    monkeypatch.setattr(checks, "find_browser", lambda: wanted.append(1))
    monkeypatch.setattr(checks.packages, "install", lambda **_: None)
    monkeypatch.setattr(checks, "throwaway", _stop)
    for words, needed in (
        (["tests/alerts", "-k", "ladder"], False),
        (["tests/cases/test_access.py::test_browser"], False),
        (["tests/browser"], True),
        (["tests/journeys/test_story.py"], True),
        (["tests/cases", "tests"], True),
        (["-k", "roll_call"], True),
        (["all", "-x"], True),
        ([], True),
    ):
        wanted.clear()
        with pytest.raises(KeyboardInterrupt):
            checks.test(words)
        assert bool(wanted) == needed, words


def _stop(**_words):
    raise KeyboardInterrupt


def test_a_machine_without_python_hears_which_package_it_needs(tmp_path):
    for name in ("dirname", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "run")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "apt-get install python3 python3-venv" in done.stderr


def test_an_old_python_is_passed_over(tmp_path):
    for name in ("dirname", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    (tmp_path / "python3.12").symlink_to(sys.executable)
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "run"), "help"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "./run test" in done.stdout


def test_the_systems_own_python_comes_before_one_that_was_built_by_hand(tmp_path):
    tried = tmp_path / "tried"
    by_hand = tmp_path / "python3"
    by_hand.write_text(f'#!/bin/sh\ntouch {tried}\nexec {sys.executable} "$@"\n')
    by_hand.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    systems_own = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys, venv, ensurepip; assert sys.version_info >= (3, 11)"],
        capture_output=True,
        check=False,
    )
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "run"), "help"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert tried.exists() == (systems_own.returncode != 0)


def test_an_unknown_word_shows_how_it_is_used(capsys):
    assert dev.main(["tset"]) == 1
    assert "./run test" in capsys.readouterr().out


def test_root_without_a_way_down_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(Trouble, match="refuses to run as root"):
        unprivileged.find_stand(tmp_path)


def test_a_plain_user_runs_the_database_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    stand = unprivileged.find_stand(tmp_path)
    assert stand.command("postgres", "-D", tmp_path) == ["postgres", "-D", str(tmp_path)]
    assert stand.home == tmp_path


@pytest.mark.parametrize(
    "names", [["tests/a.py::test_one"], ["tests/a.py::test_one", "tests/b.py::test_two[c]"]]
)
@pytest.mark.parametrize("then", [0, 1])
def test_the_few_that_fail_beside_others_are_tried_alone_and_named(
    names, then, tmp_path, monkeypatch, capsys
):
    ran = whole_run(monkeypatch, tmp_path, failed=names, codes=[1, then])
    assert checks._run_whole(["-m", "pytest", "-n", "4"], {}) == then
    assert ran == [["-m", "pytest", "-n", "4", "--cache-clear"], ["-m", "pytest", "--last-failed"]]
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in said] == names
    assert all(("failed again" if then else "passed alone") in line for line in said)


@pytest.mark.parametrize(
    ("failed", "code"),
    [([f"tests/a.py::test_{number}" for number in range(4)], 1), ([], 1), (["x"], 2), (["x"], 130)],
)
def test_many_failures_and_a_broken_run_are_not_tried_again(failed, code, tmp_path, monkeypatch):
    ran = whole_run(monkeypatch, tmp_path, failed=failed, codes=[code])
    assert checks._run_whole(["-m", "pytest"], {}) == code
    assert len(ran) == 1


def whole_run(monkeypatch, folder, *, failed, codes):
    """Let the runs end with these codes, the first with these failures kept; return what they are called with."""
    kept = folder / "lastfailed"
    kept.write_text(json.dumps(dict.fromkeys(failed, True)))
    monkeypatch.setattr(checks, "FAILURES", kept)
    ran = []

    def run(words, _env):
        ran.append(words)
        return codes[len(ran) - 1]

    monkeypatch.setattr(checks, "_run", run)
    return ran


def test_pytest_keeps_its_failures_where_they_are_looked_for(pytestconfig):
    assert pytestconfig.rootpath / pytestconfig.getini("cache_dir") == checks.FAILURES.parents[2]


def test_a_test_that_waits_for_ever_is_ended_and_named_and_the_others_go_on(tmp_path):
    (tmp_path / "test_waits.py").write_text(
        "import threading\ndef test_waits():\n    threading.Event().wait()\ndef test_goes_on():\n    pass\n"
    )
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-o", f"cache_dir={tmp_path}"]
    # The product and all that knows it is left at home: to begin with it three times takes longer than to wait.
    options += ["-p", "xdist", "-o", "addopts="]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "1", *options, "-o", "faulthandler_timeout=3", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1
    assert "crashed while running 'test_waits.py::test_waits'" in done.stdout
    assert "1 failed, 1 passed" in done.stdout
    assert "line 3 in test_waits" in done.stderr


@pytest.fixture
def only_asked(monkeypatch):
    """What ./run faults starts, and what each of it is to return."""
    ran, codes = [], []
    for name in ("find_browser", "environment", "throwaway"):
        monkeypatch.setattr(checks, name, {"throwaway": nullcontext}.get(name, lambda *_: {}))
    monkeypatch.setattr(checks.packages, "install", lambda **_: None)
    monkeypatch.setattr(
        checks, "_run", lambda words, _env: ran.append(words) or (codes.pop(0) if codes else 0)
    )
    return ran, codes


@pytest.mark.parametrize(
    ("codes", "runs", "said"), [([1, 0, 2], 3, 1), ([0, 0, 2], 3, 2), ([1, 130], 2, 130)]
)
def test_what_fails_at_full_counts_keeps_nobody_from_the_rest(codes, runs, said, only_asked):
    ran, told = only_asked
    told += codes
    assert checks.faults([]) == said
    assert len(ran) == runs


def test_longer_tests_at_full_counts_are_allowed_for(only_asked, pytestconfig):
    ran, _codes = only_asked
    assert checks.faults([]) == 0
    longest = f"faulthandler_timeout={checks.LONGEST_AT_FULL_COUNTS}"
    assert [words[words.index("-o") + 1] for words in ran[:-1]] == [longest, longest]
    # Those that take turns and are in neither of these, as ./run test takes them.
    assert ran[-1][-2:] == ["-m", "by_turns"]
    assert {f"--ignore={name}" for name in checks.FULL_COUNTS} <= {*ran[-1]}
    assert 0 < float(pytestconfig.getini("faulthandler_timeout")) <= checks.LONGEST_AT_FULL_COUNTS
    assert pytestconfig.getini("faulthandler_exit_on_timeout")


def test_all_that_does_less_in_an_ordinary_run_is_run_in_full_by_faults():
    """Whatever asks tests/counts.py itself, or by a file of the tests that it imports.

    What fixtures of every test ask is not meant: that of a width in turn refuses whoever is not among these itself.
    """
    imports = {path: _imports(path) for path in (ROOT / "tests").rglob("*.py") if path.stem != "browsers"}
    less, found = {"tests.counts"}, set()
    while more := {path for path, names in imports.items() if path not in found and names & less}:
        found |= more
        less |= {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in more}
    small = {str(path.relative_to(ROOT)) for path in found if path.name.startswith("test_")}
    assert {"tests/journeys/test_story.py", "tests/alerts/test_promise_walks.py"} <= small
    assert not [name for name in sorted(small) if not name.startswith(checks.FULL_COUNTS)]
    assert not [name for name in checks.FULL_COUNTS if not (ROOT / name).exists()]


# An import stands on lines of its own, its names in one line or in brackets; to parse each file took ten times as long.
IMPORT = re.compile(r"^[ \t]*(?:from[ ]+(\S+)[ ]+)?import[ ]+(\([^)]*\)|[^\n(]*)", re.MULTILINE)


def _imports(path):
    """Every module that a file imports by its whole name, and every name out of one."""
    found = set()
    for module, words in IMPORT.findall(path.read_text()):
        names = {name.split()[0] for name in re.sub("#.*|[()]", "", words).split(",") if name.strip()}
        found |= {module, *(f"{module}.{name}" for name in names)} if module else names
    return found


def test_each_way_to_write_an_import_is_read(tmp_path):
    in_brackets = "from a.b import (  # why\n    one,  # x, y\n    two as t,\n)\n"
    written = f"import os, tests.counts as c\n{in_brackets}def f():\n    from c import d"
    (tmp_path / "a.py").write_text(written)
    assert _imports(tmp_path / "a.py") == {
        "os", "tests.counts", "a.b", "a.b.one", "a.b.two", "c", "c.d",
    }  # fmt: skip


@pytest.mark.parametrize("command", ["test", "faults"])
def test_a_path_that_is_not_there_is_named_before_anything_is_installed_or_started(
    command, monkeypatch, capsys
):
    for module, name in ((checks.packages, "install"), (checks.places, "make"), (checks, "throwaway")):
        monkeypatch.setattr(module, name, _stop)
    words = ["-q", "-k", "ladder", "tests/launcher", "tests/launchers/test_no.py::test_x", "NO_FILE"]
    assert dev.main([command, *words]) == 1
    said = "there is no tests/launchers/test_no.py and no NO_FILE to test"
    assert capsys.readouterr().err.startswith(f"Rollcall: {said}: ")


@pytest.mark.parametrize(
    "words",
    [
        ["-k", "no_such_word"],
        ["-qk", "no_such_word", "-n", "0", "tests/launcher/"],
        ["-p", "no:randomly", "--maxfail", "1", "-m", "by_turns"],
        ["tests/launcher/test_checks.py::test_x[a/b::c]", "--durations=5", "-x", "all"],
    ],
)
def test_words_that_name_no_path_go_to_pytest(words, monkeypatch):
    monkeypatch.setattr(checks.packages, "install", _stop)
    with pytest.raises(KeyboardInterrupt):
        checks.test(words)
