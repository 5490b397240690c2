"""Mail servers that refuse, reject, hang, drip and hang up: nothing lost, nobody else held up, lateness said."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db.models import F

from alerts import delivery, outbox, sweep
from alerts.models import Alert, AlertStep, DutyTask, Message, MessageProof
from alerts.states import AlertStatus, MessageStatus
from cases import clock
from cases.models import Mailbox
from tests import factories
from tests.counts import FULL
from tests.factories import Watched
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import LEASE, PATIENCE, TIMEOUT, Stage, until

CHILDREN = 100 if FULL else 4
# A thousand messages at full counts. The mail server's bad hour lasts until both mails to the police are ten minutes
# late and another step is owed.
MANY, STRIDE = (200, timedelta(seconds=20)) if FULL else (2, timedelta(minutes=1))
HOUR = timedelta(minutes=77)
CLIMBED = ("R0", "R1", "R2", "R3", "fail_safe", "call_0", "call_15")
LONGEST_PAUSE = timedelta(minutes=7)
WATCH, PHONE = "watch@rollcall.example", "01632 960 199"
# Seconds in which a window's end is noticed and told of, 99 times of 100 (tests/benchmarks/bench_window.py).
NOTICED = 1.5
# The pause after a first failure with its jitter, and the one after a second.
FIRST_PAUSE, SECOND_PAUSE = 6.25, 12.5


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
    texts = story.first_texts([*children, found])
    assert stage.gateway.once == texts + Counter(
        [(found.home.phone, "ending"), (found.desk.shift.phone, "ending")]
    )
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
    phones = Counter(body["phone"] for body in stage.gateway.posted if body["phone"] != PHONE)
    assert phones == phones_of_an_hour(children)
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
    assert all(re.search(r"This message is .+ late: owed at", mail.text) for mail in accepted)
    firsts = [mail for mail in accepted if "late: owed at 2pm UK time" in mail.text]
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
        owed=sum(mails_of_an_hour(children).values()) + sum(phones.values()) + of_watch,
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


def phones_of_an_hour(children: Sequence[Watched]) -> Counter[str]:
    """The same for texts and calls, by phone; duty takes no task, so the second person is rung for both delays."""
    return Counter(
        phone
        for one in children
        for phone, count in (
            (one.home.phone, 1),
            (one.desk.shift.phone, 6),
            (one.manager.phone, 1),
            (one.desk.second.phone, 3),
        )
        for _ in range(count)
    )


def test_one_mailbox_refused_for_good_is_marked_and_phoned_and_the_others_get_their_mail(
    stage: Stage,
) -> None:
    refused, other = story.silent(2)
    for one in (refused, other):
        factories.not_here(one.child, by=one.carer, at=clock.now())
    address = refused.control_room.address
    stage.sink.recipients[address] = "550 5.1.1 No such mailbox"
    stage.sweeper()
    stage.sender()
    failed = Message.objects.filter(status=MessageStatus.FAILED)
    until(failed.exists, seconds=60, what="the refusal")
    until(
        lambda: Message.objects.filter(wording="duty_phone_them").count() == 2,
        seconds=20,
        what="word to duty",
    )
    until(lambda: not story.unsent(), seconds=20, what="everything else out")
    assert failed.get().mailbox == refused.control_room
    assert set(Mailbox.objects.exclude(failed_at=None)) == {refused.control_room}
    task = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    assert (task.authority, task.message, task.done_at) == (refused.authority, failed.get(), None)
    assert once(stage.sink.accepted) == Counter(
        {
            refused.coordinator.address: 1,
            other.control_room.address: 1,
            other.coordinator.address: 1,
            # The first rung, the call's first step, and for the refused one the word to phone.
            refused.desk.mailbox.address: 3,
            other.desk.mailbox.address: 2,
            **{
                person.email: 1
                for one in (refused, other)
                for person in (one.worker, one.guardian, one.manager)
            },
        }
    )
    phones = Counter(body["phone"] for body in stage.gateway.posted)
    assert phones == {
        refused.desk.shift.phone: 3,
        other.desk.shift.phone: 2,
        **{phone: 1 for one in (refused, other) for phone in (one.manager.phone, one.desk.second.phone)},
    }
    assert not story.broken()
    done = "the mail server answers 550 for one control room"
    stage.note(
        "Mailbox refused for good",
        done,
        owed=23,
        took="duty is told to phone them at once; the others have their mail",
    )


def test_a_rung_whose_only_mailbox_is_refused_climbs_at_once(stage: Stage) -> None:
    refused, other = story.silent(2)
    # Nobody is on shift, and the desk has no phone: its mailbox is all there is.
    factories.end_shift(refused.desk)
    type(refused.team).objects.filter(pk=refused.desk.team.pk).update(phone="", second_phone="")
    stage.sink.recipients[refused.desk.mailbox.address] = "550 5.7.1 Not wanted"
    stage.sweeper()
    stage.sender()
    managers = Message.objects.filter(step="R2", post="manager")
    took = until(managers.exists, seconds=60, what="the manager's rung")
    until(lambda: not story.unsent(), seconds=20, what="everything out")
    assert set(managers.values_list("items__alert__child", flat=True)) == {refused.child.pk}
    assert once(stage.sink.accepted) == story.first_mails([refused, other]) - Counter(
        [refused.desk.mailbox.address]
    ) + Counter([refused.manager.email])
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1
    assert not story.broken()
    done = "the mail server answers 550 for the only mailbox of a rung"
    owed = story.owed()
    stage.note(
        "Rung that cannot be told",
        done,
        owed=owed,
        took=f"the manager’s rung climbs {took:.1f} s after the start",
    )


def test_a_server_that_hangs_with_every_sender_holds_up_neither_texts_nor_the_sweep(stage: Stage) -> None:
    # As shipped: with less patience the senders would be free again before the sweep could have waited for them.
    stage.lease, stage.timeout = LEASE, TIMEOUT
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    stage.sink.answer = "hang"
    stage.start_redis()
    # The first takes not all of the mails, so that the second has one to hang with.
    stage.workers(DRAIN_BATCH=f"{2 * CHILDREN}")
    stage.beat()
    until(lambda: bool(stage.gateway.posted), seconds=60, what="a first text")
    # Texts and calls go by another way, and must not stand in the queue behind a mail server that says nothing.
    texts = story.first_texts(children)
    took = until(lambda: stage.gateway.once == texts, seconds=PATIENCE * 3, what="every text")
    until(lambda: len(stage.sink.handed) == 2, seconds=TIMEOUT, what="both senders with a mail in hand")
    late = story.one_more()
    alerts = Alert.objects.filter(child=late.child)
    swept = until(alerts.exists, seconds=PATIENCE * NOTICED, what="an alert while the server hangs")
    assert len(stage.sink.handed) == 2
    stage.sink.answer = "250 Kept"
    stage.sink.let_go.set()
    until(lambda: not story.unsent(), seconds=PATIENCE * 2 * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails([*children, late])
    assert len({mail.mail_id for mail in stage.sink.handed}) == 3 * (CHILDREN + 1)
    assert stage.gateway.once == story.first_texts([*children, late])
    assert not story.broken()
    done = "the mail server takes each mail and never answers; later it does"
    what = (
        f"texts are out in {took:.0f} s, and a new child is noticed in {swept:.1f} s while every sender hangs"
    )
    stage.note("Mail server hangs", done, owed=5 * (CHILDREN + 1), took=what)


def test_a_slow_server_that_takes_every_mail_holds_up_no_text(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    # As urgent as those to the police: all of them stand before every text.
    Message.objects.filter(channel="mail").update(urgency=0)
    stage.sink.answers_after = 1.5
    stage.sender()
    until(lambda: bool(stage.sink.handed or stage.gateway.posted), seconds=60, what="a first message")
    texts = story.first_texts(children)
    took = until(lambda: stage.gateway.once == texts, seconds=PATIENCE * 3, what="every text")
    assert len(stage.sink.handed) < 3 * CHILDREN
    stage.sink.answers_after = 0
    until(lambda: not story.unsent(), seconds=PATIENCE * 2 * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert not story.broken()
    done = "the mail server takes every mail and answers each after 1.5 s"
    stage.note("Mail server slow", done, owed=5 * CHILDREN, took=f"every text is out in {took:.0f} s")


def test_a_dripping_server_is_given_up_after_the_time_of_a_message(stage: Stage) -> None:
    children = story.silent(1)
    sweep.sweep_all(now=clock.now())
    stage.sink.answer = "drip"
    stage.sender()
    uncertain = Message.objects.filter(may_be_out=True)
    until(uncertain.exists, seconds=PATIENCE * (stage.timeout + 3), what="the sender to give up")
    stage.sink.answer = "250 Kept"
    stage.sink.let_go.set()
    until(lambda: not story.unsent(), seconds=PATIENCE * 2 * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert not story.broken()
    done = "the mail server answers one line after another and comes to no end"
    stage.note(
        "Mail server drips",
        done,
        owed=5,
        took=f"given up after the time of one message, {stage.timeout} s",
    )


def test_a_server_that_says_later_is_asked_again_and_what_it_puts_off_holds_up_no_other(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    stage.sink.answer = "421 4.3.2 Going down"
    greylisted, unlucky = children[0].worker.email, children[0].desk.mailbox.address
    stage.sink.recipients = {greylisted: "451 4.7.1 Come back later", unlucky: "421 4.3.2 Not now"}
    stage.sender()
    mails = Message.objects.filter(channel="mail")
    until(lambda: not mails.filter(attempts=0).exists(), seconds=30, what="a try of each mail")
    stage.sink.answer = "250 Kept"
    expected = story.first_mails(children)
    put_off = Counter([greylisted, unlucky])
    until(
        lambda: once(stage.sink.accepted) == expected - put_off,
        seconds=PATIENCE * FIRST_PAUSE,
        what="the mails of all others",
    )
    until(lambda: mails.unsent().count() == 2, seconds=30, what="the marks of all others")
    stage.sink.recipients = {}
    took = until(lambda: not story.unsent(), seconds=PATIENCE * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == expected
    assert repeats(stage.sink.accepted) == 0
    assert stage.gateway.once == story.first_texts(children)
    # It was never said that they do not exist: nobody is to phone, and no mailbox is bad.
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()
    assert not Mailbox.objects.exclude(failed_at=None).exists()
    tries = dict(mails.values_list("pk", "attempts"))
    assert max(tries.values()) <= 5
    assert MessageProof.objects.filter(accepted=False).count() == sum(tries.values()) - len(tries)
    assert not story.broken()
    done = "the mail server answers 421 to all, then 451 and 421 for one recipient each, then takes them"
    stage.note(
        "Mail server says later", done, owed=5 * CHILDREN, took=f"the last are out {took:.0f} s after that"
    )


def test_a_connection_lost_after_the_data_repeats_that_mail_alone_under_its_own_id(stage: Stage) -> None:
    children = story.silent(2)
    sweep.sweep_all(now=clock.now())
    stage.sink.answer = "reset"
    stage.sender()
    until(lambda: bool(stage.sink.handed), seconds=30, what="a mail")
    stage.sink.answer = "250 Kept"
    until(lambda: not story.unsent(), seconds=PATIENCE * SECOND_PAUSE, what="every message out")
    lost = Message.objects.filter(may_be_out=True).count()
    assert lost >= 1
    assert repeats(stage.sink.accepted) == lost
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert not story.broken()
    done = "the mail server takes a mail whole and resets the connection"
    stage.note(
        "Connection lost after DATA", done, owed=10, took="repeated under the same Message-ID after about 5 s"
    )
