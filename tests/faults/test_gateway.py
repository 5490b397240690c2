"""A gateway for texts and calls that hangs or is slow: mails and sweeps go on, and each text is there once afterwards."""

import pytest

from alerts import sweep
from alerts.models import Alert, Message
from cases import clock
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Stage, until

CHILDREN = 100 if FULL else 4
# The pause after a second failure with its jitter, in seconds.
SECOND_PAUSE = 12.5


@pytest.mark.by_turns(8)
def test_a_gateway_that_hangs_holds_up_neither_mails_nor_the_sweep(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    stage.gateway.hangs = True
    stage.start_redis()
    stage.workers()
    stage.beat()
    until(lambda: bool(stage.gateway.posted), seconds=60, what="a first text")
    # One text is waited for as long as a message may take; then the mails have their turn.
    mails = story.first_mails(children)
    took = until(
        lambda: once(stage.sink.accepted) == mails, seconds=PATIENCE * (stage.timeout + 3), what="every mail"
    )
    late = story.one_more()
    alerts = Alert.objects.filter(child=late.child)
    swept = until(
        alerts.exists, seconds=PATIENCE * (stage.timeout + 3), what="an alert while the gateway hangs"
    )
    assert Message.objects.filter(channel="text", status="sent").count() == 0
    stage.gateway.hangs = False
    stage.gateway.let_go.set()
    until(lambda: not story.unsent(), seconds=PATIENCE * 4 * SECOND_PAUSE, what="every message out")
    assert stage.gateway.once == story.first_texts([*children, late])
    # What came again had been taken without an answer, and comes under its own number.
    again = len(stage.gateway.posted) - sum(stage.gateway.once.values())
    assert again <= sum(Message.objects.filter(may_be_out=True).values_list("attempts", flat=True))
    assert once(stage.sink.accepted) == story.first_mails([*children, late])
    assert repeats(stage.sink.accepted) == 0
    assert not story.broken()
    done = "the gateway takes each text and never answers; later it does"
    what = f"every mail is out in {took:.0f} s and a new child is noticed in {swept:.0f} s while it hangs"
    stage.note("Gateway hangs", done, owed=5 * (CHILDREN + 1), took=what)


@pytest.mark.by_turns(8)
def test_a_slow_gateway_holds_up_no_mail(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    stage.gateway.answers_after = 1.5
    stage.sender()
    until(lambda: bool(stage.gateway.posted), seconds=60, what="a first text")
    mails = story.first_mails(children)
    took = until(lambda: once(stage.sink.accepted) == mails, seconds=PATIENCE * 8, what="every mail")
    assert len(stage.gateway.posted) < 2 * CHILDREN
    stage.gateway.answers_after = 0
    until(lambda: not story.unsent(), seconds=PATIENCE * 2 * SECOND_PAUSE, what="every message out")
    assert stage.gateway.once == story.first_texts(children)
    assert len(stage.gateway.posted) == 2 * CHILDREN
    assert once(stage.sink.accepted) == mails
    assert repeats(stage.sink.accepted) == 0
    assert not story.broken()
    done = "the gateway answers each text after 1.5 s"
    stage.note("Gateway slow", done, owed=5 * CHILDREN, took=f"every mail is out in {took:.0f} s")
