"""No file of tests waits as a whole: of each at least one test is taken always, or in one run of eight (ADR 170)."""

import ast
from pathlib import Path

import pytest

from tests.turns import MARK

TESTS = Path(__file__).resolve().parent.parent


def is_seldom(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the test has the mark alone, with no number of runs."""
    return any(isinstance(one, ast.Attribute) and one.attr == MARK for one in test.decorator_list)


def waits_whole(source: str) -> bool:
    """Whether each test of a file is taken seldom; a file with no test has none to take."""
    tests = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]
    return bool(tests) and all(map(is_seldom, tests))


def test_of_each_file_of_tests_one_at_least_is_taken_in_one_run_of_eight() -> None:
    found = {str(path.relative_to(TESTS)): path.read_text() for path in sorted(TESTS.rglob("test_*.py"))}
    assert len(found) > 500
    waiting = [path for path, source in found.items() if waits_whole(source)]
    assert waiting == [], "take the mark from a short test of each"


@pytest.mark.parametrize(
    ("marks", "waits"),
    [
        (("@pytest.mark.by_turns", "@pytest.mark.by_turns"), True),
        (("@pytest.mark.by_turns", "@pytest.mark.django_db\n@pytest.mark.by_turns"), True),
        (("@pytest.mark.by_turns", "@pytest.mark.by_turns(8)"), False),
        (("@pytest.mark.by_turns", "@pytest.mark.django_db"), False),
    ],
)
def test_a_file_waits_whole_where_each_of_its_tests_has_the_mark_alone(
    marks: tuple[str, str], waits: bool
) -> None:
    source = "\n".join(f"{mark}\ndef test_{number}(): ..." for number, mark in enumerate(marks))
    assert waits_whole(source) is waits
    # One in a class has no mark, and is taken.
    assert not waits_whole(f"{source}\nclass TestMore:\n    def test_more(self): ...")
    assert not waits_whole("def helper(): ...")
