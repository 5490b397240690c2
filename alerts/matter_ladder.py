"""Who hears when of a data breach or a complaint that nobody has answered: the data protection officer first, then above."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Rung:
    """A step, the post that hears it, and how long after the matter began."""

    step: str
    post: str
    after: timedelta


# The law's limit is 72 hours [UK GDPR art. 33]; when each hears before it ends is a proposal of ours.
BREACH = (
    Rung("R1", "dpo", timedelta()),
    Rung("R2", "dpo", 24 * HOUR),
    Rung("R4", "head", 48 * HOUR),
    Rung("R5", "director", 66 * HOUR),
)
# The law's limit is 30 days [Data (Use and Access) Act 2025]; the steps are a proposal of ours.
COMPLAINT = (
    Rung("R1", "dpo", timedelta()),
    Rung("R2", "dpo", 20 * DAY),
    Rung("R4", "head", 25 * DAY),
    Rung("R5", "director", 28 * DAY),
)
LADDERS: Mapping[str, tuple[Rung, ...]] = {"breach": BREACH, "complaint": COMPLAINT}


def owed(kind: str, *, since: datetime, climbed: str, now: datetime, at_once: bool = False) -> Rung | None:
    """The next rung above `climbed` where it is owed at `now`; `at_once` does not wait for its time."""
    following = above(kind, climbed)
    if following is None or not (at_once or since + following.after <= now):
        return None
    return following


def next_at(kind: str, *, since: datetime, climbed: str) -> datetime | None:
    """When the next rung above `climbed` is owed; none above the last."""
    following = above(kind, climbed)
    return since + following.after if following is not None else None


def above(kind: str, climbed: str) -> Rung | None:
    """The rung that comes after `climbed`, the first where nothing was climbed."""
    steps = [rung.step for rung in LADDERS[kind]]
    index = steps.index(climbed) + 1 if climbed else 0
    return LADDERS[kind][index] if index < len(steps) else None
