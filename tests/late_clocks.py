"""The clocks of what a demo writes, read once at its end: fact by fact, as in the product, they take most of its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from alerts import clocks, demo, home_clocks
from tests.counts import FULL


@contextmanager
def clocks_read_at_last(at: datetime) -> Iterator[None]:
    """Let the clocks of all that is written follow at its end, by set; in ./run faults, as in the product, fact by fact."""
    if FULL:
        yield
        return
    late: set[int] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clocks, "recompute", lambda ids, **_of_one_fact: late.update(ids))
        patch.setattr(home_clocks, "hear", lambda ids, **_of_one_fact: late.update(ids))
        yield
    clocks.recompute(sorted(late), at=at)
    home_clocks.hear(sorted(late), at=at)


def begin(stage: demo.Stage, *, at: datetime) -> bool:
    """Begin the story so."""
    with clocks_read_at_last(at):
        return demo.begin(stage, at=at)
