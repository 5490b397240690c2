"""The promise asked by itself each night, and what came of it kept where the monitor reads it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from alerts import heartbeats
from alerts.asking import Broken
from alerts.models import Heartbeat

logger = structlog.get_logger(__name__)

ROW = "integrity"
# So many references of each question stand in the log.
NAMED = 20
# A night that was missed, and an hour for the questions.
OLD_AFTER = timedelta(hours=26)
# An hour less than a day: asked at the same hour each night.
AGAIN_AFTER = timedelta(hours=23)
NIGHT_HOUR = 3
# What is broken of these concerns a child who may be gone: nobody waits for the morning.
URGENT = frozenset({"no silence", "no lost promise"})


def is_owed(now: datetime) -> bool:
    """Whether to ask now: of a night, or again where a child may be gone by the last answer."""
    row = Heartbeat.objects.filter(name=ROW).first()
    if row is None:
        return now.astimezone(UTC).hour == NIGHT_HOUR
    return bool(row.detail["urgent"]) or now - row.beat_at >= AGAIN_AFTER


def keep(answers: Sequence[Broken], *, at: datetime) -> int:
    """Keep how many references there are, and return it; the log has them."""
    broken = [one for one in answers if one.references]
    for one in broken:
        some = list(one.references[:NAMED])
        logger.error("integrity_broken", invariant=one.invariant, question=one.question, references=some)
    found = sum(len(one.references) for one in broken)
    urgent = sum(len(one.references) for one in broken if one.invariant in URGENT)
    heartbeats.beat(ROW, at=at, broken=found, urgent=urgent)
    return found


def state(now: datetime) -> tuple[bool, str, bool]:
    """Whether all was well when it was asked last and that was lately, in words, and whether it is urgent if not."""
    row = Heartbeat.objects.filter(name=ROW).first()
    if row is None:
        return True, "not asked yet", False
    if now - row.beat_at > OLD_AFTER:
        return False, f"asked last at {row.beat_at:%Y-%m-%d %H:%M} UTC", True
    broken = row.detail["broken"]
    when = f"asked at {row.beat_at:%Y-%m-%d %H:%M} UTC"
    return broken == 0, f"{broken} references, {when}", bool(row.detail["urgent"])
