"""Which tests a run of all takes, and how those are found that need not be taken each time."""

import os
import pickle
import re
import subprocess
import sys
from array import array
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.launcher import checks
from tests import choosing, turns
from tests.choosing import Test, chosen, marked
from tests.database import ROOT

# pytest would take it for a class of tests.
Test.__test__ = False
NAMES = [f"tests/alerts/test_{number}.py::test_one[{case}]" for number in range(20) for case in "ab"]


def item(name, *, marked):
    return SimpleNamespace(nodeid=name, get_closest_marker=lambda mark: marked and mark == turns.MARK)


def test_each_that_is_marked_is_taken_once_with_all_its_cases_in_as_many_runs_as_there_are_turns(monkeypatch):
    taken = []
    for number in range(20_000, 20_000 + turns.ONE_IN):
        monkeypatch.setenv(turns.NUMBER, str(number))
        found, waiting = turns.parted([item(name, marked=True) for name in NAMES])
        assert len(found) + len(waiting) == len(NAMES)
        taken += (names := [one.nodeid for one in found])
        assert all({f"{name[:-3]}[a]", f"{name[:-3]}[b]"} <= {*names} for name in names)
    assert sorted(taken) == sorted(NAMES)


def test_whatever_is_not_marked_is_taken_each_time_and_in_a_run_that_was_given_no_number_all_are(monkeypatch):
    monkeypatch.setenv(turns.NUMBER, "3")
    assert turns.parted([item(name, marked=False) for name in NAMES])[1] == []
    monkeypatch.delenv(turns.NUMBER)
    assert turns.parted([item(name, marked=True) for name in NAMES])[1] == []


def test_a_run_of_all_has_the_number_of_the_day_of_its_last_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(checks.places, "ROOT", tmp_path)
    assert checks._turn() == 0
    # Nothing of a repository in which somebody commits just now reaches this one.
    at = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    at |= {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
          for what, value in (("NAME", "A"), ("EMAIL", "a@b.example"), ("DATE", "@86400000 +0000"))}  # fmt: skip
    for words in (
        ["init", "-q"],
        ["-c", "commit.gpgsign=false", "commit", "-q", "--allow-empty", "-m", "Begin"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, env=at, check=True)
    assert checks._turn() == 1000
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checks._turn() == 0


@pytest.mark.parametrize(("words", "number"), [([], "1000"), (["all"], None), (["tests/alerts"], None)])
def test_a_run_of_all_that_are_not_asked_for_by_name_has_a_number(words, number, monkeypatch):
    ran = []
    nothing = {
        "throwaway": lambda **_: nullcontext(),
        "environment": lambda _: {},
        "_turn": lambda: 1000,
        "_begin": lambda _: {},
    }
    for name, instead in nothing.items():
        monkeypatch.setattr(checks, name, instead)
    monkeypatch.setattr(checks, "find_browser", lambda: None)
    monkeypatch.setattr(checks, "_failed", lambda *_: [])
    monkeypatch.setattr(checks.packages, "install", lambda: None)
    monkeypatch.setattr(checks, "_run", lambda words, env: ran.append((words, env)) or 0)
    assert checks.test(words) == 0
    ((asked, env),) = ran
    assert env.get(turns.NUMBER) == number
    assert "all" not in asked


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 9), st.sets(st.integers(0, 20)))),
    st.sets(st.sampled_from("abcdefgh")),
)
def test_whatever_is_reached_at_all_is_reached_by_those_that_are_always_taken_and_by_no_more(made, always):
    tests = {name: Test(worked, array("I", sorted(reached))) for name, (worked, reached) in made.items()}
    always &= tests.keys()
    found = chosen(tests, always=always)
    assert always <= found <= tests.keys()
    assert reached(tests, found) == reached(tests, tests)
    assert all(reached(tests, found - {name}) != reached(tests, tests) for name in found - always)


def reached(tests, names):
    return {one for name in names for one in tests[name].reached}


def test_of_two_that_reach_the_same_the_shorter_is_taken():
    tests = {
        "long": Test(9, array("I", [1, 2])),
        "short": Test(1, array("I", [1, 2])),
        "part": Test(1, array("I", [2])),
    }
    assert chosen(tests, always=[]) == {"short"}


SOURCE = f'''"""Words."""

import pytest


@pytest.mark.{turns.MARK}
def test_one():
    assert True


@pytest.mark.parametrize("case", "ab")
@pytest.mark.django_db
def test_two(case):
    assert case


def helper():
    """Not a test."""
'''


def test_the_mark_is_set_above_whatever_stands_above_a_test_and_taken_away_where_it_is_not_due():
    found = marked(SOURCE, {"test_two"})
    assert found.count("by_turns") == 1
    assert '@pytest.mark.by_turns\n@pytest.mark.parametrize("case", "ab")\n' in found
    assert marked(found, {"test_two"}) == found
    assert marked(found, {"test_one"}) == SOURCE


def test_a_file_that_has_not_asked_for_pytest_asks_for_it():
    assert "\nimport pytest\n" in marked(
        '"""Words."""\n\nfrom datetime import date\n\n\ndef test_one(): ...\n', {"test_one"}
    )


# A mark, whatever else stands above a test, and its name.
WAITS = re.compile(rf"@pytest\.mark\.{turns.MARK}\n(?:[@ )\]].*\n)*def (\w+)")


def test_whoever_looks_at_all_there_is_or_at_the_promise_itself_is_always_taken():
    paths = {str(path.relative_to(ROOT)): path for path in (ROOT / "tests").rglob("test_*.py")}
    waiting = {f"{name}::{test}" for name, path in paths.items() for test in WAITS.findall(path.read_text())}
    assert len(waiting) > 1000
    assert not [name for name in waiting if name.startswith(choosing.ALWAYS)]
    for name in choosing.ALWAYS:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert f"\ndef {test}" in paths[path].read_text() if test else True, name


def test_of_each_file_one_is_always_taken_the_one_that_reaches_most_in_its_time():
    tests = {
        "a.py::one": Test(1, array("I", [1])),
        "a.py::two": Test(1, array("I", [1, 2])),
        "a.py::three": Test(2, array("I", [1, 2, 3])),
        "b.py::one": Test(1, array("I", [1, 2, 3])),
    }
    assert choosing.with_one_of_each_file(tests, {"b.py::one"}) == {"b.py::one", "a.py::two"}


def test_a_test_of_examples_is_known(tmp_path):
    (tmp_path / "a.py").write_text(
        "@pytest.mark.slow\n@given(st.text())\ndef test_one(): ...\n\ndef test_two(): ...\n"
    )
    assert choosing.properties(tmp_path / "a.py") == {"test_one"}


def test_a_run_notes_which_lines_of_the_product_each_test_reached(tmp_path):
    (tmp_path / "test_reaches.py").write_text(
        "from cases.references import episode_reference\n\n"
        "def test_one():\n    assert episode_reference('MC26-004178', 1)\n"
    )
    words = ["-m", "pytest", "-q", "-p", "tests.reach", "-p", "no:django", "--rootdir", tmp_path, tmp_path]
    env = os.environ | {"REACH": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    if sys.version_info < (3, 12):
        assert "needs Python 3.12" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.pickle")
    name, seconds, lines = pickle.loads(path.read_bytes())
    assert (name, seconds >= 0, len(lines)) == ("test_reaches.py::test_one", True, 1)
