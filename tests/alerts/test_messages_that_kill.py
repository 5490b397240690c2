"""A message with which its sender dies holds up no other, and is phoned in the end."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from alerts import delivery, sweep
from alerts.models import DutyTask, Message
from tests import factories
from tests.alerts.outgoing import FIRST, catch

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    pass


def test_what_is_behind_a_mail_that_kills_goes_and_the_mail_is_phoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = catch(monkeypatch)
    one, two = factories.a_watched_child(), factories.a_watched_child()
    kills = {one.desk.mailbox.address}

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) in kills:
            raise Killed

    out.on_mail = on_mail
    sweep.sweep_all(now=FIRST)
    deaths, now = 0, FIRST
    for _ in range(40):
        try:
            if not delivery.deliver(clock=lambda at=now: at):
                now += timedelta(seconds=26)
        except Killed:
            deaths += 1
    killed = Message.objects.get(mailbox=one.desk.mailbox)
    assert killed.status == "failed"
    assert deaths == 5
    assert DutyTask.objects.filter(kind="phone_them", message=killed).count() == 1
    assert not Message.objects.filter(status__in=("queued", "sending"), step__in=("R0", "R1")).exists()
    assert two.desk.mailbox.address in out.to


def test_what_was_to_go_with_a_mail_that_kills_goes_by_itself_and_that_one_alone_is_given_up(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.BUNDLE_SECONDS = 600
    out = catch(monkeypatch)
    one, other = factories.a_watched_child(), factories.a_watched_child()
    healthy = factories.a_child(one.authority, team=one.team, worker=one.worker)
    factories.placed(healthy, factories.a_home(one.authority))

    def on_mail(mail: EmailMessage) -> None:
        if str(mail["To"]) == one.worker.email and one.child.reference in str(mail.get_body(("plain",))):
            raise Killed

    out.on_mail = on_mail
    sweep.sweep_all(now=FIRST)
    ours = Message.objects.filter(user__in=[one.worker.pk, other.worker.pk], step="R1")
    assert ours.exclude(joins_from=None).count() == 3
    deaths, now = 0, FIRST + timedelta(minutes=11)
    for _ in range(60):
        try:
            if not delivery.deliver(clock=lambda at=now: at):
                now += timedelta(seconds=26)
        except Killed:
            deaths += 1
    status = {
        (message.user_id, item.alert.child_id): message.status
        for message in ours
        for item in message.items.select_related("alert")
    }
    assert status == {
        (one.worker.pk, one.child.pk): "failed",
        (one.worker.pk, healthy.pk): "sent",
        (other.worker.pk, other.child.pk): "sent",
    }
    assert deaths <= 6
