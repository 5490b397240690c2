"""Mail servers that reject, hang, drip, put off and hang up: nothing lost, and nobody else held up."""

from collections import Counter

import pytest
from django.db.models import QuerySet

from alerts import sweep
from alerts.models import Alert, DutyTask, Message, MessageProof
from alerts.states import MessageStatus
from cases import clock
from cases.models import Mailbox
from tests import factories
from tests.counts import FULL
from tests.faults.kit import story
from tests.faults.kit.sink import once
from tests.faults.kit.stage import LEASE, PATIENCE, TIMEOUT, Stage, until

CHILDREN = 100 if FULL else 4
# Seconds in which a window's end is noticed and told of, 99 times of 100 (tests/benchmarks/bench_window.py).
NOTICED = 1.5
# The pause after a first failure with its jitter, and the one after a second.
FIRST_PAUSE, SECOND_PAUSE = 6.25, 12.5


@pytest.mark.by_turns(8)
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
            # That somebody looked and the call begins, and for the refused one the word to phone.
            refused.desk.mailbox.address: 2,
            other.desk.mailbox.address: 1,
            **{
                person.email: 1
                for one in (refused, other)
                for person in (one.worker, one.guardian, one.manager)
            },
        }
    )
    both = [refused, other]
    texts = story.manager_texts(both) + story.desk_texts(both, "call_0")
    to_phone = Counter([(refused.desk.shift.phone, "failed")])
    assert stage.gateway.once == texts + to_phone
    assert not stage.again()
    heard = since_refused(failed.get(), Message.objects.filter(wording="duty_phone_them"))
    assert heard <= NOTICED * PATIENCE
    assert not story.broken()
    done = "the mail server answers 550 for one control room"
    stage.note(
        "Mailbox refused for good",
        done,
        owed=19,
        took=f"duty is told to phone them {heard:.1f} s after the refusal; the others have their mail",
    )


def since_refused(refused: Message, told: QuerySet[Message]) -> float:
    """Seconds from a server's refusal until the last of these was out."""
    refusal = MessageProof.objects.get(message=refused, accepted=False).at
    last = max(told.values_list("sent_at", flat=True))
    assert last is not None
    return (last - refusal).total_seconds()


@pytest.mark.by_turns(8)
def test_a_rung_whose_only_mailbox_is_refused_climbs_at_once(stage: Stage) -> None:
    refused, other = story.silent(2)
    # Nobody is on shift, and the desk has no phone: its mailbox is all there is.
    factories.end_shift(refused.desk)
    type(refused.team).objects.filter(pk=refused.desk.team.pk).update(phone="", second_phone="")
    stage.sink.recipients[refused.desk.mailbox.address] = "550 5.7.1 Not wanted"
    stage.sweeper()
    stage.sender()
    managers = Message.objects.filter(step="R2", post="manager")
    until(managers.exists, seconds=60, what="the manager's rung")
    until(lambda: not story.unsent(), seconds=20, what="everything out")
    took = since_refused(Message.objects.get(status=MessageStatus.FAILED), managers)
    assert took <= NOTICED * PATIENCE
    assert set(managers.values_list("items__alert__child", flat=True)) == {refused.child.pk}
    assert once(stage.sink.accepted) == story.first_mails([refused, other]) - Counter(
        [refused.desk.mailbox.address]
    ) + Counter([refused.manager.email])
    # At the desk is nobody to text, and no second person.
    assert stage.gateway.once == story.first_texts([refused, other]) - Counter(
        [(refused.desk.shift.phone, "R1")]
    ) + Counter([(refused.manager.phone, "R2")])
    assert not stage.again()
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1
    assert not story.broken()
    done = "the mail server answers 550 for the only mailbox of a rung"
    stage.note(
        "Rung that cannot be told", done, owed=10, took=f"the manager hears {took:.1f} s after the refusal"
    )


@pytest.mark.by_turns(8)
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
    assert stage.gateway.once == story.first_texts([*children, late])
    assert not stage.again()
    # What had hung is handed over again: one mail of each sender, and no other.
    assert handed_again(stage) == Counter(mail.mail_id for mail in stage.sink.handed if mail.answer == "hang")
    assert handed_again(stage).total() == 2
    assert not story.broken()
    done = "the mail server takes each mail and never answers; later it does"
    what = (
        f"texts are out in {took:.0f} s, and a new child is noticed in {swept:.1f} s while every sender hangs"
    )
    stage.note("Mail server hangs", done, owed=5 * (CHILDREN + 1), took=what)


def handed_again(stage: Stage) -> Counter[str]:
    """How often each mail was handed over again, taken or not, by its id."""
    handed = Counter(mail.mail_id for mail in stage.sink.handed)
    return handed - Counter(handed.keys())


@pytest.mark.by_turns(8)
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
    assert stage.gateway.once == texts
    # Only what took longer than a sender waits can have come again.
    story.assert_in_doubt(stage.again())
    assert not story.broken()
    done = "the mail server takes every mail and answers each after 1.5 s"
    stage.note("Mail server slow", done, owed=5 * CHILDREN, took=f"every text is out in {took:.0f} s")


@pytest.mark.by_turns(8)
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
    assert not stage.again()
    # Handed over again was the one that had dripped.
    assert story.messages_of(handed_again(stage)) == set(uncertain.values_list("pk", flat=True))
    assert handed_again(stage).total() == 1
    assert not story.broken()
    done = "the mail server answers one line after another and comes to no end"
    stage.note(
        "Mail server drips",
        done,
        owed=5,
        took=f"given up after the time of one message, {stage.timeout} s",
    )


@pytest.mark.by_turns(8)
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
    assert stage.gateway.once == story.first_texts(children)
    assert not stage.again()
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
    assert story.in_doubt()
    assert story.messages_of(stage.again()) == story.in_doubt()
    assert stage.again().total() == len(story.in_doubt())
    assert once(stage.sink.accepted) == story.first_mails(children)
    assert stage.gateway.once == story.first_texts(children)
    assert not story.broken()
    done = "the mail server takes a mail whole and resets the connection"
    stage.note(
        "Connection lost after DATA", done, owed=10, took="repeated under the same Message-ID after about 5 s"
    )
