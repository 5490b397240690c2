"""Whether the check of integrity finds anything at the end of a story: asked of one in three, as it asks of all there is."""

from datetime import datetime

from tests.alerts.outgoing import broken
from tests.counts import FULL, one_in


def broken_in_turn(now: datetime, story: str) -> list[str]:
    """What is broken at the end of one story in three, in turn; of each in ./run faults."""
    return broken(now) if FULL or not one_in(story, 3) else []
