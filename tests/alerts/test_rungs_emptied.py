"""Whoever leaves, or is kept from the child, while a message waits: the desk rings somebody else, and never that one."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from alerts import added_forces, channels, desk
from alerts.models import DutyTask, Message
from alerts.schedule import Step
from alerts.states import MessageStatus
from cases import concerns, configuration, people
from cases.models import Role, User
from tests import factories
from tests.alerts.outgoing import SECOND, Out, catch, named_by, send_all, tick
from tests.factories import Watched

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def of_manager(one: Watched) -> list[Message]:
    return list(Message.objects.filter(user=one.manager, step="R2"))


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Out:
    return catch(monkeypatch)


def silent(out: Out, one: Watched, error: Exception) -> None:
    """Nothing gets through to the manager, who alone stands on the second rung."""
    numbers = {one.manager.phone}

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == one.manager.email:
            raise error

    def on_text(text: dict[str, Any]) -> None:
        if text["phone"] in numbers:
            raise error

    out.on_mail, out.on_text = on_mail, on_text


@pytest.mark.by_turns(8)
def test_of_a_rung_that_was_emptied_the_desk_is_asked_and_nobody_is_to_ring_whom_the_child_is_kept_from(
    out: Out, client: Client
) -> None:
    one = factories.a_watched_child()
    silent(out, one, channels.Deferred("451 Try again later"))
    at = SECOND
    tick(at)
    send_all(at)
    assert {message.status for message in of_manager(one)} == {MessageStatus.QUEUED}
    concerns.keep_from(one.child, one.manager, reason="He knows the man.", by=one.worker, at=at)
    send_all(at + MINUTE)
    assert {message.status for message in of_manager(one)} <= {MessageStatus.FAILED, MessageStatus.CANCELLED}
    assert not DutyTask.objects.filter(message__user=one.manager).exists()
    (task,) = DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL)
    assert task.step == Step.R2
    assert named_by("messages that failed without a task to phone", at + MINUTE) == ()
    client.force_login(one.worker)
    timeline = client.get(f"/children/{one.child.reference}/timeline/?show=system").content.decode()
    assert "nobody stands there any more" in timeline
    assert f"{one.manager.name}. Refused" not in timeline


@pytest.mark.by_turns
def test_of_a_call_step_that_was_emptied_the_desk_is_asked_as_of_one_on_which_nobody_ever_stood(
    out: Out,
) -> None:
    """The one head of service leaves while word of a search waits: whoever has left is not phoned."""
    one = factories.a_watched_child()
    episode = factories.missing(one.child, by=one.worker, at=SECOND)
    late = SECOND + 61 * MINUTE

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == one.head.email:
            raise channels.Deferred("451 Try again later")

    out.on_mail = on_mail
    User.objects.filter(pk=one.head.pk).update(phone="")
    for minutes in (0, 16, 31, 61):
        tick(SECOND + minutes * MINUTE)
        send_all(SECOND + minutes * MINUTE)
    waiting = Message.objects.get(user=one.head, episode=episode, status=MessageStatus.QUEUED)
    assert waiting.step.startswith("call_")
    people.leave(factories.membership_of(one.head), at=late)
    send_all(late + MINUTE)
    assert not DutyTask.objects.filter(message=waiting).exists()
    asked = DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL, episode=episode)
    assert [task.step for task in asked] == [waiting.step]


@pytest.mark.by_turns
def test_a_call_that_stands_names_nobody_from_whom_the_child_is_kept_since(out: Out) -> None:
    one = factories.a_watched_child()
    silent(out, one, channels.Refused("550 No such mailbox"))
    tick(SECOND)
    send_all(SECOND)
    assert DutyTask.objects.filter(message__user=one.manager).exists()
    (before,) = [c for calls in desk.read(one.desk.shift.person, now=SECOND).failed for c in calls[:1]]
    assert one.manager.name in before.post
    concerns.keep_from(one.child, one.manager, reason="He knows the man.", by=one.worker, at=SECOND)
    (after,) = [c for calls in desk.read(one.desk.shift.person, now=SECOND).failed for c in calls[:1]]
    assert after.is_barred
    assert one.manager.name not in after.post


@pytest.mark.by_turns
def test_where_others_stand_whose_message_failed_the_next_rung_waits_for_nobody(out: Out) -> None:
    """The first of two managers was refused, and the second leaves before theirs went out."""
    one = factories.a_watched_child()
    second = factories.a_person(Role.TEAM_MANAGER, team=factories.membership_of(one.manager).team)
    User.objects.filter(pk__in=[one.manager.pk, second.pk]).update(phone="")
    errors = {
        one.manager.email: channels.Refused("550 No such mailbox"),
        second.email: channels.Deferred("451 Later"),
    }

    def on_mail(mail: EmailMessage) -> None:
        if error := errors.get(str(mail["To"])):
            raise error

    out.on_mail = on_mail
    tick(SECOND)
    send_all(SECOND)
    people.leave(factories.membership_of(second), at=SECOND)
    send_all(SECOND + MINUTE)
    left = Message.objects.get(user=second, wording="manager_no_record")
    assert left.status == MessageStatus.CANCELLED
    assert not DutyTask.objects.filter(message=left).exists()


@pytest.mark.by_turns
def test_a_desk_whose_mailbox_has_ended_and_that_was_texted_is_not_asked_why_nobody_is_told(out: Out) -> None:
    one = factories.a_watched_child()

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == one.desk.mailbox.address:
            raise channels.Deferred("451 Try again later")

    out.on_mail = on_mail
    tick(SECOND)
    send_all(SECOND)
    configuration.end_mailbox(one.desk.mailbox, reason="Replaced", by=one.manager, at=SECOND)
    send_all(SECOND + MINUTE)
    of_mailbox = Message.objects.filter(mailbox=one.desk.mailbox)
    assert {message.status for message in of_mailbox} == {MessageStatus.CANCELLED}
    assert Message.objects.filter(post="duty", status=MessageStatus.SENT).exists()
    assert not DutyTask.objects.filter(kind=DutyTask.Kind.NOBODY_TO_TELL).exists()


@pytest.mark.by_turns
def test_a_force_whose_last_mailbox_has_ended_is_phoned_though_another_force_was_mailed(out: Out) -> None:
    one, other = factories.a_watched_child(), factories.a_force("Southmere Police")
    box = factories.a_force_mailbox(other)
    episode = factories.missing(one.child, by=one.worker, at=SECOND)
    added_forces.add(episode, other, by=one.desk.person, at=SECOND)

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == box.address:
            raise channels.Deferred("451 Try again later")

    out.on_mail = on_mail
    tick(SECOND)
    send_all(SECOND)
    configuration.end_mailbox(box, reason="Replaced", by=one.manager, at=SECOND)
    send_all(SECOND + MINUTE)
    assert DutyTask.objects.filter(kind=DutyTask.Kind.PHONE_THEM, message__force=other).exists()
