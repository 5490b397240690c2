"""Deep calls take their memory once, and are otherwise what they were."""

import resource
import threading
from collections.abc import Callable

import pytest

from cases.headroom import with_headroom

DEEP, OFTEN = 300, 500


def _leaf() -> None:
    pass


def _call_at(depth: int) -> None:
    if depth:
        _call_at(depth - 1)
        return
    for _ in range(OFTEN):
        _leaf()


def _call_at_every_depth() -> None:
    for depth in range(DEEP):
        _call_at(depth)


def _pages_taken(act: Callable[[], object]) -> int:
    """Pages of memory that this process took anew meanwhile."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    act()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _in_a_thread(act: Callable[[], int]) -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.by_turns
@pytest.mark.parametrize("run", [lambda act: act(), _in_a_thread], ids=["here", "in a thread"])
def test_calls_across_the_end_of_a_piece_of_frames_take_no_memory_each_time(run):
    # Somewhere in three hundred depths a piece of 16 KiB ends, and each of the calls there takes a page of it.
    without = _in_a_thread(lambda: _pages_taken(_call_at_every_depth))
    assert without > OFTEN
    assert run(lambda: _pages_taken(with_headroom(_call_at_every_depth))) < OFTEN / 5


def test_what_is_given_comes_back_and_what_is_raised_is_raised():
    assert with_headroom(lambda one, *, two: (one, two))(1, two=2) == (1, 2)
    with pytest.raises(ZeroDivisionError):
        with_headroom(lambda: 1 / 0)()


def test_a_function_keeps_its_name_and_its_words():
    assert with_headroom(_pages_taken).__name__ == "_pages_taken"
    assert with_headroom(_pages_taken).__doc__ == _pages_taken.__doc__
