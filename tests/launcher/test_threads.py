"""Threads that tests have left behind."""

import threading

from tests import threads


def test_one_that_works_on_is_named_one_that_waits_or_ends_is_not() -> None:
    over = threading.Event()

    def work(how_long: threading.Event) -> None:
        while not how_long.wait(0):
            pass

    ends_soon = threading.Event()
    left = [
        threading.Thread(target=work, args=[over], name="reads nothing for ever"),
        threading.Thread(target=over.wait, name="waits"),
        threading.Thread(target=work, args=[ends_soon], name="ends soon"),
    ]
    for one in left:
        one.start()
    try:
        timer = threading.Timer(threads.LOOK, ends_soon.set)
        timer.start()
        assert threads.at_work(left, within=2 * threads.LOOK) == ["reads nothing for ever"]
    finally:
        over.set()
        for one in left:
            one.join()
    assert threads.at_work(left) == []


def test_where_nothing_is_left_nothing_is_waited_for() -> None:
    assert threads.at_work([], within=1e9) == []
