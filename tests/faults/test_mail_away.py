"""A mail server that refuses every connection, for a while and for an hour: no rung waits, and each mail says how late it is."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db.models import F

from alerts import delivery, outbox, sweep
from alerts.models import Alert, AlertStep, Message, MessageProof
from alerts.states import AlertStatus, MessageStatus
from cases import clock
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import PATIENCE, Stage, until

CHILDREN = 100 if FULL else 4
# A thousand messages at full counts. The mail server's bad hour lasts until both mails to the police are ten minutes
# late and another step is owed.
MANY, STRIDE = (200, timedelta(seconds=20)) if FULL else (2, timedelta(minutes=1))
HOUR = timedelta(minutes=77)
CLIMBED = ("R0", "R1", "R2", "R3", "fail_safe", "call_0", "call_15")
LONGEST_PAUSE = timedelta(minutes=7)
WATCH, PHONE = "watch@rollcall.example", "01632 960 199"
# The pause after a second failure with its jitter, in seconds.
SECOND_PAUSE = 12.5


def test_a_refusing_server_that_comes_back_gets_every_mail_marked_late(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is on trial is the server's return: the endings of one home need not wait for one another.
    monkeypatch.setattr(outbox, "BUNDLED_WITHIN", timedelta(0))
    children = story.silent(CHILDREN)
    found = factories.a_watched_child(at=story.ARRIVES)
    sweep.sweep_all(now=clock.now())
    stage.sink.stop()
    stage.sender()
    waiting = Message.objects.filter(channel="mail")
    until(lambda: not waiting.filter(attempts=0).exists(), seconds=30, what="a try of each mail")
    until(lambda: len(stage.gateway.posted) == 2 * (CHILDREN + 1), seconds=30, what="every text")
    # What a sender has in its hand cannot be called off: the child is found between two tries.
    of_found = waiting.filter(items__alert__child=found.child)
    rests = lambda: {"status": "queued", "next_try_at__gt": clock.now() + timedelta(seconds=2)}  # noqa: E731
    until(lambda: not of_found.exclude(**rests()).exists(), seconds=60, what="a rest between two tries")
    factories.seen(found.child, by=found.carer, at=clock.now())
    sweep.sweep_all(now=clock.now())
    assert Alert.objects.get(child=found.child).status == AlertStatus.ENDED
    until(lambda: not waiting.filter(status="queued", attempts=1).exists(), seconds=30, what="second tries")
    stage.sink.start()
    took = until(lambda: not story.unsent(), seconds=PATIENCE * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert repeats(stage.sink.handed) == 0
    # The home and the duty phone of the child who was found had been texted: they hear that it has ended.
    texts = story.first_texts([*children, found]) + story.endings(story.first_texts([found]))
    assert stage.gateway.once == texts
    assert not stage.again()
    sent = waiting.filter(status=MessageStatus.SENT)
    assert max(sent.values_list("attempts", flat=True)) <= 4
    assert MessageProof.objects.filter(accepted=False, message__in=sent).count() <= 3 * sent.count()
    assert all("late" in mail.text for mail in stage.sink.accepted)
    assert not story.broken()
    done = "the mail server refuses every connection, then listens again; one child is found meanwhile"
    owed = 5 * CHILDREN + 4
    stage.note(
        "Mail server away", done, owed=owed, took=f"all out {took:.0f} s after its return, marked late"
    )


@pytest.mark.by_turns(8)
def test_a_server_that_refuses_for_an_hour_holds_up_no_rung_and_gets_each_mail_with_how_late_it_is(
    stage: Stage,
) -> None:
    children = story.silent(MANY)
    stage.set_clock(clock.now(), story.FIRST_RUNGS)
    stage.sink.stop()
    contact = {"WATCHDOG_CONTACT_EMAIL": WATCH, "WATCHDOG_CONTACT_PHONE": PHONE}
    told = stage.hurry(HOUR, stride=STRIDE, seconds=120 + 10 * MANY, **contact)
    # Nothing waited for the mail server: each rung came in its time, and every text and call with it.
    climbed = AlertStep.objects.values_list("alert__child", "step")
    assert Counter(climbed) == Counter((one.child.pk, step) for one in children for step in CLIMBED)
    assert max(AlertStep.objects.values_list(F("climbed_at") - F("owed_at"), flat=True)) <= 2 * STRIDE
    texts = Message.objects.filter(channel__in=("text", "voice"))
    assert max(texts.values_list(F("sent_at") - F("owed_at"), flat=True)) <= timedelta(minutes=5)
    watch = [body for body in stage.gateway.posted if body["phone"] == PHONE]
    texted = Counter({to: n for to, n in stage.gateway.once.items() if to[0] != PHONE})
    assert texted == texts_of_an_hour(children)
    assert "unsent_messages" in watch[0]["text"]
    assert told is not None
    assert told <= timedelta(minutes=5).total_seconds()
    mails = Message.objects.filter(channel="mail")
    assert mails.unsent().count() == mails.count()
    # After 5, 10, 20 ... seconds and at last every 5 minutes.
    tries = max(mails.values_list("attempts", flat=True))
    assert tries <= 8 + HOUR / timedelta(minutes=5 * 0.75)
    stage.sink.start()
    stage.set_clock(clock.now(), clock.now() + LONGEST_PAUSE)
    while delivery.deliver(clock=clock.now):
        pass
    assert story.all_sent()
    accepted = [mail for mail in stage.sink.accepted if mail.to != WATCH]
    assert once(accepted) == mails_of_an_hour(children)
    assert repeats(stage.sink.accepted) == 0
    assert all(re.search(r"This message is .+ late: it was to go at", mail.text) for mail in accepted)
    firsts = [mail for mail in accepted if "late: it was to go at 2pm UK time" in mail.text]
    assert once(firsts) == story.first_mails(children)
    assert all("This message is 1 hour late" in mail.text for mail in firsts)
    assert not story.broken()
    of_watch = (
        len(stage.sink.accepted)
        - len(accepted)
        + sum(n for (phone, _), n in stage.gateway.once.items() if phone == PHONE)
    )
    stage.note(
        "Mail server refuses for an hour",
        f"no mail is taken for {HOUR.total_seconds() / 60:g} minutes of shifted clock, up to the police’s steps",
        owed=sum(mails_of_an_hour(children).values()) + texted.total() + of_watch,
        took=f"each rung and text in its time, at most {tries} tries of a mail; a person is told by text after {told:.0f} s",
    )


def mails_of_an_hour(children: Sequence[Watched]) -> Counter[str]:
    """Whom the rungs, the first call steps and the delay of both police mails mail, by address."""
    return Counter(
        address
        for one in children
        for address, count in (
            (one.worker.email, 2),
            (one.guardian.email, 2),
            (one.manager.email, 1),
            (one.desk.mailbox.address, 6),
            (one.control_room.address, 1),
            (one.coordinator.address, 1),
        )
        for _ in range(count)
    )


def texts_of_an_hour(children: Sequence[Watched]) -> Counter[tuple[str, str]]:
    """The same for texts and calls, by phone and rung; duty takes no task, so the second person is rung for each."""
    texts = story.first_texts(children) + story.manager_texts(children)
    # Both mails to the police are late, and duty is to phone.
    for step in ("R3", "call_0", "call_15", "late", "late"):
        texts += story.desk_texts(children, step)
    return texts + Counter((one.desk.second.phone, "second") for one in children for _ in range(2))
