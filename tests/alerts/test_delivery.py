"""Owed messages on their way out: who may send which, when, once, and to whoever stands there now."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import DatabaseError

from alerts import channels, delivery, duty_tasks, failures, integrity, sweep
from alerts.models import Alert, AlertStep, DutyTask, Message, MessageItem, MessageKind, MessageProof
from alerts.states import MessageStatus
from cases import children, concerns, people
from cases.models import Mailbox, Role
from tests import factories
from tests.factories import Watched

pytestmark = pytest.mark.django_db

CLOSES = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
# The first rungs have been owed for a minute; at the second instant the manager's and R3 have.
FIRST, SECOND = CLOSES + timedelta(minutes=31), CLOSES + timedelta(minutes=61)


def after(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=seconds)


class Out:
    """What went out, by address and phone; `on_mail` and `on_text` may raise, or do what happens meanwhile."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.texts: list[dict[str, Any]] = []
        self.on_mail: Callable[[EmailMessage], None] = lambda mail: None
        self.on_text: Callable[[dict[str, Any]], None] = lambda text: None

    def send(self, mail: EmailMessage) -> str:
        self.on_mail(mail)
        self.mails.append(mail)
        return "250 Kept"

    def post(self, payload: dict[str, Any]) -> str:
        self.on_text(payload)
        self.texts.append(payload)
        return "202 Taken"

    @property
    def to(self) -> Counter[str]:
        return Counter([str(mail["To"]) for mail in self.mails] + [text["phone"] for text in self.texts])


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    caught = Out()
    monkeypatch.setattr(channels.MailChannel, "send", lambda self, mail: caught.send(mail))
    monkeypatch.setattr(channels, "post_webhook", lambda payload, at: caught.post(payload))
    return caught


@pytest.fixture
def watched() -> Watched:
    return factories.a_watched_child()


def tick(now: datetime) -> None:
    sweep.sweep_all(now=now)


def send_all(now: datetime) -> None:
    while delivery.deliver(clock=lambda: now):
        pass


def first_rungs(one: Watched) -> Counter[str]:
    return Counter(
        [
            one.home.phone,
            one.desk.shift.phone,
            one.desk.mailbox.address,
            one.worker.email,
            one.guardian.email,
        ]
    )


def broken(now: datetime) -> list[str]:
    return [answer.question for answer in integrity.check(now) if answer.references]


# --- Claiming


def test_the_highest_rung_is_claimed_first_whenever_it_was_queued(watched: Watched) -> None:
    tick(FIRST)
    urgent = factories.a_watched_child()
    factories.not_here(urgent.child, by=urgent.carer, at=after(1))
    tick(after(2))
    claimed = delivery.claim(after(3), 100)
    steps = [message.step for message in claimed]
    assert steps[:6] == ["call_0"] * 6
    assert [m.urgency for m in claimed] == sorted(m.urgency for m in claimed)
    assert {"R0", "R1"} <= set(steps[6:])


def test_the_most_urgent_are_claimed_when_the_batch_is_small(watched: Watched) -> None:
    tick(FIRST)
    factories.not_here(watched.child, by=watched.carer, at=after(1))
    tick(after(2))
    assert {message.step for message in delivery.claim(after(3), 2)} == {"call_0"}


def test_what_one_sender_has_claimed_no_other_gets(watched: Watched) -> None:
    tick(FIRST)
    first, second = delivery.claim(FIRST, 2), delivery.claim(FIRST, 100)
    assert (len(first), len(second)) == (2, 3)
    assert not {m.pk for m in first} & {m.pk for m in second}
    assert delivery.claim(FIRST, 100) == []


def test_nothing_is_claimed_before_its_next_try(watched: Watched) -> None:
    tick(FIRST)
    Message.objects.update(next_try_at=after(60))
    assert delivery.claim(after(59), 100) == []
    assert len(delivery.claim(after(60), 100)) == 5


def test_a_lapsed_lease_is_claimed_again_and_may_be_out(watched: Watched, settings: Any) -> None:
    tick(FIRST)
    delivery.claim(FIRST, 100)
    assert delivery.claim(after(settings.LEASE_SECONDS - 1), 100) == []
    again = delivery.claim(after(settings.LEASE_SECONDS), 100)
    assert {(m.fence, m.attempts, m.may_be_out) for m in again} == {(2, 2, True)}


def test_a_message_tried_without_end_does_not_end_all_claims(watched: Watched) -> None:
    tick(FIRST)
    Message.objects.update(attempts=32_767)
    assert len(delivery.claim(FIRST, 100)) == 5


# --- Fence and lease


def test_a_late_mark_is_refused_and_keeps_no_proof(watched: Watched, out: Out, settings: Any) -> None:
    tick(FIRST)
    Message.objects.exclude(recipient=f"mail/user:{watched.worker.pk}").update(next_try_at=after(9999))
    out.on_mail = lambda mail: delivery.claim(after(settings.LEASE_SECONDS + 1), 100) and None
    assert delivery.deliver(clock=lambda: FIRST) == 0
    message = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    assert (message.status, message.fence) == (MessageStatus.SENDING, 2)
    assert not MessageProof.objects.exists()


def test_a_late_failure_is_refused_too(watched: Watched, out: Out, settings: Any) -> None:
    tick(FIRST)
    Message.objects.exclude(recipient=f"mail/user:{watched.worker.pk}").update(next_try_at=after(9999))

    def refuse_after_the_lease(mail: EmailMessage) -> None:
        delivery.claim(after(settings.LEASE_SECONDS + 1), 100)
        raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse_after_the_lease
    delivery.deliver(clock=lambda: FIRST)
    assert Message.objects.get(fence=2).status == MessageStatus.SENDING
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).exists()


def test_a_slow_sender_renews_each_lease_and_leaves_what_was_taken_over(watched: Watched, out: Out) -> None:
    tick(FIRST)
    Message.objects.filter(channel="text").update(next_try_at=after(9999))
    now = [FIRST]
    rival: list[Message] = []

    def slow(mail: EmailMessage) -> None:
        now[0] += timedelta(seconds=20)
        if len(out.mails) == 1:
            # 40 seconds into the batch: the lease of the message in hand was renewed, the third's has lapsed.
            rival.extend(delivery.claim(now[0], 100))

    out.on_mail = slow
    assert delivery.deliver(clock=lambda: now[0]) == 2
    assert len(rival) == 1
    assert Message.objects.get(pk=rival[0].pk).fence == 2
    assert set(out.to.values()) == {1}


def test_every_message_keeps_what_was_accepted(watched: Watched, out: Out) -> None:
    tick(FIRST)
    send_all(FIRST)
    assert out.to == first_rungs(watched)
    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.SENT}
    proofs = MessageProof.objects.filter(accepted=True)
    assert Counter(proofs.values_list("address", flat=True)) == first_rungs(watched)
    assert all(proof.text and len(proof.text_digest) == 64 and proof.response for proof in proofs)
    mail = next(mail for mail in out.mails if mail["To"] == watched.worker.email)
    assert proofs.get(address=watched.worker.email).mail_id == mail["Message-ID"]
    assert not broken(FIRST)


def test_with_sending_off_nothing_leaves_and_nothing_is_tried(
    watched: Watched, out: Out, settings: Any
) -> None:
    settings.SENDING = False
    tick(FIRST)
    assert delivery.deliver(clock=lambda: FIRST) == 0
    assert not out.to
    assert set(Message.objects.values_list("status", "attempts")) == {("queued", 0)}
    settings.SENDING = True
    send_all(after(3600))
    assert sum(out.to.values()) >= 5


# --- Failures


def test_a_passing_failure_is_tried_again_later_and_later_but_never_given_up(
    watched: Watched, out: Out
) -> None:
    tick(FIRST)
    Message.objects.exclude(recipient=f"mail/user:{watched.worker.pk}").update(status="cancelled")

    def defer(mail: EmailMessage) -> None:
        raise channels.Deferred("451 Try again later")

    out.on_mail = defer
    now, pauses = FIRST, []
    for _ in range(12):
        delivery.deliver(clock=lambda: now)  # noqa: B023 - called at once
        message = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
        assert (message.status, message.may_be_out) == (MessageStatus.QUEUED, False)
        pauses.append((message.next_try_at - now).total_seconds())
        now = message.next_try_at
    for number, pause in enumerate(pauses):
        wanted = min(5 * 2**number, 300)
        assert 0.75 * wanted <= pause <= 1.25 * wanted
    assert len(set(pauses[-6:])) > 1
    out.on_mail = lambda mail: None
    delivery.deliver(clock=lambda: now)
    assert len(out.mails) == 1
    assert "late" in out.mails[0].get_body(("plain",)).get_content()
    assert MessageProof.objects.filter(accepted=False).count() == 12


def test_a_record_that_fails_does_not_stop_those_behind_it(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(FIRST)
    Message.objects.filter(step="R0").update(wording="no_such_wording")
    delivery.deliver(clock=lambda: FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.home.phone])
    assert Message.objects.get(step="R0").last_error.startswith("KeyError")


def test_a_failure_that_cannot_be_written_does_not_stop_those_behind_it(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(FIRST)

    def refuse(text: dict[str, Any]) -> None:
        raise channels.Refused("400 No such phone")

    def locked(*words: object, **more: object) -> None:
        raise DatabaseError("lock timeout")

    out.on_text = refuse
    monkeypatch.setattr(failures, "reach_a_person", locked)
    delivery.deliver(clock=lambda: FIRST)
    assert len(out.mails) == 3
    assert set(Message.objects.filter(channel="text").values_list("status", flat=True)) == {"queued"}
    monkeypatch.undo()


def test_what_was_accepted_and_could_not_be_marked_counts_as_told(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(FIRST)
    worker = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    Message.objects.exclude(pk=worker.pk).update(status="cancelled")

    def fails(self: MessageProof, *words: object, **more: object) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(MessageProof, "save", fails)
        patch.setattr(failures, "note_attempt", lambda *words, **more: None)
        delivery.deliver(clock=lambda: FIRST)
    worker.refresh_from_db()
    assert (worker.status, worker.may_be_out) == (MessageStatus.QUEUED, True)
    factories.seen(watched.child, by=watched.carer, at=after(1))
    tick(after(2))
    send_all(after(30))
    assert [mail["To"] for mail in out.mails] == [watched.worker.email] * 2
    assert Message.objects.get(kind=MessageKind.ENDING).status == MessageStatus.SENT


def test_a_mailbox_refused_for_good_is_marked_phoned_and_makes_the_next_rung_owed_now(
    watched: Watched, out: Out
) -> None:
    watched.desk.shift.delete()
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="", second_phone="")
    tick(FIRST)

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] == watched.desk.mailbox.address:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    delivery.deliver(clock=lambda: FIRST)
    task = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    assert task.authority == watched.authority
    assert task.message is not None
    assert task.message.mailbox == watched.desk.mailbox
    assert task.message.status == MessageStatus.FAILED
    assert Mailbox.objects.get(pk=watched.desk.mailbox.pk).failed_at == FIRST
    assert not AlertStep.objects.filter(step="R2").exists()
    tick(after(1))
    assert AlertStep.objects.get(step="R2").climbed_at == after(1)
    assert not broken(after(1))


def test_a_refusal_with_another_on_the_same_rung_leaves_the_next_rung_its_time(
    watched: Watched, out: Out
) -> None:
    tick(FIRST)

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] == watched.desk.mailbox.address:
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    send_all(FIRST)
    tick(after(1))
    assert not AlertStep.objects.filter(step="R2").exists()
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 1


def test_a_worker_whose_mail_is_refused_does_not_hurry_the_ladder(watched: Watched, out: Out) -> None:
    tick(FIRST)

    def refuse(mail: EmailMessage) -> None:
        if mail["To"] in (watched.worker.email, watched.guardian.email):
            raise channels.Refused("550 No such mailbox")

    out.on_mail = refuse
    send_all(FIRST)
    tick(after(1))
    assert not AlertStep.objects.filter(step="R2").exists()
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 2


# --- Who stands there now


def test_a_manager_who_left_between_climb_and_send_is_replaced_by_who_came(
    watched: Watched, out: Out
) -> None:
    tick(SECOND)
    people.leave(factories.membership_of(watched.manager), at=SECOND)
    newcomer = factories.a_person(Role.TEAM_MANAGER, team=watched.team, since=SECOND)
    send_all(SECOND)
    assert watched.manager.email not in out.to
    assert watched.manager.phone not in out.to
    assert (out.to[newcomer.email], out.to[newcomer.phone]) == (1, 1)
    item = MessageItem.objects.get(message__user=newcomer, message__channel="mail")
    assert item.recipient == item.message.recipient == f"mail/user:{newcomer.pk}"
    assert not broken(SECOND)


def test_a_manager_who_left_with_nobody_after_them_is_phoned_for(watched: Watched, out: Out) -> None:
    tick(SECOND)
    people.leave(factories.membership_of(watched.manager), at=SECOND)
    send_all(SECOND)
    assert watched.manager.email not in out.to
    assert watched.manager.phone not in out.to
    of_manager = Message.objects.filter(post="manager")
    assert set(of_manager.values_list("status", flat=True)) == {MessageStatus.FAILED}
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message__in=of_manager).count() == 2
    assert not broken(SECOND)


def test_a_deactivated_person_hears_nothing_more(watched: Watched, out: Out) -> None:
    tick(FIRST)
    type(watched.worker).objects.filter(pk=watched.worker.pk).update(is_active=False)
    send_all(FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.worker.email])


def test_somebody_kept_from_the_child_between_climb_and_send_hears_nothing(
    watched: Watched, out: Out
) -> None:
    tick(FIRST)
    concerns.keep_from(
        watched.child, watched.guardian, reason="Named by the child", by=watched.manager, at=FIRST
    )
    send_all(FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.guardian.email])


def test_somebody_kept_from_the_child_in_mid_batch_hears_nothing(
    watched: Watched, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(FIRST)
    monkeypatch.setattr(delivery, "LOOKED_LASTS", 0)
    Message.objects.filter(channel="text").update(next_try_at=FIRST - timedelta(seconds=1), urgency=1)

    def mark(text: dict[str, Any]) -> None:
        if not out.texts:
            concerns.keep_from(
                watched.child, watched.guardian, reason="Named by the child", by=watched.manager, at=FIRST
            )

    out.on_text = mark
    send_all(FIRST)
    assert out.to == first_rungs(watched) - Counter([watched.guardian.email])


def test_somebody_kept_from_one_child_of_a_house_is_still_told_of_the_other(out: Out) -> None:
    home = factories.a_home()
    one = factories.a_watched_child(home=home)
    other = factories.a_watched_child(home=home)
    children.allocate(
        other.child,
        team=one.team,
        worker=one.worker,
        by=other.worker,
        at=factories.AT + timedelta(minutes=1),
    )
    tick(FIRST)
    concerns.keep_from(one.child, one.worker, reason="Named by the child", by=one.manager, at=FIRST)
    send_all(FIRST)
    said = " ".join(
        mail.get_body(("plain",)).get_content() for mail in out.mails if mail["To"] == one.worker.email
    )
    assert one.child.reference not in said
    assert other.child.reference in said


def test_a_house_whose_worker_left_tells_each_childs_new_worker_of_that_child_alone(out: Out) -> None:
    home = factories.a_home()
    one = factories.a_watched_child(home=home)
    other = factories.a_watched_child(home=home)
    soon = factories.AT + timedelta(minutes=1)
    children.allocate(other.child, team=one.team, worker=one.worker, by=other.worker, at=soon)
    tick(FIRST)
    people.leave(factories.membership_of(one.worker), at=FIRST)
    heirs = [factories.a_person(Role.SOCIAL_WORKER, team=one.team) for _ in range(2)]
    for child, heir in zip((one.child, other.child), heirs, strict=True):
        children.allocate(child, team=one.team, worker=heir, by=one.manager, at=FIRST)
    send_all(FIRST)
    for child, stranger, heir in (
        (one.child, other.child, heirs[0]),
        (other.child, one.child, heirs[1]),
    ):
        (mail,) = [mail for mail in out.mails if mail["To"] == heir.email]
        words = mail.get_body(("plain",)).get_content()
        assert child.reference in words
        assert stranger.reference not in words
    assert one.worker.email not in out.to


def nobody_on_duty(watched: Watched) -> None:
    watched.desk.shift.delete()
    type(watched.desk.team).objects.filter(pk=watched.desk.team.pk).update(phone="", second_phone="")
    Mailbox.objects.filter(pk=watched.desk.mailbox.pk).update(ends_at=factories.AT)


def test_a_rung_with_nobody_on_it_climbs_at_once_and_says_so(watched: Watched, out: Out) -> None:
    nobody_on_duty(watched)
    tick(FIRST)
    met = dict(AlertStep.objects.values_list("step", "met"))
    assert met == {"R0": "messages", "R1": "nobody", "R2": "messages"}
    assert AlertStep.objects.get(step="R2").climbed_at == FIRST
    send_all(FIRST)
    assert out.to[watched.manager.email] == 1
    assert not broken(FIRST)


def test_two_rungs_with_nobody_on_them_lead_to_the_next_that_has_somebody(watched: Watched, out: Out) -> None:
    nobody_on_duty(watched)
    people.leave(factories.membership_of(watched.manager), at=FIRST)
    tick(FIRST)
    tick(after(1))
    met = dict(AlertStep.objects.filter(alert__clock__kind="contact").values_list("step", "met"))
    # With nobody on duty R3 cannot ask anyone to ring the police: the fail-safe tells the force itself.
    assert met == {
        "R0": "messages",
        "R1": "nobody",
        "R2": "nobody",
        "R3": "nobody",
        "fail_safe": "messages",
    }
    send_all(after(1))
    assert out.to[watched.control_room.address] == 1
    assert not broken(after(1))


# --- Endings


def test_who_was_told_hears_the_ending_once_and_who_was_not_hears_nothing(watched: Watched, out: Out) -> None:
    tick(FIRST)
    Message.objects.filter(recipient=f"mail/user:{watched.guardian.pk}").update(next_try_at=after(9999))
    send_all(FIRST)
    factories.seen(watched.child, by=watched.carer, at=after(60))
    tick(after(61))
    send_all(after(62))
    told = first_rungs(watched) - Counter([watched.guardian.email])
    assert out.to == told + told
    assert not Message.objects.filter(kind=MessageKind.ENDING, user=watched.guardian).exists()
    assert not broken(after(62) + timedelta(minutes=5))


def test_an_ending_waits_for_the_alert_that_is_being_sent(watched: Watched, out: Out) -> None:
    tick(FIRST)
    worker = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    Message.objects.exclude(pk=worker.pk).update(status="cancelled")
    order: list[str] = []

    def meanwhile(mail: EmailMessage) -> None:
        if not order:
            order.append("in the server's hands")
            factories.seen(watched.child, by=watched.carer, at=after(1))
            tick(after(2))
            # Another sender comes along while the alert is not out: it must not overtake it.
            send_all(after(10))
            assert not out.mails

    out.on_mail = meanwhile
    delivery.deliver(clock=lambda: after(1))
    send_all(after(20))
    assert [mail["To"] for mail in out.mails] == [watched.worker.email] * 2
    worker.refresh_from_db()
    ending = Message.objects.get(kind=MessageKind.ENDING)
    assert (worker.status, ending.status) == (MessageStatus.SENT, MessageStatus.SENT)
    assert [mail["Message-ID"].split("@")[0][1:] for mail in out.mails] == [str(worker.pk), str(ending.pk)]


def test_an_ending_whose_alert_was_refused_after_all_is_not_sent(watched: Watched, out: Out) -> None:
    tick(FIRST)
    worker = Message.objects.get(recipient=f"mail/user:{watched.worker.pk}")
    Message.objects.exclude(pk=worker.pk).update(status="cancelled")

    def meanwhile(mail: EmailMessage) -> None:
        factories.seen(watched.child, by=watched.carer, at=after(1))
        tick(after(2))
        raise channels.Deferred("451 Try again later")

    out.on_mail = meanwhile
    delivery.deliver(clock=lambda: after(1))
    out.on_mail = lambda mail: None
    for later in range(5, 60, 5):
        send_all(after(later))
    assert not out.mails
    statuses = dict(Message.objects.values_list("kind", "status").filter(user=watched.worker))
    assert statuses == {"alert": MessageStatus.CANCELLED, "ending": MessageStatus.CANCELLED}


def test_an_alert_that_has_ended_is_not_sent_any_more(watched: Watched, out: Out) -> None:
    tick(FIRST)
    factories.seen(watched.child, by=watched.carer, at=after(1))
    tick(after(2))
    send_all(after(3))
    assert not out.to
    assert set(Message.objects.values_list("status", flat=True)) == {MessageStatus.CANCELLED}


def a_house(out: Out) -> tuple[Watched, Watched]:
    home = factories.a_home()
    one = factories.a_watched_child(home=home)
    return one, factories.a_watched_child(home=home)


def test_a_house_of_which_one_child_was_seen_before_the_send_is_told_of_the_other_alone(out: Out) -> None:
    seen, silent = a_house(out)
    tick(FIRST)
    factories.seen(seen.child, by=seen.carer, at=after(1))
    tick(after(2))
    send_all(after(3))
    words = " ".join(
        [mail.get_body(("plain",)).get_content() for mail in out.mails] + [text["text"] for text in out.texts]
    )
    assert silent.child.reference in words
    assert seen.child.reference not in words
    assert not Message.objects.filter(kind=MessageKind.ENDING).exists()
    assert not broken(after(3) + timedelta(minutes=5))


def test_a_house_of_which_one_child_was_seen_after_the_send_hears_that_of_the_one(out: Out) -> None:
    seen, silent = a_house(out)
    tick(FIRST)
    send_all(FIRST)
    before = len(out.mails)
    factories.seen(seen.child, by=seen.carer, at=after(60))
    tick(after(61))
    send_all(after(62))
    endings = out.mails[before:]
    assert endings
    for mail in endings:
        words = mail.get_body(("plain",)).get_content()
        assert seen.child.reference in words
        assert silent.child.reference not in words
    assert Alert.objects.open().get().child == silent.child
    assert not broken(after(62) + timedelta(minutes=5))


def test_a_house_in_doubt_after_a_lost_connection_is_not_told_again_of_the_child_who_was_seen(
    out: Out,
) -> None:
    seen, silent = a_house(out)
    tick(FIRST)

    def lose(mail: EmailMessage) -> None:
        raise channels.Uncertain("lost after DATA")

    out.on_mail = lose
    delivery.deliver(clock=lambda: FIRST)
    out.on_mail = lambda mail: None
    factories.seen(seen.child, by=seen.carer, at=after(1))
    tick(after(2))
    for later in range(3, 30, 3):
        send_all(after(later))
    for mail in out.mails:
        words = mail.get_body(("plain",)).get_content()
        assert (seen.child.reference in words) != (silent.child.reference in words)
    # Both desks may have had the first mail: they hear that it has ended for that child.
    ends = Message.objects.filter(kind=MessageKind.ENDING, status=MessageStatus.SENT)
    assert ends.filter(user=seen.worker).exists()


# --- The second person


def test_a_task_whose_second_cannot_be_rung_stops_neither_the_others_nor_the_clocks(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = factories.a_watched_child()
    tick(FIRST)
    bad = DutyTask.objects.get(authority=watched.authority)
    good = DutyTask.objects.get(authority=other.authority)
    second_calls = duty_tasks._second_calls

    def fails(tasks: Any, now: datetime) -> Any:
        if bad in tasks:
            raise ValueError("a record that fails")
        return second_calls(tasks, now)

    monkeypatch.setattr(duty_tasks, "_second_calls", fails)
    late = factories.a_watched_child()
    swept = sweep.sweep(now=FIRST + timedelta(minutes=16))
    assert swept.failed == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.second_rung_at is not None
    assert bad.second_rung_at is None
    assert bad.next_at == FIRST + timedelta(minutes=17)
    assert Alert.objects.filter(child=late.child).exists()
