"""Mail servers that refuse, reject, hang, drip and hang up: nothing lost, nobody else held up, lateness said."""

from collections import Counter
from datetime import timedelta

import pytest

from alerts import outbox, sweep
from alerts.models import Alert, DutyTask, Message, MessageProof
from alerts.states import AlertStatus, MessageStatus
from cases import clock
from cases.models import Mailbox
from tests import factories
from tests.faults.kit import story
from tests.faults.kit.sink import once, repeats
from tests.faults.kit.stage import FULL, PATIENCE, Stage, until

CHILDREN = 100 if FULL else 4
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
    until(lambda: len(stage.gateway.posted) == 2 * (CHILDREN + 1), seconds=10, what="every text")
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
    owed = sum(once(stage.sink.accepted).values()) + sum(stage.gateway.once.values())
    stage.note(
        "Rung that cannot be told",
        done,
        owed=owed,
        took=f"the manager’s rung climbs {took:.1f} s after the start",
    )


def test_a_hanging_server_holds_up_neither_texts_nor_the_sweep(stage: Stage) -> None:
    children = story.silent(CHILDREN)
    sweep.sweep_all(now=clock.now())
    stage.sink.answer = "hang"
    stage.start_redis()
    stage.worker()
    stage.beat()
    until(lambda: bool(stage.gateway.posted), seconds=60, what="a first text")
    # Texts and calls go by another way, and must not stand in the queue behind a mail server that says nothing.
    texts = story.first_texts(children)
    took = until(lambda: stage.gateway.once == texts, seconds=PATIENCE * 3, what="every text")
    late = story.one_more()
    alerts = Alert.objects.filter(child=late.child)
    swept = until(alerts.exists, seconds=PATIENCE * 5, what="an alert while the server hangs")
    stage.sink.answer = "250 Kept"
    stage.sink.let_go.set()
    until(lambda: not story.unsent(), seconds=PATIENCE * 2 * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails([*children, late])
    assert len({mail.mail_id for mail in stage.sink.handed}) == 3 * (CHILDREN + 1)
    assert not story.broken()
    done = "the mail server takes each mail and never answers; later it does"
    what = f"texts are out in {took:.0f} s and a new child is noticed in {swept:.0f} s while it hangs"
    stage.note("Mail server hangs", done, owed=5 * (CHILDREN + 1), took=what)


def test_a_dripping_server_is_given_up_after_the_time_of_a_message(stage: Stage) -> None:
    children = story.silent(1)
    sweep.sweep_all(now=clock.now())
    stage.sink.answer = "drip"
    stage.sender()
    uncertain = Message.objects.filter(may_be_out=True)
    until(uncertain.exists, seconds=PATIENCE * 10, what="the sender to give up")
    stage.sink.answer = "250 Kept"
    stage.sink.let_go.set()
    until(lambda: not story.unsent(), seconds=PATIENCE * 2 * SECOND_PAUSE, what="every message out")
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert not story.broken()
    done = "the mail server answers one line after another and comes to no end"
    stage.note(
        "Mail server drips",
        done,
        owed=5,
        took="given up after the time of one message (2 s here, 10 s as shipped)",
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
    assert not story.broken()
    done = "the mail server takes a mail whole and resets the connection"
    stage.note(
        "Connection lost after DATA", done, owed=10, took="repeated under the same Message-ID after about 5 s"
    )
