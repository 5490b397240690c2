"""Redis flushed, killed, hung and saying things again: pages do not notice, nothing is lost and nothing repeated."""

import uuid
from collections import Counter
from datetime import timedelta
from statistics import median

from django.db.models import F

from alerts import delivery, sweep
from alerts.models import Alert, AlertStep, Clock, Heartbeat, Message
from cases import clock
from cases.models import Contact, Event, MissingEpisode
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Stage, until
from tests.faults.kit.visitor import REPORT, Visitor

EACH = 20 if FULL else 2
# From a report sent on a page to its messages queued.
QUEUED_WITHIN = timedelta(seconds=5)


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
    stage.set_clock(clock.now(), story.QUIET)
    seen, missing = story.silent(4 * EACH), story.silent(4 * EACH)
    pairs = [list(zip(seen, missing, strict=True))[number::4] for number in range(4)]
    redis = stage.start_redis()
    living = [*stage.workers(), stage.beat()]
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
    assert [process.ended() for process in living] == [None] * 3
    assert Contact.objects.count() == len(seen)
    assert MissingEpisode.objects.count() == len(missing)
    assert once(stage.sink.accepted) == story.call_mails(missing)
    assert repeats(stage.sink.accepted) == 0
    texts = Counter((body["phone"], body["rung"]) for body in stage.gateway.posted)
    assert texts == Counter((one.desk.shift.phone, "call_0") for one in missing), "each once, and none again"
    assert Message.objects.count() == 6 * len(missing)
    assert not story.broken()
    done = "Redis flushed, killed and started, stopped and resumed, while contacts and missing reports are made on real pages"
    times = " / ".join(f"{median(fault) * 1000:.0f}" for fault in (usual, flushed, killed, hung))
    what = f"median answer of a page {times} ms (usual / flushed / killed / hung); nothing is restarted"
    stage.note("Redis gone", done, owed=6 * len(missing), took=what)


def test_one_tick_delivered_five_times_at_once_and_again_an_hour_later_does_its_work_once(
    stage: Stage,
) -> None:
    children = story.silent(50 if FULL else 4)
    stage.start_redis()
    stage.deliver_five_times(swept=lambda: Alert.objects.count() == len(children))
    assert once(stage.sink.handed) == story.first_mails(children)
    assert Counter((body["phone"], body["rung"]) for body in stage.gateway.posted) == story.first_texts(
        children
    )
    assert repeats(stage.sink.handed) == 0
    assert Event.objects.filter(kind="climbed").count() == AlertStep.objects.count() == 2 * len(children)
    for one in children:
        factories.seen(one.child, by=one.carer, at=clock.now())
    sweep.sweep_all(now=clock.now())
    stage.set_clock(clock.now(), story.NOW + timedelta(hours=1))
    # It was swept all the while: an hour's silence of the sweep would be another story.
    Heartbeat.objects.update(beat_at=clock.now())
    sweep.sweep_all(now=clock.now())
    while delivery.deliver(clock=clock.now):
        pass
    assert not Alert.objects.filter(status="open").exists()

    before, handed, posted = rows(), len(stage.sink.handed), len(stage.gateway.posted)
    stage.deliver_five_times(swept=lambda: True)
    assert rows() == before
    assert (len(stage.sink.handed), len(stage.gateway.posted)) == (handed, posted)
    assert not story.broken()
    done = "one and the same tick of the sweep and of the sender, five times at once and five times an hour later"
    stage.note(
        "Tick delivered again", done, owed=handed + posted, took="each does its work once, then nothing"
    )


def rows() -> list[tuple[object, ...]]:
    """Everything that a sweep or a sender could have changed."""
    return [
        *Message.objects.order_by("pk").values_list("pk", "status", "attempts", "fence"),
        *Clock.objects.order_by("pk").values_list("pk", "due_at", "next_at", "steps"),
        *Event.objects.order_by("pk").values_list("pk", "kind"),
    ]
