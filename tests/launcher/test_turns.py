"""Which tests a run of all takes, and how those are found that need not be taken each time."""

import os
import pickle
import re
import subprocess
import sys
from array import array
from contextlib import nullcontext
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.launcher import checks
from tests import choosing, turns
from tests.choosing import Test, chosen, marked
from tests.database import ROOT

# pytest would take it for a class of tests.
Test.__test__ = False
PATHS = [f"tests/alerts/test_{number}.py" for number in range(40)]


def made(*marks):
    def test_one(): ...

    for mark in marks:
        mark(test_one)
    return test_one


@pytest.mark.parametrize(
    ("mark", "runs"),
    [(pytest.mark.by_turns, turns.SELDOM), (pytest.mark.by_turns(turns.SOON), turns.SOON)],
    ids=["seldom", "soon"],
)
def test_each_that_is_marked_is_taken_once_in_as_many_runs_as_its_mark_says(mark, runs, monkeypatch):
    taken = []
    for number in range(20_000, 20_000 + runs):
        monkeypatch.setenv(turns.NUMBER, str(number))
        found = [path for path in PATHS if not turns.waits(path, made(pytest.mark.django_db, mark))]
        assert len(found) < len(PATHS)
        taken += found
    assert sorted(taken) == sorted(PATHS)


@pytest.mark.parametrize("share", [2, 3, 4, 12])
def test_whose_turn_it_is_has_nothing_to_do_with_which_part_of_it_is_looked_at(share, monkeypatch):
    words = [f"a page of {number}" for number in range(6000)]
    for number in range(20_000, 20_000 + turns.SOON):
        monkeypatch.setenv(turns.NUMBER, str(number))
        mine = [one for one in words if turns.is_turn_of(one, turns.SOON)]
        # As tests/counts.py chooses.
        found = sum(crc32(one.encode()) % share == 0 for one in mine)
        assert 0.7 < len(mine) * turns.SOON / len(words) < 1.3
        assert 0.7 < found * share / len(mine) < 1.3


def test_whatever_is_not_marked_is_taken_each_time_and_in_a_run_that_was_given_no_number_all_are(monkeypatch):
    monkeypatch.setenv(turns.NUMBER, "3")
    assert not any(turns.waits(path, made(pytest.mark.django_db)) for path in PATHS)
    # Whatever it is asked for it has.
    assert not turns.waits(PATHS[0], pytest.mark)
    monkeypatch.delenv(turns.NUMBER)
    assert not any(turns.waits(path, made(pytest.mark.by_turns)) for path in PATHS)


TWO_TESTS = f"""
import pytest

@pytest.mark.{turns.MARK}
@pytest.mark.parametrize("case", "abc")
def test_that_waits(case): ...

def test_that_does_not(): ...
"""


@pytest.mark.parametrize("processes", [[], ["-p", "xdist", "-n", "1"]], ids=["itself", "of its own"])
def test_a_run_leaves_out_what_waits_and_says_how_many_tests_do(processes, tmp_path):
    (tmp_path / "test_two.py").write_text(TWO_TESTS)
    number = next(one for one in range(99) if not is_taken("test_two.py::test_that_waits", one))
    for turn, words in ((str(number), "1 passed"), ("", "4 passed")):
        done = run_of(tmp_path, "-p", "tests.turns", *processes, env={turns.NUMBER: turn})
        assert words in done.stdout, done.stderr
        assert ("1 tests wait for their turn" in done.stdout) == bool(turn)


def is_taken(name, number):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(turns.NUMBER, str(number))
        return turns.is_turn_of(name)


def run_of(folder, *words, env):
    """Run the tests of a folder without what those of the product know."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | env
    words = [sys.executable, "-m", "pytest", "-q", "--rootdir", folder, folder, *words]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


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


@pytest.mark.parametrize(
    ("words", "number"), [([], "1000"), (["all"], None), (["all", "-x"], None), (["tests/alerts"], None)]
)
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
    monkeypatch.setattr(checks.packages, "install", lambda **_: None)
    monkeypatch.setattr(checks, "_run", lambda words, env: ran.append((words, env)) or 0)
    assert checks.test(words) == 0
    ((asked, env),) = ran
    assert env.get(turns.NUMBER) == number
    assert "all" not in asked


made_tests = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 9), st.sets(st.integers(0, 20)))
)


@given(made_tests, st.sets(st.sampled_from("abcdefgh")), st.sampled_from([0, 1, 5]))
def test_whatever_is_reached_at_all_is_reached_by_those_that_are_taken_always_or_soon_and_by_no_more(
    made, always, worth
):
    tests = {name: Test(worked, array("I", sorted(reached))) for name, (worked, reached) in made.items()}
    always &= tests.keys()
    kept, soon = chosen(tests, always=always, worth=worth)
    assert not kept & soon
    assert worth or not soon
    found = kept | soon
    assert always <= kept
    assert found <= tests.keys()
    assert reached(tests, found) == reached(tests, tests)
    assert all(reached(tests, found - {name}) != reached(tests, tests) for name in soon)
    assert all(reached(tests, kept - {name}) != reached(tests, kept) for name in kept - always)


def reached(tests, names):
    return {one for name in names for one in tests[name].reached}


def test_of_two_that_reach_the_same_the_shorter_is_taken():
    tests = {
        "long": Test(9, array("I", [1, 2])),
        "short": Test(1, array("I", [1, 2])),
        "part": Test(1, array("I", [2])),
    }
    assert chosen(tests, always=[]) == ({"short"}, set())


def test_what_takes_long_for_the_little_that_it_reaches_alone_is_taken_soon():
    tests = {
        "much": Test(2, array("I", range(20))),
        "little": Test(2, array("I", range(19, 22))),
        "nothing": Test(2, array("I", [1, 21])),
    }
    assert chosen(tests, always=[], worth=5) == ({"much"}, {"little"})


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
    found = marked(SOURCE, {"test_two": turns.MARK})
    assert found.count("by_turns") == 1
    assert '@pytest.mark.by_turns\n@pytest.mark.parametrize("case", "ab")\n' in found
    assert marked(found, {"test_two": turns.MARK}) == found
    soon = marked(found, {"test_two": "by_turns(5)"})
    assert soon == found.replace("by_turns", "by_turns(5)")
    assert marked(soon, {"test_one": turns.MARK}) == SOURCE


def test_a_file_that_has_not_asked_for_pytest_asks_for_it():
    assert "\nimport pytest\n" in marked(
        '"""Words."""\n\nfrom datetime import date\n\n\ndef test_one(): ...\n', {"test_one": turns.MARK}
    )


# A mark, whatever else stands above a test, and its name.
WAITS = re.compile(rf"@pytest\.mark\.{turns.MARK}(\(\d+\))?\n(?:[@ )\]].*\n)*def (\w+)")


def test_whoever_looks_at_the_promise_itself_is_always_taken_and_whoever_looks_once_more_soon():
    paths = {str(path.relative_to(ROOT)): path for path in (ROOT / "tests").rglob("test_*.py")}
    marks = {
        f"{name}::{test}": mark
        for name, path in paths.items()
        for mark, test in WAITS.findall(path.read_text())
    }
    assert len(marks) > 1000
    assert {*marks.values()} == {"", f"({turns.SOON})"}
    assert not [name for name in marks if name.startswith(choosing.ALWAYS)]
    assert not [name for name, mark in marks.items() if not mark and name.startswith(choosing.OFTEN)]
    for name in choosing.ALWAYS + choosing.OFTEN:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        assert f"\ndef {test}" in paths[path].read_text() if test else True, name


def test_of_a_file_of_which_none_is_taken_the_one_that_reaches_most_in_its_time_is():
    tests = {
        "a.py::one": Test(1, array("I", [1])),
        "a.py::two": Test(1, array("I", [1, 2])),
        "a.py::three": Test(2, array("I", [1, 2, 3])),
        "b.py::one": Test(1, array("I", [1, 2, 3])),
    }
    assert choosing.one_of_each_file(tests, {"b.py::one"}) == {"a.py::two"}


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
    done = run_of(tmp_path, "-p", "tests.reach", env={"REACH": str(tmp_path)})
    if sys.version_info < (3, 12):
        assert "needs Python 3.12" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.pickle")
    name, seconds, lines = pickle.loads(path.read_bytes())
    assert (name, seconds >= 0, len(lines)) == ("test_reaches.py::test_one", True, 1)
