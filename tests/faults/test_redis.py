"""Redis flushed, killed and hung while people record what they saw: pages do not notice, and nothing is lost."""

import uuid
from collections import Counter
from datetime import timedelta
from statistics import median

from django.db.models import F

from alerts.models import Message
from cases import clock
from cases.models import Contact, MissingEpisode
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import FULL, PATIENCE, Stage, until
from tests.faults.kit.visitor import Visitor

EACH = 20 if FULL else 2
# Before the window closes: nothing is owed but what is reported here.
QUIET = story.CLOSES - timedelta(minutes=30)
# From a report sent on a page to its messages queued.
QUEUED_WITHIN = timedelta(seconds=5)
REPORT = {
    "police_rung": "no",
    "last_seen_at_when": "now",
    "last_seen_place": "At the gate",
    "last_seen_by_unknown": "on",
    "why_worried": "A car waited for the child.",
}


def call_mails(children: list[Watched]) -> Counter[str]:
    return Counter(
        address
        for one in children
        for address in (
            one.control_room.address,
            one.coordinator.address,
            one.desk.mailbox.address,
            one.worker.email,
            one.guardian.email,
        )
    )


def record(port: int, seen: Watched, missing: Watched) -> list[float]:
    """A carer sees one child, and another carer reports one missing; how long each answer took."""
    carer, other = Visitor(port, seen.carer), Visitor(port, missing.carer)
    reference = seen.child.reference
    status, page = carer.post(
        f"/children/{reference}/check-in/", {"outcome": "saw", "once": str(uuid.uuid4())}
    )
    assert status == 302, page
    status, page = other.post(f"/children/{missing.child.reference}/missing/quick/", REPORT)
    assert status == 302, page
    return [*carer.seconds, *other.seconds]


def test_redis_flushed_killed_and_hung_changes_no_page_and_loses_nothing(stage: Stage) -> None:
    stage.set_clock(clock.now(), QUIET)
    seen, missing = story.silent(4 * EACH), story.silent(4 * EACH)
    pairs = [list(zip(seen, missing, strict=True))[number::4] for number in range(4)]
    redis = stage.start_redis()
    worker, beat = stage.worker(), stage.beat()
    port = stage.web()
    # The first answers of a fresh process load its templates.
    Visitor(port, seen[0].carer).get(f"/children/{seen[0].child.reference}/check-in/")
    Visitor(port, missing[0].carer).get(f"/children/{missing[0].child.reference}/missing/quick/")

    usual = [seconds for pair in pairs[0] for seconds in record(port, *pair)]
    until(lambda: len(stage.sink.accepted) == 5 * EACH, seconds=60, what="the mails of an untroubled time")
    waits = Message.objects.values_list(F("created_at") - F("episode__opened_at"), flat=True)
    assert max(waits) <= QUEUED_WITHIN * PATIENCE

    flushed: list[float] = []
    for pair in pairs[1]:
        stage.flush_redis()
        flushed += record(port, *pair)
        stage.flush_redis()
    redis.kill()
    killed = [seconds for pair in pairs[2] for seconds in record(port, *pair)]
    redis = stage.start_redis()
    until(
        lambda: len(stage.sink.accepted) == 15 * EACH,
        seconds=PATIENCE * 15 + 5 * EACH,
        what="the mails of the flushes and the kill",
    )
    redis.freeze()
    hung = [seconds for pair in pairs[3] for seconds in record(port, *pair)]
    assert len(stage.sink.accepted) <= 20 * EACH
    redis.thaw()
    until(
        lambda: len(stage.sink.accepted) == 20 * EACH,
        seconds=PATIENCE * 15 + 5 * EACH,
        what="the mails of the hang",
    )
    until(story.all_sent, seconds=20, what="every message out")

    for fault in (flushed, killed, hung):
        # A page that waited for Redis would wait for seconds; the rest is the noise of a shared machine.
        assert median(fault) <= max(3 * median(usual), median(usual) + 0.25)
    assert worker.ended() is None
    assert beat.ended() is None
    assert Contact.objects.count() == len(seen)
    assert MissingEpisode.objects.count() == len(missing)
    assert once(stage.sink.accepted) == call_mails(missing)
    assert repeats(stage.sink.accepted) == 0
    assert stage.gateway.once == Counter((one.desk.shift.phone, "call_0") for one in missing)
    assert Message.objects.count() == 6 * len(missing)
    assert not story.broken()
    done = "Redis flushed, killed and started, stopped and resumed, while contacts and missing reports are made on real pages"
    times = " / ".join(f"{median(fault) * 1000:.0f}" for fault in (usual, flushed, killed, hung))
    what = f"median answer of a page {times} ms (usual / flushed / killed / hung); nothing is restarted"
    stage.note("Redis gone", done, owed=6 * len(missing), took=what)
