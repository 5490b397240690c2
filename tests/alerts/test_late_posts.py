"""A council's own post whose messages wait for hours: the desk phones, the next rung comes, and nothing stands for told."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import reverse

from alerts import channels, delivery, desk, duty_tasks, outbox, outcomes, phone_tasks, told_by_phone
from alerts.models import Alert, AlertStep, Channel, DutyTask, Message, MessageItem
from alerts.posts import Post, Recipient
from alerts.states import MessageStatus
from cases import clock
from cases.models import AccessRecord, Team, User
from tests import factories
from tests.alerts.outgoing import CLOSES, SECOND, Out, broken, catch, named_by, send_all, tick
from tests.alerts.test_one_call_for_a_house import OWED, a_house
from tests.factories import Watched

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PHONED = outcomes.DEFERRED_AT_MOST


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


@pytest.fixture
def one(out: Out) -> Watched:
    """A child whose manager, head and director have no phone on record, and a mail server that takes none of their mail."""
    found = factories.a_watched_child()
    posts = (found.manager, found.head, found.director)
    User.objects.filter(pk__in=[person.pk for person in posts]).update(phone="")

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) in {person.email for person in posts}:
            raise channels.Deferred("451 4.7.1 greylisted")

    out.on_mail = on_mail
    return found


def drive(start: datetime, until: datetime, step: timedelta = 3 * MINUTE) -> datetime:
    now = start
    while now <= until:
        tick(now)
        for _ in range(3):
            delivery.deliver(clock=lambda now=now: now)  # type: ignore[misc]
        now += step
    return now - step


def climbed(one: Watched) -> dict[str, tuple[datetime, str]]:
    rows = AlertStep.objects.filter(alert__child=one.child, alert__clock__kind="contact")
    return {step: (at, met) for step, at, met in rows.values_list("step", "climbed_at", "met")}


def calls(**about: Any) -> set[str]:
    rows = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, **about)
    return set(rows.values_list("message__step", flat=True))


@pytest.mark.by_turns
def test_each_post_is_phoned_after_ten_minutes_and_a_call_step_that_is_not_out_stands_for_no_rung(
    one: Watched,
) -> None:
    end = drive(CLOSES + 28 * MINUTE, CLOSES + timedelta(hours=13), step=6 * MINUTE)
    waiting = Message.objects.filter(post__in=("manager", "head", "director"), channel="mail")
    assert set(waiting.values_list("status", flat=True)) == {MessageStatus.QUEUED}
    assert calls() >= {"R2", "call_30", "call_60", "call_120", "R4", "R5"}
    assert {climbed(one)[step][1] for step in ("R4", "R5")} == {AlertStep.Met.MESSAGES}
    assert DutyTask.objects.get(message__step="R2").second_rung_at is not None
    assert broken(end) == []


@pytest.mark.by_turns
def test_a_call_step_that_a_later_server_holds_stands_for_no_rung(one: Watched, out: Out) -> None:
    out.on_mail = lambda mail: None
    end = drive(CLOSES + 28 * MINUTE, CLOSES + 4 * HOUR, step=6 * MINUTE)
    call = Message.objects.get(step="call_120", post="director")
    assert delivery.delay(call.pk, "greylisted", at=end)
    assert calls() == {"call_120"}
    drive(end, CLOSES + 13 * HOUR, step=HOUR / 2)
    assert climbed(one)["R5"][1] == AlertStep.Met.MESSAGES


@pytest.mark.by_turns
def test_nobody_is_phoned_before_ten_minutes_nor_twice(one: Watched) -> None:
    drive(SECOND, SECOND + PHONED - 2 * MINUTE)
    assert calls() == set()
    drive(SECOND + PHONED, SECOND + PHONED + 10 * MINUTE)
    assert DutyTask.objects.filter(message__step="R2").count() == 1


@pytest.mark.by_turns
def test_whoever_was_texted_of_the_same_step_is_not_phoned(one: Watched) -> None:
    User.objects.filter(pk=one.manager.pk).update(phone="01632 960 555")
    drive(SECOND, SECOND + 2 * PHONED)
    assert calls() == set()


@pytest.mark.by_turns
def test_the_next_rung_comes_at_once_where_nobody_on_this_one_was_reached_and_the_police_at_their_time(
    one: Watched, out: Out
) -> None:
    factories.end_shift(one.desk)
    Team.objects.filter(pk=one.desk.team.pk).update(phone="")

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) in (one.desk.mailbox.address, one.manager.email):
            raise channels.Deferred("451 4.7.1 greylisted")

    out.on_mail = on_mail
    drive(CLOSES + 30 * MINUTE, CLOSES + 93 * MINUTE)
    at = {step: round((moment - CLOSES) / MINUTE) for step, (moment, _met) in climbed(one).items()}
    assert 40 <= at["R2"] <= 48
    assert 60 <= at["R3"] <= 63
    assert at["fail_safe"] >= 90


@pytest.mark.by_turns
def test_the_end_is_told_to_whoever_was_phoned_because_a_mail_was_late(one: Watched, out: Out) -> None:
    drive(SECOND, SECOND + PHONED + 6 * MINUTE)
    task = DutyTask.objects.get(message__step="R2")
    now = SECOND + PHONED + 7 * MINUTE
    duty_tasks.finish(task, answer="Told her", by=one.desk.person, at=now)
    factories.seen(one.child, by=one.carer, at=now)
    tick(now + MINUTE)
    endings = Message.objects.filter(kind="ending", user=one.manager)
    assert endings.exists()


@pytest.mark.by_turns
def test_whoever_was_texted_of_several_calls_at_once_is_not_phoned_of_any(out: Out) -> None:
    w, _children = a_house(2)
    # The manager alone stands behind the desk.
    factories.end_shift(w.desk)
    Team.objects.filter(pk=w.desk.team.pk).update(second_phone="")

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == w.manager.email:
            raise channels.Deferred("451 4.7.1 greylisted")

    out.on_mail = on_mail
    drive(OWED - 89 * MINUTE, OWED - MINUTE)
    several = Message.objects.filter(step__startswith="second:", channel="mail")
    assert max(len(set(one.items.values_list("step", flat=True))) for one in several) > 1
    assert calls() == set()


@pytest.mark.by_turns
def test_what_waits_in_one_mail_to_one_person_is_one_call(out: Out, settings: Any) -> None:
    settings.BUNDLE_SECONDS = 300
    w, children = a_house(3)
    tick(OWED)
    alerts = Alert.objects.open().filter(child__in=children, clock__kind="contact")
    Message.objects.update(status=MessageStatus.CANCELLED)
    told = {"step": "R0", "kind": "alert", "wording": "review_coming", "urgency": 1, "owed_at": OWED}
    manager = Recipient(Post.MANAGER, Channel.MAIL, user_id=w.manager.pk)
    outbox.enqueue([outbox.Owed(alert=one, recipient=manager, **told) for one in alerts], at=OWED)

    def on_mail(mail: EmailMessage) -> None:
        raise channels.Deferred("451 4.7.1 greylisted")

    out.on_mail = on_mail
    for minutes in (6, 20, 30, 40):
        delivery.deliver(clock=lambda now=OWED + minutes * MINUTE: now)  # type: ignore[misc]
    (call,) = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message__wording="review_coming")
    assert {item.alert.child for item in call.items.all()} == set(children)


DOWN = "503 the gateway is down"
# The second sweep finds what waits ten minutes late; the third finds nothing more to ask.
TRIES = (6, 20, 30, 40)


def owe(alerts: Iterable[Alert], to: Recipient, *, at: datetime, **said: Any) -> list[Message]:
    """Owe a word of each of these to one reader, one by one."""
    said = {"step": "call_45", "kind": "alert", "wording": "manager_no_record", "urgency": 1} | said
    known = set(Message.objects.values_list("pk", flat=True))
    outbox.enqueue([outbox.Owed(alert=one, recipient=to, owed_at=at, **said) for one in alerts], at=at)
    return list(Message.objects.exclude(pk__in=known).order_by("created_at", "pk"))


def house_with_nothing_owed(count: int) -> tuple[Watched, list[Alert]]:
    """So many silent children of one home, of whom no other message waits and no call is asked for."""
    w, children = a_house(count)
    tick(OWED)
    alerts = list(Alert.objects.open().filter(child__in=children, clock__kind="contact").order_by("pk"))
    Message.objects.update(status=MessageStatus.CANCELLED)
    DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).delete()
    assert len(alerts) == count
    return w, alerts


def gateway_down(out: Out, *, mail: bool = False) -> None:
    def defer(_sent: object) -> None:
        raise channels.Deferred(DOWN)

    out.on_text = defer
    if mail:
        out.on_mail = defer


def send(*minutes: int, since: datetime = OWED) -> datetime:
    for later in minutes:
        delivery.deliver(clock=lambda now=since + later * MINUTE: now)  # type: ignore[misc]
    return since + minutes[-1] * MINUTE


def phoned() -> list[set[Alert]]:
    """What each call on the desk is about."""
    calls = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).order_by("opened_at", "pk")
    return [{item.alert for item in call.items.all()} for call in calls]


def texted(person: User) -> Recipient:
    return Recipient(Post.MANAGER, Channel.TEXT, user_id=person.pk, phone="01632 960 555")


@pytest.mark.by_turns
def test_late_texts_to_one_phone_are_one_call(out: Out) -> None:
    w, alerts = house_with_nothing_owed(3)
    gateway_down(out)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    assert len(owe(alerts, texted(w.manager), at=OWED)) == 3
    send(*TRIES)
    assert phoned() == [set(alerts)]


@pytest.mark.by_turns
def test_a_late_text_and_a_late_mail_to_one_person_are_one_call(out: Out) -> None:
    w, alerts = house_with_nothing_owed(1)
    gateway_down(out, mail=True)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    owe(alerts, texted(w.manager), at=OWED)
    owe(alerts, Recipient(Post.MANAGER, Channel.MAIL, user_id=w.manager.pk), at=OWED)
    send(*TRIES)
    assert phoned() == [set(alerts)]


@pytest.mark.by_turns(8)
def test_what_is_late_after_the_call_was_taken_is_a_call_of_its_own_and_what_joined_it_is_not(
    out: Out,
) -> None:
    w, (first, second, third) = house_with_nothing_owed(3)
    gateway_down(out)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    owe([first], texted(w.manager), at=OWED)
    owe([second], texted(w.manager), at=OWED + 5 * MINUTE)
    now = send(6, 12, 20)
    assert phoned() == [{first, second}]
    call = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    duty_tasks.take(call, by=w.desk.person, at=now)
    owe([third], texted(w.manager), at=now)
    send(12, 20, 30, since=now)
    assert phoned() == [{first, second}, {third}]
    duty_tasks.finish(call, answer="Told her", by=w.desk.person, at=now + 31 * MINUTE)
    send(40, 50, since=now)
    assert len(phoned()) == 2


@pytest.mark.by_turns
def test_what_came_after_the_first_in_a_mail_is_as_late_as_that_one(out: Out) -> None:
    w, (first, second, third) = house_with_nothing_owed(3)
    gateway_down(out, mail=True)
    manager = Recipient(Post.MANAGER, Channel.MAIL, user_id=w.manager.pk)
    owe([first, second], manager, at=OWED, joins_others=True)
    owe([third], manager, at=OWED + 9 * MINUTE, joins_others=True)
    Message.objects.filter(status=MessageStatus.QUEUED).update(joins_from=OWED, next_try_at=OWED)
    send(9, 20, 26)
    (call,) = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)
    assert {item.alert for item in call.items.all()} == {first, second, third}


@pytest.mark.by_turns
def test_what_joined_a_call_stands_for_nothing_either_and_its_reader_hears_the_end(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    gateway_down(out)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    owe([first], texted(w.manager), at=OWED)
    (joined,) = owe([second], texted(w.manager), at=OWED + MINUTE)
    now = send(6, 12, 20)
    assert phoned() == [{first, second}]
    late = MessageItem.objects.filter(told_by_phone.LATE).values_list("message", flat=True)
    assert joined.pk in late
    call = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    duty_tasks.finish(call, answer="Told her", by=w.desk.person, at=now)
    Message.objects.filter(pk=joined.pk).update(status=MessageStatus.CANCELLED)
    item = joined.items.select_related("message", "alert__episode").get()
    assert told_by_phone.heard([item]) == [item]


@pytest.mark.by_turns
def test_a_later_server_that_holds_a_mail_holds_all_that_went_in_it(out: Out) -> None:
    w, alerts = house_with_nothing_owed(2)
    manager = Recipient(Post.MANAGER, Channel.MAIL, user_id=w.manager.pk)
    (first, second) = owe(alerts, manager, at=OWED)
    now = send(1)
    Message.objects.filter(pk__in=(first.pk, second.pk)).update(bundle=first.pk, joins_from=OWED)
    first.refresh_from_db()
    assert first.bundle is not None
    assert delivery.delay(first.bundle, "greylisted", at=now)
    assert not Message.objects.filter(bundle=first.bundle, delayed_at=None).exists()
    assert phoned() == [set(alerts)]
    assert not delivery.delay(first.bundle, "greylisted", at=now + MINUTE)


@pytest.mark.by_turns
def test_the_desk_names_each_child_of_a_call(out: Out) -> None:
    w, (first, second, _third) = house_with_nothing_owed(3)
    gateway_down(out)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    owe([first], texted(w.manager), at=OWED)
    owe([second], texted(w.manager), at=OWED)
    now = send(6, 12)
    assert phoned() == [{first, second}]
    (calls,) = desk.read(w.desk.person, now=now).failed
    (call,) = calls
    named = {call.child, *call.others}
    assert named == {first.child, second.child}
    page = render_to_string("alerts/duty_failed.html", {"calls": calls, "now": now})
    assert all(child.reference in page.replace("\u2011", "-") for child in call.others)


def two_late_for_the_manager(out: Out) -> tuple[Watched, list[Message], DutyTask, datetime]:
    w, (first, second) = house_with_nothing_owed(2)
    gateway_down(out)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    owed = [*owe([first], texted(w.manager), at=OWED), *owe([second], texted(w.manager), at=OWED)]
    now = send(6, 12)
    out.on_text = lambda text: None
    return w, owed, DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM), now


def let_out(message: Message, at: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(next_try_at=at)
    Message.objects.filter(status=MessageStatus.QUEUED).exclude(pk=message.pk).update(next_try_at=at + HOUR)
    delivery.deliver(clock=lambda: at)
    message.refresh_from_db()
    assert message.status == MessageStatus.SENT


@pytest.mark.by_turns(8)
def test_a_late_call_that_nobody_took_closes_when_the_last_of_its_messages_is_out(out: Out) -> None:
    _w, (first, second), call, now = two_late_for_the_manager(out)
    let_out(first, now + MINUTE)
    call.refresh_from_db()
    assert call.done_at is None, "the other waits still"
    let_out(second, now + 2 * MINUTE)
    call.refresh_from_db()
    assert (call.done_at, call.answer, call.done_by) == (now + 2 * MINUTE, phone_tasks.ARRIVED, None)
    assert not DutyTask.objects.made().filter(pk=call.pk).exists()
    # What comes back after all is phoned.
    assert delivery.bounce(call.message_id, "no such number", at=now + 5 * MINUTE)
    call.refresh_from_db()
    assert (call.done_at, call.answer, call.opened_at) == (None, "", now + 5 * MINUTE)


@pytest.mark.by_turns
def test_a_late_call_that_somebody_took_is_theirs_to_finish(out: Out) -> None:
    w, (first, second), call, now = two_late_for_the_manager(out)
    duty_tasks.take(call, by=w.desk.person, at=now)
    let_out(first, now + MINUTE)
    let_out(second, now + 2 * MINUTE)
    call.refresh_from_db()
    assert (call.done_at, call.taken_by) == (None, w.desk.person)


@pytest.mark.by_turns
def test_a_late_call_whose_message_is_refused_in_the_end_stands(out: Out) -> None:
    _w, _owed, call, now = two_late_for_the_manager(out)
    about = Message.objects.get(pk=call.message_id)
    other = Message.objects.exclude(pk=about.pk).get(step="call_45")
    Message.objects.filter(pk=about.pk).update(status=MessageStatus.FAILED)
    let_out(other, now + MINUTE)
    call.refresh_from_db()
    assert call.done_at is None


def duty(w: Watched, channel: str) -> Recipient:
    if channel == Channel.MAIL:
        return Recipient(Post.DUTY, Channel.MAIL, mailbox_id=w.desk.mailbox.pk)
    return Recipient(Post.DUTY, Channel.TEXT, user_id=w.desk.person.pk, phone=w.desk.shift.phone)


@pytest.mark.by_turns(8)
def test_a_desk_is_not_asked_to_phone_itself_and_reads_once_that_what_it_is_sent_is_late(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    gateway_down(out, mail=True)
    said = {"wording": "duty_no_record"}
    owe([first], duty(w, Channel.TEXT), at=OWED, **said)
    owe([first], duty(w, Channel.MAIL), at=OWED, **said)
    owe([second], duty(w, Channel.TEXT), at=OWED, **said)
    now = send(*TRIES)
    (notice,) = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)
    assert {item.alert for item in notice.items.all()} == {first, second}
    assert notice.title == "Messages to this desk are late"
    assert notice.next_at is not None, "the second person is rung where nobody takes it"
    (calls,) = desk.read(w.desk.person, now=now).failed
    page = render_to_string("alerts/duty_failed.html", {"calls": calls, "now": now})
    assert "Nobody is to be phoned" in page
    assert "I am ringing" not in page
    assert w.desk.shift.phone not in page
    assert "It is about these children too" in page
    assert "Tell them" not in page, "whoever reads it is the desk itself"
    page = asked_of_the_desk(w, notice, now)
    assert "Nobody is to be phoned" in page
    assert "Whom you spoke to" not in page


def asked_of_the_desk(w: Watched, task: DutyTask, now: datetime) -> str:
    """The page on which the desk says what came of it."""
    client = Client()
    with override_settings(CLOCK_SHIFT=0):
        shift = (now - clock.now()).total_seconds()
    with override_settings(CLOCK_SHIFT=shift):
        client.force_login(w.desk.person)
        return client.get(reverse("task_done", args=[task.pk])).content.decode()


def test_while_no_text_goes_out_a_desk_has_one_task_that_names_whoever_was_not_told(out: Out) -> None:
    w, alerts = house_with_nothing_owed(2)
    gateway_down(out)
    everybody = {
        Post.MANAGER: w.manager,
        Post.HEAD: w.head,
        Post.DIRECTOR: w.director,
        Post.SECOND: w.desk.second,
    }
    for post, person in everybody.items():
        User.objects.filter(pk=person.pk).update(phone=f"01632 960 {person.pk:03}")
        to = Recipient(post, Channel.TEXT, user_id=person.pk, phone=f"01632 960 {person.pk:03}")
        owe(alerts, to, at=OWED)
    now = send(*TRIES)
    (task,) = DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)
    assert task.title == "Texts are not going out: phone each of these people"
    ((call,),) = desk.read(w.desk.person, now=now).failed
    assert {one.message.user for one in call.untold} == set(everybody.values())
    assert {len(one.references) for one in call.untold} == {2}
    page = render_to_string("alerts/duty_failed.html", {"calls": [call], "now": now})
    assert "4 people have not been told." in page
    said = asked_of_the_desk(w, task, now)
    for shown in (page, said):
        assert all(person.name in shown for person in everybody.values()), "whom to phone"
        assert all(alert.child.reference in shown for alert in alerts)
    read = AccessRecord.objects.filter(page="task_done", user=w.desk.person)
    assert {one.child_id for one in read} == {alert.child_id for alert in alerts}
    buttons = re.findall(r'visually-hidden">: Texts are not going out[^<]*', page)
    assert len(buttons) == 2
    assert not any(person.name in words for words in buttons for person in everybody.values())
    # Whoever has the text leaves the list, and with the last of them the task closes.
    late = Message.objects.filter(step="call_45")
    out.on_text = lambda text: None
    late.filter(user=w.head).update(next_try_at=now + MINUTE)
    late.exclude(user=w.head).update(next_try_at=now + 2 * HOUR)
    delivery.deliver(clock=lambda: now + MINUTE)
    ((call,),) = desk.read(w.desk.person, now=now + MINUTE).failed
    assert len(call.untold) == 3
    late.update(next_try_at=now + 2 * MINUTE)
    send_all(now + 2 * MINUTE)
    task.refresh_from_db()
    assert task.answer == phone_tasks.ARRIVED


@pytest.mark.by_turns
def test_whoever_was_phoned_while_no_text_went_out_stands_for_told_when_it_ends(out: Out) -> None:
    w, (first, _second) = house_with_nothing_owed(2)
    gateway_down(out)
    for post, person in ((Post.MANAGER, w.manager), (Post.HEAD, w.head), (Post.DIRECTOR, w.director)):
        owe(
            [first],
            Recipient(post, Channel.TEXT, user_id=person.pk, phone=f"01632 960 {person.pk:03}"),
            at=OWED,
        )
    now = send(*TRIES)
    task = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    duty_tasks.finish(task, answer="Told all three", by=w.desk.person, at=now)
    Message.objects.filter(step="call_45").update(status=MessageStatus.CANCELLED)
    items = list(MessageItem.objects.filter(step="call_45").select_related("message", "alert__episode"))
    assert {item.message.user for item in told_by_phone.heard(items)} == {w.manager, w.head, w.director}


@pytest.mark.by_turns
def test_one_phone_that_takes_no_text_is_no_outage(out: Out) -> None:
    w, (first, second) = house_with_nothing_owed(2)
    gateway_down(out)
    owe([first], texted(w.manager), at=OWED)
    owe([second], Recipient(Post.HEAD, Channel.TEXT, user_id=w.head.pk, phone="01632 960 556"), at=OWED)
    send(*TRIES)
    assert {task.step for task in DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM)} == {""}
    assert len(phoned()) == 2


@pytest.mark.by_turns
def test_a_desk_of_which_neither_text_nor_mail_goes_out_holds_up_no_rung(out: Out) -> None:
    w, (first, _second) = house_with_nothing_owed(2)
    gateway_down(out, mail=True)
    owe([first], duty(w, Channel.TEXT), at=OWED, wording="duty_no_record")
    (mail,) = owe([first], duty(w, Channel.MAIL), at=OWED, wording="duty_no_record")
    send(*TRIES)
    assert len(phoned()) == 1
    assert mail.pk in MessageItem.objects.filter(told_by_phone.LATE).values_list("message", flat=True)
    text = Message.objects.get(step="call_45", channel=Channel.TEXT)
    assert text.pk in MessageItem.objects.filter(told_by_phone.LATE).values_list("message", flat=True)


def test_a_mail_that_a_later_server_holds_after_its_text_was_late_brings_the_next_rung_nearer(
    out: Out,
) -> None:
    w, (alert,) = house_with_nothing_owed(1)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")
    mail = Message.objects.get(step="R2", user=w.manager, channel=Channel.MAIL)
    Message.objects.filter(pk=mail.pk).update(status=MessageStatus.SENT, sent_at=OWED)
    gateway_down(out)
    owe([alert], texted(w.manager), at=OWED, step="R2")
    alert.refresh_from_db()
    alert.steps["R4"] = (OWED + 5 * HOUR).isoformat()
    alert.steps.pop("R3", None)
    alert.steps.pop("fail_safe", None)
    alert.save(update_fields=["steps"])
    now = send(*TRIES)
    assert phoned() == [{alert}]
    alert.refresh_from_db()
    assert datetime.fromisoformat(alert.steps["R4"]) == OWED + 5 * HOUR, "the mail has gone out"
    assert delivery.delay(mail.pk, "greylisted", at=now)
    assert phoned() == [{alert}]
    alert.refresh_from_db()
    assert datetime.fromisoformat(alert.steps["R4"]) == now


def test_refused_texts_to_one_phone_are_one_call_and_each_reader_stands_for_told(out: Out) -> None:
    w, alerts = house_with_nothing_owed(3)
    User.objects.filter(pk=w.manager.pk).update(phone="01632 960 555")

    def refuse(_text: object) -> None:
        raise channels.Refused("422 no such number", {})

    out.on_text = refuse
    texts = owe(alerts, texted(w.manager), at=OWED)
    now = send(1, 2, 3)
    assert set(Message.objects.filter(pk__in=[one.pk for one in texts]).values_list("status", flat=True)) == {
        MessageStatus.FAILED
    }
    assert phoned() == [set(alerts)]
    assert named_by("messages that failed without a task to phone", now) == ()
    call = DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM)
    duty_tasks.finish(call, answer="Told her", by=w.desk.person, at=now)
    items = list(MessageItem.objects.filter(message__in=texts).select_related("message", "alert__episode"))
    assert told_by_phone.heard(items) == items


def test_a_call_stands_while_a_text_that_joined_it_was_refused(out: Out) -> None:
    _w, (first, second), call, now = two_late_for_the_manager(out)
    joined = second if call.message_id == first.pk else first
    asked = Message.objects.get(pk=call.message_id)

    def refuse(_text: object) -> None:
        raise channels.Refused("422 no such number", {})

    out.on_text = refuse
    Message.objects.filter(pk=joined.pk).update(next_try_at=now + MINUTE)
    Message.objects.filter(pk=asked.pk).update(next_try_at=now + HOUR)
    send(1, since=now)
    joined.refresh_from_db()
    assert joined.status == MessageStatus.FAILED
    assert len(phoned()) == 1
    out.on_text = lambda text: None
    let_out(asked, now + 2 * MINUTE)
    call.refresh_from_db()
    assert call.done_at is None


def test_a_refused_text_joins_no_call_to_all_who_wait_for_one(out: Out) -> None:
    w, (first, _second) = house_with_nothing_owed(2)
    gateway_down(out, mail=True)
    for post, person in ((Post.MANAGER, w.manager), (Post.HEAD, w.head), (Post.DIRECTOR, w.director)):
        to = Recipient(post, Channel.TEXT, user_id=person.pk, phone=f"01632 960 {person.pk:03}")
        owe([first], to, at=OWED)
    now = send(*TRIES)
    assert DutyTask.objects.get(kind=DutyTask.Kind.PHONE_THEM).step == DutyTask.GATEWAY

    def refuse(_text: object) -> None:
        raise channels.Refused("422 no such number", {})

    out.on_text = refuse
    Message.objects.filter(status=MessageStatus.QUEUED).update(next_try_at=now + 5 * HOUR)
    owe([first], texted(w.manager), at=now, step="call_120")
    send(1, since=now)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM).count() == 2
