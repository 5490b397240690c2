"""In which order a run takes its tests."""

from pathlib import Path, PurePath

from tests.database import ROOT
from tests.order import FIRST, ordered

LONG = [f"tests/alerts/{name}.py" for name in ("test_story", "test_strangers", "test_addresses_kept")]
SHORT = [f"tests/cases/test_{number}.py" for number in range(9)]


def test_each_process_begins_with_what_lasts_longest_and_nothing_is_left_out() -> None:
    found = ordered([*SHORT, *reversed(LONG)], PurePath, processes=3)
    assert sorted(found) == sorted([*SHORT, *LONG])
    assert [found[part] for part in (0, 4, 8)] == LONG
    assert [one for one in found if one in SHORT] == SHORT


def test_those_of_one_file_stay_together_in_the_order_of_the_file() -> None:
    tests = [(LONG[1], number) for number in range(3)] + [(LONG[0], number) for number in range(3)]
    found = ordered(tests, lambda one: Path(one[0]), processes=2)
    assert found == tests[3:] + tests[:3]


def test_one_process_takes_all_of_them() -> None:
    assert ordered([*SHORT, LONG[2], LONG[0]], PurePath, processes=1) == [LONG[0], LONG[2], *SHORT]


def test_what_begins_first_is_there() -> None:
    there = {name for path in (ROOT / "tests").rglob("test_*.py") for name in (path.stem, path.parent.name)}
    assert set(FIRST) <= there
