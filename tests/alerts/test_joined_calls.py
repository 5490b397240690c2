"""A call that is about several messages to one reader: none of the children it lists is lost with another of them."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from alerts import (
    delivery,
    desk,
    duty_tasks,
    emails,
    journey_mails,
    one_reader,
    outbox,
    phone_tasks,
    second_calls,
)
from alerts.models import Alert, Channel, DutyTask, Message
from alerts.posts import Post, Recipient
from alerts.states import MessageStatus
from cases import concerns, responsibilities
from cases.models import User
from tests import factories
from tests.alerts.outgoing import Out, catch
from tests.alerts.test_late_posts import (
    OWED,
    gateway_down,
    house_with_nothing_owed,
    let_out,
    owe,
    phoned,
    send,
    two_late_for_the_manager,
)
from tests.factories import Watched

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def to_manager(w: Watched) -> Recipient:
    return Recipient(Post.MANAGER, Channel.MAIL, user_id=w.manager.pk)


def sent(alerts: list[Alert], to: Recipient, *, at: datetime = OWED, **said: object) -> list[Message]:
    """A word of each of these that went out to one reader, one by one, and is for a server or gateway to refuse."""
    messages = owe(alerts, to, at=at, **said)
    rows = Message.objects.filter(pk__in=[one.pk for one in messages])
    rows.update(status=MessageStatus.SENT, sent_at=at, attempts=1)
    return list(rows.order_by("created_at", "pk"))


def call_of(message: Message) -> DutyTask:
    return DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM, message=message)


def over(alert: Alert, at: datetime) -> None:
    """What was told of this child alone has ended, as `standdowns.stand_down` has it end."""
    alert.status, alert.ended_at = "ended", at
    alert.save(update_fields=["status", "ended_at"])
    outbox.end([alert], at=at)
    duty_tasks.close_for([alert.pk], answer=duty_tasks.ENDED, at=at)


def test_a_call_goes_on_about_who_joined_it_though_its_own_message_comes_back_after_the_end(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    (held,) = sent([first], to_manager(w))
    assert delivery.delay(held.pk, "greylisted", at=OWED + MINUTE)
    (lost,) = sent([second], to_manager(w))
    assert delivery.bounce(lost.pk, "no such mailbox", at=OWED + 2 * MINUTE)
    assert phoned() == [{first, second}]
    over(first, OWED + 3 * MINUTE)
    assert delivery.bounce(held.pk, "no such mailbox", at=OWED + 4 * MINUTE)
    call = call_of(held)
    assert call.done_at is None, "nobody has told the manager of the second child"


@pytest.mark.by_turns(8)
def test_what_is_refused_joins_no_call_of_which_the_second_person_was_rung(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    (lost,) = sent([first], to_manager(w))
    assert delivery.bounce(lost.pk, "no such mailbox", at=OWED)
    call = call_of(lost)
    duty_tasks.take(call, by=w.desk.person, at=OWED + MINUTE)
    rung_at = OWED + MINUTE + duty_tasks.HELD_FOR
    second_calls.ring_second(now=rung_at)
    call.refresh_from_db()
    assert (call.second_rung_at, call.taken_at) == (rung_at, None)
    (later,) = sent([second], to_manager(w), at=rung_at)
    assert delivery.bounce(later.pk, "no such mailbox", at=rung_at + MINUTE)
    assert phoned() == [{first}, {second}]
    second_calls.ring_second(now=rung_at + HOUR / 2)
    told = Message.objects.filter(wording="second_person", items__alert=second)
    assert told.filter(user=w.desk.second).exists(), "the second person hears of the other child too"


@pytest.mark.by_turns(8)
def test_what_is_refused_joins_no_call_about_a_journey_that_ends_with_it(out: Out) -> None:
    w, (alert,) = house_with_nothing_owed(1)
    other = factories.a_child(w.authority, team=w.team, worker=w.worker)
    planned = factories.planned(other, by=w.worker, departs_at=OWED + 5 * HOUR, at=OWED)
    said = journey_mails.Said(planned, journey_mails.BARRED, "barred:1:1", OWED)
    barred = journey_mails.message_of(said, to_manager(w), "barred_manager", w.authority.pk, OWED)
    barred.status, barred.sent_at, barred.attempts = MessageStatus.SENT, OWED, 1
    barred.save()
    assert delivery.bounce(barred.pk, "no such mailbox", at=OWED)
    (lost,) = sent([alert], to_manager(w))
    assert delivery.bounce(lost.pk, "no such mailbox", at=OWED + MINUTE)
    assert call_of(barred) != call_of(lost)
    assert {item.alert for item in call_of(lost).items.all()} == {alert}


@pytest.mark.by_turns(8)
def test_a_manager_who_has_the_desk_as_well_is_phoned_of_what_they_did_not_get_as_a_manager(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    gateway_down(out)
    phone = w.desk.shift.phone
    User.objects.filter(pk=w.manager.pk).update(phone=phone)
    own = Recipient(Post.DUTY, Channel.TEXT, user_id=w.manager.pk, phone=phone)
    owe([first], own, at=OWED, wording="duty_no_record")
    now = send(6, 12)
    (notice,) = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)
    assert notice.is_of_own_desk
    (lost,) = sent([second], to_manager(w), at=now)
    assert delivery.bounce(lost.pk, "no such mailbox", at=now)
    notice.refresh_from_db()
    assert {item.alert for item in notice.items.all()} == {first}
    assert call_of(lost).items.get().alert == second


def two_refused(w: Watched, first: Alert, second: Alert) -> DutyTask:
    """One call to the manager about both, whose own message is about the first."""
    (asked,) = sent([first], to_manager(w))
    (joined,) = sent([second], to_manager(w))
    for one in (asked, joined):
        assert delivery.bounce(one.pk, "no such mailbox", at=OWED)
    assert phoned() == [{first, second}]
    return call_of(asked)


@pytest.mark.by_turns(8)
def test_the_desk_names_whoever_joined_a_call_when_the_search_that_it_began_with_is_over(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    call = two_refused(w, first, second)
    DutyTask.objects.filter(pk=call.pk).update(episode=first.child.episodes.get())
    over(first, OWED + MINUTE)
    ((row,),) = desk.read(w.desk.person, now=OWED + MINUTE).failed
    assert row.task == call
    assert row.child == second.child
    assert row.reference == second.child.reference
    assert row.others == []


def said_of(client: Client, w: Watched, call: DutyTask) -> str:
    client.force_login(w.desk.person)
    return client.get(f"/duty/tasks/{call.pk}/done/").content.decode()


@pytest.mark.by_turns(8)
def test_what_came_of_it_names_whoever_the_call_goes_on_about(client: Client, out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    call = two_refused(w, first, second)
    begun = first.child.episodes.get()
    DutyTask.objects.filter(pk=call.pk).update(episode=begun)
    page = said_of(client, w, call)
    assert begun.reference in page
    assert second.child.reference in page
    over(first, OWED + MINUTE)
    page = said_of(client, w, call)
    assert first.child.reference not in page
    assert second.child.reference in page


def test_what_came_of_it_names_no_child_who_is_kept_from_its_reader(client: Client, out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    call = two_refused(w, first, second)
    DutyTask.objects.filter(pk=call.pk).update(episode=first.child.episodes.get())
    concerns.keep_from(first.child, w.desk.person, reason="An allegation", by=w.manager, at=OWED)
    page = said_of(client, w, call)
    assert first.child.reference not in page
    assert second.child.reference in page


def test_the_second_person_hears_of_a_call_whose_first_child_is_seen_before_the_text_goes_out(
    out: Out,
) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    call = two_refused(w, first, second)
    now = OWED + HOUR / 2
    assert second_calls.ring_second(now=now, only=call.pk) == 1
    over(first, now + MINUTE)
    Message.objects.filter(status=MessageStatus.QUEUED).exclude(wording="second_person").update(
        status=MessageStatus.CANCELLED
    )
    delivery.deliver(clock=lambda: now + 2 * MINUTE)
    assert out.to[w.desk.shift.second_phone] == 1
    call.refresh_from_db()
    assert call.done_at is None


@pytest.mark.by_turns(8)
def test_the_second_person_is_rung_of_the_child_who_is_left_in_a_call_and_of_no_search_that_is_over(
    out: Out,
) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    call = two_refused(w, first, second)
    assert call.next_at is not None
    begun = first.child.episodes.get()
    DutyTask.objects.filter(pk=call.pk).update(episode=begun)
    over(first, OWED + MINUTE)
    assert second_calls.ring_second(now=call.next_at, only=call.pk) == 1
    (text,) = Message.objects.filter(wording="second_person", post=Post.SECOND)
    assert emails.compose_text(text, now=call.next_at)
    assert second.child.reference in emails.compose(text, now=call.next_at).text
    assert begun.reference not in emails.compose(text, now=call.next_at).text


@pytest.mark.by_turns(8)
def test_of_a_refused_mail_each_rung_brings_its_own_next_one_nearer(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    later, head = OWED + 5 * HOUR, Recipient(Post.HEAD, Channel.MAIL, user_id=w.head.pk)
    for alert in (first, second):
        steps = {
            "R1": OWED.isoformat(),
            "R2": OWED.isoformat(),
            "R3": later.isoformat(),
            "R4": later.isoformat(),
        }
        Alert.objects.filter(pk=alert.pk).update(steps=steps)
    (one,) = sent([first], head, step="R3", wording="review_coming")
    (other,) = sent([second], head, step="R2", wording="review_coming")
    Message.objects.filter(pk__in=(one.pk, other.pk)).update(bundle=one.pk, joins_from=OWED)
    assert delivery.bounce(one.pk, "no such mailbox", at=OWED + MINUTE)
    first.refresh_from_db()
    second.refresh_from_db()
    now = (OWED + MINUTE).isoformat()
    assert (first.steps["R3"], first.steps["R4"]) == (later.isoformat(), now)
    assert (second.steps["R3"], second.steps["R4"]) == (now, later.isoformat())


@pytest.mark.by_turns(8)
def test_a_call_passes_to_a_desk_that_has_finished_the_one_about_another_child_of_its_mail(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    call = two_refused(w, first, second)
    there = factories.a_watched_child()
    for minutes, alert in ((1, first), (3, second)):
        at = OWED + minutes * MINUTE
        responsibilities.start(alert.child, authority=there.authority, by=there.manager, at=at)
        theirs = DutyTask.objects.get(authority=there.authority, message=call.message, items__alert=alert)
        assert theirs.done_at is None
        assert {item.alert for item in theirs.items.filter(alert__status="open")} >= {alert}
        duty_tasks.finish(theirs, answer="Told them", by=there.desk.person, at=at + MINUTE)


def one_refused_of_two_late(out: Out) -> tuple[Message, Alert, DutyTask, datetime]:
    """A late message, and the alert of another that joined the call about it and was refused since."""
    _w, (first, second), call, now = two_late_for_the_manager(out)
    late, lost = (first, second) if call.message_id == first.pk else (second, first)
    Message.objects.filter(pk=lost.pk).update(status=MessageStatus.FAILED)
    return late, lost.items.get().alert, call, now


@pytest.mark.by_turns(8)
def test_a_call_closes_when_its_late_message_is_out_and_who_was_refused_beside_it_is_seen_since(
    out: Out,
) -> None:
    late, lost, call, now = one_refused_of_two_late(out)
    over(lost, now)
    let_out(late, now + MINUTE)
    call.refresh_from_db()
    assert call.answer == phone_tasks.ARRIVED


@pytest.mark.by_turns(8)
def test_a_call_that_stood_for_a_refused_message_closes_with_the_end_of_what_that_told_of(out: Out) -> None:
    late, lost, call, now = one_refused_of_two_late(out)
    let_out(late, now + MINUTE)
    call.refresh_from_db()
    assert call.done_at is None, "nobody has told the manager of the other child"
    over(lost, now + 2 * MINUTE)
    one_reader.close_heard([lost.pk], at=now + 2 * MINUTE)
    call.refresh_from_db()
    assert call.answer == phone_tasks.ARRIVED


@pytest.mark.by_turns(8)
def test_a_call_stands_while_what_joined_it_at_its_first_try_waits(out: Out) -> None:
    _w, (first, second), call, now = two_late_for_the_manager(out)
    Message.objects.filter(pk=second.pk).update(attempts=1)
    let_out(first, now + MINUTE)
    call.refresh_from_db()
    assert call.done_at is None
